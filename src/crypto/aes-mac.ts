/**
 * MACs made of AES in CBC mode: AES-XCBC-MAC-96 (RFC 3566) and AES-CMAC-96 (RFC 4494).
 *
 *     block ─┐        block ─┐        last, padded ── ⊕ ── subkey
 *     0 ──── ⊕ ─ AES ─────── ⊕ ─ AES ─────────────── ⊕ ─ AES ── MAC
 *
 * They differ in the keys alone: the last block takes one subkey if it is whole, and another if it
 * had to be padded.
 *
 * @module
 */
import { createCipheriv } from 'node:crypto';
import { setU8, u8 } from '../octets/octets.ts';
import type { IntegrityAlgorithm } from './algorithm.ts';
import type { Secret } from './secret.ts';

export const AES_CMAC: IntegrityAlgorithm = {
  kind: 'integrity',
  // Not setkey's: it never had a name for it.
  name: 'aes-cmac',
  setkey: ['aes-cmac'],
  racoon: [],
  linux: 'cmac(aes)',
  ikev2: { id: 8, name: 'AUTH_AES_CMAC_96' },
  rfc: 4494,
  weakness: null,
  // RFC 4494 §2: AES-128
  keyBits: [128],
  digestLength: 16,
  classicIcvLength: 12,
  // RFC 4494 §2: the first 96 bits
  icvLength: 12,
  mac: { kind: 'aes-cmac' },
};

export const AES_XCBC_MAC: IntegrityAlgorithm = {
  kind: 'integrity',
  name: 'aes-xcbc-mac',
  setkey: ['aes-xcbc-mac'],
  racoon: [],
  linux: 'xcbc(aes)',
  ikev2: { id: 5, name: 'AUTH_AES_XCBC_96' },
  rfc: 3566,
  weakness: null,
  // RFC 3566 §4
  keyBits: [128],
  digestLength: 16,
  classicIcvLength: 12,
  // RFC 3566 §4.3: the first 96 bits
  icvLength: 12,
  mac: { kind: 'aes-xcbc-mac' },
};

export const AES_BLOCK_LENGTH = 16;

/** Keys of AES and what is mixed into the last block; whoever is done with them overwrites them. */
export interface AesMacKeys {
  /** Of AES in CBC mode. */
  readonly key: Uint8Array;
  /** For a last block that is whole. */
  readonly whole: Uint8Array;
  /** For a last block that had to be padded. */
  readonly padded: Uint8Array;
}

/** Derives the keys from `key`, which is as long as AES takes. */
export function deriveAesMacKeys(kind: 'aes-cmac' | 'aes-xcbc-mac', key: Secret): AesMacKeys {
  const encipher = (octet: number): Uint8Array => {
    const cipher = createCipheriv(`aes-${key.bits}-ecb`, key.expose(), null);
    return new Uint8Array(cipher.update(new Uint8Array(AES_BLOCK_LENGTH).fill(octet)));
  };
  if (kind === 'aes-cmac') {
    // RFC 4493 §2.3
    const whole = doubled(encipher(0));
    return { key: key.expose().slice(), whole, padded: doubled(whole) };
  }
  // RFC 3566 §4
  return { key: encipher(1), whole: encipher(2), padded: encipher(3) };
}

/** Octets of a message of `length` octets that stand in its last block. */
export function lastBlockLength(length: number): number {
  return length === 0 ? 0 : ((length - 1) % AES_BLOCK_LENGTH) + 1;
}

/** Writes the last block, `length` octets at `at`, padded and mixed with its subkey, to `block`. */
export function emitLastBlock(
  octets: Uint8Array,
  at: number,
  length: number,
  keys: AesMacKeys,
  block: Uint8Array,
): void {
  const subkey = length === AES_BLOCK_LENGTH ? keys.whole : keys.padded;
  for (let k = 0; k < AES_BLOCK_LENGTH; k++) {
    const octet = k < length ? u8(octets, at + k) : k === length ? 0x80 : 0;
    setU8(block, k, octet ^ u8(subkey, k));
  }
}

/** `octets` times x in the field that RFC 4493 §2.3 computes in. */
function doubled(octets: Uint8Array): Uint8Array {
  const result = new Uint8Array(AES_BLOCK_LENGTH);
  let carry = 0;
  for (let k = AES_BLOCK_LENGTH - 1; k >= 0; k--) {
    result[k] = (u8(octets, k) << 1) | carry;
    carry = u8(octets, k) >> 7;
  }
  if (carry === 1) setU8(result, AES_BLOCK_LENGTH - 1, u8(result, AES_BLOCK_LENGTH - 1) ^ 0x87);
  return result;
}
