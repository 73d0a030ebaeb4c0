/**
 * Prefixes as packet filters write them.
 *
 * @module
 */
import { parseIpAddress } from '../net/ip-address.ts';
import { addressBits, hostPrefix, type Prefix } from '../net/prefix.ts';

/** `10.9.0.0/24`, or one address; `undefined` when `text` is neither. */
export function parsePrefix(text: string): Prefix | undefined {
  const [first = '', bits, ...more] = text.split('/');
  const address = parseIpAddress(first);
  if (address === undefined || more.length > 0) return undefined;
  if (bits === undefined) return hostPrefix(address);
  const length = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return length <= addressBits(address.version) ? { address, length } : undefined;
}
