/**
 * Address prefixes: an address and how many of its bits count.
 *
 * @module
 */
import { u8 } from '../octets/octets.ts';
import { formatIpAddress, type IpAddress, parseIpAddress, sameAddress } from './ip-address.ts';

/** All addresses that share the first `length` bits of `address`. */
export interface Prefix {
  /** Kept as written: bits past `length` count for nothing but may be set. */
  readonly address: IpAddress;
  /** In bits: 0 to 32 or 128. */
  readonly length: number;
}

/** The bits of an address of `version`. */
export function addressBits(version: 4 | 6): number {
  return version === 4 ? 32 : 128;
}

/** The prefix that covers `address` alone. */
export function hostPrefix(address: IpAddress): Prefix {
  return { address, length: addressBits(address.version) };
}

/** The prefix that covers every address of `version`. */
export function everywhere(version: 4 | 6): Prefix {
  return { address: { version, octets: new Uint8Array(addressBits(version) / 8) }, length: 0 };
}

/** Whether `prefix` covers one address only. */
export function isHostPrefix(prefix: Prefix): boolean {
  return prefix.length === addressBits(prefix.address.version);
}

/** The octets of the address, with nothing set past the length. */
export function prefixOctets({ address, length }: Prefix): Uint8Array {
  return address.octets.map((octet, at) => {
    const bits = Math.max(0, Math.min(8, length - at * 8));
    return octet & (0xff00 >> bits);
  });
}

/** Whether `prefix` covers the address of its own version whose octets stand at `at`. */
export function prefixCovers(prefix: Prefix, octets: Uint8Array, at: number): boolean {
  const wanted = prefix.address.octets;
  const whole = prefix.length >> 3;
  for (let k = 0; k < whole; k++) if (u8(octets, at + k) !== u8(wanted, k)) return false;
  const bits = prefix.length & 7;
  if (bits === 0) return true;
  return (u8(octets, at + whole) ^ u8(wanted, whole)) >> (8 - bits) === 0;
}

/** Whether every address of `inner` is one of `outer`. */
export function includesPrefix(outer: Prefix, inner: Prefix): boolean {
  return (
    outer.address.version === inner.address.version &&
    outer.length <= inner.length &&
    prefixCovers(outer, inner.address.octets, 0)
  );
}

/** Whether `a` and `b` are written the same: host bits count. */
export function samePrefix(a: Prefix, b: Prefix): boolean {
  return a.length === b.length && sameAddress(a.address, b.address);
}

/**
 * A short text for hash tables: the same for prefixes of one length that cover the same addresses,
 * whatever their host bits.
 */
export function prefixKey({ address, length }: Prefix): string {
  let key = `${address.version}`;
  for (let at = 0; at * 8 < length; at++) {
    const bits = Math.min(8, length - at * 8);
    key += String.fromCharCode(u8(address.octets, at) & (0xff00 >> bits));
  }
  return key;
}

/** `10.0.0.0/8`, or the bare address where the prefix covers one only. */
export function formatPrefix(prefix: Prefix): string {
  const address = formatIpAddress(prefix.address);
  return isHostPrefix(prefix) ? address : `${address}/${prefix.length}`;
}

/** Reads `10.0.0.0/8`, or a bare address as the prefix that covers it alone; `undefined` for all else. */
export function parsePrefix(text: string): Prefix | undefined {
  const [, addressText = '', lengthText] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseIpAddress(addressText);
  if (address === undefined) return undefined;
  const length = lengthText === undefined ? addressBits(address.version) : Number(lengthText);
  return length <= addressBits(address.version) ? { address, length } : undefined;
}
