/**
 * Addresses of the link layer as text.
 *
 * @module
 */

/** `02:00:00:00:00:01`. */
export function formatHardwareAddress(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += `:${octet < 16 ? '0' : ''}${octet.toString(16)}`;
  return text.slice(1);
}
