import { describe, expect, test } from 'vitest';
import {
  ALICE,
  ALICE6,
  BOB,
  countedOctets,
  type Ipv6Parts,
  ipPacket,
  ipv4Packet,
  ipv6Packet,
} from '../../test/support/packets.ts';
import { layer, policy, protect, selector } from '../../test/support/sas.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { newIpHeader, readIp } from '../wire/ip.ts';
import { IPV6_EXTENSION } from '../wire/ipv6.ts';
import { OPAQUE, type Selector, selectorMatches, type Traffic } from './selector.ts';
import { Spd } from './spd.ts';
import { SpdEntry } from './spd-entry.ts';
import { newTraffic, readTraffic } from './traffic.ts';

/** What `packet`, sent or received, offers to selectors. */
function trafficOf(packet: Uint8Array, sent = true): Traffic {
  const header = newIpHeader();
  if (!readIp(header, packet, 0, packet.length)) throw new Error('Bug: no packet');
  const traffic = newTraffic();
  readTraffic(traffic, packet, header, sent);
  return traffic;
}

const matches = (parts: Partial<Selector>, packet: Uint8Array) =>
  selectorMatches(selector(ALICE, BOB, parts), trafficOf(packet));

const icmp = (type: number, code: number, parts: Ipv6Parts = {}) =>
  ipPacket({
    protocol: parts.source === ALICE6 ? IP_PROTOCOL['ipv6-icmp'] : IP_PROTOCOL.icmp,
    payload: Uint8Array.of(type, code, 0, 0, 0, 0, 0, 0),
    ...parts,
  });

describe('ports', () => {
  const payload = Uint8Array.of(0x12, 0x34, 0x56, 0x78, 0, 8, 0, 0);

  test('are local and remote by the direction, in either version', () => {
    for (const packet of [ipv4Packet({ payload }), ipv6Packet({ payload })]) {
      expect(trafficOf(packet)).toMatchObject({ localPort: 0x1234, remotePort: 0x5678 });
      expect(trafficOf(packet, false)).toMatchObject({ localPort: 0x5678, remotePort: 0x1234 });
    }
  });

  test('are found behind extension headers', () => {
    const extensions = [
      [IPV6_EXTENSION.HOP_BY_HOP_OPTIONS, new Uint8Array(6)],
      [IPV6_EXTENSION.DESTINATION_OPTIONS, new Uint8Array(14)],
    ] as const;
    expect(trafficOf(ipv6Packet({ extensions, payload }))).toMatchObject({
      nextLayerProtocol: IP_PROTOCOL.udp,
      localPort: 0x1234,
      hidesDetail: false,
    });
  });

  test('are hidden by later fragments and by packets cut short', () => {
    const later = { offset: 8, more: false };
    for (const packet of [
      ipv4Packet({ payload, fragment: later }),
      ipv6Packet({ payload, fragment: later }),
      ipv4Packet({ payload: payload.slice(0, 3) }),
      ipv6Packet({ payload: payload.slice(0, 3) }),
    ]) {
      expect(trafficOf(packet)).toMatchObject({
        ...{ localPort: OPAQUE, remotePort: OPAQUE, hidesDetail: true },
        nextLayerProtocol: IP_PROTOCOL.udp,
      });
    }
    const first = ipv6Packet({ payload, fragment: { offset: 0, more: true } });
    expect(trafficOf(first)).toMatchObject({ localPort: 0x1234, hidesDetail: false });
  });
});

describe('messages', () => {
  test('of ICMP have a type and a code', () => {
    expect(trafficOf(icmp(3, 4))).toMatchObject({ messageType: 3, messageCode: 4 });
    const six = icmp(128, 0, { source: ALICE6 });
    expect(trafficOf(six)).toMatchObject({ messageType: 128, messageCode: 0 });
  });

  test('of the mobility header have a type in the third octet', () => {
    const protocol = IP_PROTOCOL['mobility-header'];
    const packet = ipv6Packet({ protocol, payload: Uint8Array.of(59, 1, 5, 0, 0, 0, 0, 0) });
    expect(trafficOf(packet)).toMatchObject({ messageType: 5, messageCode: OPAQUE });
  });

  test('match selectors for any, for a type, and for type and code', () => {
    const asks = (type: number | null, code: number | null) => ({
      ...{ nextLayerProtocol: IP_PROTOCOL.icmp, message: { type, code } },
    });
    const unreachable = icmp(3, 4);
    expect(matches(asks(3, 4), unreachable)).toBe(true);
    expect(matches(asks(3, null), unreachable)).toBe(true);
    expect(matches(asks(null, 4), unreachable)).toBe(true);
    expect(matches(asks(null, null), unreachable)).toBe(true);
    expect(matches(asks(3, 1), unreachable)).toBe(false);
    expect(matches(asks(8, null), unreachable)).toBe(false);
    // A port is no type.
    const udp = ipv4Packet({ payload: Uint8Array.of(3, 4, 3, 4, 0, 8, 0, 0) });
    expect(matches(asks(3, 4), udp)).toBe(false);
  });

  test('are hidden by later fragments', () => {
    const later = icmp(3, 4, { fragment: { offset: 8, more: false } });
    expect(trafficOf(later)).toMatchObject({ messageType: OPAQUE, hidesDetail: true });
  });
});

describe('the key of GRE', () => {
  const gre = (...payload: number[]) =>
    ipv4Packet({ protocol: IP_PROTOCOL.gre, payload: Uint8Array.from(payload) });
  const asks = (greKey: number) => ({ nextLayerProtocol: IP_PROTOCOL.gre, greKey });

  test('stands behind the checksum, if there is one (RFC 2890 §2)', () => {
    const plain = gre(0x20, 0, 8, 0, 0xde, 0xad, 0xbe, 0xef);
    const summed = gre(0xa0, 0, 8, 0, 1, 2, 0, 0, 0xde, 0xad, 0xbe, 0xef);
    for (const packet of [plain, summed]) {
      expect(trafficOf(packet)).toMatchObject({ greKey: 0xdeadbeef, hidesDetail: false });
      expect(matches(asks(0xdeadbeef), packet)).toBe(true);
      expect(matches(asks(0x01020000), packet)).toBe(false);
    }
  });

  test('is none where the flag is not set, and hidden where it is cut off', () => {
    const none = trafficOf(gre(0x80, 0, 8, 0, 1, 2, 0, 0));
    expect(none).toMatchObject({ greKey: OPAQUE, hidesDetail: false });
    for (const cut of [gre(0x20, 0, 8, 0, 0xde), gre(0xa0, 0, 8, 0, 1, 2, 0, 0, 0xde), gre(0x20)]) {
      expect(trafficOf(cut)).toMatchObject({ greKey: OPAQUE, hidesDetail: true });
    }
  });
});

describe('a later fragment of IPv6 whose first header is an extension', () => {
  const later = ipv6Packet({
    protocol: IPV6_EXTENSION.DESTINATION_OPTIONS,
    payload: countedOctets(16),
    fragment: { offset: 8, more: false },
  });

  test('hides its protocol', () => {
    const hidden = { nextLayerProtocol: OPAQUE, hidesDetail: true };
    expect(trafficOf(later)).toMatchObject(hidden);
  });

  test('does not slip past a policy for one protocol, and meets one for any (RFC 4301 §7)', () => {
    const wide = { address: { version: 6 as const, octets: new Uint8Array(16) }, length: 0 };
    const ends = { localAddress: wide, remoteAddress: wide };
    const entry = (parts: Partial<Selector>, priority: number) =>
      new SpdEntry(
        policy('outbound', protect(layer('esp')), { ...ends, ...parts, priority }),
        1,
        0,
      );
    const tcp = entry({ nextLayerProtocol: IP_PROTOCOL.tcp }, 1);
    const any = entry({}, 2);
    expect(new Spd([tcp, any]).lookup('outbound', trafficOf(later))).toBe('hidden');
    expect(new Spd([any]).lookup('outbound', trafficOf(later))).toBe(any);
    expect(new Spd().lookup('outbound', trafficOf(later))).toBeUndefined();
  });
});
