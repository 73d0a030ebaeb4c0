/**
 * What goes wrong that is no matter of a place in a file: every verb says it the same way.
 *
 * @module
 */

/** Says `text`, of one line or more, on standard error: `ipseal: that would cut off ...`. */
export function complain(text: string): void {
  process.stderr.write(`ipseal: ${text}\n`);
}
