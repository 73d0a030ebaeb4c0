/**
 * IPv4 and IPv6 addresses: text to octets and back.
 *
 * Text is read strictly: four decimal numbers without leading zeros (RFC 6943 §3.1.1 tells why),
 * or RFC 4291 §2.2; it is written as RFC 5952 says.
 *
 * @module
 */
import { sameOctets, u8, u16, u32 } from '../octets/octets.ts';

/** An address of either family. Its octets are in network order and never change. */
export interface IpAddress {
  readonly version: 4 | 6;
  /** 4 or 16 octets. */
  readonly octets: Uint8Array;
}

/** Reads an address; `undefined` when `text` is none. No name is looked up, no zone accepted. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.includes(':')) return parseIpv6(text);
  const octets = parseIpv4(text);
  return octets && { version: 4, octets };
}

/** The address whose octets stand at `at`, copied. */
export function ipAddressAt(version: 4 | 6, octets: Uint8Array, at: number): IpAddress {
  return { version, octets: octets.slice(at, at + (version === 4 ? 4 : 16)) };
}

/** Writes an address in its canonical form. */
export function formatIpAddress(address: IpAddress): string {
  const { version, octets } = address;
  if (version === 6) return formatIpv6(octets);
  return `${u8(octets, 0)}.${u8(octets, 1)}.${u8(octets, 2)}.${u8(octets, 3)}`;
}

/** Whether `a` and `b` are the same address. */
export function sameAddress(a: IpAddress, b: IpAddress): boolean {
  return sameOctets(a.octets, b.octets);
}

/** Whether `address` is of a group of hosts (RFC 1112 §4; RFC 4291 §2.7). */
export function isMulticast({ version, octets }: IpAddress): boolean {
  const first = u8(octets, 0);
  return version === 4 ? first >= 0xe0 && first <= 0xef : first === 0xff;
}

/** Whether `address` means something on its link alone (RFC 4291 §2.5.6): it is not whole without a zone. */
export function isLinkLocal({ version, octets }: IpAddress): boolean {
  return version === 6 && (u16(octets, 0) & 0xffc0) === 0xfe80;
}

/** Whether the octets at `at` are those of `address`. */
export function addressStandsAt(address: IpAddress, octets: Uint8Array, at: number): boolean {
  for (let k = 0; k < address.octets.length; k++) {
    if (u8(octets, at + k) !== u8(address.octets, k)) return false;
  }
  return true;
}

/**
 * A number for hash tables from the address whose octets stand at `at`: equal addresses have equal
 * keys, different IPv6 addresses may share one.
 */
export function addressKey(version: 4 | 6, octets: Uint8Array, at: number): number {
  if (version === 4) return u32(octets, at);
  return (u32(octets, at) ^ u32(octets, at + 4) ^ u32(octets, at + 8) ^ u32(octets, at + 12)) >>> 0;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(4);
  let at = 0;
  for (let place = 0; place < 4; place++) {
    if (place > 0 && text[at++] !== '.') return undefined;
    const start = at;
    let number = 0;
    for (; isDigit(text.charCodeAt(at)); at++) number = number * 10 + text.charCodeAt(at) - ZERO;
    const leadingZero = text[start] === '0' && at - start > 1;
    if (at === start || leadingZero || number > 0xff) return undefined;
    octets[place] = number;
  }
  return at === text.length ? octets : undefined;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

const ZERO = 0x30;

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  // Only the end of an address may be a dotted quad (RFC 4291 §2.2).
  const last = halves.length - 1;
  const [head, tail] = halves.map((half, place) => parseGroups(half, place === last));
  if (head === undefined) return undefined;
  if (halves.length === 1) {
    return head.length === 16 ? { version: 6, octets: Uint8Array.from(head) } : undefined;
  }
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  const octets = new Uint8Array(16);
  octets.set(head, 0);
  octets.set(tail, 16 - tail.length);
  return { version: 6, octets };
}

/** The octets of `a:b:c`, the last of which may be a dotted quad if `endsAddress`. */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') return [];
  const octets: number[] = [];
  const groups = text.split(':');
  for (const [place, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >>> 8, value & 0xff);
      continue;
    }
    const mayBeQuad = endsAddress && place === groups.length - 1;
    const quad = mayBeQuad ? parseIpv4(group) : undefined;
    if (quad === undefined) return undefined;
    octets.push(...quad);
  }
  return octets;
}

/** RFC 5952 §4: no leading zeros, the longest run of two or more zero groups shortened. */
function formatIpv6(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, k) => u16(octets, k * 2).toString(16));
  let runStart = 0;
  let runLength = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === '0') end++;
    if (end - start > runLength) [runStart, runLength] = [start, end - start];
  }
  if (runLength < 2) return groups.join(':');
  return `${groups.slice(0, runStart).join(':')}::${groups.slice(runStart + runLength).join(':')}`;
}
