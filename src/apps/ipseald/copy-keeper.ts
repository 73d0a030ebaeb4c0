/**
 * Worker 0's end of the copies that the other workers have of its databases.
 *
 * @module
 */
import type { Copies } from '../../dataplane/workers.ts';
import type { DiscardCounters } from '../../ipsec/backend.ts';
import { partsOf, type Update } from '../../ipsec/update.ts';
import type { Crew } from './crew.ts';
import type { ToCopy } from './messages.ts';
import { toMessage } from './update-message.ts';

/** A worker that takes longer for what it is between two batches is lost, and the data plane with it. */
const LONGEST_WAIT_MS = 10_000;

/**
 * So many SAs and policies go at once: what a message costs grows with the square of the shared memory that
 * it names, and each part has the whole wait.
 */
const MOST_AT_ONCE = 1000;

export class CopyKeeper implements Copies {
  readonly #crew: Crew;
  #lost: Error | null = null;

  constructor(crew: Crew) {
    this.#crew = crew;
  }

  follow(update: Update): void {
    const parts = partsOf(update, MOST_AT_ONCE);
    for (const [k, part] of parts.entries()) {
      this.#followPart({ kind: 'follow', update: toMessage(part), more: k < parts.length - 1 });
    }
  }

  /** One after the other: in this order their sockets come to a port (`io/steering.ts`). */
  #followPart(message: ToCopy): void {
    for (let number = 1; number < this.#crew.count; number++) {
      const known = this.#crew.updatesOf(number);
      this.#tell(number, message);
      this.#crew.waitForUpdate(number, known, LONGEST_WAIT_MS);
      if (this.#crew.updatesOf(number) > known) continue;
      this.#lost = new Error(`Thread ${number} of the data plane does not answer`);
      throw this.#lost;
    }
  }

  /** Throws when a worker did not follow: what the others do from then on is not what was told anybody. */
  requireAll(): void {
    if (this.#lost !== null) throw this.#lost;
  }

  watch(isWatched: boolean): void {
    for (let number = 1; number < this.#crew.count; number++) {
      this.#tell(number, { kind: 'watch', isWatched });
    }
  }

  discards(): DiscardCounters {
    const sum: Record<string, number> = {};
    for (let number = 1; number < this.#crew.count; number++) {
      for (const [reason, packets] of Object.entries(this.#crew.tallyOf(number).snapshot())) {
        sum[reason] = (sum[reason] ?? 0) + packets;
      }
    }
    return sum;
  }

  #tell(number: number, message: ToCopy): void {
    this.#crew.ports[number - 1]?.postMessage(message);
    this.#crew.wake(number);
  }
}
