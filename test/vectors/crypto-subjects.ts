/**
 * The providers that every crypto suite runs against, and what a published vector means to one.
 *
 * Packets stand at an odd offset among octets of 0xa5, and those must all be there afterwards.
 *
 * @module
 */
import { expect } from 'vitest';
import type {
  AeadAlgorithm,
  CipherAlgorithm,
  IntegrityAlgorithm,
} from '../../src/crypto/algorithm.ts';
import type { CryptoProvider } from '../../src/crypto/context.ts';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { loadMultiBuffer } from '../../src/io/ipsec-mb/bindings.ts';
import { loadOpenssl } from '../../src/io/openssl/bindings.ts';
import { loadLegacyProvider } from '../../src/io/openssl/legacy.ts';
import { opensslProvider } from '../../src/io/openssl/provider.ts';
import { PinnedMemory } from '../../src/io/pinned-memory.ts';
import { fromHex, toHex } from '../../src/octets/hex.ts';
import { sameOctets } from '../../src/octets/octets.ts';

export interface Subject {
  readonly name: string;
  provider(memoryLength: number): CryptoProvider;
}

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'node:crypto',
    provider(length) {
      // By itself, Node offers nothing out of it.
      loadLegacyProvider(loadOpenssl());
      return nodeProvider({ octets: new Uint8Array(length) });
    },
  },
  { name: 'OpenSSL', provider: (length) => opensslProvider(new PinnedMemory(length), null) },
  ...(loadMultiBuffer() === null
    ? []
    : [
        {
          name: 'OpenSSL and Multi-Buffer Crypto',
          provider: (length: number) => opensslProvider(new PinnedMemory(length)),
        },
      ]),
];

/** Everything but the algorithm is hexadecimal. */
export interface CipherVector {
  readonly name: string;
  readonly algorithm: CipherAlgorithm;
  readonly key: string;
  readonly iv: string;
  readonly plaintext: string;
  readonly ciphertext: string;
}

/** As {@link CipherVector}. */
export interface IntegrityVector {
  readonly name: string;
  readonly algorithm: IntegrityAlgorithm;
  readonly key: string;
  readonly data: string;
  /** As many octets of the digest as are published. */
  readonly icv: string;
  /** Absent when it is. */
  readonly valid?: boolean;
}

/** As {@link CipherVector}. */
export interface AeadVector {
  readonly name: string;
  readonly algorithm: AeadAlgorithm;
  /** Salt included. */
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly plaintext: string;
  readonly ciphertext: string;
  readonly tag: string;
  /** Absent when it is. */
  readonly valid?: boolean;
}

/** Octets of 0xa5 before, between and after the parts of a vector. */
const GAP = 5;

/** Enciphers and deciphers `vector` in place. */
export function expectCipher(provider: CryptoProvider, vector: CipherVector): void {
  const { octets } = provider.memory;
  const iv = octetsOf(vector.iv);
  const plaintext = octetsOf(vector.plaintext);
  const at = GAP + iv.length + GAP;
  const end = at + plaintext.length;
  octets.fill(0xa5);
  octets.set(iv, GAP);
  octets.set(plaintext, at);
  const before = octets.slice();
  const context = provider.cipher(vector.algorithm, secretOf(vector.key));
  context.encipher(at, plaintext.length, GAP);
  expect(toHex(octets.subarray(at, end))).toBe(vector.ciphertext.toLowerCase());
  expectSameOutside(octets, before, at, end);
  context.decipher(at, plaintext.length, GAP);
  expect(toHex(octets.subarray(at, end))).toBe(vector.plaintext.toLowerCase());
  expectSameOutside(octets, before, at, end);
  context.destroy();
}

/** Seals and opens `vector` in place; one that is not valid must only not open. */
export function expectAead(provider: CryptoProvider, vector: AeadVector): void {
  const { octets } = provider.memory;
  const { name, algorithm, valid = true } = vector;
  const [iv, aad, plaintext, ciphertext, tag] = [
    octetsOf(vector.iv),
    octetsOf(vector.aad),
    octetsOf(vector.plaintext),
    octetsOf(vector.ciphertext),
    octetsOf(vector.tag),
  ];
  const aadAt = GAP + iv.length + GAP;
  const at = aadAt + aad.length + GAP;
  const end = at + ciphertext.length;
  const icvAt = end + GAP;
  octets.fill(0xa5);
  octets.set(iv, GAP);
  octets.set(aad, aadAt);
  octets.set(ciphertext, at);
  octets.set(tag, icvAt);
  const context = provider.aead(algorithm, secretOf(vector.key));
  const parts = [aadAt, aad.length, at, ciphertext.length, GAP, icvAt] as const;
  const before = octets.slice();
  expect(context.open(...parts), name).toBe(valid);
  expectSameOutside(octets, before, at, end);
  if (valid) {
    expect(toHex(octets.subarray(at, end))).toBe(vector.plaintext.toLowerCase());
    octets.fill(0xa5, icvAt, icvAt + tag.length);
    octets.set(plaintext, at);
    context.seal(...parts);
    expect(sameOctets(octets, before), name).toBe(true);
  }
  context.destroy();
}

/** Signs and verifies `vector`; one that is not valid must only not verify. */
export function expectIntegrity(provider: CryptoProvider, vector: IntegrityVector): void {
  const { octets } = provider.memory;
  const data = octetsOf(vector.data);
  const icv = octetsOf(vector.icv);
  const icvAt = GAP + data.length + GAP;
  const context = provider.integrity(vector.algorithm, secretOf(vector.key), icv.length);
  octets.fill(0xa5);
  octets.set(data, GAP);
  octets.set(icv, icvAt);
  expect(context.verify(GAP, data.length, icvAt)).toBe(vector.valid ?? true);
  const before = octets.slice();
  context.sign(GAP, data.length, icvAt);
  expectSameOutside(octets, before, icvAt, icvAt + icv.length);
  expect(toHex(octets.subarray(icvAt, icvAt + icv.length)) === vector.icv.toLowerCase()).toBe(
    vector.valid ?? true,
  );
  context.destroy();
}

/** Expects `octets` to be as `before` everywhere but from `start` to `end`. */
export function expectSameOutside(
  octets: Uint8Array,
  before: Uint8Array,
  start: number,
  end: number,
): void {
  expect(sameOctets(octets.subarray(0, start), before.subarray(0, start)), 'before').toBe(true);
  expect(sameOctets(octets.subarray(end), before.subarray(end)), 'after').toBe(true);
}

/** The octets that `digits`, known to be hexadecimal, spell. */
export function octetsOf(digits: string): Uint8Array {
  const octets = fromHex(digits);
  if (octets === undefined) throw new TypeError(`Cannot read "${digits}" as hexadecimal`);
  return octets;
}

export function secretOf(digits: string): Secret {
  return new Secret(octetsOf(digits));
}
