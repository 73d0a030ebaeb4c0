/**
 * Events on their way to the log, so that nobody who sends packets can fill a disk.
 *
 * @module
 */
import type { IkeEvent } from '../../ike/event.ts';
import type { Instant } from '../../ipsec/backend.ts';
import { entry, type LogEntry } from './log-line.ts';
import { logEntries } from './log-text.ts';

const ROUND_MS = 10_000;
/** How many packets that were not believed are told of in a round. */
const MOST_IGNORED = 20;
/** How many events of phase 1s that others began, and that anybody may have begun. */
const MOST_UNPROVEN = 200;

export class EventLog {
  readonly #write: (logged: LogEntry) => void;
  readonly #ignored = new Allowance(MOST_IGNORED);
  readonly #unproven = new Allowance(MOST_UNPROVEN);

  constructor(write: (logged: LogEntry) => void) {
    this.#write = write;
  }

  /** Logs `event`, which happened at `now`. */
  tell(event: IkeEvent, now: Instant): void {
    const mayTell =
      event.kind === 'ignored'
        ? this.#ignored.take(now, (untold) => this.#warn(`${untold} more packets were ignored`))
        : !isUnproven(event) ||
          this.#unproven.take(now, (untold) =>
            this.#warn(`${untold} more events of phase 1s that others began were not logged`),
          );
    if (!mayTell) return;
    for (const logged of logEntries(event)) this.#write(logged);
  }

  #warn(text: string): void {
    this.#write(entry('warning', text));
  }
}

/** Whether all it takes is a datagram or two of somebody who need not be who he says. */
function isUnproven(event: IkeEvent): boolean {
  switch (event.kind) {
    case 'phase1-begun':
    case 'phase1-doubted':
    case 'phase1-failed':
    case 'vendor-id':
    case 'nat-detected':
      return event.phase1.role === 'responder';
    default:
      return false;
  }
}

/** So many in a round; the others are counted. */
class Allowance {
  readonly #most: number;
  #roundEnds: Instant = 0;
  #told = 0;
  #untold = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether one more may be told; `tellRest` hears at the next one how many were not in the last round. */
  take(now: Instant, tellRest: (untold: number) => void): boolean {
    if (now >= this.#roundEnds) {
      if (this.#untold > 0) tellRest(this.#untold);
      this.#roundEnds = now + ROUND_MS;
      this.#told = 0;
      this.#untold = 0;
    }
    if (this.#told >= this.#most) {
      this.#untold += 1;
      return false;
    }
    this.#told += 1;
    return true;
  }
}
