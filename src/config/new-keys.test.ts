import { expect, test } from 'vitest';
import { AES_CBC } from '../crypto/aes-cbc.ts';
import { AES_GCM_16 } from '../crypto/aes-gcm.ts';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../crypto/algorithm.ts';
import { HMAC_SHA1 } from '../crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../crypto/hmac-sha2.ts';
import { Secret } from '../crypto/secret.ts';
import { ifcfgLines, ifcfgRoles, keyClause, type NewKey } from './new-keys.ts';

function keyOf(algorithm: NewKey['algorithm'], octet: number): NewKey {
  return { algorithm, key: new Secret(Uint8Array.of(octet, 0xff)) };
}

test.each<[string[] | null, ...(EncryptionAlgorithm | IntegrityAlgorithm)[]]>([
  [['ESP'], AES_CBC],
  [['AH'], HMAC_SHA1],
  [['ESP', 'AESP'], AES_CBC, HMAC_SHA1],
  [['AESP', 'ESP', 'AH'], HMAC_SHA1, AES_GCM_16, HMAC_SHA256],
  [null, AES_CBC, AES_GCM_16],
  [null, HMAC_SHA1, HMAC_SHA256],
  [null, AES_CBC, HMAC_SHA1, HMAC_SHA1, HMAC_SHA1],
])('the keys of ifcfg files are %j', (roles, ...algorithms) => {
  expect(ifcfgRoles(algorithms)).toEqual(roles);
});

test('ifcfg files have a key for each direction, and the algorithm beside', () => {
  const key = { role: 'ESP', inbound: keyOf(AES_CBC, 1), outbound: keyOf(AES_CBC, 2) } as const;
  const [, algorithms, ...keys] = ifcfgLines([key]);
  expect(algorithms).toBe('# in ifcfg-ipsec0, on both: ESP_PROTO=aes-cbc');
  expect(keys).toEqual(['KEY_ESP_IN=0x01ff', 'KEY_ESP_OUT=0x02ff']);
});

test('a key of setkey stands behind its algorithm', () => {
  expect(keyClause(keyOf(HMAC_SHA1, 0))).toBe('-A hmac-sha1 0x00ff');
  expect(keyClause(keyOf(AES_GCM_16, 0))).toBe('-E aes-gcm-16 0x00ff');
});
