import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../octets/hex.ts';
import { LITTLE_ENDIAN } from '../octets/host.ts';
import { Malformed } from '../octets/malformed.ts';
import { SADB, SADB_EXT } from './constants.ts';
import type { SadbExtension } from './extension.ts';
import { sadbExtensionLength } from './extension.ts';
import { emitSadbMessage, parseSadbMessage, type SadbMessage } from './message.ts';
import type { SocketAddress } from './socket-address.ts';

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const u64 = fc.maxSafeNat();
const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const socketAddress = (version: 4 | 6): fc.Arbitrary<SocketAddress> =>
  fc.record({
    address: fc.record({ version: fc.constant(version), octets: exactly(version === 4 ? 4 : 16) }),
    port: u16,
  });
const anySocketAddress = fc.oneof(socketAddress(4), socketAddress(6));
const pair = fc.oneof(
  fc.tuple(socketAddress(4), socketAddress(4)),
  fc.tuple(socketAddress(6), socketAddress(6)),
);
const limits = fc.record({ soft: u64, hard: u64 });
const bits = fc.record({ least: u16, most: u16 });

const EXTENSIONS: readonly fc.Arbitrary<SadbExtension>[] = [
  fc.record({
    kind: fc.constant('SA' as const),
    spi: u32,
    replayWindow: u8,
    state: u8,
    integrity: u8,
    encryption: u8,
    flags: u32,
  }),
  fc.record({ kind: fc.constant('X_SA2' as const), mode: u8, sequenceNumber: u32, reqid: u32 }),
  fc.record({
    kind: fc.constantFrom('LIFETIME_CURRENT', 'LIFETIME_HARD', 'LIFETIME_SOFT'),
    allocations: u32,
    octets: u64,
    addTime: u64,
    useTime: u64,
  }),
  fc
    .tuple(
      fc.constantFrom('ADDRESS_SRC', 'ADDRESS_DST', 'ADDRESS_PROXY', 'X_NAT_T_OA'),
      u8,
      u8,
      anySocketAddress,
    )
    .map(([kind, protocol, prefixLength, end]) => ({ kind, protocol, prefixLength, ...end })),
  fc
    .tuple(fc.constantFrom('KEY_AUTH', 'KEY_ENCRYPT'), fc.uint8Array({ maxLength: 70 }))
    .map(([kind, key]) => ({ kind, bits: key.length * 8, key })),
  fc.record({
    kind: fc.constant('PROPOSAL' as const),
    replayWindow: u8,
    combinations: fc.array(
      fc.record({
        integrity: u8,
        encryption: u8,
        flags: u16,
        integrityBits: bits,
        encryptionBits: bits,
        allocations: fc.record({ soft: u32, hard: u32 }),
        octets: limits,
        addTime: limits,
        useTime: limits,
      }),
    ),
  }),
  fc.record({
    kind: fc.constantFrom('SUPPORTED_AUTH', 'SUPPORTED_ENCRYPT'),
    algorithms: fc.array(fc.record({ number: u8, ivLength: u8, leastBits: u16, mostBits: u16 })),
  }),
  fc.record({ kind: fc.constant('SPIRANGE' as const), least: u32, most: u32 }),
  fc.record({
    kind: fc.constant('X_POLICY' as const),
    type: u16,
    direction: u8,
    index: u32,
    priority: u32,
    requests: fc.array(
      fc.record({
        protocol: u16,
        mode: u8,
        level: u8,
        reqid: u32,
        endpoints: fc.oneof(fc.constant(null), pair),
      }),
    ),
  }),
  fc.record({ kind: fc.constant('X_NAT_T_TYPE' as const), type: u8 }),
  fc.record({ kind: fc.constantFrom('X_NAT_T_SPORT', 'X_NAT_T_DPORT'), port: u16 }),
  fc.record({
    kind: fc.constant('X_SEC_CTX' as const),
    domainOfInterpretation: u8,
    algorithm: u8,
    context: fc.uint8Array({ maxLength: 70 }),
  }),
  pair.map(([local, remote]) => ({ kind: 'X_KMADDRESS' as const, local, remote })),
  fc.record({
    kind: fc.constant('X_FILTER' as const),
    source: exactly(16),
    destination: exactly(16),
    family: u16,
    sourcePrefix: u8,
    destinationPrefix: u8,
  }),
  fc.record({
    kind: fc.constant('OTHER' as const),
    type: fc.constantFrom(SADB_EXT.IDENTITY_SRC, SADB_EXT.SENSITIVITY, 27, 0xffff),
    body: fc.nat(5).chain((units) => exactly(units * 8 + 4)),
  }),
];

const messages: fc.Arbitrary<SadbMessage> = fc.record({
  type: u8,
  errno: u8,
  saType: u8,
  reserved: u16,
  sequenceNumber: u32,
  pid: u32,
  extensions: fc.array(fc.oneof(...EXTENSIONS), { maxLength: 8 }),
});

describe('PF_KEY messages', () => {
  test('are read back as they were written', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(parseSadbMessage(emitSadbMessage(message))).toEqual(message);
      }),
    );
  });

  test('cut short are malformed, wherever they are cut', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const octets = emitSadbMessage(message);
        for (let length = 0; length < octets.length; length += 1) {
          expect(parseSadbMessage(octets.subarray(0, length))).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('with any octets changed are read or malformed, and nothing throws', () => {
    const changes = fc.array(fc.tuple(fc.nat(), u8), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(messages, changes, (message, places) => {
        const octets = emitSadbMessage(message);
        for (const [place, octet] of places) octets[place % octets.length] = octet;
        const read = parseSadbMessage(octets);
        if (!(read instanceof Malformed)) emitSadbMessage(read);
      }),
      { numRuns: 2000 },
    );
  });

  test('of another version are malformed', () => {
    const octets = emitSadbMessage(FLUSH);
    octets[0] = 1;
    expect(String(parseSadbMessage(octets))).toBe('malformed sadb message: version 1');
  });

  test.each([
    ['an extension of no length', '0000010000000000', 'sadb extension: length 0 does not fit'],
    ['an extension too long', '0300010000000000', 'sadb extension: length 24 does not fit'],
    ['an SA cut short', '0100010000000000', 'sadb SA: needs 16 octets, got 8'],
    [
      'a port with octets behind',
      `02001500${'00'.repeat(12)}`,
      'sadb X_NAT_T_SPORT: 8 octets left over',
    ],
    ['a key longer than its extension', '0100080040000000', 'sadb key: needs 16 octets, got 8'],
    ['an address of no family', `03000500${'00'.repeat(20)}`, 'socket address: family 0'],
    [
      'a request of no length',
      `04001200${'00'.repeat(28)}`,
      'sadb policy: a request of 0 octets does not fit',
    ],
  ])('with %s are malformed', (_, hex, why) => {
    if (!LITTLE_ENDIAN) return;
    const body = fromHex(hex) ?? new Uint8Array();
    const octets = new Uint8Array([...emitSadbMessage(FLUSH), ...body]);
    octets[4] = octets.length / 8;
    expect(String(parseSadbMessage(octets))).toBe(`malformed ${why}`);
  });
});

test('every extension is padded to a multiple of eight octets', () => {
  fc.assert(
    fc.property(fc.oneof(...EXTENSIONS), (extension) => {
      expect(sadbExtensionLength(extension) % 8).toBe(0);
    }),
  );
});

/** What Linux 6.1 broadcast when `ip xfrm policy add` was run. */
test.runIf(LITTLE_ENDIAN)('a message of Linux is read', () => {
  const heard =
    '020e00001800030009000000000000000300' +
    '0500ff200000020000000a09000200000000000000000300' +
    '0600ff200000020000000a0900010000000000000000' +
    `04000300${'00'.repeat(28)}04000400${'00'.repeat(28)}` +
    `04000200${'00'.repeat(12)}471b026b${'00'.repeat(12)}` +
    '04001200020001000800000000000080100033000101000000000000' +
    '00000000';
  const octets = fromHex(heard) ?? new Uint8Array();
  const message = parseSadbMessage(octets);
  if (message instanceof Malformed) throw new Error(String(message));
  expect(message).toMatchObject({ type: SADB.X_SPDADD, reserved: 3, sequenceNumber: 9 });
  expect(message.extensions.map(({ kind }) => kind)).toEqual([
    'ADDRESS_SRC',
    'ADDRESS_DST',
    'LIFETIME_HARD',
    'LIFETIME_SOFT',
    'LIFETIME_CURRENT',
    'X_POLICY',
  ]);
  expect(message.extensions[4]).toMatchObject({ addTime: 1_795_300_167 });
  expect(message.extensions[5]).toMatchObject({
    direction: 1,
    index: 8,
    priority: 0x80000000,
    requests: [{ protocol: 51, mode: 1, level: 1, endpoints: null }],
  });
  expect(toHex(emitSadbMessage(message))).toBe(heard);
});

const FLUSH: SadbMessage = {
  type: SADB.FLUSH,
  errno: 0,
  saType: 0,
  reserved: 0,
  sequenceNumber: 0,
  pid: 0,
  extensions: [],
};
