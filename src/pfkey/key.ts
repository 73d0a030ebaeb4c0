/**
 * `struct sadb_key` (RFC 2367 §2.3.4).
 *
 *   4  bits        16 bits in host order; two octets of nothing follow
 *   8  key         zeros fill up to a multiple of 8 octets
 *
 * @module
 */
import { hostU16, setHostU16 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';

const BITS = 4;
const KEY = 8;

export type SadbKeyKind = 'KEY_AUTH' | 'KEY_ENCRYPT';

export interface SadbKey {
  readonly kind: SadbKeyKind;
  readonly bits: number;
  /** As many octets as {@link bits} need. When parsed, a view. */
  readonly key: Uint8Array;
}

/** In octets, before padding. */
export function sadbKeyLength({ key }: SadbKey): number {
  return KEY + key.length;
}

export function parseSadbKey(octets: Uint8Array, kind: SadbKeyKind): Parsed<SadbKey> {
  const bits = hostU16(octets, BITS);
  const end = KEY + Math.ceil(bits / 8);
  if (octets.length < end) return Malformed.truncated('sadb key', end, octets.length);
  return { kind, bits, key: octets.subarray(KEY, end) };
}

/** Writes to `octets`, which are zero, all but the extension header. */
export function emitSadbKey({ bits, key }: SadbKey, octets: Uint8Array): void {
  setHostU16(octets, BITS, bits);
  octets.set(key, KEY);
}
