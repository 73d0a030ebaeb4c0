/**
 * Events on their way to the log, so that nobody who sends packets can fill a disk.
 *
 * @module
 */
import type { IkeEvent } from '../../ike/event.ts';
import type { Instant } from '../../ipsec/backend.ts';
import { entry, type LogEntry } from './log-line.ts';
import { logEntries } from './log-text.ts';

/** How many packets that were not believed are told of in {@link ROUND_MS}. */
const MOST_A_ROUND = 20;
const ROUND_MS = 10_000;

export class EventLog {
  readonly #write: (logged: LogEntry) => void;
  #roundEnds: Instant = 0;
  #told = 0;
  #untold = 0;

  constructor(write: (logged: LogEntry) => void) {
    this.#write = write;
  }

  /** Logs `event`, which happened at `now`. */
  tell(event: IkeEvent, now: Instant): void {
    if (event.kind === 'ignored' && !this.#mayTell(now)) return;
    for (const logged of logEntries(event)) this.#write(logged);
  }

  #mayTell(now: Instant): boolean {
    if (now >= this.#roundEnds) {
      if (this.#untold > 0) {
        this.#write(entry('warning', `${this.#untold} more packets were ignored`));
      }
      this.#roundEnds = now + ROUND_MS;
      this.#told = 0;
      this.#untold = 0;
    }
    if (this.#told >= MOST_A_ROUND) {
      this.#untold += 1;
      return false;
    }
    this.#told += 1;
    return true;
  }
}
