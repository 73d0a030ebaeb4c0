/**
 * Octets as hexadecimal text and back.
 *
 * @module
 */

/** `octets` as lower-case hexadecimal digits, two each, nothing between. */
export function toHex(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += octet.toString(16).padStart(2, '0');
  return text;
}

/**
 * The octets that `digits` spell. An odd number of digits gets a leading zero, as setkey does.
 * `undefined` when another character is among them.
 */
export function fromHex(digits: string): Uint8Array | undefined {
  if (!/^[0-9a-f]*$/i.test(digits)) return undefined;
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const octets = new Uint8Array(even.length / 2);
  for (let at = 0; at < octets.length; at++) {
    octets[at] = Number.parseInt(even.slice(at * 2, at * 2 + 2), 16);
  }
  return octets;
}
