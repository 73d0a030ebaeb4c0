/**
 * How what is added to SAD and SPD is made: for one thread, or so that others can have copies of it
 * (`update.ts`).
 *
 * @module
 */
import type { CryptoProvider } from '../crypto/context.ts';
import { RandomPool } from '../crypto/random-pool.ts';
import type { Instant } from './backend.ts';
import type { Policy } from './policy.ts';
import type { Progress } from './progress.ts';
import { newCountsOf, requireKeyable, Sa } from './sa.ts';
import type { SaParameters } from './sa-parameters.ts';
import { newSharedUsedAt, SpdEntry } from './spd-entry.ts';

export class Keying {
  readonly #crypto: CryptoProvider;
  readonly #shares: boolean;
  readonly #random = new RandomPool();
  /** Whether SAs can be keyed is tried once for all that are alike but for their keys. */
  readonly #tried = new Set<string>();

  /** SAs are keyed with contexts of `crypto`. */
  constructor(crypto: CryptoProvider, shares: boolean) {
    this.#crypto = crypto;
    this.#shares = shares;
  }

  /** Throws what the first packet of such an SA would meet with: a lack of the provider. */
  require(parameters: SaParameters): void {
    const { protocol, encryption, integrity, extendedSequenceNumbers } = parameters;
    const kind = [
      protocol,
      encryption && `${encryption.algorithm.name} ${encryption.key.bits}`,
      integrity && `${integrity.algorithm.name} ${integrity.key.bits} ${integrity.icvLength}`,
      extendedSequenceNumbers,
    ].join();
    if (this.#tried.has(kind)) return;
    requireKeyable(parameters, this.#crypto);
    this.#tried.add(kind);
  }

  /** An SA that counts from `progress` on. */
  newSa(parameters: SaParameters, progress: Progress, now: Instant): Sa {
    const counts = this.#shares ? newCountsOf(parameters, progress, this.#random) : progress;
    return new Sa(parameters, this.#crypto, now, counts);
  }

  newEntry(policy: Policy, index: number, now: Instant): SpdEntry {
    return new SpdEntry(policy, index, now, this.#shares ? newSharedUsedAt() : null);
  }
}
