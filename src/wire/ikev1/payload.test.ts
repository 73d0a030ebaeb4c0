import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryPayload, bodyOf, wellFormed } from '../../../test/support/ikev1-payloads.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { fromHex, toHex } from '../../octets/hex.ts';
import { Malformed } from '../../octets/malformed.ts';
import { attributeNumber, numberAttribute } from './data-attribute.ts';
import { parseDeletion } from './deletion.ts';
import { IDENTIFICATION_TYPE, identificationAddresses } from './identification.ts';
import { DOI } from './ipsec-doi.ts';
import { MOST_ATTRIBUTES, MOST_PAYLOADS } from './limits.ts';
import { emitIsakmpMessage, IKEV1_EXCHANGE, parseIsakmpMessage } from './message.ts';
import { livenessSequence, NOTIFY } from './notification.ts';
import { parsePayload } from './payload.ts';
import { emitPayloadChain, firstPayloadType, parsePayloadChain } from './payload-chain.ts';
import { IKEV1_PAYLOAD } from './payload-type.ts';
import { knownVendorId, VENDOR_ID } from './vendor-id.ts';

const octets = (digits: string) => fromHex(digits.replaceAll(' ', '')) as Uint8Array;
const payload = (type: number, digits: string) => parsePayload({ type, body: octets(digits) });

test('any payload is read as what was written', () => {
  fc.assert(
    fc.property(arbitraryPayload, ({ type, payload }) => {
      expect(parsePayload({ type, body: bodyOf(payload) })).toEqual(payload);
    }),
  );
});

test('any octets are read without a throw, and what is read is written as it was read', () => {
  const body = fc.uint8Array({ maxLength: 80 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 133 }), body, (type, body) => {
      const found = parsePayload({ type, body });
      if (found instanceof Malformed) return;
      expect(parsePayload({ type, body: bodyOf(found) })).toEqual(found);
    }),
    { numRuns: 2000 },
  );
});

test('no shorter prefix of an SA payload is one', () => {
  const body = octets(
    '00000001 00000001 0000002c 01010001 00000024 01010000 800b0001 000c0004 00000e10' +
      '80010007 80020002 80030001 80040005',
  );
  body[8 + 3] = body.length - 8;
  body[8 + 8 + 3] = body.length - 16;
  expect(wellFormed(parsePayload({ type: IKEV1_PAYLOAD.SA, body }))).toMatchObject({
    kind: 'security-association',
    proposals: [{ number: 1, protocolId: 1, transforms: [{ number: 1, id: 1 }] }],
  });
  for (let length = 0; length < body.length; length++) {
    const prefix = body.subarray(0, length);
    expect(parsePayload({ type: IKEV1_PAYLOAD.SA, body: prefix })).toBeInstanceOf(Malformed);
  }
});

test('an SA of another DOI, or with labels of secrecy, is kept for who can read it', () => {
  expect(payload(IKEV1_PAYLOAD.SA, '00000000 00000001')).toEqual({
    kind: 'foreign-security-association',
    doi: DOI.ISAKMP,
    rest: octets('00000001'),
  });
  expect(payload(IKEV1_PAYLOAD.SA, '00000001 00000003 0000')).toMatchObject({ doi: DOI.IPSEC });
});

describe('a chain', () => {
  const chain = [
    { type: IKEV1_PAYLOAD.HASH, body: octets('0102') },
    { type: IKEV1_PAYLOAD.NONCE, body: octets('0304050607080910') },
  ];

  test('names in each payload the next, and nothing else', () => {
    const emitted = emitPayloadChain(chain);
    expect(toHex(emitted)).toBe('0a00000601020000000c0304050607080910');
    expect(firstPayloadType(chain)).toBe(8);
    const read = wellFormed(parsePayloadChain(8, emitted));
    expect(read.payloads.map(({ type, body }) => ({ type, body }))).toEqual(chain);
    expect(toHex(read.payloads[1]?.octets ?? new Uint8Array())).toBe('0000000c0304050607080910');
  });

  test('leaves padding to whoever deciphered it', () => {
    const read = wellFormed(parsePayloadChain(8, octets('00000006 0102 aabbccdd')));
    expect(toHex(read.rest)).toBe('aabbccdd');
  });

  test('is refused when cut anywhere', () => {
    const emitted = emitPayloadChain(chain);
    for (let length = 0; length < emitted.length; length++) {
      expect(parsePayloadChain(8, emitted.subarray(0, length))).toBeInstanceOf(Malformed);
    }
  });

  test.each([
    ['a length shorter than the header', '00000003'],
    ['a length of zero', '0d000000'],
    ['RESERVED that is not zero (RFC 2408 §5.3)', '00010004'],
  ])('is refused with %s', (_, digits) => {
    expect(parsePayloadChain(8, octets(digits))).toBeInstanceOf(Malformed);
  });

  test('ends after so many payloads', () => {
    const many = (count: number) => octets(`${'0d000004'.repeat(count - 1)}00000004`);
    expect(wellFormed(parsePayloadChain(13, many(MOST_PAYLOADS))).payloads).toHaveLength(
      MOST_PAYLOADS,
    );
    expect(parsePayloadChain(13, many(MOST_PAYLOADS + 1))).toBeInstanceOf(Malformed);
  });
});

describe('a message', () => {
  const header = {
    initiatorCookie: octets('35e592382a944a55'),
    responderCookie: octets('52401fb99afb8009'),
    nextPayload: IKEV1_PAYLOAD.SA,
    minorVersion: 0,
    exchangeType: IKEV1_EXCHANGE.IDENTITY_PROTECTION,
    flags: 0,
    messageId: 0xfecd8260,
  };
  const datagram = emitIsakmpMessage({ header, content: octets('0102') });

  test('is a header of 28 octets and what follows', () => {
    expect(toHex(datagram)).toBe('35e592382a944a5552401fb99afb800901100200fecd82600000001e0102');
    expect(parseIsakmpMessage(datagram)).toEqual({ header, content: octets('0102') });
  });

  test('is refused when it is not as long as it says (RFC 2408 §5.1)', () => {
    for (let length = 0; length < datagram.length; length++) {
      expect(parseIsakmpMessage(datagram.subarray(0, length))).toBeInstanceOf(Malformed);
    }
    expect(parseIsakmpMessage(Uint8Array.of(...datagram, 0))).toBeInstanceOf(Malformed);
  });

  test('is refused when it is of another major version', () => {
    const other = datagram.slice();
    other[17] = 0x20;
    expect(parseIsakmpMessage(other)).toBeInstanceOf(Malformed);
  });
});

describe('data attributes', () => {
  test('have the short form where it is long enough', () => {
    expect(numberAttribute(12, 0xffff)).toEqual({ type: 12, value: 0xffff });
    expect(numberAttribute(12, 0x10000)).toEqual({ type: 12, value: octets('00010000') });
  });

  test('count the same in both forms, as far as numbers go (RFC 2409 Appendix A)', () => {
    expect(attributeNumber({ type: 12, value: 3600 })).toBe(3600);
    expect(attributeNumber({ type: 12, value: octets('00000e10') })).toBe(3600);
    expect(attributeNumber({ type: 12, value: octets('0e10') })).toBe(3600);
    expect(attributeNumber({ type: 12, value: octets('') })).toBeUndefined();
    expect(attributeNumber({ type: 12, value: octets('ff'.repeat(8)) })).toBeUndefined();
  });

  test('are refused when there are too many', () => {
    const body = (count: number) => `01000007${'80010001'.repeat(count)}`;
    expect(payload(IKEV1_PAYLOAD.ATTRIBUTES, body(MOST_ATTRIBUTES))).not.toBeInstanceOf(Malformed);
    expect(payload(IKEV1_PAYLOAD.ATTRIBUTES, body(MOST_ATTRIBUTES + 1))).toBeInstanceOf(Malformed);
  });
});

describe('identities', () => {
  test.each([
    [IDENTIFICATION_TYPE.IPV4_ADDR, '0a090001', ['10.9.0.1']],
    [IDENTIFICATION_TYPE.IPV4_ADDR_SUBNET, '0a090000ffffff00', ['10.9.0.0', '255.255.255.0']],
    [IDENTIFICATION_TYPE.IPV6_ADDR, '20010db8000900000000000000000001', ['2001:db8:9::1']],
    [IDENTIFICATION_TYPE.FQDN, '616c696365', []],
  ])('of type %d have their addresses', (type, digits, addresses) => {
    const body = octets(`${type.toString(16).padStart(2, '0')}0001f4${digits}`);
    const found = wellFormed(parsePayload({ type: IKEV1_PAYLOAD.ID, body }));
    if (found.kind !== 'identification') throw new TypeError('It is no identity');
    expect(identificationAddresses(found).map(formatIpAddress)).toEqual(addresses);
    expect(found.port).toBe(500);
  });

  test('of addresses are refused at any other length', () => {
    expect(payload(IKEV1_PAYLOAD.ID, '01000000 0a0900')).toBeInstanceOf(Malformed);
    expect(payload(IKEV1_PAYLOAD.ID, '06000000 0a090000ffffff00')).toBeInstanceOf(Malformed);
  });
});

test.each([
  ['a nonce of 7 octets (RFC 2409 §5)', IKEV1_PAYLOAD.NONCE, '01020304050607'],
  ['a nonce of 257 octets (RFC 2409 §5)', IKEV1_PAYLOAD.NONCE, '00'.repeat(257)],
  ['65535 SPIs of no octets', IKEV1_PAYLOAD.D, '00000001 03 00 ffff'],
  ['fewer SPIs than it says', IKEV1_PAYLOAD.D, '00000001 03 04 0002 01020304'],
  ['an SPI longer than the payload', IKEV1_PAYLOAD.N, '00000001 03 04 000e 0102'],
  ['a NAT-OA of another type', IKEV1_PAYLOAD.NAT_OA, '02000000 0a090001'],
  ['fragment number 0', IKEV1_PAYLOAD.FRAGMENT, '0001 00 01 ff'],
])('%s is refused', (_, type, digits) => {
  expect(payload(type, digits)).toBeInstanceOf(Malformed);
});

test('a proposal that has not as many transforms as it says is refused', () => {
  const sa = (count: string) => `00000001 00000001 00000010 0101 00 ${count} 00000008 01010000`;
  expect(payload(IKEV1_PAYLOAD.SA, sa('01'))).not.toBeInstanceOf(Malformed);
  expect(payload(IKEV1_PAYLOAD.SA, sa('02'))).toBeInstanceOf(Malformed);
  expect(payload(IKEV1_PAYLOAD.SA, sa('00'))).toBeInstanceOf(Malformed);
});

test('parseDeletion() finds each SPI', () => {
  const found = wellFormed(parseDeletion(octets('00000001 03 04 0002 01020304 05060708')));
  expect(found.spis.map(toHex)).toEqual(['01020304', '05060708']);
});

test('livenessSequence() is of four octets (RFC 3706 §5.4)', () => {
  const head = { kind: 'notification', doi: 1, protocolId: 1, spi: octets('') } as const;
  const about = { ...head, type: NOTIFY.R_U_THERE };
  expect(livenessSequence({ ...about, data: octets('80000001') })).toBe(0x80000001);
  expect(livenessSequence({ ...about, data: octets('0001') })).toBeInstanceOf(Malformed);
});

test.each([
  [VENDOR_ID.NAT_TRAVERSAL, 'RFC 3947'],
  [VENDOR_ID.NAT_TRAVERSAL_DRAFT_03, 'draft-ietf-ipsec-nat-t-ike-03'],
  [VENDOR_ID.NAT_TRAVERSAL_DRAFT_02, 'draft-ietf-ipsec-nat-t-ike-02'],
  [VENDOR_ID.NAT_TRAVERSAL_DRAFT_02_LF, 'draft-ietf-ipsec-nat-t-ike-02\n'],
  [VENDOR_ID.NAT_TRAVERSAL_DRAFT_00, 'draft-ietf-ipsec-nat-t-ike-00'],
  [VENDOR_ID.FRAGMENTATION, 'FRAGMENTATION'],
  [VENDOR_ID.KAME, 'KAME/racoon'],
  [VENDOR_ID.STRONGSWAN, 'strongSwan'],
  [VENDOR_ID.MICROSOFT, 'MS NT5 ISAKMPOAKLEY'],
])('the vendor ID of $name is the MD5 of its text', ({ octets }, text) => {
  expect(toHex(octets)).toBe(createHash('md5').update(text).digest('hex'));
});

test('vendor IDs are known whatever version follows, and unknown ones stay octets', () => {
  const vendor = (digits: string) => knownVendorId({ kind: 'vendor-id', data: octets(digits) });
  expect(vendor('afcad71368a1f1c96b8696fc77570100')?.name).toBe('DPD');
  expect(vendor('4048b7d56ebce88525e7de7f00d6c2d380000000')?.name).toBe('FRAGMENTATION');
  expect(vendor('afcad7')).toBeUndefined();
});
