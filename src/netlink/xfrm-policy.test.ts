import { expect, test } from 'vitest';
import { fromHex } from '../octets/hex.ts';
import { hostU32, LITTLE_ENDIAN } from '../octets/host.ts';
import { Malformed } from '../octets/malformed.ts';
import { parseAttributes } from './attribute.ts';
import { XFRM_UNLIMITED } from './xfrm-lifetime.ts';
import { emitXfrmPolicy, parseXfrmPolicy, type XfrmPolicy } from './xfrm-policy.ts';
import { XFRM_NO_POLICY_OPTIONS, type XfrmPolicyOptions } from './xfrm-policy-options.ts';
import {
  deleteKnownXfrmPolicy,
  deleteXfrmPolicy,
  dumpXfrmPolicies,
  flushXfrmPolicies,
  newXfrmPolicy,
  queryXfrmPolicy,
  updateXfrmPolicy,
} from './xfrm-policy-request.ts';
import { XFRM_PLAIN_TEMPLATE, type XfrmTemplate } from './xfrm-template.ts';

/**
 * What Linux 6.1 told of policies that iproute2 had added, such as: ip xfrm policy add
 * src 192.0.2.1 dst 192.0.2.9 proto tcp dport 80 dir out priority 2147483638
 * tmpl proto esp mode transport level use tmpl proto ah reqid 9 mode transport
 */
const TWO_LAYERS = captured(
  'c0000209000000000000000000000000c00002010000000000000000000000000050ffff0000000002002020' +
    '060000000000000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff' +
    '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
    '000000009ef9016b000000000000000000000000f6ffff7f0100000001000000000000008400050000000000' +
    '0000000000000000000000000000000032000000020000000000000000000000000000000000000000000000' +
    '00000100ffffffffffffffffffffffff00000000000000000000000000000000000000003300000002000000' +
    '000000000000000000000000000000000900000000000000ffffffffffffffffffffffff0a00100000000000' +
    '00000000',
);

/** src fd02::/16 dst fd01::/32 dir fwd priority 7, an ESP tunnel from fd09::1 to fd09::2. */
const TUNNEL = captured(
  'fd010000000000000000000000000000fd02000000000000000000000000000000000000000000000a002010' +
    '000000000000000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff' +
    '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
    '000000009ef9016b000000000000000000000000070000000a000000020000000000000044000500fd090000' +
    '00000000000000000000000200000000320000000a000000fd09000000000000000000000000000110000000' +
    '01000000ffffffffffffffffffffffff0a0010000000000000000000',
);

/** src 10.0.0.0/8 dst 0.0.0.0/0 dir in action block mark 5 mask 0xff if_id 3. */
const BLOCK = captured(
  '000000000000000000000000000000000a000000000000000000000000000000000000000000000002000008' +
    '000000000000000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff' +
    '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
    '000000009ef9016b000000000000000000000000000000001000000000010000000000000a00100000000000' +
    '000000000c00150005000000ff00000008001f0003000000',
);

/** Of type sub. */
const SUB = captured(
  '0a0200000000000000000000000000000a010000000000000000000000000000000000000000000002001010' +
    '000000000000000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff' +
    '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
    '000000009ef9016b000000000000000000000000000000001900000001000000000000004400050000000000' +
    '000000000000000000000000000000006c000000020000000000000000000000000000000000000000000000' +
    '00000000ffffffffffffffffffffffff0a0010000100000000000000',
);

const USAGE_AT = 120;
const PRIORITY_AT = 152;
const INDEX_AT = 156;
const DIRECTION_AT = 160;
const HEADER_LENGTH = 168;

// What was captured is of a little-endian machine, as the layout of the structures is.
test.runIf(LITTLE_ENDIAN)('parseXfrmPolicy() reads a policy with two layers', () => {
  expect(parsed(TWO_LAYERS)).toEqual({
    selector: {
      family: 2,
      source: { address: octets('c0000201', 16), prefixLength: 32, port: 0, portMask: 0 },
      destination: {
        address: octets('c0000209', 16),
        prefixLength: 32,
        port: 80,
        portMask: 0xffff,
      },
      protocol: 6,
      interfaceIndex: 0,
      user: 0,
    },
    limits: XFRM_UNLIMITED,
    usage: { octets: 0, packets: 0, addTime: 0x6b01f99e, useTime: 0 },
    priority: 2147483638,
    index: 1,
    direction: 1,
    action: 0,
    templates: [
      { ...ANY_TEMPLATE, protocol: 50, reqid: 0, optional: true },
      { ...ANY_TEMPLATE, protocol: 51, reqid: 9, optional: false },
    ],
    type: 0,
    flags: 0,
    share: 0,
    options: XFRM_NO_POLICY_OPTIONS,
    scope: [],
  });
});

test.runIf(LITTLE_ENDIAN)('parseXfrmPolicy() reads an IPv6 tunnel', () => {
  expect(parsed(TUNNEL)).toMatchObject({
    selector: { family: 10, source: { prefixLength: 16 }, destination: { prefixLength: 32 } },
    direction: 2,
    templates: [
      {
        source: octets('fd090000000000000000000000000001'),
        destination: octets('fd090000000000000000000000000002'),
        family: 10,
        mode: 1,
        reqid: 16,
      },
    ],
  });
});

test.runIf(LITTLE_ENDIAN)('parseXfrmPolicy() keeps what the kernel finds a policy by', () => {
  expect(parsed(BLOCK)).toMatchObject({
    action: 1,
    direction: 0,
    index: 16,
    templates: [],
    scope: [octets('0c00150005000000ff000000'), octets('08001f0003000000')],
  });
  expect(parsed(SUB).type).toBe(1);
});

test.runIf(LITTLE_ENDIAN).each([
  ['two layers', TWO_LAYERS],
  ['a tunnel', TUNNEL],
  ['no template, but a mark and an interface', BLOCK],
  ['a type of its own', SUB],
])('emitXfrmPolicy() writes a policy with %s as Linux does, octet for octet', (_, payload) => {
  const emitted = emitXfrmPolicy(parsed(payload));
  for (const [from, to] of [
    [0, USAGE_AT],
    [PRIORITY_AT, INDEX_AT],
    [DIRECTION_AT, HEADER_LENGTH],
  ]) {
    expect(emitted.subarray(from, to)).toEqual(payload.subarray(from, to));
  }
  const told = attributesOf(payload);
  for (const [type, value] of attributesOf(emitted)) expect(value).toEqual(told.get(type));
});

test('parseXfrmPolicy() reads back what emitXfrmPolicy() writes', () => {
  for (const payload of [TWO_LAYERS, TUNNEL, BLOCK, SUB]) {
    const { usage, index, scope, ...policy } = parsed(payload);
    const rare = { flags: 3, share: 3, options: EVERY_OPTION, templates: [EVERY_PART] };
    for (const wanted of [policy, { ...policy, ...rare }]) {
      expect(parsed(emitXfrmPolicy(wanted))).toMatchObject(wanted);
    }
  }
});

test('parseXfrmPolicy() rejects or reads every shorter prefix, and never throws', () => {
  for (const payload of [TWO_LAYERS, TUNNEL, BLOCK]) {
    for (let length = 0; length < payload.length; length++) {
      const result = parseXfrmPolicy(payload.subarray(0, length));
      if (length < HEADER_LENGTH) expect(result).toBeInstanceOf(Malformed);
    }
  }
});

test('parseXfrmPolicy() rejects half a template', () => {
  const whole = newXfrmPolicy(parsed(TUNNEL)).payload;
  const half = whole.slice(0, HEADER_LENGTH + 4 + 32);
  half[HEADER_LENGTH] = 4 + 32;
  expect(parseXfrmPolicy(LITTLE_ENDIAN ? half : whole.subarray(0, 3))).toBeInstanceOf(Malformed);
});

test('requests name a policy by direction and selector, or by index and scope', () => {
  const policy = parsed(BLOCK);
  const bySelector = deleteXfrmPolicy(policy).payload;
  expect(bySelector.subarray(0, 56)).toEqual(BLOCK.subarray(0, 56));
  expect([hostU32(bySelector, 56), bySelector[60], bySelector.length]).toEqual([0, 0, 64]);
  const byIndex = deleteKnownXfrmPolicy(policy).payload;
  expect(hostU32(byIndex, 56)).toBe(16);
  expect(byIndex.subarray(64)).toEqual(octets('0c00150005000000ff00000008001f0003000000'));
  const query = queryXfrmPolicy({ ...policy, type: 1 }).payload;
  expect([hostU32(query, 56), query[60]]).toEqual([16, 0]);
  expect(query.subarray(64)).toEqual(
    octets('0c00150005000000ff00000008001f00030000000a0010000100000000000000'),
  );
});

test('requests have the kernel’s message types', () => {
  const policy = parsed(TUNNEL);
  const requests = [
    newXfrmPolicy(policy),
    updateXfrmPolicy(policy),
    deleteXfrmPolicy(policy),
    queryXfrmPolicy(policy),
    dumpXfrmPolicies(),
    flushXfrmPolicies(),
  ];
  expect(requests.map(({ type }) => type)).toEqual([0x13, 0x19, 0x14, 0x15, 0x15, 0x1d]);
});

const EVERY_OPTION: XfrmPolicyOptions = {
  securityContext: { doi: 1, algorithm: 1, text: 'system_u:object_r:x_t:s0' },
  mark: { value: 0xfffffffe, mask: 0xff },
  interfaceId: 0x80000001,
  offload: { interfaceIndex: 7, flags: 4 },
};

const EVERY_PART: XfrmTemplate = {
  source: octets('0a090001', 16),
  destination: octets('0a090002', 16),
  family: 2,
  spi: 0xfffffffe,
  protocol: 108,
  reqid: 5,
  mode: 4,
  optional: true,
  share: 3,
  integrityAlgorithms: 0x80000001,
  ciphers: 2,
  compressionAlgorithms: 4,
};

const ANY_TEMPLATE = {
  ...XFRM_PLAIN_TEMPLATE,
  source: new Uint8Array(16),
  destination: new Uint8Array(16),
  family: 2,
  spi: 0,
  mode: 0,
};

function parsed(payload: Uint8Array): XfrmPolicy {
  const policy = parseXfrmPolicy(payload);
  if (policy instanceof Malformed) throw new Error(String(policy));
  return policy;
}

function attributesOf(payload: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const attributes = parseAttributes(payload.subarray(HEADER_LENGTH));
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
