/**
 * Packets that came out of tunnels, and may be seen once more: a Linux that takes a packet out of its
 * tunnel shows it again to whoever captures, on the interface that it came by, now in the clear. TCP
 * segments it may have joined meanwhile.
 *
 * Each explains one such sight. Of a packet that was sent in the clear as well, there is one sight more.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u8 } from '../octets/octets.ts';
import type { IpHeader } from '../wire/ip.ts';
import { TCP_HEADER_LENGTH, tcpHeaderLength, tcpSequenceNumber } from '../wire/tcp.ts';

/** Implementation constant: how many are expected at most; the kernel takes out some hundred at a time. */
const MOST_EXPECTED = 1024;

/** A packet that may be seen again. */
interface Expected {
  /** A copy. */
  readonly octets: Uint8Array;
  /** `null` where it is no TCP segment with data. */
  readonly segment: Segment | null;
}

/** Where things stand that tell a TCP segment from others. */
interface Segment {
  readonly sequenceNumber: number;
  /** The addresses, source first. */
  readonly addressesAt: number;
  readonly tcpAt: number;
  readonly dataAt: number;
  readonly end: number;
}

export class Decapsulated {
  readonly #expected: (Expected | null)[] = new Array(MOST_EXPECTED).fill(null);
  #next = 0;

  /** Takes note of the packet with `header` in `octets`, which came out of a tunnel. */
  expect(octets: Uint8Array, header: IpHeader): void {
    const { at, totalLength } = header;
    this.#expected[this.#next] = {
      octets: octets.slice(at, at + totalLength),
      segment: segmentOf(octets, header, at),
    };
    this.#next = (this.#next + 1) % MOST_EXPECTED;
  }

  /** Whether the packet with `header` in `octets` was expected; it is no longer. */
  explains(octets: Uint8Array, header: IpHeader): boolean {
    const place = this.#expected.findIndex(
      (expected) => expected !== null && isSame(expected.octets, octets, header),
    );
    const places = place < 0 ? this.#joined(octets, header) : [place];
    for (const each of places) this.#expected[each] = null;
    return places.length > 0;
  }

  /** The places of the segments that make up the packet, if they are expected; else none. */
  #joined(octets: Uint8Array, header: IpHeader): readonly number[] {
    const whole = segmentOf(octets, header, 0);
    if (whole === null) return [];
    const places: number[] = [];
    let { sequenceNumber, dataAt } = whole;
    while (dataAt < whole.end) {
      const place = this.#expected.findIndex(
        (expected) =>
          expected?.segment?.sequenceNumber === sequenceNumber &&
          isPart(expected.octets, expected.segment, octets, whole, dataAt),
      );
      const part = this.#expected[place]?.segment;
      if (!part) return [];
      places.push(place);
      dataAt += part.end - part.dataAt;
      sequenceNumber = (sequenceNumber + part.end - part.dataAt) >>> 0;
    }
    return places;
  }
}

/** The TCP segment with data behind `header`, its places counted from `from`; `null` if there is none. */
function segmentOf(octets: Uint8Array, header: IpHeader, from: number): Segment | null {
  const { at, totalLength, nextLayerProtocol, nextLayerAt, isFragment, sourceAt } = header;
  const end = at + totalLength;
  if (nextLayerProtocol !== IP_PROTOCOL.tcp || isFragment) return null;
  if (end - nextLayerAt < TCP_HEADER_LENGTH) return null;
  const dataAt = nextLayerAt + tcpHeaderLength(octets, nextLayerAt);
  if (dataAt >= end) return null;
  return {
    sequenceNumber: tcpSequenceNumber(octets, nextLayerAt),
    addressesAt: sourceAt - from,
    tcpAt: nextLayerAt - from,
    dataAt: dataAt - from,
    end: end - from,
  };
}

/** Whether `packet` is the one with `header`; but for marks of congestion, which it may have got (RFC 6040). */
function isSame(packet: Uint8Array, octets: Uint8Array, { at, totalLength }: IpHeader): boolean {
  if (packet.length !== totalLength) return false;
  const marks = u8(packet, 0) >>> 4 === 4 ? IPV4_MARKS : IPV6_MARKS;
  for (let k = 0; k < packet.length; k++) {
    if (u8(packet, k) !== u8(octets, at + k) && !marks.includes(k)) return false;
  }
  return true;
}

/** Whether the data of `part` in `packet` stand at `dataAt` of `whole`, of the same connection. */
function isPart(
  packet: Uint8Array,
  part: Segment,
  octets: Uint8Array,
  whole: Segment,
  dataAt: number,
): boolean {
  const length = part.end - part.dataAt;
  const addresses = (u8(packet, 0) >>> 4 === 4 ? 4 : 16) * 2;
  return (
    length <= whole.end - dataAt &&
    agree(packet, part.addressesAt, octets, whole.addressesAt, addresses) &&
    agree(packet, part.tcpAt, octets, whole.tcpAt, PORTS_LENGTH) &&
    agree(packet, part.dataAt, octets, dataAt, length)
  );
}

function agree(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let k = 0; k < length; k++) if (u8(a, aAt + k) !== u8(b, bAt + k)) return false;
  return true;
}

/** Of TCP, both. */
const PORTS_LENGTH = 4;
/** Type of service, and the checksum. */
const IPV4_MARKS: readonly number[] = [1, 10, 11];
/** The second half of the traffic class. */
const IPV6_MARKS: readonly number[] = [1];
