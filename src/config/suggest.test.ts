import { expect, test } from 'vitest';
import { suggest } from './suggest.ts';

const INTEGRITY = ['hmac-sha256', 'hmac-sha1', 'hmac-md5', 'hmac-sha2-256'];
const CIPHERS = ['aes-cbc', 'null', '3des-cbc', 'rijndael-cbc'];
const STATEMENTS = ['add', 'get', 'delete', 'deleteall', 'flush', 'spdadd', 'spddelete'];
const LEVELS = ['default', 'use', 'require', 'unique'];

for (const [found, candidates, meant] of [
  ['hmac-sha-256', INTEGRITY, 'hmac-sha256'],
  ['HMAC_SHA256', INTEGRITY, 'hmac-sha256'],
  ['hmac-sha265', INTEGRITY, 'hmac-sha256'],
  ['sha256', INTEGRITY, 'hmac-sha256'],
  ['sha2', INTEGRITY, 'hmac-sha256'],
  ['sha1', INTEGRITY, 'hmac-sha1'],
  ['sha-1', INTEGRITY, 'hmac-sha1'],
  ['hmac-sha', INTEGRITY, 'hmac-sha256'],
  ['md5', INTEGRITY, 'hmac-md5'],
  ['hmca-md5', INTEGRITY, 'hmac-md5'],
  ['aes', CIPHERS, 'aes-cbc'],
  ['aes256', CIPHERS, 'aes-cbc'],
  ['aes128', CIPHERS, 'aes-cbc'],
  ['aes-256-cbc', CIPHERS, 'aes-cbc'],
  ['aes-cbc-192', CIPHERS, 'aes-cbc'],
  ['3des', CIPHERS, '3des-cbc'],
  ['rijndael', CIPHERS, 'rijndael-cbc'],
  ['spdad', STATEMENTS, 'spdadd'],
  ['sdpadd', STATEMENTS, 'spdadd'],
  ['ADD', STATEMENTS, 'add'],
  ['flsuh', STATEMENTS, 'flush'],
  ['requrie', LEVELS, 'require'],
  ['required', LEVELS, 'require'],
] as const) {
  test(`"${found}" is taken for ${meant}`, () => {
    expect(suggest(found, candidates)).toBe(meant);
  });
}

for (const [found, candidates] of [
  ['hmac-sha3', INTEGRITY],
  ['hmac-sha512', INTEGRITY],
  ['blowfish-cbc', CIPHERS],
  ['des', CIPHERS],
  ['foo', STATEMENTS],
  ['must', LEVELS],
  ['', LEVELS],
  ['---', LEVELS],
  ['r'.repeat(100_000), LEVELS],
] as const) {
  test(`"${found.slice(0, 20)}" is not taken for anything else`, () => {
    expect(suggest(found, candidates)).toBeNull();
  });
}
