/**
 * Which messages under a phase 1 have been: a message ID begins one exchange and never another
 * (RFC 2408 §3.1), so what comes again is somebody's copy. Ours count, too: HASH(1) does not say which end
 * has made it (RFC 2409 §5.5), and they must not come back as the peer's.
 *
 * @module
 */

/**
 * Beyond, the oldest are forgotten. What does harm when it comes again, INITIAL-CONTACT, is heeded once
 * under a phase 1 however old it is; deletions name what is gone already.
 */
const MOST_PAST = 1024;

export class PastMessages {
  /** In the order in which they were. */
  readonly #keys = new Set<number>();

  has(exchangeType: number, messageId: number): boolean {
    return this.#keys.has(keyOf(exchangeType, messageId));
  }

  /** The exchange was begun by somebody who has the keys. */
  add(exchangeType: number, messageId: number): void {
    this.#keys.add(keyOf(exchangeType, messageId));
    const [oldest] = this.#keys;
    if (this.#keys.size > MOST_PAST && oldest !== undefined) this.#keys.delete(oldest);
  }
}

/** Notifications about a quick mode may have its message ID. */
function keyOf(exchangeType: number, messageId: number): number {
  return messageId * 0x100 + exchangeType;
}
