/**
 * What we print against what setkey 0.8.2 printed on Linux 6.1, where `../shared` has it.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import { address } from '../../../test/support/packets.ts';
import { espSa, integrityOf, selector, testKey } from '../../../test/support/sas.ts';
import { AES_CBC } from '../../crypto/aes-cbc.ts';
import { HMAC_SHA1 } from '../../crypto/hmac-sha1.ts';
import type { PolicyRecord, SaRecord } from '../../ipsec/backend.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import { DEFAULT_PRIORITY } from '../../ipsec/policy.ts';
import type { Direction } from '../../ipsec/selector.ts';
import { LITTLE_ENDIAN } from '../../octets/host.ts';
import type { SadbAddress } from '../../pfkey/address.ts';
import { IPSEC_MODE, IPSEC_PROTO_ANY, SADB, SADB_SATYPE } from '../../pfkey/constants.ts';
import type { SadbExtension } from '../../pfkey/extension.ts';
import { emitSadbMessage, type SadbMessage } from '../../pfkey/message.ts';
import type { SadbPolicy } from '../../pfkey/policy.ts';
import { formatHexDump, formatSadbMessage } from './kdebug.ts';
import { flushMessage, policyFlushMessage, registerMessage } from './pfkey/other-message.ts';
import { policyMessage } from './pfkey/policy-message.ts';
import { expireMessage, hostAddress, saMessage } from './pfkey/sa-message.ts';

const CAPTURE = sharedPath('reference', 'captured', 'setkey', 'orig-0.8-monitor-x.txt');

/** The process that was watched, and when it did what it did. */
const SETKEY = { sequenceNumber: 0, pid: 2944 };
const ADDED_AT = 1_795_277_758_000;

const SOURCE = address('192.0.2.1');
const DESTINATION = address('192.0.2.2');

const SA: SaRecord = {
  parameters: espSa({
    source: SOURCE,
    destination: DESTINATION,
    spi: 0x301,
    mode: 'tunnel',
    replayWindow: 0,
    encryption: { algorithm: AES_CBC, key: testKey(128) },
    integrity: integrityOf(HMAC_SHA1),
    softLifetime: { ...UNLIMITED, seconds: 1 },
    hardLifetime: { ...UNLIMITED, seconds: 2 },
  }),
  state: 'mature',
  sequenceNumber: 0,
  addedAt: ADDED_AT,
  usedAt: null,
  octets: 0,
  packets: 0,
  window: null,
  discards: {},
};

const HERE = { address: address('10.0.0.0'), length: 8 };
const THERE = { address: address('10.1.0.0'), length: 16 };
const ELSEWHERE = { address: address('10.2.0.0'), length: 16 };

const TUNNEL: PolicyRecord = {
  policy: {
    direction: 'outbound',
    priority: DEFAULT_PRIORITY,
    selector: selector(SOURCE, DESTINATION, { localAddress: HERE, remoteAddress: THERE }),
    action: {
      kind: 'protect',
      templates: [
        {
          protocol: 'esp',
          mode: 'tunnel',
          endpoints: { local: address('10.0.0.1'), remote: address('10.0.0.2') },
          level: 'require',
          reqid: 5,
        },
      ],
    },
  },
  index: 0x1a1,
  addedAt: ADDED_AT,
  usedAt: null,
};

function bypass(direction: Direction, index: number): PolicyRecord {
  const addresses = { localAddress: ELSEWHERE, remoteAddress: HERE };
  return {
    policy: {
      direction,
      priority: DEFAULT_PRIORITY,
      selector: selector(SOURCE, DESTINATION, addresses),
      action: { kind: 'bypass' },
    },
    index,
    addedAt: ADDED_AT,
    usedAt: null,
  };
}

/** The whole capture: what setkey asked, and what the kernel said, twice to whoever sees it all. */
const MESSAGES: readonly SadbMessage[] = [
  request(SADB.REGISTER, SADB_SATYPE.UNSPEC, []),
  registerMessage(null, () => true, SETKEY),
  addRequest(),
  ...twice(saMessage('add', SA, SETKEY)),
  policyRequest(TUNNEL),
  ...twice(policyMessage('spdadd', TUNNEL, SETKEY)),
  policyRequest(bypass('inbound', 0x1a8)),
  ...twice(policyMessage('spdadd', bypass('inbound', 0x1a8), SETKEY)),
  policyRequest(bypass('forward', 0x1b2)),
  ...twice(policyMessage('spdadd', bypass('forward', 0x1b2), SETKEY)),
  ...twice(policyFlushMessage(SETKEY)),
  ...twice(policyFlushMessage(SETKEY)),
  getRequest(),
  saMessage('get', SA, SETKEY),
  expireMessage(SA, 'soft'),
  expireMessage(SA, 'hard'),
];

describe.runIf(CAPTURE)('messages as setkey 0.8.2 printed them', () => {
  const captured = CAPTURE === null ? [] : capturedMessages(readFileSync(CAPTURE, 'utf8'));

  test('all of them', () => {
    expect(captured).toHaveLength(MESSAGES.length);
  });

  test.each(MESSAGES.map((message, place) => [place, message.type, message] as const))(
    'number %d, of type %d',
    (place, _, message) => {
      expect(withoutWrongKeys(message, formatSadbMessage(message))).toBe(
        withoutWrongKeys(message, captured[place] ?? ''),
      );
    },
  );
});

test.runIf(LITTLE_ENDIAN)('the octets of a message as setkey 0.8.2 dumped them', () => {
  const dump = { ...flushMessage(null, { sequenceNumber: 0, pid: 2929 }), type: SADB.DUMP };
  expect(formatHexDump(emitSadbMessage(dump))).toBe(
    '00000000: 02 0a 00 00 02 00 00 00 00 00 00 00 71 0b 00 00 \n',
  );
});

test('octets are dumped sixteen a line', () => {
  expect(formatHexDump(Uint8Array.from({ length: 24 }, (_, k) => k))).toBe(
    '00000000: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f \n' +
      '00000010: 10 11 12 13 14 15 16 17 \n',
  );
});

test('an IPv6 address has a line more', () => {
  expect(printed(hostAddress('ADDRESS_SRC', address('2001:db8::1')))).toBe(
    'sadb_ext{ len=5 type=5 }\n' +
      'sadb_address{ proto=0 prefixlen=128 reserved=0x0000 }\n' +
      'sockaddr{ len=28 family=10 port=0\n' +
      '  flowinfo=0x00000000, scope_id=0x00000000\n' +
      ' 20010db8 00000000 00000000 00000001  }\n\n',
  );
});

test('a key is what the message has, in lines of 32 octets', () => {
  const key = Uint8Array.from({ length: 36 }, (_, k) => k);
  expect(printed({ kind: 'KEY_AUTH', bits: 288, key })).toBe(
    'sadb_ext{ len=6 type=8 }\nsadb_key{ bits=288 reserved=0\n  key=' +
      ' 00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f\n 20212223 }\n\n',
  );
});

test('ports of ESP in UDP', () => {
  expect(printed({ kind: 'X_NAT_T_TYPE', type: 2 }, { kind: 'X_NAT_T_SPORT', port: 4500 })).toBe(
    'sadb_ext{ len=1 type=20 }\nsadb_x_nat_t_type{ type=2 }\n' +
      'sadb_ext{ len=1 type=21 }\nsadb_x_nat_t_port{ port=4500 }\n\n',
  );
});

test('a range of SPIs is passed over, and what 0.8.2 did not know ends the message', () => {
  const context = new TextEncoder().encode('system_u\0');
  expect(
    printed(
      { kind: 'SPIRANGE', least: 256, most: 300 },
      { kind: 'X_SEC_CTX', domainOfInterpretation: 1, algorithm: 1, context },
      { kind: 'X_NAT_T_SPORT', port: 4500 },
    ),
  ).toBe(
    'sadb_ext{ len=2 type=16 }\n' +
      'sadb_ext{ len=3 type=24 }\nkdebug_sadb: invalid ext_type 24 was passed.\n\n',
  );
});

test('lifetimes are cut to 32 bits', () => {
  const lifetime = { allocations: 2 ** 32 + 3, octets: 2 ** 32 + 5, addTime: 7, useTime: 0 };
  expect(printed({ kind: 'LIFETIME_HARD', ...lifetime })).toContain('alloc=3, bytes=5\n');
});

test('lifetimes in packets are what PF_KEY calls allocations', () => {
  const parameters = {
    ...SA.parameters,
    softLifetime: { ...UNLIMITED, packets: 2 },
    hardLifetime: { ...UNLIMITED, packets: 3 },
  };
  const record = { ...SA, parameters, packets: 1 };
  const allocations = (message: SadbMessage) => formatSadbMessage(message).match(/alloc=\d+/g);
  expect(allocations(saMessage('get', record, SETKEY))).toEqual(['alloc=3', 'alloc=2', 'alloc=1']);
  expect(allocations(expireMessage(record, 'soft'))).toEqual(['alloc=2', 'alloc=1']);
  expect(allocations(expireMessage(record, 'hard'))).toEqual(['alloc=3', 'alloc=1']);
});

/** What is printed of a message behind the two lines of its header. */
function printed(...extensions: SadbExtension[]): string {
  const message = { ...flushMessage(null, SETKEY), extensions };
  return formatSadbMessage(message).replace(/^.*\n.*\n/, '');
}

/** The messages of a run of `setkey -x`, each with the empty line after it. */
function capturedMessages(text: string): readonly string[] {
  return text
    .split(/^\d\d:\d\d:\d\d\.\d{6} \n/m)
    .filter((block) => block !== '')
    .map((block) => `${block.trimEnd()}\n\n`);
}

/** In a request 0.8.2 printed, for the keys, octets from elsewhere in its memory. */
function withoutWrongKeys(message: SadbMessage, text: string): string {
  const asked = message.extensions[0]?.kind === 'KEY_ENCRYPT';
  return asked ? text.replace(/^ {2}key=.*$/gm, '  key=… }') : text;
}

function twice(message: SadbMessage): SadbMessage[] {
  return [message, message];
}

function request(type: number, saType: number, extensions: SadbExtension[]): SadbMessage {
  return { ...flushMessage(null, SETKEY), type, saType, extensions };
}

function addRequest(): SadbMessage {
  const { integrity, encryption } = SA.parameters;
  return request(SADB.ADD, SADB_SATYPE.ESP, [
    { kind: 'KEY_ENCRYPT', bits: 128, key: encryption?.key.expose() ?? new Uint8Array() },
    { kind: 'KEY_AUTH', bits: 160, key: integrity?.key.expose() ?? new Uint8Array() },
    { kind: 'LIFETIME_HARD', allocations: 0, octets: 0, addTime: 2, useTime: 0 },
    { kind: 'LIFETIME_SOFT', allocations: 0, octets: 0, addTime: 1, useTime: 0 },
    ...requestedSa(3, 12, IPSEC_MODE.TUNNEL),
  ]);
}

function getRequest(): SadbMessage {
  return request(SADB.GET, SADB_SATYPE.ESP, requestedSa(0, 0, IPSEC_MODE.ANY));
}

function requestedSa(integrity: number, encryption: number, mode: number): SadbExtension[] {
  const cyclic = 0x40;
  const sa = { spi: 0x301, replayWindow: 0, state: 0, integrity, encryption, flags: cyclic };
  return [
    { kind: 'SA', ...sa },
    { kind: 'X_SA2', mode, sequenceNumber: 0, reqid: 0 },
    { ...hostAddress('ADDRESS_SRC', SOURCE), protocol: IPSEC_PROTO_ANY },
    { ...hostAddress('ADDRESS_DST', DESTINATION), protocol: IPSEC_PROTO_ANY },
  ];
}

/** The kernel answers with more, and in another order. */
function policyRequest(record: PolicyRecord): SadbMessage {
  const { extensions } = policyMessage('spdadd', record, SETKEY);
  const ends = extensions.filter((one): one is SadbAddress => 'prefixLength' in one);
  const asked = extensions.find((one): one is SadbPolicy => one.kind === 'X_POLICY');
  if (asked === undefined) throw new Error('Bug: a policy without a policy');
  return request(SADB.X_SPDADD, SADB_SATYPE.UNSPEC, [{ ...asked, index: 0 }, ...ends]);
}
