import { expect, test } from 'vitest';
import { fromHex, toHex } from '../octets/hex.ts';
import { Malformed } from '../octets/malformed.ts';
import { DH_GROUPS, type DhGroup, dhGroupByName } from './dh-group.ts';
import {
  dhPrivateValue,
  dhPublicLength,
  dhPublicValue,
  dhRandomLength,
  dhSharedSecret,
} from './diffie-hellman.ts';
import { Secret } from './secret.ts';

const octets = (digits: string) => fromHex(digits) as Uint8Array;
const ownValue = (group: DhGroup, octet: number) =>
  dhPrivateValue(group, new Uint8Array(dhRandomLength(group)).fill(octet));
const named = (name: string) => dhGroupByName(name) as DhGroup;

test.each(DH_GROUPS)('both ends come to share the same in $name', (group) => {
  const [alice, bob] = [ownValue(group, 0x5a), ownValue(group, 0xc3)];
  const [fromAlice, fromBob] = [dhPublicValue(group, alice), dhPublicValue(group, bob)];
  expect(fromAlice.length).toBe(dhPublicLength(group));
  const shared = dhSharedSecret(group, alice, fromBob) as Secret;
  expect(shared).toBeInstanceOf(Secret);
  expect(shared.length).toBe(Math.ceil(group.bits / 8));
  expect(toHex((dhSharedSecret(group, bob, fromAlice) as Secret).expose())).toBe(
    toHex(shared.expose()),
  );
});

test.each(DH_GROUPS)('a public value of $name of another length is refused', (group) => {
  const peer = new Uint8Array(dhPublicLength(group) + 1).fill(2);
  expect(dhSharedSecret(group, ownValue(group, 7), peer)).toBeInstanceOf(Malformed);
  expect(dhSharedSecret(group, ownValue(group, 7), peer.subarray(2))).toBeInstanceOf(Malformed);
});

test('public values that give the secret away are refused (RFC 6989 §2.1)', () => {
  const group = named('modp1536');
  const prime = octets(
    'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
      'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
      'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f' +
      '83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca237327ffffffffffffffff',
  );
  const small = (value: number) => {
    const peer = new Uint8Array(192);
    peer[191] = value;
    return peer;
  };
  const below = (less: number) => {
    const peer = prime.slice();
    peer[191] = 0xff - less;
    return peer;
  };
  const own = ownValue(group, 9);
  for (const peer of [small(0), small(1), below(1), below(0), prime.map(() => 0xff)]) {
    expect(dhSharedSecret(group, own, peer)).toBeInstanceOf(Malformed);
  }
  for (const peer of [small(2), below(2)]) {
    expect(dhSharedSecret(group, own, peer)).toBeInstanceOf(Secret);
  }
});

test.each(['ecp256', 'ecp384', 'ecp521'])('a point that is not on %s is refused', (name) => {
  const group = named(name);
  const peer = dhPublicValue(group, ownValue(group, 3));
  peer[peer.length - 1] = (peer[peer.length - 1] ?? 0) ^ 1;
  expect(dhSharedSecret(group, ownValue(group, 7), peer)).toBeInstanceOf(Malformed);
  expect(dhSharedSecret(group, ownValue(group, 7), peer.fill(0))).toBeInstanceOf(Malformed);
});

test('RFC 5903 §8.1: the example of the 256-bit group', () => {
  const group = named('19');
  const i = 'c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433';
  const gr =
    'd12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63' +
    '56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab';
  expect(toHex(dhPublicValue(group, new Secret(octets(i))))).toBe(
    'dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180' +
      '5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3',
  );
  const shared = dhSharedSecret(group, new Secret(octets(i)), octets(gr)) as Secret;
  expect(toHex(shared.expose())).toBe(
    'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de',
  );
});

test('random octets become a private value, and are overwritten', () => {
  for (const group of DH_GROUPS) {
    const random = new Uint8Array(dhRandomLength(group)).fill(0xff);
    const own = dhPrivateValue(group, random);
    expect(random.every((octet) => octet === 0)).toBe(true);
    expect(dhPublicValue(group, own).length).toBe(dhPublicLength(group));
    expect(() => dhPrivateValue(group, random.subarray(1))).toThrow(RangeError);
  }
});

test('random octets that are all zeros make a private value too', () => {
  for (const group of DH_GROUPS) {
    const zeros = ownValue(group, 0);
    expect(dhPublicValue(group, zeros).some((octet) => octet !== 0)).toBe(true);
  }
});

test.each(DH_GROUPS.filter(({ kind }) => kind === 'ecp'))('the order of $name', (group) => {
  if (group.kind !== 'ecp') throw new TypeError('It has none');
  const length = dhPublicLength(group) / 2;
  const multiple = (scalar: bigint) => {
    const own = new Secret(octets(scalar.toString(16).padStart(2 * length, '0')));
    return toHex(dhPublicValue(group, own).subarray(0, length));
  };
  // The generator and its opposite have one first coordinate.
  expect(multiple(group.order - 1n)).toBe(multiple(1n));
});
