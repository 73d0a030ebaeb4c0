/**
 * Sending many packets with few system calls.
 *
 *   ESP in UDP, one after the other to one peer ──► one sendmsg, which the kernel cuts (UDP_SEGMENT)
 *   all others ──────────────────────────────────► sendmmsg on a raw socket, each packet whole
 *
 * A run of UDP is what the kernel can cut again as it was: the same addresses, ports and class of
 * traffic, the same length but for the last, and DF, which the socket sets on all.
 *
 * @module
 */
import { LONGEST_PACKET, type Packet } from '../ipsec/packet.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { ADDRESS_FAMILY } from '../netlink/link.ts';
import { trainsOver } from '../octets/bulk.ts';
import { setHostU16, setHostU32, setHostU64 } from '../octets/host.ts';
import { u8, u16 } from '../octets/octets.ts';
import type { Trains } from '../octets/trains.ts';
import {
  IPV4_DESTINATION,
  IPV4_HEADER_LENGTH,
  IPV4_SOURCE,
  ipv4DontFragment,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4TypeOfService,
} from '../wire/ipv4.ts';
import { IPV6_DESTINATION } from '../wire/ipv6.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { SOCKADDR_ADDRESS, SOCKADDR_LENGTH, SOCKADDR_PORT } from './ip-socket.ts';
import { libc } from './libc.ts';
import { CMSGHDR, IOVEC, MMSGHDR, MSGHDR } from './message-layout.ts';
import { PinnedMemory } from './pinned-memory.ts';

/** Packets that one call sends at most; the kernel has the same bound (UDP_MAX_SEGMENTS). */
const MOST_PACKETS = 64;
const NAME_LENGTH = 32;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
/** A control message with 16 bits, and its padding. */
const CONTROL_LENGTH = 24;
/** Where flags and fragment offset stand, and time to live with the protocol behind it. */
const IPV4_FRAGMENT = 6;
const IPV4_TTL = 8;
const HEADERS_LENGTH = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;
/** What one message of UDP in IPv4 carries at most. */
const LONGEST_PAYLOAD = LONGEST_PACKET - HEADERS_LENGTH;

/** The socket bound to a source; -1 when there is none. */
export type UdpSocketOf = (octets: Uint8Array, addressAt: number, port: number) => number;

export class BatchSender {
  readonly #memory: PinnedMemory;
  readonly #rawSockets: Readonly<Record<4 | 6, number | null>>;
  readonly #udpSocketOf: UdpSocketOf;
  readonly #messages = new PinnedMemory(MOST_PACKETS * MMSGHDR.LENGTH);
  readonly #vectors = new PinnedMemory(MOST_PACKETS * IOVEC.LENGTH);
  readonly #names = new PinnedMemory(MOST_PACKETS * NAME_LENGTH);
  readonly #control = new PinnedMemory(CONTROL_LENGTH);
  /** What each vector says: most say the same of one batch after the other. */
  readonly #starts = new Int32Array(MOST_PACKETS);
  readonly #lengths = new Int32Array(MOST_PACKETS);
  /** The same of each message: where its vectors begin, how many they are, and the octets of its name. */
  readonly #said = new Int32Array(MOST_PACKETS);
  readonly #trains: Trains | null;

  /** Sends from `memory`, through `rawSockets` and those that `udpSocketOf` knows. */
  constructor(
    memory: PinnedMemory,
    rawSockets: Readonly<Record<4 | 6, number | null>>,
    udpSocketOf: UdpSocketOf,
  ) {
    this.#memory = memory;
    this.#rawSockets = rawSockets;
    this.#udpSocketOf = udpSocketOf;
    this.#trains = trainsOver(memory.octets);
    const { octets } = this.#control;
    setHostU64(octets, CMSGHDR.LENGTH_OF, CMSGHDR.DATA + 2);
    setHostU32(octets, CMSGHDR.LEVEL, SOL_UDP);
    setHostU32(octets, CMSGHDR.TYPE, UDP_SEGMENT);
  }

  /** Sends the first `count` of `packets` in their order; how many the host would not. */
  send(packets: readonly Packet[], count: number): number {
    let refused = 0;
    let from = 0;
    while (from < count) {
      const run = this.#udpRun(packets, from, count);
      if (run > 1 && this.#sendUdp(packets, from, run)) {
        from += run;
        continue;
      }
      const others = this.#rawRun(packets, from, Math.min(count, from + MOST_PACKETS), run);
      refused += others - this.#sendRaw(packets, from, others);
      from += others;
    }
    return refused;
  }

  /** How many packets as long as `packet` one message takes, `packet` being the first of them. */
  mostTogether(packet: Packet): number {
    if (!isPlainUdp(packet)) return MOST_PACKETS;
    const most = Math.floor(LONGEST_PAYLOAD / (packet.length - HEADERS_LENGTH));
    return Math.max(1, Math.min(MOST_PACKETS, most));
  }

  /** How many packets from `from` on the kernel can cut from one message; 1 at least. */
  #udpRun(packets: readonly Packet[], from: number, count: number): number {
    const { view } = this.#memory;
    const first = packets[from];
    if (first === undefined || !isPlainUdp(first)) return 1;
    const end = Math.min(count, from + this.mostTogether(first));
    let next = from + this.#likeFirst(packets, from, end);
    for (; next < end; next++) {
      const packet = packets[next];
      if (packet === undefined || packet.length > first.length) break;
      if (!goesLike(view, first.at, packet.at)) break;
      if (packet.length < first.length) return next + 1 - from;
    }
    return next - from;
  }

  /** How many packets from `from` on, up to `end`, are a train of what one message says. */
  #likeFirst(packets: readonly Packet[], from: number, end: number): number {
    const first = packets[from];
    const second = packets[from + 1];
    if (this.#trains === null || first === undefined || second === undefined) return 1;
    const { at, length } = first;
    const stride = second.at - at;
    let next = from + 1;
    while (next < end && packets[next]?.at === at + (next - from) * stride) next++;
    return packets[next - 1]?.length === length ? this.#trains.alike(at, stride, next - from) : 1;
  }

  /** How many packets from `from` on go through one raw socket: up to the next run of UDP. */
  #rawRun(packets: readonly Packet[], from: number, end: number, first: number): number {
    const version = versionOf(packets[from]);
    let next = from + Math.max(1, first);
    while (next < end && versionOf(packets[next]) === version) {
      if (this.#udpRun(packets, next, end) > 1) break;
      next++;
    }
    return next - from;
  }

  /** `false` when there is no such socket, or it would not; nothing was sent then. */
  #sendUdp(packets: readonly Packet[], from: number, count: number): boolean {
    const first = packets[from];
    if (first === undefined) return false;
    const { octets } = this.#memory;
    const udpAt = first.at + IPV4_HEADER_LENGTH;
    const socket = this.#udpSocketOf(octets, first.at + IPV4_SOURCE, u16(octets, udpAt));
    if (socket < 0) return false;
    // Packets in the places where others were before mostly have the same vectors.
    const vector = from + count > MOST_PACKETS ? 0 : from;
    for (let k = 0; k < count; k++) this.#putVector(vector + k, packets[from + k], HEADERS_LENGTH);
    this.#putName(0, 4, first.at + IPV4_DESTINATION, u16(octets, udpAt + 2));
    this.#putMessage(0, SOCKADDR_LENGTH[4], vector, count);
    const header = this.#messages.octets;
    setHostU16(this.#control.octets, CMSGHDR.DATA, first.length - HEADERS_LENGTH);
    setHostU64(header, MSGHDR.CONTROL, this.#control.address);
    setHostU64(header, MSGHDR.CONTROL_LENGTH, CONTROL_LENGTH);
    const sent = libc.sendmsg(socket, this.#messages.address, 0);
    setHostU64(header, MSGHDR.CONTROL, 0);
    setHostU64(header, MSGHDR.CONTROL_LENGTH, 0);
    return sent >= 0;
  }

  /** How many of `count` packets of one IP version the kernel took. */
  #sendRaw(packets: readonly Packet[], from: number, count: number): number {
    const version = versionOf(packets[from]);
    const socket = this.#rawSockets[version];
    if (socket === null) return 0;
    for (let k = 0; k < count; k++) {
      const packet = packets[from + k];
      if (packet === undefined) continue;
      const destination = version === 4 ? IPV4_DESTINATION : IPV6_DESTINATION;
      this.#putVector(k, packet, 0);
      this.#putName(k, version, packet.at + destination, 0);
      this.#putMessage(k, SOCKADDR_LENGTH[version], k, 1);
    }
    let taken = 0;
    let done = 0;
    // The call ends at the first packet that is refused; those behind it still have their chance.
    while (done < count) {
      const at = this.#messages.address + done * MMSGHDR.LENGTH;
      const sent = libc.sendmmsg(socket, at, count - done, 0);
      taken += Math.max(0, sent);
      done += Math.max(0, sent) + (sent < count - done ? 1 : 0);
    }
    return taken;
  }

  #putVector(place: number, packet: Packet | undefined, skipped: number): void {
    if (packet === undefined) return;
    const start = packet.at + skipped;
    const length = packet.length - skipped;
    if (this.#starts[place] === start && this.#lengths[place] === length) return;
    this.#starts[place] = start;
    this.#lengths[place] = length;
    const { octets } = this.#vectors;
    const at = place * IOVEC.LENGTH;
    setHostU64(octets, at + IOVEC.BASE, this.#memory.address + start);
    setHostU64(octets, at + IOVEC.LENGTH_OF, length);
  }

  #putName(place: number, version: 4 | 6, addressAt: number, port: number): void {
    const { octets, view } = this.#names;
    const from = this.#memory.view;
    const at = place * NAME_LENGTH;
    setHostU16(octets, at, ADDRESS_FAMILY[version]);
    view.setUint16(at + SOCKADDR_PORT, port);
    const to = at + SOCKADDR_ADDRESS[version];
    const length = version === 4 ? 4 : 16;
    for (let k = 0; k < length; k += 4) view.setUint32(to + k, from.getUint32(addressAt + k));
  }

  /** A message of `count` vectors from `vector` on, to the name at `place`. */
  #putMessage(place: number, nameLength: number, vector: number, count: number): void {
    const says = (vector << 16) | (count << 8) | nameLength;
    if (this.#said[place] === says) return;
    this.#said[place] = says;
    const { octets } = this.#messages;
    const at = place * MMSGHDR.LENGTH;
    setHostU64(octets, at + MSGHDR.NAME, this.#names.address + place * NAME_LENGTH);
    setHostU32(octets, at + MSGHDR.NAME_LENGTH, nameLength);
    setHostU64(octets, at + MSGHDR.VECTOR, this.#vectors.address + vector * IOVEC.LENGTH);
    setHostU64(octets, at + MSGHDR.VECTOR_COUNT, count);
  }
}

function versionOf(packet: Packet | undefined): 4 | 6 {
  return packet !== undefined && u8(packet.memory.octets, packet.at) >>> 4 === 6 ? 6 : 4;
}

/** UDP in IPv4 as its socket would make it: without options, marks or class, with DF. */
function isPlainUdp({ memory: { octets }, at }: Packet): boolean {
  return (
    u8(octets, at) >>> 4 === 4 &&
    ipv4Protocol(octets, at) === IP_PROTOCOL.udp &&
    ipv4HeaderLength(octets, at) === IPV4_HEADER_LENGTH &&
    ipv4TypeOfService(octets, at) === 0 &&
    ipv4DontFragment(octets, at)
  );
}

/**
 * Whether the packet at `at` differs from the plain one at `first` in nothing that one message says of
 * all: version and class, DF, time to live and protocol, addresses, ports.
 */
function goesLike(view: DataView, first: number, at: number): boolean {
  return (
    view.getUint16(at) === view.getUint16(first) &&
    view.getUint32(at + IPV4_SOURCE) === view.getUint32(first + IPV4_SOURCE) &&
    view.getUint32(at + IPV4_DESTINATION) === view.getUint32(first + IPV4_DESTINATION) &&
    view.getUint32(at + IPV4_HEADER_LENGTH) === view.getUint32(first + IPV4_HEADER_LENGTH) &&
    view.getUint16(at + IPV4_FRAGMENT) === view.getUint16(first + IPV4_FRAGMENT) &&
    view.getUint16(at + IPV4_TTL) === view.getUint16(first + IPV4_TTL)
  );
}
