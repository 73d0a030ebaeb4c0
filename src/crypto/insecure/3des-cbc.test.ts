import { expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { reducesToSingleDes } from './3des-cbc.ts';

/** Three keys, each of one octet eight times. */
function keys(...octets: readonly number[]): Secret {
  return new Secret(Uint8Array.from(octets.flatMap((octet) => Array<number>(8).fill(octet))));
}

test('reducesToSingleDes() sees equal neighbours, parity aside (RFC 2451 §2.3)', () => {
  expect(reducesToSingleDes(keys(0x10, 0x20, 0x40))).toBe(false);
  expect(reducesToSingleDes(keys(0x10, 0x10, 0x40))).toBe(true);
  expect(reducesToSingleDes(keys(0x10, 0x40, 0x40))).toBe(true);
  expect(reducesToSingleDes(keys(0x10, 0x11, 0x40))).toBe(true);
  // K1 = K3 is two-key 3DES, which the clause lets pass.
  expect(reducesToSingleDes(keys(0x10, 0x40, 0x10))).toBe(false);
});
