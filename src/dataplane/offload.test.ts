/**
 * Segmentation and coalescing, held against segments that were made one by one.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address, countedOctets, udpPacket } from '../../test/support/packets.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { bulkOver } from '../octets/bulk.ts';
import { toHex } from '../octets/hex.ts';
import { setU16, u8 } from '../octets/octets.ts';
import { emitIpv4Header, IPV4_HEADER_LENGTH, updateIpv4Checksum } from '../wire/ipv4.ts';
import { emitIpv6Header, IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { emitTcp, TCP_FLAG, TCP_HEADER_LENGTH } from '../wire/tcp.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../wire/udp.ts';
import {
  noOffload,
  type Offload,
  readVirtioNet,
  VIRTIO_NET_LENGTH,
  VIRTIO_SEGMENTS,
} from '../wire/virtio-net.ts';
import { COALESCING_LENGTH, Coalescing } from './coalescing.ts';
import { finishChecksum, Segmentation } from './segmentation.ts';

const FROM = { 4: address('10.9.0.1'), 6: address('fd09::1') } as const;
const TO = { 4: address('10.9.0.2'), 6: address('fd09::2') } as const;
const TIMESTAMPS = Uint8Array.of(1, 1, 8, 10, 0, 0, 7, 1, 0, 0, 7, 2);
const ACK_PSH = TCP_FLAG.ACK | TCP_FLAG.PSH;

interface SegmentParts {
  readonly version: 4 | 6;
  readonly identification?: number;
  readonly sequenceNumber?: number;
  readonly flags?: number;
  readonly options?: Uint8Array;
  readonly window?: number;
  readonly sourcePort?: number;
  readonly trafficClass?: number;
  readonly source?: IpAddress;
}

/** One TCP segment in one IP packet, made from nothing. */
function segment(payload: Uint8Array, parts: SegmentParts): Uint8Array {
  const { version, options = TIMESTAMPS, source = FROM[version], trafficClass = 0 } = parts;
  const ipLength = version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  const octets = new Uint8Array(ipLength + TCP_HEADER_LENGTH + options.length + payload.length);
  const destination = TO[version];
  if (version === 4) {
    emitIpv4Header(
      {
        typeOfService: trafficClass,
        totalLength: octets.length,
        identification: parts.identification ?? 7,
        dontFragment: true,
        ttl: 64,
        protocol: IP_PROTOCOL.tcp,
        source,
        destination,
      },
      octets,
      0,
    );
  } else {
    const payloadLength = octets.length - IPV6_HEADER_LENGTH;
    const nextHeader = IP_PROTOCOL.tcp;
    emitIpv6Header(
      { trafficClass, flowLabel: 5, payloadLength, nextHeader, hopLimit: 64, source, destination },
      octets,
      0,
    );
  }
  const header = {
    sourcePort: parts.sourcePort ?? 40000,
    destinationPort: 5201,
    sequenceNumber: parts.sequenceNumber ?? 1000,
    acknowledgmentNumber: 77,
    flags: parts.flags ?? TCP_FLAG.ACK,
    window: parts.window ?? 501,
    options,
  };
  emitTcp(header, payload, source, destination, octets, ipLength);
  return octets;
}

function tcpOffload(version: 4 | 6, segmentSize: number): Offload {
  const segments = version === 4 ? VIRTIO_SEGMENTS.TCPV4 : VIRTIO_SEGMENTS.TCPV6;
  return { ...noOffload(), needsChecksum: true, segments, segmentSize };
}

/** Every segment that `packet` is cut to. */
function cut(packet: Uint8Array, offload: Offload): Uint8Array[] {
  const AT = 3;
  const TO_AT = 70_001;
  const octets = new Uint8Array(140_000);
  octets.set(packet, AT);
  const segmentation = new Segmentation(octets);
  if (!segmentation.begin(AT, packet.length, offload)) return [];
  const segments: Uint8Array[] = [];
  for (let length = segmentation.next(TO_AT); length > 0; length = segmentation.next(TO_AT)) {
    segments.push(octets.slice(TO_AT, TO_AT + length));
  }
  return segments;
}

/** What `packets` become on their way to the host, virtio headers included. */
function coalesced(packets: readonly Uint8Array[], takesUdp = true): Uint8Array[] {
  const AT = COALESCING_LENGTH + 5;
  const octets = new Uint8Array(AT + 0x10000);
  const delivered: Uint8Array[] = [];
  const coalescing = new Coalescing(octets, 0, (at, length) =>
    delivered.push(octets.slice(at, at + length)),
  );
  coalescing.takesUdp = takesUdp;
  for (const packet of packets) {
    octets.set(packet, AT);
    coalescing.take(AT, packet.length);
  }
  coalescing.flush();
  return delivered;
}

/** A UDP datagram in an IPv4 packet. */
function datagram(payload: Uint8Array, sourcePort = 4000): Uint8Array {
  return udpPacket(payload, { sourcePort });
}

/** `packet` with an identification of zero, and the checksum that goes with it. */
function withoutNumber(packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  setU16(copy, 4, 0);
  updateIpv4Checksum(copy, 0);
  return copy;
}

const versions = fc.constantFrom(4 as const, 6 as const);

describe('Segmentation', () => {
  test('makes the segments that the sender would have made', () => {
    fc.assert(
      fc.property(
        versions,
        fc.integer({ min: 1, max: 1448 }),
        fc.integer({ min: 1, max: 9000 }),
        fc.nat({ max: 0xffffffff }),
        fc.constantFrom(TCP_FLAG.ACK, ACK_PSH, ACK_PSH | TCP_FLAG.FIN, ACK_PSH | TCP_FLAG.CWR),
        (version, size, length, first, flags) => {
          const payload = countedOctets(length);
          const parts = { version, sequenceNumber: first, flags, identification: 0xfffe };
          const segments = cut(segment(payload, parts), tcpOffload(version, size));
          const expected: Uint8Array[] = [];
          for (let at = 0, count = 0; at < length; at += size, count++) {
            const isLast = at + size >= length;
            const own =
              flags & ~(isLast ? 0 : TCP_FLAG.PSH | TCP_FLAG.FIN) & ~(count > 0 ? TCP_FLAG.CWR : 0);
            const sequenceNumber = (first + at) >>> 0;
            const identification = (0xfffe + count) & 0xffff;
            const one = { version, sequenceNumber, flags: own, identification };
            expected.push(segment(payload.subarray(at, at + size), one));
          }
          // As text: comparing octet by octet takes its time.
          expect(segments.map(toHex)).toEqual(expected.map(toHex));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('cuts UDP into datagrams', () => {
    const whole = new Uint8Array(IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + 2500);
    const datagram = (payload: Uint8Array, identification: number) => {
      const octets = new Uint8Array(IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + payload.length);
      const { length: totalLength } = octets;
      emitIpv4Header(
        {
          typeOfService: 0,
          totalLength,
          identification,
          dontFragment: true,
          ttl: 64,
          protocol: IP_PROTOCOL.udp,
          source: FROM[4],
          destination: TO[4],
        },
        octets,
        0,
      );
      emitUdp(5, 6, payload, FROM[4], TO[4], octets, IPV4_HEADER_LENGTH);
      return octets;
    };
    const payload = countedOctets(2500);
    whole.set(datagram(payload, 9));
    const offload = { ...noOffload(), segments: VIRTIO_SEGMENTS.UDP, segmentSize: 1000 };
    expect(cut(whole, offload)).toEqual([
      datagram(payload.subarray(0, 1000), 9),
      datagram(payload.subarray(1000, 2000), 10),
      datagram(payload.subarray(2000), 11),
    ]);
  });

  test.each([
    ['no TCP', segment(countedOctets(9), { version: 4 }).fill(17, 9, 10), 4],
    ['a header cut short', segment(new Uint8Array(0), { version: 4 }).subarray(0, 30), 4],
    ['no size', segment(countedOctets(9), { version: 4 }), 0],
  ])('refuses %s', (_, packet, size) => {
    expect(cut(packet, tcpOffload(4, size))).toEqual([]);
  });
});

describe('finishChecksum()', () => {
  test.each([4, 6] as const)('makes what the sender would have made, IPv%i', (version) => {
    const packet = segment(countedOctets(101), { version });
    const ipLength = version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
    // The host leaves the sum of the pseudo-header in the field.
    const sum =
      [...FROM[version].octets, ...TO[version].octets].reduce(
        (total, octet, k) => total + (k % 2 === 0 ? octet << 8 : octet),
        0,
      ) +
      IP_PROTOCOL.tcp +
      packet.length -
      ipLength;
    const left = packet.slice();
    setU16(left, ipLength + 16, (sum & 0xffff) + (sum >>> 16));
    const bulk = bulkOver(left);
    const offload = { ...noOffload(), checksumStart: ipLength, checksumOffset: 16 };
    expect(finishChecksum(left, bulk, 0, left.length, offload)).toBe(true);
    expect(left).toEqual(packet);
    const beyond = { ...offload, checksumStart: left.length };
    expect(finishChecksum(left, bulk, 0, left.length, beyond)).toBe(false);
  });
});

describe('Coalescing', () => {
  test('is the way back of segmentation', () => {
    fc.assert(
      fc.property(
        versions,
        fc.integer({ min: 1, max: 1448 }),
        fc.integer({ min: 2, max: 9000 }),
        (version, size, length) => {
          const whole = segment(countedOctets(length), { version, flags: ACK_PSH });
          const delivered = coalesced(cut(whole, tcpOffload(version, size)));
          expect(delivered).toHaveLength(1);
          const [only = new Uint8Array(0)] = delivered;
          const packet = only.slice(VIRTIO_NET_LENGTH);
          const offload = noOffload();
          readVirtioNet(offload, only, 0);
          if (length <= size) {
            expect(offload).toEqual(noOffload());
          } else {
            expect(offload).toMatchObject({ needsChecksum: true, segmentSize: size });
            const bulk = bulkOver(packet);
            expect(finishChecksum(packet, bulk, 0, packet.length, offload)).toBe(true);
          }
          expect(toHex(packet)).toBe(toHex(whole));
        },
      ),
      { numRuns: 200 },
    );
  });

  const first = { version: 4, sequenceNumber: 1000 } as const;
  const second = { version: 4, sequenceNumber: 1100 } as const;
  const hundred = countedOctets(100);
  const broken = segment(hundred, second);
  broken[60] = u8(broken, 60) ^ 1;

  test.each<[string, Uint8Array]>([
    ['a gap', segment(hundred, { ...second, sequenceNumber: 1101 })],
    ['another flow', segment(hundred, { ...second, sourcePort: 2 })],
    ['another host', segment(hundred, { ...second, source: address('10.9.0.9') })],
    ['another window', segment(hundred, { ...second, window: 2 })],
    ['a mark of congestion', segment(hundred, { ...second, trafficClass: 3 })],
    ['the end of the stream', segment(hundred, { ...second, flags: TCP_FLAG.ACK | TCP_FLAG.FIN })],
    ['other options', segment(hundred, { ...second, options: TIMESTAMPS.slice().fill(9, 7, 8) })],
    ['no options', segment(hundred, { ...second, options: new Uint8Array(0) })],
    ['more payload', segment(countedOctets(101), second)],
    ['no payload', segment(new Uint8Array(0), second)],
    ['a wrong checksum', broken],
  ])('leaves apart what follows with %s', (_, other) => {
    const packets = [segment(hundred, first), other];
    const delivered = coalesced(packets);
    expect(delivered.map((packet) => packet.slice(VIRTIO_NET_LENGTH))).toEqual(packets);
    for (const packet of delivered) {
      expect(packet.subarray(0, VIRTIO_NET_LENGTH)).toEqual(new Uint8Array(VIRTIO_NET_LENGTH));
    }
  });

  test('keeps to the longest packet', () => {
    const whole = Array.from({ length: 60 }, (_, k) =>
      segment(countedOctets(1400), { version: 4, sequenceNumber: 1400 * k }),
    );
    const delivered = coalesced(whole);
    expect(delivered.map(({ length }) => length)).toEqual([
      VIRTIO_NET_LENGTH + 52 + 46 * 1400,
      VIRTIO_NET_LENGTH + 52 + 14 * 1400,
    ]);
  });

  test('passes on what is neither TCP nor UDP as it is', () => {
    const packet = segment(hundred, first);
    packet[9] = IP_PROTOCOL.gre;
    expect(coalesced([packet]).map((each) => each.slice(VIRTIO_NET_LENGTH))).toEqual([packet]);
    expect(coalesced([Uint8Array.of(9, 9)])).toHaveLength(1);
  });

  test('joins datagrams between two ports, the last of which may be shorter', () => {
    const payloads = [countedOctets(100), countedOctets(100).reverse(), countedOctets(60)];
    const packets = payloads.map((payload) => datagram(payload));
    const delivered = coalesced(packets);
    expect(delivered).toHaveLength(1);
    const [only = new Uint8Array(0)] = delivered;
    const packet = only.slice(VIRTIO_NET_LENGTH);
    const offload = noOffload();
    readVirtioNet(offload, only, 0);
    const segments = VIRTIO_SEGMENTS.UDP;
    expect(offload).toMatchObject({ needsChecksum: true, segments, segmentSize: 100 });
    expect(cut(packet, offload).map(withoutNumber)).toEqual(packets.map(withoutNumber));
    expect(coalesced(packets, false)).toHaveLength(3);
  });

  const unsummed = datagram(hundred);
  setU16(unsummed, 26, 0);
  const damaged = datagram(hundred);
  damaged[40] = u8(damaged, 40) ^ 1;
  const padded = datagram(hundred);
  setU16(padded, 24, 107);

  test.each<[string, Uint8Array]>([
    ['another port', datagram(hundred, 7)],
    ['more payload', datagram(countedOctets(101))],
    ['no payload', datagram(new Uint8Array(0))],
    ['no checksum', unsummed],
    ['a wrong checksum', damaged],
    ['a length that is not its own', padded],
  ])('leaves apart a datagram with %s', (_, other) => {
    const packets = [datagram(hundred), other];
    const delivered = coalesced(packets);
    expect(delivered.map((packet) => packet.slice(VIRTIO_NET_LENGTH))).toEqual(packets);
  });

  test('joins as many datagrams as any kernel can cut again', () => {
    const packets = Array.from({ length: 70 }, () => datagram(hundred));
    expect(coalesced(packets).map(({ length }) => length)).toEqual([
      VIRTIO_NET_LENGTH + 28 + 64 * 100,
      VIRTIO_NET_LENGTH + 28 + 6 * 100,
    ]);
  });
});
