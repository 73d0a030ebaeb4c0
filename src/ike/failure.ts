/**
 * Why a negotiation came to nothing, as values: what both sides wanted, and the lines of our
 * configuration that could be changed.
 *
 * @module
 */

export type Failure =
  /** The peer did not answer. */
  | { readonly kind: 'no-answer'; readonly waitingFor: string }
  /** The peer said so, by a notification. */
  | { readonly kind: 'notified'; readonly notification: string }
  /** What came is not what the exchange asks for; the reason is a clause. */
  | { readonly kind: 'protocol'; readonly reason: string };
