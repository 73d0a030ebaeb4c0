/**
 * Hashes for tables of what packets show: small integers, which cost no memory of their own. Quick,
 * and no secret: who chooses what goes into a table could make it slow.
 *
 * @module
 */
import { u32 } from '../octets/octets.ts';

/** Mixes a number of 32 bits into `hash`: under one `hash`, different ones give different results. */
export function mix(hash: number, value: number): number {
  const product = Math.imul(((hash << 5) | (hash >>> 27)) ^ value, HASH_MULTIPLIER);
  return product ^ (product >>> 15);
}

/** Mixes the first `bits` bits of the address of `version` at `at` into `hash`. */
export function mixAddress(
  hash: number,
  version: 4 | 6,
  octets: Uint8Array,
  at: number,
  bits: number,
): number {
  if (version === 4) return bits === 0 ? hash : mix(hash, u32(octets, at) & (-1 << (32 - bits)));
  let mixed = hash;
  let left = bits;
  for (let word = at; left > 0; word += 4) {
    mixed = mix(mixed, left >= 32 ? u32(octets, word) : u32(octets, word) & (-1 << (32 - left)));
    left -= 32;
  }
  return mixed;
}

/** Odd, and near 2^32 divided by the golden ratio: neighbours are spread out. */
const HASH_MULTIPLIER = 0x9e3779b1;
