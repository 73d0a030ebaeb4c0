/**
 * Octets that RFCs describe rather than print, as hexadecimal.
 *
 * @module
 */

/** ASCII as hexadecimal. */
export function text(ascii: string): string {
  return Buffer.from(ascii, 'ascii').toString('hex');
}

/** `octet` `times` times. */
export function repeated(octet: string, times: number): string {
  return octet.repeat(times);
}

/** `length` octets, each one more than the last. */
export function counted(first: number, length: number): string {
  return Buffer.from(Array.from({ length }, (_, k) => first + k)).toString('hex');
}
