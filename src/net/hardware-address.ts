/**
 * Addresses of the link layer as text.
 *
 * @module
 */

/** `02:00:00:00:00:01`. */
export function formatHardwareAddress(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(':');
}
