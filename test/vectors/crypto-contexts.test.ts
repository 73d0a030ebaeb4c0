/**
 * What every crypto context promises beyond the right octets: where it reads and writes, what it
 * refuses, how it ends, and that both providers agree.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { AES_CTR } from '../../src/crypto/aes-ctr.ts';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import { AES_CMAC, AES_XCBC_MAC } from '../../src/crypto/aes-mac.ts';
import type {
  AeadAlgorithm,
  CipherAlgorithm,
  EncryptionAlgorithm,
  IntegrityAlgorithm,
} from '../../src/crypto/algorithm.ts';
import { UnsupportedError } from '../../src/crypto/context.ts';
import { HMAC_SHA256 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../src/crypto/insecure/blowfish-cbc.ts';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { NULL } from '../../src/crypto/null.ts';
import { AEADS, CIPHERS, INTEGRITY_ALGORITHMS } from '../../src/crypto/registry.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { opensslProvider } from '../../src/io/openssl/provider.ts';
import { PinnedMemory } from '../../src/io/pinned-memory.ts';
import { sameOctets } from '../../src/octets/octets.ts';
import { withRandom } from '../support/with-random.ts';
import { expectSameOutside, SUBJECTS } from './crypto-subjects.ts';

const MEMORY_LENGTH = 4096;
const EMPTY = Buffer.alloc(0);

describe.each(SUBJECTS)('$name', ({ name, provider }) => {
  const subject = provider(MEMORY_LENGTH);
  const { octets } = subject.memory;

  test.each(CIPHERS)('$name works at every alignment and touches nothing else', (algorithm) => {
    const context = subject.cipher(algorithm, keyFor(algorithm));
    for (let shift = 0; shift < 16; shift++) {
      const ivAt = 100 + shift;
      const at = 200 + 3 * shift;
      const length = algorithm.blockLength * 5;
      fillWithPattern(octets);
      const before = octets.slice();
      context.encipher(at, length, ivAt);
      expectSameOutside(octets, before, at, at + length);
      const changed = octets.subarray(at, at + length).some((octet, k) => octet !== before[at + k]);
      expect(changed).toBe(algorithm !== NULL);
      context.decipher(at, length, ivAt);
      expect(sameOctets(octets, before)).toBe(true);
    }
    context.destroy();
  });

  test.each(CIPHERS)('$name does nothing to zero octets', (algorithm) => {
    const context = subject.cipher(algorithm, keyFor(algorithm));
    fillWithPattern(octets);
    const before = octets.slice();
    context.encipher(64, 0, 16);
    context.decipher(64, 0, 16);
    expect(sameOctets(octets, before)).toBe(true);
    context.destroy();
  });

  test.each(CIPHERS)('$name starts from the IV for every packet', (algorithm) => {
    const context = subject.cipher(algorithm, keyFor(algorithm));
    const length = algorithm.blockLength * 2;
    fillWithPattern(octets);
    context.encipher(64, length, 16);
    const first = octets.slice(64, 64 + length);
    fillWithPattern(octets);
    context.encipher(256, length, 32);
    fillWithPattern(octets);
    context.encipher(64, length, 16);
    expect(octets.slice(64, 64 + length)).toEqual(first);
    context.destroy();
  });

  test('a cipher refuses a key of the wrong length', () => {
    const short = new Secret(new Uint8Array(17));
    expect(() => subject.cipher(AES_CBC, short)).toThrow(
      new RangeError('Cannot key aes-cbc with 136 bits: needs 128, 192, 256'),
    );
    expect(() => subject.cipher(INSECURE_3DES_CBC, short)).toThrow(RangeError);
    expect(() => subject.cipher(NULL, short)).toThrow(RangeError);
  });

  test('a partial block is a bug, not a shorter packet', () => {
    const context = subject.cipher(AES_CBC, keyFor(AES_CBC));
    expect(() => context.encipher(64, 17, 16)).toThrow();
    expect(() => context.decipher(64, 17, 16)).toThrow();
    context.destroy();
  });

  test('an unknown algorithm is unsupported', () => {
    const cipher: CipherAlgorithm = { ...AES_CBC, openssl: () => 'no-such-cipher' };
    const aead: AeadAlgorithm = { ...AES_GCM_16, openssl: () => 'no-such-cipher' };
    expect(() => subject.aead(aead, keyFor(aead))).toThrow(UnsupportedError);
    const own: CipherAlgorithm = { ...AES_CBC, openssl: null };
    expect(() => subject.cipher(own, keyFor(own))).toThrow(UnsupportedError);
    const integrity: IntegrityAlgorithm = {
      ...HMAC_SHA256,
      mac: { kind: 'hmac', digest: 'no-such-hash' },
    };
    expect(() => subject.cipher(cipher, keyFor(cipher))).toThrow(UnsupportedError);
    expect(() => subject.integrity(integrity, keyFor(integrity), 12)).toThrow(UnsupportedError);
  });

  test.each(AEADS)('$name works at every alignment and touches nothing else', (algorithm) => {
    const context = subject.aead(algorithm, keyFor(algorithm));
    for (let shift = 0; shift < 16; shift++) {
      const parts = [100 + shift, 12, 200 + 3 * shift, 77, 150, 401 + shift] as const;
      const [, , at, length, , icvAt] = parts;
      fillWithPattern(octets);
      const before = octets.slice();
      context.seal(...parts);
      const sealed = octets.slice();
      before.set(octets.subarray(at, at + length), at);
      expectSameOutside(octets, before, icvAt, icvAt + algorithm.icvLength);
      expect(context.open(...parts)).toBe(true);
      expectSameOutside(octets, sealed, at, at + length);
      fillWithPattern(before);
      expect(sameOctets(octets.subarray(at, at + length), before.subarray(at, at + length))).toBe(
        true,
      );
    }
    context.destroy();
  });

  test.each(AEADS)('$name notices every flipped bit, and leaves zeros', (algorithm) => {
    const context = subject.aead(algorithm, keyFor(algorithm));
    // AAD from 64, IV from 72, ciphertext from 80, ICV from 112.
    const parts = [64, 8, 80, 32, 72, 112] as const;
    fillWithPattern(octets);
    context.seal(...parts);
    const sealed = octets.slice();
    for (let bit = 0; bit < (48 + algorithm.icvLength) * 8; bit++) {
      octets.set(sealed);
      const at = 64 + (bit >> 3);
      octets[at] = (octets[at] ?? 0) ^ (1 << (bit & 7));
      expect(context.open(...parts)).toBe(false);
      expect(octets.subarray(80, 112).every((octet) => octet === 0)).toBe(true);
    }
    octets.set(sealed);
    expect(context.open(...parts)).toBe(true);
    octets.set(sealed);
    const other = subject.aead(algorithm, keyFor(algorithm, 1));
    expect(other.open(...parts)).toBe(false);
    other.destroy();
    context.destroy();
    context.destroy();
    expect(() => context.seal(...parts)).toThrow('used after destroy');
    expect(() => context.open(...parts)).toThrow('used after destroy');
  });

  test.each(AEADS)('$name does later what it does at once', (algorithm) => {
    const context = subject.aead(algorithm, keyFor(algorithm));
    const PACKETS = 5;
    // AAD, IV, text, ICV; the text of each packet is longer than that of the one before.
    const partsOf = (k: number) => {
      const at = 64 + k * 160;
      return [at, 8, at + 16, 40 + 7 * k, at + 8, at + 16 + 40 + 7 * k] as const;
    };
    fillWithPattern(octets);
    const plain = octets.slice();
    for (let k = 0; k < PACKETS; k++) context.seal(...partsOf(k));
    const sealed = octets.slice();
    octets.set(plain);
    for (let k = 0; k < PACKETS; k++) context.sealLater(...partsOf(k));
    subject.settle();
    expect(sameOctets(octets, sealed)).toBe(true);
    // The third is forged.
    const forgedAt = partsOf(2)[2];
    octets[forgedAt] = (octets[forgedAt] ?? 0) ^ 1;
    const numbers = Array.from({ length: PACKETS }, (_, k) => context.openLater(...partsOf(k)));
    subject.settle();
    const verdicts = numbers.map((number) => subject.wasAuthentic(number));
    expect(verdicts).toEqual([true, true, false, true, true]);
    for (const [k, authentic] of verdicts.entries()) {
      const [, , at, length] = partsOf(k);
      const text = octets.subarray(at, at + length);
      expect(sameOctets(text, plain.subarray(at, at + length))).toBe(authentic);
    }
    context.destroy();
    expect(() => context.sealLater(...partsOf(0))).toThrow('used after destroy');
    expect(() => context.openLater(...partsOf(0))).toThrow('used after destroy');
  });

  test.each(CIPHERS)('$name does later, if it does, what it does at once', (algorithm) => {
    const context = subject.cipher(algorithm, keyFor(algorithm));
    const { later } = context;
    const PACKETS = 5;
    // Text, its length, IV; the text of each packet is longer than that of the one before.
    const partsOf = (k: number) =>
      [100 + k * 160, algorithm.blockLength * (k + 1), 64 + k * 160] as const;
    fillWithPattern(octets);
    const plain = octets.slice();
    for (let k = 0; k < PACKETS; k++) context.encipher(...partsOf(k));
    const enciphered = octets.slice();
    octets.set(plain);
    for (let k = 0; k < PACKETS; k++) later?.encipher(...partsOf(k));
    subject.settle();
    expect(sameOctets(octets, later === null ? plain : enciphered)).toBe(true);
    for (let k = 0; k < PACKETS; k++) later?.decipher(...partsOf(k));
    subject.settle();
    expect(sameOctets(octets, plain)).toBe(true);
    context.destroy();
    if (later === null) return;
    expect(() => later.encipher(...partsOf(0))).toThrow('used after destroy');
    expect(() => later.decipher(...partsOf(0))).toThrow('used after destroy');
  });

  test.each(INTEGRITY_ALGORITHMS)(
    '$name does later, if it does, what it does at once',
    (algorithm) => {
      const context = subject.integrity(algorithm, keyFor(algorithm), 12);
      const { later } = context;
      if (later === null) return context.destroy();
      const PACKETS = 5;
      const partsOf = (k: number) => [64 + k * 160, 30 + 7 * k, 200 + k * 160] as const;
      fillWithPattern(octets);
      const plain = octets.slice();
      for (let k = 0; k < PACKETS; k++) context.sign(...partsOf(k));
      const signed = octets.slice();
      octets.set(plain);
      for (let k = 0; k < PACKETS; k++) later.sign(...partsOf(k));
      subject.settle();
      expect(sameOctets(octets, signed)).toBe(true);
      // The third is forged.
      const forgedAt = partsOf(2)[0];
      octets[forgedAt] = (octets[forgedAt] ?? 0) ^ 1;
      const numbers = Array.from({ length: PACKETS }, (_, k) => later.verify(...partsOf(k)));
      subject.settle();
      const verdicts = numbers.map((number) => subject.wasAuthentic(number));
      expect(verdicts).toEqual([true, true, false, true, true]);
      context.destroy();
      expect(() => later.sign(...partsOf(0))).toThrow('used after destroy');
      expect(() => later.verify(...partsOf(0))).toThrow('used after destroy');
    },
  );

  test('OpenSSL puts CBC and HMAC off', () => {
    const puts =
      subject.cipher(AES_CBC, keyFor(AES_CBC)).later !== null &&
      subject.integrity(HMAC_SHA256, keyFor(HMAC_SHA256), 16).later !== null;
    expect(puts).toBe(name !== 'node:crypto');
  });

  test('an AEAD, a counter mode and a MAC of AES refuse keys of the wrong length', () => {
    const short = new Secret(new Uint8Array(17));
    for (const algorithm of AEADS) expect(() => subject.aead(algorithm, short)).toThrow(RangeError);
    expect(() => subject.cipher(AES_CTR, short)).toThrow('needs 160, 224, 288');
    expect(() => subject.cipher(INSECURE_BLOWFISH_CBC, new Secret(new Uint8Array(4)))).toThrow(
      'needs 40 to 448 in steps of 8',
    );
    for (const algorithm of [AES_CMAC, AES_XCBC_MAC]) {
      expect(() => subject.integrity(algorithm, short, 12)).toThrow(RangeError);
    }
  });

  test.each(['cipher', 'integrity'] as const)('every %s forgets its key', (kind) => {
    const all =
      kind === 'cipher' ? CIPHERS.filter(({ name }) => name !== 'null') : INTEGRITY_ALGORITHMS;
    for (const algorithm of all) {
      if (algorithm.kind === 'cipher') {
        const context = subject.cipher(algorithm, keyFor(algorithm));
        for (let time = 0; time < 2; time++) context.destroy();
        expect(() => context.encipher(64, 32, 16), algorithm.name).toThrow('used after destroy');
        expect(() => context.decipher(64, 32, 16), algorithm.name).toThrow('used after destroy');
      } else {
        const context = subject.integrity(algorithm, keyFor(algorithm), 12);
        for (let time = 0; time < 2; time++) context.destroy();
        expect(() => context.sign(64, 32, 96), algorithm.name).toThrow('used after destroy');
        expect(() => context.verify(64, 32, 96), algorithm.name).toThrow('used after destroy');
      }
    }
  });

  test.each(INTEGRITY_ALGORITHMS)('$name truncates to any length', (algorithm) => {
    const whole = subject.integrity(algorithm, keyFor(algorithm), algorithm.digestLength);
    fillWithPattern(octets);
    whole.sign(65, 99, 512);
    const digest = octets.slice(512, 512 + algorithm.digestLength);
    for (let icvLength = 1; icvLength <= algorithm.digestLength; icvLength++) {
      const context = subject.integrity(algorithm, keyFor(algorithm), icvLength);
      fillWithPattern(octets);
      const before = octets.slice();
      context.sign(65, 99, 513);
      expectSameOutside(octets, before, 513, 513 + icvLength);
      expect(octets.slice(513, 513 + icvLength)).toEqual(digest.slice(0, icvLength));
      expect(context.verify(65, 99, 513)).toBe(true);
      context.destroy();
    }
    for (const wrong of [0, -1, 1.5, algorithm.digestLength + 1]) {
      expect(() => subject.integrity(algorithm, keyFor(algorithm), wrong)).toThrow(RangeError);
    }
    whole.destroy();
  });

  test.each(INTEGRITY_ALGORITHMS)('$name notices every flipped bit', (algorithm) => {
    const context = subject.integrity(algorithm, keyFor(algorithm), algorithm.icvLength);
    fillWithPattern(octets);
    context.sign(64, 32, 96);
    for (let bit = 0; bit < (32 + algorithm.icvLength) * 8; bit++) {
      const at = 64 + (bit >> 3);
      const untouched = octets[at] ?? 0;
      octets[at] = untouched ^ (1 << (bit & 7));
      expect(context.verify(64, 32, 96)).toBe(false);
      octets[at] = untouched;
    }
    expect(context.verify(64, 32, 96)).toBe(true);
    expect(context.verify(64, 31, 96)).toBe(false);
    expect(context.verify(65, 32, 96)).toBe(false);
    context.destroy();
  });

  test.each(INTEGRITY_ALGORITHMS)('$name under another key does not verify', (algorithm) => {
    const context = subject.integrity(algorithm, keyFor(algorithm), algorithm.icvLength);
    const other = subject.integrity(algorithm, keyFor(algorithm, 1), algorithm.icvLength);
    fillWithPattern(octets);
    context.sign(64, 32, 96);
    expect(other.verify(64, 32, 96)).toBe(false);
    expect(context.verify(64, 32, 96)).toBe(true);
    context.destroy();
    other.destroy();
  });

  test('destroys twice, and leaves the caller its key', () => {
    const key = keyFor(AES_CBC);
    const cipher = subject.cipher(AES_CBC, key);
    const integrity = subject.integrity(HMAC_SHA256, key, 16);
    for (let time = 0; time < 2; time++) {
      cipher.destroy();
      integrity.destroy();
    }
    expect(key.equals(keyFor(AES_CBC))).toBe(true);
  });

  test('a destroyed context passes nothing', () => {
    const cipher = subject.cipher(AES_CBC, keyFor(AES_CBC));
    const integrity = subject.integrity(HMAC_SHA256, keyFor(HMAC_SHA256), 16);
    integrity.sign(64, 32, 96);
    cipher.destroy();
    integrity.destroy();
    expect(() => cipher.encipher(64, 32, 16)).toThrow('used after destroy');
    expect(() => cipher.decipher(64, 32, 16)).toThrow('used after destroy');
    expect(() => integrity.sign(64, 32, 96)).toThrow('used after destroy');
    expect(() => integrity.verify(64, 32, 96)).toThrow('used after destroy');
  });

  test('random() fills what it is told to, never twice alike', () => {
    const seen = new Set<string>();
    for (let time = 0; time < 1000; time++) {
      octets.fill(0xa5);
      const before = octets.slice();
      subject.random(33, 16);
      expectSameOutside(octets, before, 33, 49);
      seen.add(octets.subarray(33, 49).toString());
    }
    expect(seen.size).toBe(1000);
    octets.fill(0);
    subject.random(0, MEMORY_LENGTH);
    expect(new Set(octets).size).toBeGreaterThan(250);
  });

  test('withRandom() takes only randomness from elsewhere', () => {
    const scripted = withRandom(subject, (target, at, length) => target.fill(7, at, at + length));
    octets.fill(0xa5);
    scripted.random(8, 4);
    expect([...octets.subarray(7, 13)]).toEqual([0xa5, 7, 7, 7, 7, 0xa5]);
    expect(scripted.memory).toBe(subject.memory);
    scripted.cipher(AES_CBC, keyFor(AES_CBC)).destroy();
    scripted.integrity(HMAC_SHA256, keyFor(HMAC_SHA256), 16).destroy();
  });

  test('100 000 packets and 2 000 contexts leave memory as it was', () => {
    const cipher = subject.cipher(AES_CBC, keyFor(AES_CBC));
    const integrity = subject.integrity(HMAC_SHA256, keyFor(HMAC_SHA256), 16);
    const packets = (count: number) => {
      for (let packet = 0; packet < count; packet++) {
        cipher.encipher(64, 64, 16);
        integrity.sign(64, 64, 128);
      }
    };
    const contexts = (count: number) => {
      for (let k = 0; k < count; k++) {
        subject.cipher(AES_CBC, keyFor(AES_CBC)).destroy();
        subject.integrity(HMAC_SHA256, keyFor(HMAC_SHA256), 16).destroy();
      }
    };
    packets(20_000);
    contexts(500);
    const before = process.memoryUsage.rss();
    packets(100_000);
    contexts(2_000);
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(64);
    cipher.destroy();
    integrity.destroy();
  });
});

describe('both providers agree', () => {
  const ours = nodeProvider({ octets: new Uint8Array(MEMORY_LENGTH) });
  const theirs = opensslProvider(new PinnedMemory(MEMORY_LENGTH));

  test.each(CIPHERS)('on what $name makes of anything', (algorithm) => {
    const bits = algorithm.keyBits.length === 0 ? [0] : algorithm.keyBits;
    const cases = fc.record({
      key: fc
        .constantFrom(...bits)
        .chain((count) => fc.uint8Array({ minLength: count / 8, maxLength: count / 8 })),
      packet: fc.uint8Array({ maxLength: 2048 }),
      ivAt: fc.nat(64),
      at: fc.integer({ min: 100, max: 300 }),
    });
    fc.assert(
      fc.property(cases, ({ key, packet, ivAt, at }) => {
        const length = packet.length - (packet.length % algorithm.blockLength);
        const results = [ours, theirs].map((provider) => {
          const { octets } = provider.memory;
          fillWithPattern(octets);
          octets.set(packet, at);
          const context = provider.cipher(algorithm, new Secret(key.slice()));
          context.encipher(at, length, ivAt);
          const enciphered = octets.slice();
          context.decipher(at, length, ivAt);
          expect(sameOctets(octets.slice(at, at + packet.length), packet)).toBe(true);
          context.decipher(at, length, ivAt);
          context.destroy();
          return Buffer.concat([enciphered, octets]);
        });
        expect(results[0]?.compare(results[1] ?? EMPTY)).toBe(0);
      }),
    );
  });

  test.each(AEADS)('on what $name makes of anything', (algorithm) => {
    const cases = fc.record({
      key: fc
        .constantFrom(...algorithm.keyBits)
        .chain((count) => fc.uint8Array({ minLength: count / 8, maxLength: count / 8 })),
      packet: fc.uint8Array({ minLength: 1, maxLength: 2048 }),
      aadLength: fc.nat(64),
      at: fc.integer({ min: 100, max: 300 }),
    });
    fc.assert(
      fc.property(cases, ({ key, packet, aadLength, at }) => {
        const results = [ours, theirs].map((provider) => {
          const { octets } = provider.memory;
          fillWithPattern(octets);
          octets.set(packet, at);
          const context = provider.aead(algorithm, new Secret(key.slice()));
          const parts = [3, aadLength, at, packet.length, 70, at + packet.length] as const;
          context.seal(...parts);
          const sealed = Buffer.from(octets);
          expect(context.open(...parts)).toBe(true);
          expect(sameOctets(octets.slice(at, at + packet.length), packet)).toBe(true);
          context.destroy();
          return sealed;
        });
        expect(results[0]?.compare(results[1] ?? EMPTY)).toBe(0);
      }),
    );
  });

  test.each(INTEGRITY_ALGORITHMS)('on what $name makes of anything', (algorithm) => {
    const cases = fc.record({
      key: keysOf(algorithm),
      packet: fc.uint8Array({ maxLength: 2048 }),
      at: fc.nat(300),
      icvAt: fc.integer({ min: 2400, max: 2500 }),
      icvLength: fc.integer({ min: 1, max: algorithm.digestLength }),
    });
    fc.assert(
      fc.property(cases, ({ key, packet, at, icvAt, icvLength }) => {
        const results = [ours, theirs].map((provider) => {
          const { octets } = provider.memory;
          fillWithPattern(octets);
          octets.set(packet, at);
          const context = provider.integrity(algorithm, new Secret(key.slice()), icvLength);
          context.sign(at, packet.length, icvAt);
          expect(context.verify(at, packet.length, icvAt)).toBe(true);
          context.destroy();
          return Buffer.from(octets);
        });
        expect(results[0]?.compare(results[1] ?? EMPTY)).toBe(0);
      }),
    );
  });
});

/** A key of the first length that `algorithm` takes; other `first` octets make other keys. */
function keyFor(algorithm: EncryptionAlgorithm | IntegrityAlgorithm, first = 0): Secret {
  const length = (algorithm.keyBits[0] ?? 0) / 8;
  return new Secret(Uint8Array.from({ length }, (_, k) => first + 11 * k));
}

/** Every key that a context takes: any for HMAC. */
function keysOf({ mac, keyBits }: IntegrityAlgorithm): fc.Arbitrary<Uint8Array> {
  if (mac.kind === 'hmac') return fc.uint8Array({ maxLength: 200 });
  const length = (keyBits[0] ?? 0) / 8;
  return fc.uint8Array({ minLength: length, maxLength: length });
}

function fillWithPattern(octets: Uint8Array): void {
  for (let at = 0; at < octets.length; at++) octets[at] = (at * 167) >>> 3;
}
