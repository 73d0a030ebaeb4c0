import { describe, expect, test } from 'vitest';
import {
  ENCRYPTION_ALGORITHMS,
  encryptionByName,
  encryptionByRacoonName,
  encryptionBySetkeyName,
  INTEGRITY_ALGORITHMS,
  integrityByName,
  integrityByRacoonName,
  integrityBySetkeyName,
} from './registry.ts';

const ALL = [...ENCRYPTION_ALGORITHMS, ...INTEGRITY_ALGORITHMS];

describe('the registry', () => {
  test.each([
    ['names', ALL.map(({ name }) => name)],
    ['setkey names', ALL.flatMap(({ setkey }) => setkey)],
    ['racoon names', ALL.flatMap(({ racoon }) => racoon)],
    ['Linux names', ALL.map(({ linux }) => linux)],
    ['IKEv2 names', ALL.flatMap(({ ikev2 }) => ikev2?.name ?? [])],
  ])('has %s that mean one algorithm each', (_, names) => {
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(ENCRYPTION_ALGORITHMS)('finds $name by every name', (cipher) => {
    expect(encryptionByName(cipher.name)).toBe(cipher);
    expect(cipher.setkey).toContain(cipher.name);
    for (const name of cipher.setkey) expect(encryptionBySetkeyName(name)).toBe(cipher);
    for (const name of cipher.racoon) expect(encryptionByRacoonName(name)).toBe(cipher);
  });

  test.each(INTEGRITY_ALGORITHMS)('finds $name by every name', (integrity) => {
    expect(integrityByName(integrity.name)).toBe(integrity);
    expect(integrity.setkey).toContain(integrity.name);
    for (const name of integrity.setkey) expect(integrityBySetkeyName(name)).toBe(integrity);
    for (const name of integrity.racoon) expect(integrityByRacoonName(name)).toBe(integrity);
  });

  test('finds nothing by a name of the other kind, an alias or an unknown name', () => {
    expect(encryptionBySetkeyName('hmac-sha1')).toBeUndefined();
    expect(integrityBySetkeyName('aes-cbc')).toBeUndefined();
    expect(encryptionByName('rijndael-cbc')).toBeUndefined();
    expect(integrityByName('hmac-sha2-256')).toBeUndefined();
    expect(encryptionBySetkeyName('AES-CBC')).toBeUndefined();
    expect(encryptionBySetkeyName('')).toBeUndefined();
    expect(encryptionByRacoonName('hmac_sha1')).toBeUndefined();
    expect(integrityByRacoonName('non_auth')?.name).toBe('null');
  });

  test('tells the names that Linux and IANA use, and the lengths of the RFCs', () => {
    const facts = ALL.map((algorithm) => [
      algorithm.name,
      algorithm.linux,
      algorithm.ikev2?.id,
      algorithm.kind === 'cipher'
        ? [algorithm.ivLength, algorithm.blockLength]
        : algorithm.kind === 'aead'
          ? [algorithm.saltLength, algorithm.ivLength, algorithm.icvLength]
          : [algorithm.classicIcvLength, algorithm.icvLength, algorithm.digestLength],
    ]);
    expect(facts).toEqual([
      ['aes-cbc', 'cbc(aes)', 12, [16, 16]],
      ['camellia-cbc', 'cbc(camellia)', 23, [16, 16]],
      ['twofish-cbc', 'cbc(twofish)', undefined, [16, 16]],
      ['aes-ctr', 'rfc3686(ctr(aes))', 13, [8, 1]],
      ['null', 'ecb(cipher_null)', 11, [0, 1]],
      ['3des-cbc', 'cbc(des3_ede)', 3, [8, 8]],
      ['cast128-cbc', 'cbc(cast5)', 6, [8, 8]],
      ['blowfish-cbc', 'cbc(blowfish)', 7, [8, 8]],
      ['des-cbc', 'cbc(des)', 2, [8, 8]],
      ['aes-gcm-16', 'rfc4106(gcm(aes))', 20, [4, 8, 16]],
      ['chacha20-poly1305', 'rfc7539esp(chacha20,poly1305)', 28, [4, 8, 16]],
      ['aes-ccm-16', 'rfc4309(ccm(aes))', 16, [3, 8, 16]],
      ['aes-gmac', 'rfc4543(gcm(aes))', 21, [4, 8, 16]],
      ['hmac-sha256', 'hmac(sha256)', 12, [12, 16, 32]],
      ['hmac-sha384', 'hmac(sha384)', 13, [24, 24, 48]],
      ['hmac-sha512', 'hmac(sha512)', 14, [32, 32, 64]],
      ['hmac-sha1', 'hmac(sha1)', 2, [12, 12, 20]],
      ['aes-cmac', 'cmac(aes)', 8, [12, 12, 16]],
      ['aes-xcbc-mac', 'xcbc(aes)', 5, [12, 12, 16]],
      ['hmac-ripemd160', 'hmac(rmd160)', undefined, [12, 12, 20]],
      ['hmac-md5', 'hmac(md5)', 1, [12, 12, 16]],
    ]);
  });
});
