/**
 * Numbers of many digits, as files of bare keys have them.
 *
 * @module
 */
import { fromHex } from '../../octets/hex.ts';
import { u8 } from '../../octets/octets.ts';

/** The octets of `0x…`, without zeros in front; `undefined` when it is no such number, or none but 0. */
export function readHexNumber(text: string): Uint8Array | undefined {
  if (!text.startsWith('0x')) return undefined;
  const digits = text.slice(2);
  return withoutZeros(fromHex(digits.length % 2 === 0 ? digits : `0${digits}`));
}

/** The octets of `0s…`, in base64, or of `0x…`; `undefined` when it is neither. */
export function readOctets(text: string): Uint8Array | undefined {
  if (text.startsWith('0x')) return fromHex(text.slice(2));
  const base64 = text.slice(2);
  if (!/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}(?:==)?|[A-Za-z\d+/]{3}=?)?$/.test(base64))
    return undefined;
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The two numbers of a public key as the DNS has them (RFC 3110 §2); `undefined` when they are not there. */
export function splitPublicKey(
  octets: Uint8Array,
): { readonly modulus: Uint8Array; readonly publicExponent: Uint8Array } | undefined {
  if (octets.length < 3) return undefined;
  const isLong = u8(octets, 0) === 0;
  const at = isLong ? 3 : 1;
  const length = isLong ? u8(octets, 1) * 256 + u8(octets, 2) : u8(octets, 0);
  const publicExponent = withoutZeros(octets.slice(at, at + length));
  const modulus = withoutZeros(octets.slice(at + length));
  return publicExponent && modulus && { modulus, publicExponent };
}

/** How many bits `number` has, which has no zero in front. */
export function bitsOf(number: Uint8Array): number {
  return number.length * 8 - Math.clz32(u8(number, 0)) + 24;
}

function withoutZeros(octets: Uint8Array | undefined): Uint8Array | undefined {
  const first = octets?.findIndex((octet) => octet !== 0) ?? -1;
  return first === -1 ? undefined : octets?.subarray(first);
}
