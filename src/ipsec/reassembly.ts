/**
 * Reassembly of fragments (RFC 791 §3.2, RFC 8200 §4.5), as a host does it before it looks for AH
 * and ESP (RFC 4303 §3.4.1): for wires that no kernel stands behind.
 *
 * Bounded by count: a few datagrams are under way at a time, and the oldest gives way to the next.
 * Fragments that overlap make the whole datagram suspect, and it is dropped (RFC 1858, RFC 3128; for
 * IPv6 RFC 5722 demands it). One that comes twice, the same in every octet, does no harm.
 *
 * @module
 */

import { toHex } from '../octets/hex.ts';
import { sameOctets, setU8, u8 } from '../octets/octets.ts';
import { newIpHeader, readIp } from '../wire/ip.ts';
import {
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4MoreFragments,
  ipv4Protocol,
  setIpv4Fragment,
  setIpv4TotalLength,
  updateIpv4Checksum,
} from '../wire/ipv4.ts';
import {
  IPV6_DESTINATION,
  IPV6_EXTENSION,
  IPV6_FRAGMENT_LENGTH,
  IPV6_HEADER_LENGTH,
  IPV6_SOURCE,
  ipv6ExtensionLength,
  ipv6ExtensionNextHeader,
  ipv6FragmentIdentification,
  ipv6FragmentOffset,
  ipv6MoreFragments,
  setIpv6PayloadLength,
} from '../wire/ipv6.ts';
import { LONGEST_PACKET } from './packet.ts';

/** Datagrams under way at a time. */
const MOST_DATAGRAMS = 16;
/** A datagram of the greatest length, cut for an MTU of 576 octets, has 119. */
const MOST_FRAGMENTS = 128;
/** Fragments of others that come before a datagram is given up. */
const PATIENCE = 1024;
/** Fragments carry a multiple of this many octets, the last one aside. */
const FRAGMENT_UNIT = 8;

/** A piece of payload. */
interface Piece {
  readonly offset: number;
  readonly payload: Uint8Array;
}

/** A datagram of which something is missing, or that was found wrong. */
interface Datagram {
  /** What goes before the payload: of the fragment at offset 0, without its Fragment header. */
  header: Uint8Array | null;
  /** Where the payload ends; `null` before the last fragment has come. */
  end: number | null;
  readonly pieces: Piece[];
  /** Stays until it is given up, so that later fragments do not begin it anew. */
  spoilt: boolean;
  readonly since: number;
}

export class Reassembly {
  /** Oldest first. */
  readonly #datagrams = new Map<string, Datagram>();
  #seen = 0;

  /** Datagrams of which something is missing. */
  get pending(): number {
    return this.#datagrams.size;
  }

  /**
   * Takes a packet and returns it, or the whole of which it was the last missing fragment; `null`
   * while something is missing or when the octets make no IP packet. Keeps copies.
   */
  take(octets: Uint8Array): Uint8Array | null {
    if (!readIp(header, octets, 0, octets.length)) return null;
    const packet = octets.subarray(0, header.totalLength);
    if (!header.isFragment) return packet;
    const fragment = header.version === 4 ? ipv4FragmentOf(packet) : ipv6FragmentOf(packet);
    if (fragment === null) return null;
    this.#seen += 1;
    const datagram = this.#datagrams.get(fragment.name) ?? this.#begin(fragment.name);
    if (datagram.spoilt) return null;
    if (!add(datagram, fragment)) {
      datagram.spoilt = true;
      datagram.pieces.length = 0;
      return null;
    }
    const whole = assemble(datagram);
    if (whole !== null) this.#datagrams.delete(fragment.name);
    return whole;
  }

  #begin(name: string): Datagram {
    for (const [other, { since }] of this.#datagrams) {
      if (this.#datagrams.size < MOST_DATAGRAMS && this.#seen - since < PATIENCE) break;
      this.#datagrams.delete(other);
    }
    const datagram: Datagram = {
      header: null,
      end: null,
      pieces: [],
      spoilt: false,
      since: this.#seen,
    };
    this.#datagrams.set(name, datagram);
    return datagram;
  }
}

/** One fragment, taken apart. */
interface Fragment {
  /** What the fragments of one datagram have in common. */
  readonly name: string;
  readonly offset: number;
  readonly more: boolean;
  /** What goes before the payload of the whole. */
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

function ipv4FragmentOf(packet: Uint8Array): Fragment {
  const headerLength = ipv4HeaderLength(packet, 0);
  const addresses = toHex(packet.subarray(IPV4_SOURCE, IPV4_DESTINATION + 4));
  return {
    name: `${addresses}/${ipv4Protocol(packet, 0)}/${ipv4Identification(packet, 0)}`,
    offset: ipv4FragmentOffset(packet, 0),
    more: ipv4MoreFragments(packet, 0),
    header: packet.slice(0, headerLength),
    payload: packet.slice(headerLength),
  };
}

/** `null` when the Fragment header comes behind headers that it should come before. */
function ipv6FragmentOf(packet: Uint8Array): Fragment | null {
  let typeAt = IPV6_NEXT_HEADER;
  let at = IPV6_HEADER_LENGTH;
  while (u8(packet, typeAt) !== IPV6_EXTENSION.FRAGMENT) {
    typeAt = at;
    at += ipv6ExtensionLength(packet, at);
    if (at + IPV6_FRAGMENT_LENGTH > packet.length) return null;
  }
  const addresses = toHex(packet.subarray(IPV6_SOURCE, IPV6_DESTINATION + 16));
  const header = packet.slice(0, at);
  setU8(header, typeAt, ipv6ExtensionNextHeader(packet, at));
  return {
    name: `${addresses}/${ipv6FragmentIdentification(packet, at)}`,
    offset: ipv6FragmentOffset(packet, at),
    more: ipv6MoreFragments(packet, at),
    header,
    payload: packet.slice(at + IPV6_FRAGMENT_LENGTH),
  };
}

/** Adds a fragment; `false` when it does not fit those that are there. */
function add(datagram: Datagram, { offset, more, header: front, payload }: Fragment): boolean {
  const end = offset + payload.length;
  if (payload.length === 0 || front.length + end > LONGEST_PACKET) return false;
  if (more && payload.length % FRAGMENT_UNIT !== 0) return false;
  if (more !== (datagram.end === end) && isCopy(datagram, offset, payload)) return true;
  const overlaps = datagram.pieces.some(
    (piece) => piece.offset < end && offset < piece.offset + piece.payload.length,
  );
  if (overlaps || datagram.pieces.length === MOST_FRAGMENTS) return false;
  if (!more) {
    if (datagram.end !== null) return false;
    datagram.end = end;
  }
  datagram.pieces.push({ offset, payload });
  if (offset === 0) datagram.header = front;
  const { end: last } = datagram;
  return last === null || datagram.pieces.every((p) => p.offset + p.payload.length <= last);
}

/** Whether such a piece is there already: the network may send one twice (RFC 8200 §4.5). */
function isCopy({ pieces }: Datagram, offset: number, payload: Uint8Array): boolean {
  return pieces.some((piece) => piece.offset === offset && sameOctets(piece.payload, payload));
}

/** The whole datagram, if nothing is missing. */
function assemble({ header: front, end, pieces }: Datagram): Uint8Array | null {
  if (front === null || end === null) return null;
  const present = pieces.reduce((sum, { payload }) => sum + payload.length, 0);
  if (present !== end || front.length + end > LONGEST_PACKET) return null;
  const whole = new Uint8Array(front.length + end);
  whole.set(front);
  for (const { offset, payload } of pieces) whole.set(payload, front.length + offset);
  if (u8(whole, 0) >>> 4 === 6) {
    setIpv6PayloadLength(whole, 0, whole.length - IPV6_HEADER_LENGTH);
    return whole;
  }
  setIpv4TotalLength(whole, 0, whole.length);
  setIpv4Fragment(whole, 0, false, false, 0);
  updateIpv4Checksum(whole, 0);
  return whole;
}

const IPV6_NEXT_HEADER = 6;
const header = newIpHeader();
