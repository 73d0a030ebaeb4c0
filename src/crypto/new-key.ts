/**
 * New keys: as long as their algorithm wants them, and of DES and 3DES none that is known to be weak.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from './algorithm.ts';
import { INSECURE_3DES_CBC, reducesToSingleDes } from './insecure/3des-cbc.ts';
import { INSECURE_DES_CBC } from './insecure/des-cbc.ts';
import { DES_KEY_LENGTH, isWeakDesKey, setOddParity } from './insecure/des-keys.ts';
import { Secret } from './secret.ts';

/** What gives `length` unpredictable octets that nobody else has. */
export type RandomOctets = (length: number) => Uint8Array;

/**
 * The bits of a new key: the longest there is, or what somebody asked for as `wanted`, which counts
 * with or without the nonce of a counter mode. `undefined` when `algorithm` has no such key.
 */
export function newKeyBits(
  algorithm: EncryptionAlgorithm | IntegrityAlgorithm,
  wanted: number | null,
): number | undefined {
  const { keyBits } = algorithm;
  if (wanted === null) return keyBits.at(-1);
  const withSalt = wanted + saltBits(algorithm);
  return [wanted, withSalt].find((bits) => keyBits.includes(bits));
}

/** The bits at the end of a key that begin every nonce; 0 outside of counter modes. */
function saltBits(algorithm: EncryptionAlgorithm | IntegrityAlgorithm): number {
  switch (algorithm.kind) {
    case 'cipher':
      return algorithm.nonceLength * 8;
    case 'aead':
      return algorithm.saltLength * 8;
    case 'integrity':
      return 0;
  }
}

/** A new key of `bits` for `algorithm`, which has keys of that length. */
export function newKey(
  algorithm: EncryptionAlgorithm | IntegrityAlgorithm,
  bits: number,
  random: RandomOctets,
): Secret {
  if (algorithm === INSECURE_DES_CBC) return new Secret(newDesKey(random));
  if (algorithm === INSECURE_3DES_CBC) return newTripleDesKey(random);
  return new Secret(random(bits / 8));
}

/** RFC 2405 §2.4: of odd parity, and none of the weak keys. */
function newDesKey(random: RandomOctets): Uint8Array {
  for (;;) {
    const key = random(DES_KEY_LENGTH);
    setOddParity(key);
    if (!isWeakDesKey(key)) return key;
  }
}

/** RFC 2451 §2.3: three keys, each as for DES, and no two of them the same. */
function newTripleDesKey(random: RandomOctets): Secret {
  for (;;) {
    const octets = new Uint8Array(3 * DES_KEY_LENGTH);
    for (let part = 0; part < 3; part++) octets.set(newDesKey(random), part * DES_KEY_LENGTH);
    const key = new Secret(octets);
    if (!reducesToSingleDes(key) && !sameEnds(key)) return key;
  }
}

/** Whether the first key is the third, which leaves two. */
function sameEnds(key: Secret): boolean {
  const octets = key.expose();
  return octets.subarray(0, DES_KEY_LENGTH).every((octet, at) => octet === octets[at + 16]);
}

/**
 * A new pre-shared secret for IKE: letters and digits, which no file format and no shell reads in
 * another way, that hold 256 bits. Not beginning with `0x`, as hexadecimal digits do.
 */
export function newPreSharedKey(random: RandomOctets): string {
  for (;;) {
    let text = '';
    while (text.length < PSK_LENGTH) text += letterOf(random(1)[0] ?? 0xff);
    if (!/^0x/i.test(text)) return text;
  }
}

/** Nothing for octets past the last whole round of letters, so that all letters come alike. */
function letterOf(octet: number): string {
  return octet < WHOLE_ROUNDS ? (LETTERS[octet % LETTERS.length] ?? '') : '';
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const WHOLE_ROUNDS = 0x100 - (0x100 % LETTERS.length);
/** The least number of letters of 62 that hold 256 bits. */
const PSK_LENGTH = Math.ceil(256 / Math.log2(LETTERS.length));
