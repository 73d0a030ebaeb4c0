/**
 * Sequence numbers, of 32 bits or extended to 64 (RFC 4303 §2.2.1, §3.3.3). A number of JavaScript
 * counts to 2^53, which takes longer than any key may live.
 *
 * @module
 */

const HALF = 2 ** 32;

/** The last number that can be sent: the counter must not wrap (RFC 4303 §3.3.3). */
export function lastSequenceNumber(extended: boolean): number {
  return extended ? Number.MAX_SAFE_INTEGER : HALF - 1;
}

/** The half that packets show. */
export function lowHalf(sequenceNumber: number): number {
  return sequenceNumber >>> 0;
}

/** The half that packets do not show. */
export function highHalf(sequenceNumber: number): number {
  return Math.floor(sequenceNumber / HALF);
}

/**
 * The whole number of a packet that shows `low`, when `highest` was received and the window is
 * `size` packets wide (RFC 4303, Appendix A2): the one that is in the window, or next after it.
 * Negative when there is none.
 */
export function extendSequenceNumber(low: number, highest: number, size: number): number {
  const high = highHalf(highest);
  const lowest = highest - size + 1;
  const lowestLow = lowest >= 0 ? lowest % HALF : lowest + HALF;
  // The window lies within one run of the low half (A2.1), or across two (A2.2).
  const spansTwo = lowestLow > highest % HALF;
  if (spansTwo) return low >= lowestLow ? (high - 1) * HALF + low : high * HALF + low;
  return low >= lowestLow ? high * HALF + low : (high + 1) * HALF + low;
}
