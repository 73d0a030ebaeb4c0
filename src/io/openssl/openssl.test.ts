import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import { Deferred } from '../deferred.ts';
import { PinnedMemory } from '../pinned-memory.ts';
import { loadOpenssl, type Openssl } from './bindings.ts';
import { EvpCipher } from './cipher.ts';
import { opensslAddresses } from './functions.ts';
import { HmacIntegrity } from './integrity.ts';

const OPENSSL = loadOpenssl();
const KEY = new PinnedMemory(16);
const LATER = [new Deferred(new PinnedMemory(1), () => ''), opensslAddresses(OPENSSL)] as const;

describe('PinnedMemory', () => {
  test.each([1, 8, 64, 4096])('of %i octets is zero and stays where it is', (length) => {
    const memory = new PinnedMemory(length);
    expect(memory.octets.every((octet) => octet === 0)).toBe(true);
    for (let k = 0; k < 100; k++) new Uint8Array(2 ** 20).fill(k);
    expect(Number(koffi.address(memory.octets))).toBe(memory.address);
  });
});

describe('a call that OpenSSL fails', () => {
  test.each(['EVP_EncryptInit_ex2', 'EVP_EncryptUpdate'] as const)(
    '%s, enciphers nothing',
    (name) => {
      const cipher = cipherWith(name);
      expect(() => cipher.encipher(32, 16, 0)).toThrow('Bug: cannot encipher 16 octets');
      cipher.destroy();
    },
  );

  test.each(['EVP_DecryptInit_ex2', 'EVP_DecryptUpdate'] as const)(
    '%s, deciphers nothing',
    (name) => {
      const cipher = cipherWith(name);
      expect(() => cipher.decipher(32, 16, 0)).toThrow('Bug: cannot decipher 16 octets');
      cipher.destroy();
    },
  );

  test.each(['HMAC_Init_ex', 'HMAC_Update', 'HMAC_Final'] as const)(
    '%s, neither signs nor verifies',
    (name) => {
      const memory = new PinnedMemory(64);
      const { openssl, fail } = failing(name);
      const hash = OPENSSL.EVP_MD_fetch(0, 'sha256', 0);
      const integrity = new HmacIntegrity(openssl, ...LATER, memory, hash, KEY, 16, 16);
      integrity.sign(0, 32, 32);
      expect(integrity.verify(0, 32, 32)).toBe(true);
      fail();
      expect(integrity.verify(0, 32, 32)).toBe(false);
      expect(() => integrity.sign(0, 32, 32)).toThrow('Bug: cannot sign 32 octets');
      integrity.destroy();
    },
  );

  test('while keying, makes no context', () => {
    const noCipher = { ...OPENSSL, EVP_DecryptInit_ex2: () => 0 };
    const noHmac = { ...OPENSSL, HMAC_CTX_new: () => 0 };
    const cipher = OPENSSL.EVP_CIPHER_fetch(0, 'aes-128-cbc', 0);
    expect(() => new EvpCipher(noCipher, ...LATER, KEY, cipher, KEY, 16, NO_NONCE)).toThrow(
      'Cannot key a cipher',
    );
    expect(() => new HmacIntegrity(noHmac, ...LATER, KEY, 0, KEY, 16, 12)).toThrow(
      'Cannot key an HMAC',
    );
  });
});

test('an IV in front of the ciphertext and one elsewhere make the same plaintext', () => {
  const memory = new PinnedMemory(128);
  const cipher = OPENSSL.EVP_CIPHER_fetch(0, 'aes-128-cbc', 0);
  const deferred = new Deferred(new PinnedMemory(1), () => '');
  const functions = opensslAddresses(OPENSSL);
  const context = new EvpCipher(OPENSSL, deferred, functions, memory, cipher, KEY, 16, NO_NONCE);
  const plaintext = Uint8Array.from({ length: 48 }, (_, k) => k);
  const iv = new Uint8Array(16).fill(7);
  const { octets } = memory;
  for (const ivAt of [16, 96]) {
    for (const decipher of [context.decipher.bind(context), context.later?.decipher]) {
      octets.set(iv, ivAt);
      octets.set(plaintext, 32);
      context.encipher(32, 48, ivAt);
      expect(octets.subarray(32, 80)).not.toEqual(plaintext);
      decipher?.(32, 48, ivAt);
      deferred.settle();
      expect(octets.subarray(32, 80)).toEqual(plaintext);
    }
  }
  context.destroy();
});

const NO_NONCE = new Uint8Array(0);

/** A cipher that works once keyed, then finds `name` failing. */
function cipherWith(name: keyof Openssl): EvpCipher {
  const { openssl, fail } = failing(name);
  const cipher = OPENSSL.EVP_CIPHER_fetch(0, 'aes-128-cbc', 0);
  const context = new EvpCipher(openssl, ...LATER, new PinnedMemory(64), cipher, KEY, 16, NO_NONCE);
  context.encipher(32, 16, 0);
  context.decipher(32, 16, 0);
  fail();
  return context;
}

/** OpenSSL, whose function `name` returns 0 from the time that `fail` is called. */
function failing(name: keyof Openssl): { openssl: Openssl; fail: () => void } {
  const openssl = { ...OPENSSL };
  return { openssl, fail: () => Object.assign(openssl, { [name]: () => 0 }) };
}
