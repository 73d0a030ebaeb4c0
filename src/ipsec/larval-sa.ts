/**
 * An SA that has an SPI and waits for its keys (RFC 2367 §3.1: larval). It carries no packet, and is
 * gone when they do not come in time.
 *
 * @module
 */
import type { Instant, SaRecord } from './backend.ts';
import { lifetimeReached, nextDeadline } from './lifetime.ts';
import { UNUSED } from './record.ts';
import type { SaParameters } from './sa-parameters.ts';

export class LarvalSa {
  readonly parameters: SaParameters;
  /** Greater than that of every SA added before it; the SAD that holds it sets it. */
  ordinal = 0;
  readonly #addedAt: Instant;

  constructor(parameters: SaParameters, now: Instant) {
    this.parameters = parameters;
    this.#addedAt = now;
  }

  stateAt(now: Instant): 'larval' | 'dead' {
    const seconds = (now - this.#addedAt) / 1000;
    return lifetimeReached(this.parameters.hardLifetime, seconds, 0, 0) ? 'dead' : 'larval';
  }

  /** When time alone changes its state next; `null` when never. */
  deadlineAfter(now: Instant): Instant | null {
    return nextDeadline([this.parameters.hardLifetime], this.#addedAt, now);
  }

  record(now: Instant): SaRecord {
    return {
      parameters: this.parameters,
      state: this.stateAt(now),
      addedAt: this.#addedAt,
      ...UNUSED,
    };
  }

  /** It holds no keys. */
  destroy(): void {}
}
