import { expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import { hostU16, hostU32, LITTLE_ENDIAN } from '../octets/host.ts';
import { Malformed } from '../octets/malformed.ts';
import { concatenate } from '../octets/octets.ts';
import { octetsAttribute, parseAttributes } from './attribute.ts';
import { XFRM_MSG, XFRM_STATE, XFRMA } from './xfrm-constants.ts';
import { XFRM_ENCAP } from './xfrm-encapsulation.ts';
import { XFRM_INF, XFRM_UNLIMITED } from './xfrm-lifetime.ts';
import { XFRM_UNUSED_REPLAY } from './xfrm-replay.ts';
import {
  emitXfrmSa,
  emitXfrmSaToRefuse,
  parseXfrmSa,
  revivedXfrmSa,
  type XfrmSa,
} from './xfrm-sa.ts';
import { XFRM_NO_SA_OPTIONS, XFRM_SA_DIR, type XfrmSaOptions } from './xfrm-sa-options.ts';
import {
  allocateXfrmSpi,
  deleteXfrmSa,
  dumpXfrmSas,
  flushXfrmSas,
  newXfrmSa,
  queryXfrmSa,
  rehearseXfrmSa,
  updateXfrmSa,
} from './xfrm-sa-request.ts';
import { XFRM_ANY_SELECTOR } from './xfrm-selector.ts';

/**
 * What Linux 6.1 told of SAs that iproute2 had added, such as: ip xfrm state add src 192.0.2.2
 * dst 192.0.2.1 proto esp spi 0x202 reqid 16 mode transport replay-window 4
 * auth-trunc "hmac(sha256)" 0x0001...1f 96 enc "cbc(des3_ede)" 0x6b616d65...
 * limit byte-soft 900000 limit byte-hard 1000000 limit time-soft 3000 limit time-hard 3600
 */
const ESP_LIMITED = captured(
  '0000000000000000000000000000000000000000000000000000000000000000000000000000000002000000' +
    '000000000000000000000000c00002010000000000000000000000000000020232000000c000020200000000' +
    '0000000000000000a0bb0d000000000040420f0000000000ffffffffffffffffffffffffffffffffb80b0000' +
    '00000000100e0000000000000000000000000000000000000000000000000000000000000000000000000000' +
    '9cf9016b00000000000000000000000000000000000000000000000000000000100000000200000400000000' +
    '0000000068000100686d61632873686132353629000000000000000000000000000000000000000000000000' +
    '0000000000000000000000000000000000000000000000000000000000010000000102030405060708090a0b' +
    '0c0d0e0f101112131415161718191a1b1c1d1e1f6c001400686d616328736861323536290000000000000000' +
    '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
    '0001000060000000000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f60000200' +
    '63626328646573335f6564652900000000000000000000000000000000000000000000000000000000000000' +
    '0000000000000000000000000000000000000000c00000006b616d656b616d6531323334313233346b616d65' +
    '3132333410000a00000000000000000000000000',
);

/** From fd09::1 to fd09::2, proto ah, mode tunnel, replay-window 128, flag af-unspec. */
const AH_TUNNEL = captured(
  '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
    '000000000000000000000000fd090000000000000000000000000002fffffffe33000000fd09000000000000' +
    '0000000000000001ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000000' +
    '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
    '9df9016b00000000000000000000000000000000000000000000000000000000070000000a00010020000000' +
    '000000005c000100686d61632873686131290000000000000000000000000000000000000000000000000000' +
    '00000000000000000000000000000000000000000000000000000000a0000000000102030405060708090a0b' +
    '0c0d0e0f1011121360001400686d616328736861312900000000000000000000000000000000000000000000' +
    '0000000000000000000000000000000000000000000000000000000000000000a00000006000000000010203' +
    '0405060708090a0b0c0d0e0f101112132c001700040000000000000000000000000000000000000080000000' +
    '00000000000000000000000000000000',
);

/** aead "rfc4106(gcm(aes))" 0x0001...13 128, mark 5 mask 0xff. */
const AEAD = captured(
  '0000000000000000000000000000000000000000000000000000000000000000000000000000000002000000' +
    '0000000000000000000000000a09000200000000000000000000000000000300320000000a09000100000000' +
    '0000000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00000000' +
    '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
    '9df9016b00000000000000000000000000000000000000000000000000000000000000000200000000000000' +
    '0000000060001200726663343130362867636d28616573292900000000000000000000000000000000000000' +
    '00000000000000000000000000000000000000000000000000000000a0000000800000000001020304050607' +
    '08090a0b0c0d0e0f101112130c00150005000000ff00000010000a00000000000000000000000000',
);

const EVERY_OPTION: XfrmSaOptions = {
  encapsulation: {
    type: XFRM_ENCAP.ESPINUDP,
    sourcePort: 4500,
    destinationPort: 4501,
    originalAddress: octets('0a000001', 16),
  },
  securityContext: { doi: 1, algorithm: 1, text: 'system_u:object_r:x_t:s0' },
  mark: { value: 0xfffffffe, mask: 0xff },
  interfaceId: 0x80000001,
  outputMark: { value: 3, mask: 0xf },
  offload: { interfaceIndex: 7, flags: 2 },
  careOfAddress: octets('fd090000000000000000000000000009'),
  extraFlags: 2,
  tfcPadding: 1400,
  mappingSeconds: 60,
  natKeepaliveSeconds: 20,
  direction: XFRM_SA_DIR.OUT,
};

const USAGE_AT = 160;
const STATISTICS_AT = 192;
const HEADER_LENGTH = 224;

// What was captured is of a little-endian machine, as the layout of the structures is.
test.runIf(LITTLE_ENDIAN)('parseXfrmSa() reads an ESP SA that Linux told of', () => {
  expect(parsed(ESP_LIMITED)).toEqual({
    selector: { ...XFRM_ANY_SELECTOR, family: 2 },
    source: octets('c0000202', 16),
    destination: octets('c0000201', 16),
    family: 2,
    spi: 0x202,
    protocol: 50,
    reqid: 16,
    mode: 0,
    flags: 0,
    limits: {
      ...XFRM_UNLIMITED,
      softOctets: 900_000,
      hardOctets: 1_000_000,
      softAddSeconds: 3000,
      hardAddSeconds: 3600,
    },
    usage: { octets: 0, packets: 0, addTime: 0x6b01f99c, useTime: 0 },
    replayWindow: 4,
    replay: XFRM_UNUSED_REPLAY,
    statistics: { windowErrors: 0, replays: 0, integrityFailures: 0 },
    acquireNumber: 0,
    lastUsed: null,
    mark: null,
    encryption: {
      name: 'cbc(des3_ede)',
      key: octets('6b616d656b616d6531323334313233346b616d6531323334'),
    },
    integrity: {
      name: 'hmac(sha256)',
      key: Uint8Array.from({ length: 32 }, (_, k) => k),
      icvBits: 96,
    },
    aead: null,
    compression: null,
    options: XFRM_NO_SA_OPTIONS,
  });
});

test.runIf(LITTLE_ENDIAN)('parseXfrmSa() reads an IPv6 AH tunnel with a wide replay window', () => {
  expect(parsed(AH_TUNNEL)).toMatchObject({
    selector: XFRM_ANY_SELECTOR,
    destination: octets('fd090000000000000000000000000002'),
    family: 10,
    spi: 0xfffffffe,
    protocol: 51,
    mode: 1,
    flags: 32,
    replayWindow: 128,
    encryption: null,
    integrity: { name: 'hmac(sha1)', icvBits: 96 },
  });
});

test.runIf(LITTLE_ENDIAN)('parseXfrmSa() reads an AEAD and a mark', () => {
  expect(parsed(AEAD)).toMatchObject({
    encryption: null,
    integrity: null,
    aead: { name: 'rfc4106(gcm(aes))', icvBits: 128, key: { length: 20 } },
    mark: octets('05000000ff000000'),
    options: { ...XFRM_NO_SA_OPTIONS, mark: { value: 5, mask: 0xff } },
  });
});

test.runIf(LITTLE_ENDIAN).each([
  ['an ESP SA', ESP_LIMITED],
  ['an AH tunnel', AH_TUNNEL],
  ['an AEAD', AEAD],
])('emitXfrmSa() writes %s as Linux does, octet for octet', (_, payload) => {
  const emitted = emitXfrmSa(parsed(payload));
  expect(emitted.subarray(0, USAGE_AT)).toEqual(payload.subarray(0, USAGE_AT));
  expect(emitted.subarray(STATISTICS_AT, HEADER_LENGTH)).toEqual(
    payload.subarray(STATISTICS_AT, HEADER_LENGTH),
  );
  const told = attributesOf(payload);
  for (const [type, value] of attributesOf(emitted)) expect(value).toEqual(told.get(type));
});

test('parseXfrmSa() reads back what emitXfrmSa() writes', () => {
  for (const payload of [ESP_LIMITED, AH_TUNNEL, AEAD]) {
    for (const replayWindow of [0, 1, 32, 33, 64, 4096]) {
      const { usage: _, mark, replay, statistics, ...sa } = { ...parsed(payload), replayWindow };
      expect(parsed(emitXfrmSa({ ...sa, replay: null }))).toMatchObject(sa);
    }
  }
});

test('parseXfrmSa() reads back every option', () => {
  const { usage, mark, replay, statistics, lastUsed, ...sa } = parsed(ESP_LIMITED);
  const rare = {
    ...sa,
    compression: { name: 'deflate', key: new Uint8Array(0) },
    acquireNumber: 0xfffffffe,
    options: EVERY_OPTION,
  };
  expect(parsed(emitXfrmSa({ ...rare, replay: null }))).toMatchObject(rare);
});

test('parseXfrmSa() reads back counters of every form', () => {
  const sa = parsed(ESP_LIMITED);
  const narrow = { ...XFRM_UNUSED_REPLAY, sent: 0xfffffffe, received: 9, bitmap: [0x80000001] };
  expect(parsed(emitXfrmSa({ ...sa, replay: narrow })).replay).toEqual(narrow);
  const wide = { ...narrow, sentHigh: 7, receivedHigh: 8, bitmap: [1, 2, 0xffffffff], wide: true };
  const esn = { ...sa, flags: XFRM_STATE.ESN, replayWindow: 70 };
  expect(parsed(emitXfrmSa({ ...esn, replay: wide }))).toMatchObject({
    flags: 128,
    replayWindow: 70,
    replay: wide,
  });
  const fresh = parsed(emitXfrmSa({ ...esn, replayWindow: 32, replay: null }));
  expect(fresh.replay).toEqual({ ...XFRM_UNUSED_REPLAY, wide: true });
});

test('parseXfrmSa() rejects a bitmap of four thousand million words', () => {
  const attribute = octetsAttribute(XFRMA.REPLAY_ESN_VAL, new Uint8Array(28).fill(0xff));
  const payload = concatenate([ESP_LIMITED.subarray(0, HEADER_LENGTH), attribute]);
  expect(String(parseXfrmSa(payload))).toBe(
    'malformed xfrm replay state: needs 17179869204 octets, got 28',
  );
});

test('parseXfrmSa() rejects attributes that are too short', () => {
  const payload = concatenate([
    ESP_LIMITED.subarray(0, HEADER_LENGTH),
    octetsAttribute(XFRMA.ENCAP, new Uint8Array(23)),
  ]);
  expect(String(parseXfrmSa(payload))).toBe('malformed xfrm attribute 4: needs 24 octets, got 23');
});

test('parseXfrmSa() rejects or reads every shorter prefix, and never throws', () => {
  for (const payload of [ESP_LIMITED, AH_TUNNEL, AEAD]) {
    for (let length = 0; length < payload.length; length++) {
      const result = parseXfrmSa(payload.subarray(0, length));
      if (length < HEADER_LENGTH) expect(result).toBeInstanceOf(Malformed);
    }
  }
});

test('parseXfrmSa() rejects algorithms that do not fit their attribute', () => {
  const sa = parsed(ESP_LIMITED);
  const emitted = emitXfrmSa({ ...sa, integrity: null });
  const keyBitsAt = HEADER_LENGTH + 4 + 64;
  expect(hostU32(emitted, keyBitsAt)).toBe(192);
  emitted[keyBitsAt] = 0xff;
  expect(String(parseXfrmSa(emitted))).toBe('malformed xfrm algorithm: needs 100 octets, got 92');
});

test('emitXfrmSaToRefuse() differs in its replay window alone, which is too wide', () => {
  const sa = { ...parsed(ESP_LIMITED), replayWindow: 0, replay: null };
  const plain = emitXfrmSa(sa);
  const refused = emitXfrmSaToRefuse(sa);
  expect(refused.subarray(0, plain.length)).toEqual(plain);
  const window = attributesOf(refused).get(XFRMA.REPLAY_ESN_VAL) ?? new Uint8Array(0);
  expect([window.length, hostU32(window, 0), hostU32(window, 20)]).toEqual([28, 1, 33]);
});

test('revivedXfrmSa() keeps all that was told, and brings usage and age along', () => {
  const revived = revivedXfrmSa(AH_TUNNEL);
  expect(revived.subarray(0, AH_TUNNEL.length)).toEqual(AH_TUNNEL);
  expect(attributesOf(revived).get(XFRMA.LTIME_VAL)).toEqual(
    AH_TUNNEL.subarray(USAGE_AT, STATISTICS_AT),
  );
});

test('requests name the SA by destination, SPI, family and protocol', () => {
  const id = { destination: octets('c0000201', 16), family: 2, spi: 0x202, protocol: 50 };
  const name = 'c0000201'.padEnd(32, '0');
  const { payload } = queryXfrmSa(id);
  expect(payload.subarray(0, 20)).toEqual(octets(`${name}00000202`));
  expect([hostU16(payload, 20), payload[22], payload.length]).toEqual([2, 50, 24]);
  expect(deleteXfrmSa(id).payload).toEqual(payload);
  const mark = octets('05000000ff000000');
  expect(attributesOf(deleteXfrmSa(id, mark).payload, 24).get(XFRMA.MARK)).toEqual(mark);
});

test('requests have the kernel’s message types', () => {
  const sa: XfrmSa = parsed(ESP_LIMITED);
  expect(
    [
      newXfrmSa(sa),
      updateXfrmSa(sa),
      rehearseXfrmSa(sa),
      deleteXfrmSa(sa),
      queryXfrmSa(sa),
      dumpXfrmSas(),
      allocateXfrmSpi(sa, 0x100, 0x1ff),
    ].map(({ type }) => type),
  ).toEqual([0x10, 0x1a, 0x10, 0x11, 0x12, 0x12, 0x16]);
  expect(flushXfrmSas(51)).toEqual({
    type: XFRM_MSG.FLUSHSA,
    flags: 4,
    payload: Uint8Array.of(51),
  });
});

test('no limit is kept apart from the largest one', () => {
  const limits = { ...XFRM_UNLIMITED, hardOctets: 2 ** 53 - 1 };
  const sa = parsed(emitXfrmSa({ ...parsed(ESP_LIMITED), limits }));
  expect([sa.limits.hardOctets, sa.limits.softOctets]).toEqual([2 ** 53 - 1, XFRM_INF]);
});

function parsed(payload: Uint8Array): XfrmSa {
  const sa = parseXfrmSa(payload);
  if (sa instanceof Malformed) throw new Error(String(sa));
  return sa;
}

function attributesOf(payload: Uint8Array, at = HEADER_LENGTH): ReadonlyMap<number, Uint8Array> {
  const attributes = parseAttributes(payload.subarray(at));
  if (attributes instanceof Malformed) throw new Error(String(attributes));
  return attributes;
}

function captured(digits: string): Uint8Array {
  return fromHex(digits) ?? new Uint8Array(0);
}

/** `digits` as octets, with zeros up to `length`. */
function octets(digits: string, length = digits.length / 2): Uint8Array {
  return captured(digits.padEnd(length * 2, '0'));
}
