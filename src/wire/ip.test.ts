import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countedOctets, ipv4Packet, ipv6Packet } from '../../test/support/packets.ts';
import {
  finishIpHeader,
  newIpHeader,
  readIp,
  readQuotedIp,
  setIpProtocol,
  setIpTotalLength,
} from './ip.ts';
import { ipv4ChecksumHolds, ipv4Protocol, ipv4TotalLength } from './ipv4.ts';
import { IPV6_EXTENSION, ipv6NextHeader, ipv6PayloadLength } from './ipv6.ts';

const AT = 5;
const { HOP_BY_HOP_OPTIONS, ROUTING, DESTINATION_OPTIONS } = IPV6_EXTENSION;
const UDP = 17;
const SIX = new Uint8Array(6);
const FOURTEEN = new Uint8Array(14);

/** The packet behind some octets of no meaning, and its header; `null` when it is none. */
function read(packet: Uint8Array, length = packet.length) {
  const octets = new Uint8Array(AT + packet.length + 3).fill(0xa5);
  octets.set(packet, AT);
  const header = newIpHeader();
  return readIp(header, octets, AT, length) ? { octets, header } : null;
}

describe('the header of IPv4', () => {
  test('ends behind its options', () => {
    const packet = ipv4Packet({ options: countedOctets(8).fill(1), payload: countedOctets(10) });
    expect(read(packet)?.header).toEqual({
      version: 4,
      at: AT,
      totalLength: 38,
      length: 28,
      protocolAt: AT + 9,
      nextLayerProtocol: UDP,
      nextLayerAt: AT + 28,
      nextLayerProtocolAt: AT + 9,
      isFragment: false,
      fragmentOffset: 0,
      sourceAt: AT + 12,
      destinationAt: AT + 16,
    });
  });

  test.each([
    [{ offset: 0, more: true }, true, 0],
    [{ offset: 64, more: true }, true, 64],
    [{ offset: 64, more: false }, true, 64],
    [{ offset: 0, more: false }, false, 0],
  ])('of a fragment %o', (fragment, isFragment, fragmentOffset) => {
    const packet = ipv4Packet({ fragment, payload: countedOctets(8) });
    expect(read(packet)?.header).toMatchObject({ isFragment, fragmentOffset });
  });
});

describe('the headers of IPv6', () => {
  const hop = [HOP_BY_HOP_OPTIONS, SIX] as const;
  const routing = [ROUTING, FOURTEEN] as const;
  const options = [DESTINATION_OPTIONS, SIX] as const;

  test('without extensions', () => {
    expect(read(ipv6Packet({ payload: countedOctets(10) }))?.header).toEqual({
      version: 6,
      at: AT,
      totalLength: 50,
      length: 40,
      protocolAt: AT + 6,
      nextLayerProtocol: UDP,
      nextLayerAt: AT + 40,
      nextLayerProtocolAt: AT + 6,
      isFragment: false,
      fragmentOffset: 0,
      sourceAt: AT + 8,
      destinationAt: AT + 24,
    });
  });

  test.each([
    ['hop-by-hop options are in front', [hop], 48, 40, 48, 40],
    ['so is a routing header', [hop, routing], 64, 48, 64, 48],
    ['destination options are not', [options], 40, 6, 48, 40],
    ['not even behind those that are', [hop, routing, options], 64, 48, 72, 64],
    ['unless they are for the stops of a route', [options, routing], 64, 48, 64, 48],
    ['and both at once', [hop, options, routing, options], 72, 56, 80, 72],
  ] as const)('%s', (_, extensions, length, protocolAt, nextLayerAt, nextLayerProtocolAt) => {
    const packet = ipv6Packet({ extensions, payload: countedOctets(10) });
    expect(read(packet)?.header).toMatchObject({
      length,
      protocolAt: AT + protocolAt,
      nextLayerProtocol: UDP,
      nextLayerAt: AT + nextLayerAt,
      nextLayerProtocolAt: AT + nextLayerProtocolAt,
    });
  });

  test('the first fragment shows what comes behind its header', () => {
    const packet = ipv6Packet({ fragment: { offset: 0, more: true }, payload: countedOctets(8) });
    expect(read(packet)?.header).toMatchObject({
      ...{ isFragment: true, fragmentOffset: 0, nextLayerProtocol: UDP, nextLayerAt: AT + 48 },
    });
  });

  test('a later fragment has the middle of something, which is not walked', () => {
    const fragment = { offset: 1232, more: false };
    const payload = countedOctets(16).fill(0xff);
    const packet = ipv6Packet({ fragment, payload, protocol: DESTINATION_OPTIONS });
    expect(read(packet)?.header).toMatchObject({
      isFragment: true,
      fragmentOffset: 1232,
      nextLayerProtocol: DESTINATION_OPTIONS,
      nextLayerAt: AT + 48,
    });
  });

  test('a packet in one fragment is whole (RFC 6946)', () => {
    const fragment = { offset: 0, more: false };
    const packet = ipv6Packet({ fragment, payload: countedOctets(8) });
    expect(read(packet)?.header).toMatchObject({ isFragment: false, nextLayerAt: AT + 48 });
  });

  test('AH and ESP end the walk', () => {
    for (const protocol of [50, 51, 59]) {
      const packet = ipv6Packet({ extensions: [hop], protocol, payload: countedOctets(24) });
      expect(read(packet)?.header).toMatchObject({ nextLayerProtocol: protocol });
    }
  });

  test('an extension that does not fit makes no packet', () => {
    for (const extensions of [[hop], [options, routing], [routing]]) {
      const packet = ipv6Packet({ extensions });
      const last =
        40 + extensions.slice(0, -1).reduce((sum, [, { length }]) => sum + length + 2, 0);
      packet[last + 1] = 9;
      expect(read(packet)).toBeNull();
      // Nor one whose first eight octets are not there.
      const cut = packet.slice(0, last + 7);
      cut.set([0, cut.length - 40], 4);
      expect(read(cut)).toBeNull();
    }
  });
});

test('no shorter prefix is a packet', () => {
  const hop = [HOP_BY_HOP_OPTIONS, SIX] as const;
  for (const packet of [
    ipv4Packet({ payload: countedOctets(9) }),
    ipv6Packet({ extensions: [hop], payload: countedOctets(9) }),
  ]) {
    for (let length = 0; length < packet.length; length++) expect(read(packet, length)).toBeNull();
    expect(read(packet)).not.toBeNull();
    // What the link layer put behind it is no matter.
    expect(read(Uint8Array.of(...packet, 0, 0))?.header.totalLength).toBe(packet.length);
  }
});

test('a quote is read as far as it goes, and no further than its headers', () => {
  const hop = [HOP_BY_HOP_OPTIONS, SIX] as const;
  for (const [packet, headersLength] of [
    [ipv4Packet({ options: countedOctets(8).fill(1), payload: countedOctets(99) }), 28],
    [ipv6Packet({ extensions: [hop], payload: countedOctets(99) }), 48],
  ] as const) {
    const whole = newIpHeader();
    expect(readIp(whole, packet, 0, packet.length)).toBe(true);
    for (let length = 0; length <= packet.length; length++) {
      const header = newIpHeader();
      const quote = packet.slice(0, length);
      expect(readQuotedIp(header, quote, 0, length)).toBe(length >= headersLength);
      if (length >= headersLength) expect(header).toEqual(whole);
    }
  }
});

test('other versions are no IP', () => {
  for (let version = 0; version < 16; version++) {
    const packet = ipv6Packet({ payload: countedOctets(9) });
    packet[0] = version << 4;
    if (version !== 6) expect(read(packet)).toBeNull();
  }
});

test('length and protocol are written where they are read', () => {
  const four = read(ipv4Packet({ payload: countedOctets(9) }));
  const six = read(
    ipv6Packet({ extensions: [[HOP_BY_HOP_OPTIONS, SIX]], payload: countedOctets(9) }),
  );
  if (four === null || six === null) throw new Error('Bug: no packets');
  for (const { octets, header } of [four, six]) {
    setIpTotalLength(octets, header, 200);
    setIpProtocol(octets, header, 50);
    finishIpHeader(octets, header);
    expect(header.totalLength).toBe(200);
  }
  expect(ipv4TotalLength(four.octets, AT)).toBe(200);
  expect(ipv4Protocol(four.octets, AT)).toBe(50);
  expect(ipv4ChecksumHolds(four.octets, AT)).toBe(true);
  expect(ipv6PayloadLength(six.octets, AT)).toBe(160);
  expect(ipv6NextHeader(six.octets, AT)).toBe(HOP_BY_HOP_OPTIONS);
  expect(six.octets[AT + 40]).toBe(50);
});

test('any octets are read within their bounds', () => {
  const types = fc.constantFrom(0, 43, 44, 60, 17, 50);
  const anything = fc
    .tuple(fc.uint8Array({ minLength: 40, maxLength: 200 }), types, fc.boolean())
    .map(([octets, type, four]) => {
      octets[0] = four ? 0x45 : 0x60;
      octets.set([0, four ? octets.length : octets.length - 40], four ? 2 : 4);
      octets[6] = type;
      return octets;
    });
  fc.assert(
    fc.property(anything, (packet) => {
      const found = read(packet);
      if (found === null) return;
      const { at, length, totalLength, nextLayerAt, protocolAt } = found.header;
      expect(length).toBeLessThanOrEqual(totalLength);
      expect(nextLayerAt).toBeGreaterThanOrEqual(at + length);
      expect(nextLayerAt).toBeLessThanOrEqual(at + totalLength);
      expect(protocolAt).toBeLessThan(at + length);
    }),
  );
});
