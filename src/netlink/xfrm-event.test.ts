import { describe, expect, test } from 'vitest';
import { type ToldMessage, XFRM_TOLD } from '../../test/support/xfrm-messages.ts';
import { fromHex } from '../octets/hex.ts';
import { hostU32, LITTLE_ENDIAN } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { concatenate } from '../octets/octets.ts';
import { octetsAttribute } from './attribute.ts';
import { IPSEC_PROTO_ANY, XFRM_MSG, XFRMA } from './xfrm-constants.ts';
import { parseXfrmCounters, queryXfrmCounters, setXfrmCounters } from './xfrm-counters.ts';
import { parseXfrmSadInfo, parseXfrmSpdInfo } from './xfrm-database-info.ts';
import {
  parseXfrmDefaultActions,
  queryXfrmDefaultActions,
  setXfrmDefaultActions,
} from './xfrm-default-action.ts';
import { parseXfrmEvent, type XfrmEvent } from './xfrm-event.ts';
import { XFRM_UNLIMITED } from './xfrm-lifetime.ts';
import { migrateXfrm, parseXfrmMigration } from './xfrm-migration.ts';
import { XFRM_UNUSED_REPLAY } from './xfrm-replay.ts';
import { emitXfrmSa } from './xfrm-sa.ts';
import { XFRM_NO_SA_OPTIONS } from './xfrm-sa-options.ts';
import { allocateXfrmSpi } from './xfrm-sa-request.ts';
import { XFRM_ANY_SELECTOR } from './xfrm-selector.ts';

// What was captured is of a little-endian machine, as the layout of the structures is.
describe.runIf(LITTLE_ENDIAN)('parseXfrmEvent() reads what Linux told:', () => {
  const ESP_ID = { destination: ipv4(10, 0, 0, 2), family: 2, protocol: 50 };

  test('an SA with a security context', () => {
    expect(event(XFRM_TOLD.labelledSa)).toMatchObject({
      kind: 'new-sa',
      sa: {
        ...ESP_ID,
        spi: 9,
        options: {
          ...XFRM_NO_SA_OPTIONS,
          securityContext: { doi: 1, algorithm: 1, text: 'system_u:object_r:x_t:s0' },
        },
      },
    });
  });

  test('an SA with extended sequence numbers and much else', () => {
    expect(event(XFRM_TOLD.esnSa)).toMatchObject({
      kind: 'new-sa',
      sa: {
        ...ESP_ID,
        spi: 10,
        flags: 0x81,
        replayWindow: 70,
        replay: {
          sent: 6,
          sentHigh: 2,
          received: 5,
          receivedHigh: 1,
          bitmap: [0, 0, 0],
          wide: true,
        },
        options: {
          ...XFRM_NO_SA_OPTIONS,
          encapsulation: {
            type: 2,
            sourcePort: 4500,
            destinationPort: 4501,
            originalAddress: ipv4(10, 0, 0, 9),
          },
          mark: { value: 5, mask: 0xff },
          interfaceId: 3,
          outputMark: { value: 9, mask: 0xf },
          extraFlags: 2,
          tfcPadding: 64,
        },
      },
    });
  });

  test('an SA of IPComp', () => {
    expect(event(XFRM_TOLD.ipcompSa)).toMatchObject({
      kind: 'new-sa',
      sa: { protocol: 108, compression: { name: 'deflate', key: new Uint8Array(0) } },
    });
  });

  test.each(['labelledSa', 'esnSa', 'ipcompSa', 'limitedSa', 'updatedSa'] as const)(
    '%s, which emitXfrmSa() writes back',
    (name) => {
      const told = event(XFRM_TOLD[name]);
      if (!('sa' in told)) throw new TypeError(told.kind);
      const again = event({ type: XFRM_TOLD[name].type, payload: emitXfrmSa(told.sa) });
      const sa = { ...told.sa, usage: expect.anything() };
      expect(again).toEqual({ kind: told.kind, sa });
    },
  );

  test('SAs updated, deleted and flushed', () => {
    expect(event(XFRM_TOLD.updatedSa)).toMatchObject({
      kind: 'updated-sa',
      sa: { spi: 9, limits: { ...XFRM_UNLIMITED, softOctets: 1000 } },
    });
    expect(event(XFRM_TOLD.deletedSa)).toMatchObject({
      kind: 'deleted-sa',
      sa: { protocol: 108, spi: 16, compression: { name: 'deflate' } },
    });
    expect(event(XFRM_TOLD.flushedSas)).toEqual({ kind: 'flushed-sas', protocol: 0 });
  });

  test('SAs at their limits, without keys', () => {
    const sa = { ...ESP_ID, spi: 11, limits: { softAddSeconds: 1, hardAddSeconds: 2 } };
    expect(event(XFRM_TOLD.softExpiredSa)).toMatchObject({
      kind: 'expired-sa',
      hard: false,
      sa: { ...sa, encryption: null },
    });
    expect(event(XFRM_TOLD.hardExpiredSa)).toMatchObject({ kind: 'expired-sa', hard: true, sa });
  });

  test('an acquire', () => {
    expect(event(XFRM_TOLD.acquire)).toMatchObject({
      kind: 'acquire',
      acquire: {
        source: ipv4(10, 7, 0, 1),
        destination: ipv4(10, 7, 0, 9),
        spi: 0,
        protocol: 50,
        family: 2,
        selector: { protocol: 17, destination: { prefixLength: 32, port: 1025 } },
        policy: { direction: 1, index: 1, templates: [{ protocol: 50, reqid: 5 }] },
        integrityAlgorithms: 0xffffffff,
        ciphers: 0xffffffff,
        compressionAlgorithms: 0xffffffff,
        acquireNumber: 1,
      },
    });
  });

  test('policies', () => {
    const policy = { direction: 1, templates: [{ protocol: 50, reqid: 5 }] };
    expect(event(XFRM_TOLD.policy)).toMatchObject({ kind: 'new-policy', policy });
    expect(event({ ...XFRM_TOLD.policy, type: XFRM_MSG.UPDPOLICY }).kind).toBe('updated-policy');
    expect(event(XFRM_TOLD.deletedPolicy)).toMatchObject({ kind: 'deleted-policy', policy });
    expect(event(XFRM_TOLD.interfacePolicy)).toMatchObject({
      kind: 'new-policy',
      policy: { direction: 2, options: { interfaceId: 4 } },
    });
    expect(event(XFRM_TOLD.softExpiredPolicy)).toMatchObject({
      kind: 'expired-policy',
      hard: false,
      policy: { options: { securityContext: { text: 'system_u:object_r:x_t:s0' } } },
    });
    expect(event(XFRM_TOLD.hardExpiredPolicy)).toMatchObject({ hard: true });
    expect(event(XFRM_TOLD.flushedPolicies)).toEqual({ kind: 'flushed-policies', type: 1 });
  });

  test('default actions', () => {
    const actions = { inbound: 1, forward: 2, outbound: 2 };
    expect(event(XFRM_TOLD.defaultActions)).toEqual({ kind: 'default-actions', actions });
  });

  test('counters with thresholds', () => {
    expect(event(XFRM_TOLD.counters)).toMatchObject({
      kind: 'replay-event',
      counters: {
        id: { ...ESP_ID, spi: 9 },
        source: ipv4(10, 0, 0, 1),
        flags: 9,
        replay: XFRM_UNUSED_REPLAY,
        usage: { octets: 0, packets: 0 },
        packetThreshold: 2,
        timerTenths: 10,
      },
    });
  });

  test('a migration', () => {
    expect(event(XFRM_TOLD.migration)).toMatchObject({
      kind: 'migrate',
      migration: { direction: 1, moves: [MOVE], ikeEnds: IKE_ENDS, encapsulation: null },
    });
  });

  test('how large the databases are', () => {
    expect(parseXfrmSadInfo(XFRM_TOLD.sadInfo.payload)).toEqual({
      sas: 3,
      hash: { buckets: 8, mostBuckets: 1 << 20 },
    });
    expect(parseXfrmSpdInfo(XFRM_TOLD.spdInfo.payload)).toEqual({
      policies: { inbound: 0, outbound: 1, forward: 0 },
      socketPolicies: { inbound: 0, outbound: 0, forward: 0 },
      hash: { buckets: 7, mostBuckets: 1 << 20 },
      ipv4Threshold: { local: 32, remote: 32 },
      ipv6Threshold: { local: 128, remote: 128 },
    });
  });
});

// Linux tells these two to Mobile IPv6 and behind a NAT alone.
test.runIf(LITTLE_ENDIAN)(
  'parseXfrmEvent() reads a mapping, but not what Linux forgot in it',
  () => {
    const id = `0a000002${'0'.repeat(24)}0000000a02003200`;
    const places = `0a000001${'0'.repeat(24)}0a000009${'f'.repeat(24)}119411a5`;
    const payload = fromHex(`${id}07000000${places}`) ?? new Uint8Array(0);
    expect(event({ type: XFRM_MSG.MAPPING, payload })).toEqual({
      kind: 'mapping',
      mapping: {
        id: { destination: ipv4(10, 0, 0, 2), family: 2, protocol: 50, spi: 10 },
        reqid: 7,
        before: { address: ipv4(10, 0, 0, 1), port: 4500 },
        after: { address: ipv4(10, 0, 0, 9), port: 4517 },
      },
    });
  },
);

test('parseXfrmEvent() reads a report, as the header has it', () => {
  const careOfAddress = new Uint8Array(16).fill(7);
  const payload = concatenate([
    Uint8Array.of(60, 0, 0, 0),
    new Uint8Array(56),
    octetsAttribute(XFRMA.COADDR, careOfAddress),
  ]);
  expect(event({ type: XFRM_MSG.REPORT, payload })).toEqual({
    kind: 'report',
    report: { protocol: 60, selector: XFRM_ANY_SELECTOR, careOfAddress },
  });
});

test('parseXfrmEvent() keeps messages that it does not know apart', () => {
  expect(event({ type: 0x7f, payload: new Uint8Array(0) })).toEqual({
    kind: 'unknown',
    type: 0x7f,
  });
});

test('parseXfrmEvent() rejects or reads every shorter prefix', () => {
  for (const { type, payload } of Object.values(XFRM_TOLD)) {
    for (let length = 0; length < payload.length; length++) {
      const result = parse({ type, payload: payload.subarray(0, length) });
      if (result instanceof Malformed) expect(String(result)).toMatch(/^malformed /);
    }
  }
});

test('a deletion that does not tell what was deleted is malformed', () => {
  for (const [type, length] of [
    [XFRM_MSG.DELSA, 24],
    [XFRM_MSG.DELPOLICY, 64],
  ] as const) {
    expect(String(parse({ type, payload: new Uint8Array(length) }))).toMatch(/does not tell the/);
  }
});

test('counters round-trip in both forms', () => {
  const counters = {
    id: { destination: ipv4(10, 0, 0, 2), family: 2, protocol: 50, spi: 0xfffffffe },
    source: ipv4(10, 0, 0, 1),
    reqid: 5,
    flags: 1,
    usage: { octets: 2 ** 40, packets: 3, addTime: 4, useTime: 5 },
    packetThreshold: 6,
    timerTenths: null,
    mark: new Uint8Array(8).fill(9),
  };
  const narrow = { ...XFRM_UNUSED_REPLAY, sent: 1, received: 2, bitmap: [3] };
  const wide = { ...narrow, sentHigh: 4, receivedHigh: 5, bitmap: [6, 7, 8], wide: true };
  for (const [replay, replayWindow] of [
    [narrow, 0],
    [wide, 96],
    [null, 0],
  ] as const) {
    const whole = { ...counters, replay, replayWindow };
    expect(parseXfrmCounters(setXfrmCounters(whole).payload)).toEqual(whole);
  }
  expect(parseXfrmCounters(queryXfrmCounters(counters.id, 9).payload)).toMatchObject({
    id: counters.id,
    flags: 9,
    replay: null,
    usage: null,
    packetThreshold: null,
  });
});

test('migrations round-trip, and moves in attributes of their own are all read', () => {
  const migration = {
    selector: XFRM_ANY_SELECTOR,
    direction: 2,
    type: 1,
    moves: [MOVE, { ...MOVE, reqid: 0xfffffffe }],
    ikeEnds: IKE_ENDS,
    encapsulation: {
      type: 2,
      sourcePort: 1,
      destinationPort: 2,
      originalAddress: new Uint8Array(16),
    },
  };
  const { payload } = migrateXfrm(migration);
  expect(parseXfrmMigration(payload)).toEqual(migration);
  const alone = migrateXfrm({ ...migration, moves: [MOVE] }).payload.subarray(64, 64 + 80);
  expect(parseXfrmMigration(concatenate([payload, alone]))).toMatchObject({
    moves: [...migration.moves, MOVE],
  });
});

test('default actions round-trip', () => {
  const actions = { inbound: 1, forward: 2, outbound: 0 };
  expect(parseXfrmDefaultActions(setXfrmDefaultActions(actions).payload)).toEqual(actions);
  expect(queryXfrmDefaultActions().type).toBe(0x28);
});

test('a request for an SPI has the range between the SA and its attributes', () => {
  const { payload } = allocateXfrmSpi(
    {
      source: ipv4(10, 0, 0, 1),
      destination: ipv4(10, 0, 0, 2),
      family: 2,
      protocol: 50,
      mode: 1,
      reqid: 5,
      acquireNumber: 6,
      options: { ...XFRM_NO_SA_OPTIONS, interfaceId: 3 },
    },
    0x100,
    0x1ff,
  );
  expect([payload.length, hostU32(payload, 204), hostU32(payload, 208)]).toEqual([240, 6, 5]);
  expect([hostU32(payload, 224), hostU32(payload, 228)]).toEqual([0x100, 0x1ff]);
  expect(hostU32(payload, 236)).toBe(3);
});

test('protocols are flushed one by one, or all', () => {
  const payload = Uint8Array.of(IPSEC_PROTO_ANY);
  expect(event({ type: XFRM_MSG.FLUSHSA, payload })).toEqual({
    kind: 'flushed-sas',
    protocol: 255,
  });
});

const MOVE = {
  before: { source: ipv4(10, 0, 0, 1), destination: ipv4(10, 0, 0, 2), family: 2 },
  after: { source: ipv4(10, 0, 0, 1), destination: ipv4(10, 0, 0, 4), family: 2 },
  protocol: 50,
  mode: 1,
  reqid: 5,
};

const IKE_ENDS = { local: ipv4(10, 0, 0, 1), remote: ipv4(10, 0, 0, 4), family: 2 };

function parse({ type, payload }: ToldMessage): Parsed<XfrmEvent> {
  return parseXfrmEvent({ type, payload, flags: 0, sequence: 0 });
}

function event(message: ToldMessage): XfrmEvent {
  const result = parse(message);
  if (result instanceof Malformed) throw new Error(String(result));
  return result;
}

/** As the kernel has it: 16 octets. */
function ipv4(...octets: number[]): Uint8Array {
  const address = new Uint8Array(16);
  address.set(octets);
  return address;
}
