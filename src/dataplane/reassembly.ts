/**
 * Reassembly of IPv4 fragments (RFC 791 §3.2), as a host does it before it looks for AH and ESP
 * (RFC 4303 §3.4.1): for wires that no kernel stands behind.
 *
 * Bounded by count: a few datagrams are under way at a time, and the oldest gives way to the next.
 * Fragments that overlap make the whole datagram suspect, and it is dropped (RFC 1858, RFC 3128; for
 * IPv6 RFC 5722 demands it).
 *
 * @module
 */
import { toHex } from '../octets/hex.ts';
import {
  checkIpv4,
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4IsFragment,
  ipv4MoreFragments,
  ipv4Protocol,
  ipv4TotalLength,
  setIpv4Fragment,
  setIpv4TotalLength,
  updateIpv4Checksum,
} from '../wire/ipv4.ts';

/** Datagrams under way at a time. */
const MOST_DATAGRAMS = 16;
/** A datagram of the greatest length, cut for an MTU of 576 octets, has 119. */
const MOST_FRAGMENTS = 128;
/** Fragments of others that come before a datagram is given up. */
const PATIENCE = 1024;
const LONGEST_PACKET = 0xffff;
/** Fragments carry a multiple of this many octets, the last one aside. */
const FRAGMENT_UNIT = 8;

/** A piece of payload. */
interface Piece {
  readonly offset: number;
  readonly payload: Uint8Array;
}

/** A datagram of which something is missing, or that was found wrong. */
interface Datagram {
  /** The header of the fragment at offset 0, options and all. */
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
   * while something is missing or when the octets make no IPv4 packet. Keeps copies.
   */
  take(octets: Uint8Array): Uint8Array | null {
    if (checkIpv4(octets, 0, octets.length) !== null) return null;
    const packet = octets.subarray(0, ipv4TotalLength(octets, 0));
    if (!ipv4IsFragment(packet, 0)) return packet;
    this.#seen += 1;
    const name = datagramName(packet);
    const datagram = this.#datagrams.get(name) ?? this.#begin(name);
    if (datagram.spoilt) return null;
    if (!add(datagram, packet)) {
      datagram.spoilt = true;
      datagram.pieces.length = 0;
      return null;
    }
    const whole = assemble(datagram);
    if (whole !== null) this.#datagrams.delete(name);
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

/** What the fragments of one datagram have in common (RFC 791 §3.2). */
function datagramName(packet: Uint8Array): string {
  const addresses = toHex(packet.subarray(IPV4_SOURCE, IPV4_DESTINATION + 4));
  return `${addresses}/${ipv4Protocol(packet, 0)}/${ipv4Identification(packet, 0)}`;
}

/** Adds a fragment; `false` when it does not fit those that are there. */
function add(datagram: Datagram, packet: Uint8Array): boolean {
  const ipLength = ipv4HeaderLength(packet, 0);
  const offset = ipv4FragmentOffset(packet, 0);
  const payload = packet.slice(ipLength);
  const end = offset + payload.length;
  const more = ipv4MoreFragments(packet, 0);
  if (payload.length === 0 || ipLength + end > LONGEST_PACKET) return false;
  if (more && payload.length % FRAGMENT_UNIT !== 0) return false;
  const overlaps = datagram.pieces.some(
    (piece) => piece.offset < end && offset < piece.offset + piece.payload.length,
  );
  if (overlaps || datagram.pieces.length === MOST_FRAGMENTS) return false;
  if (!more) {
    if (datagram.end !== null) return false;
    datagram.end = end;
  }
  datagram.pieces.push({ offset, payload });
  if (offset === 0) datagram.header = packet.slice(0, ipLength);
  const { end: last } = datagram;
  return last === null || datagram.pieces.every((p) => p.offset + p.payload.length <= last);
}

/** The whole datagram, if nothing is missing. */
function assemble({ header, end, pieces }: Datagram): Uint8Array | null {
  if (header === null || end === null) return null;
  const present = pieces.reduce((sum, { payload }) => sum + payload.length, 0);
  if (present !== end || header.length + end > LONGEST_PACKET) return null;
  const whole = new Uint8Array(header.length + end);
  whole.set(header);
  for (const { offset, payload } of pieces) whole.set(payload, header.length + offset);
  setIpv4TotalLength(whole, 0, whole.length);
  setIpv4Fragment(whole, 0, false, false, 0);
  updateIpv4Checksum(whole, 0);
  return whole;
}
