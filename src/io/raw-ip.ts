/**
 * Raw IP sockets: how AH, ESP and IPComp come to the data plane, and how all it sends leaves.
 *
 * They receive what the kernel has put together from fragments; having them open also keeps the
 * kernel from answering "protocol unreachable". The senders are marked, so that the guard lets their
 * packets pass.
 *
 * @module
 */
import { NONE_FOLLOWING } from '../dataplane/interfaces.ts';
import type { Following } from '../ipsec/opening-train.ts';
import { LONGEST_PACKET, type Packet } from '../ipsec/packet.ts';
import { ADDRESS_FAMILY } from '../netlink/link.ts';
import { setHostU16 } from '../octets/host.ts';
import { u8 } from '../octets/octets.ts';
import { IPV4_DESTINATION } from '../wire/ipv4.ts';
import { emitIpv6Header, IPV6_DESTINATION, IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { MARK_OWN } from './guard/numbers.ts';
import {
  openIpSocket,
  SOCKADDR_ADDRESS,
  SOCKADDR_LENGTH,
  setSocketOption,
  widenReceiveBuffer,
} from './ip-socket.ts';
import { LINUX, libc } from './libc.ts';
import type { MessageReceiver } from './message-receiver.ts';
import { PinnedMemory } from './pinned-memory.ts';

/** A socket whose datagrams are whole IP packets to the data plane. */
export interface PacketReceiver {
  /** To wait on. */
  readonly fd: number;
  /** Reads a packet to `packet.at`; `false` when there is none now, or one that is not for us. */
  receive(packet: Packet): boolean;
  /** Whether more came with the last packet: to be read before anything is from another socket. */
  readonly isPending: boolean;
  /** As `UnprotectedInterface.following`. */
  readonly following: Readonly<Following>;
  /** As `UnprotectedInterface.passOver`. */
  passOver(count: number): void;
}

/** Receives the IPv4 packets of one protocol. */
export class RawIpv4Receiver implements PacketReceiver {
  readonly isPending = false;
  readonly following = NONE_FOLLOWING;
  readonly fd: number;
  readonly #memory: PinnedMemory;

  /** Use {@link openRawReceiver}. */
  constructor(fd: number, memory: PinnedMemory) {
    this.fd = fd;
    this.#memory = memory;
  }

  receive(packet: Packet): boolean {
    const address = this.#memory.address + packet.at;
    const length = libc.recv(this.fd, address, LONGEST_PACKET, LINUX.MSG_DONTWAIT);
    if (length <= 0) return false;
    packet.length = length;
    return true;
  }

  passOver(): void {}
}

/**
 * Receives the IPv6 packets of one protocol. Linux gives the octets behind the IP header and its
 * extension headers, which are put in front again from what is told of them. What is not told is the
 * flow label, which AH does not cover.
 */
export class RawIpv6Receiver implements PacketReceiver {
  readonly isPending = false;
  readonly following = NONE_FOLLOWING;
  readonly fd: number;
  readonly #protocol: number;
  readonly #memory: PinnedMemory;
  readonly #message: MessageReceiver;

  /** Use {@link openRawReceiver}. */
  constructor(fd: number, protocol: number, memory: PinnedMemory, message: MessageReceiver) {
    this.fd = fd;
    this.#protocol = protocol;
    this.#memory = memory;
    this.#message = message;
    for (const option of TOLD) setSocketOption(fd, LINUX.IPPROTO_IPV6, LINUX[option], 1);
  }

  receive(packet: Packet): boolean {
    const message = this.#message;
    const address = this.#memory.address + packet.at + IPV6_HEADER_LENGTH;
    const received = message.receive(this.fd, address, LONGEST_PACKET - IPV6_HEADER_LENGTH);
    if (received <= 0) return false;
    const { extensionsLength } = message;
    const payloadLength = extensionsLength + received;
    if (IPV6_HEADER_LENGTH + payloadLength > LONGEST_PACKET) return false;
    if (extensionsLength > 0) putExtensions(packet, message, received);
    const sourceAt = SOCKADDR_ADDRESS[6];
    emitIpv6Header(
      {
        trafficClass: message.trafficClass,
        flowLabel: 0,
        payloadLength,
        nextHeader: extensionsLength > 0 ? message.firstExtension : this.#protocol,
        hopLimit: message.hopLimit,
        source: { version: 6, octets: message.name.subarray(sourceAt, sourceAt + 16) },
        destination: { version: 6, octets: message.destination },
      },
      packet.memory.octets,
      packet.at,
    );
    packet.length = IPV6_HEADER_LENGTH + payloadLength;
    return true;
  }

  passOver(): void {}
}

/** Makes room for the extension headers before the `length` octets received. */
function putExtensions(
  { memory: { octets }, at }: Packet,
  { extensions, extensionsLength }: MessageReceiver,
  length: number,
): void {
  const payloadAt = at + IPV6_HEADER_LENGTH;
  octets.copyWithin(payloadAt + extensionsLength, payloadAt, payloadAt + length);
  octets.set(extensions.subarray(0, extensionsLength), payloadAt);
}

/** What of the headers Linux is asked to tell. */
const TOLD = [
  'IPV6_RECVPKTINFO',
  'IPV6_RECVTCLASS',
  'IPV6_RECVHOPLIMIT',
  'IPV6_RECVHOPOPTS',
  'IPV6_RECVRTHDR',
  'IPV6_RECVDSTOPTS',
] as const;

/**
 * Opens a receiver of the packets of IP protocol `protocol`; `null` when this kernel has no IPv6 and
 * that is asked for. Throws a `SystemError`.
 */
export function openRawReceiver(
  version: 4 | 6,
  protocol: number,
  memory: PinnedMemory,
  message: MessageReceiver,
): PacketReceiver | null {
  const doing = `open a raw socket for protocol ${protocol}`;
  const fd = openIpSocket(version, LINUX.SOCK_RAW, protocol, doing);
  if (fd === null) return null;
  widenReceiveBuffer(fd);
  if (version === 4) return new RawIpv4Receiver(fd, memory);
  return new RawIpv6Receiver(fd, protocol, memory, message);
}

/** Sends whole packets of one IP version. */
export class RawSender {
  /** `null` where the kernel has no such sockets. */
  readonly fd: number | null;
  readonly #memory: PinnedMemory;
  readonly #destination: PinnedMemory;
  readonly #version: 4 | 6;

  /** Opens the socket, unless this kernel has no IPv6 and that is asked for. Throws a `SystemError`. */
  constructor(version: 4 | 6, memory: PinnedMemory) {
    this.#version = version;
    this.#memory = memory;
    this.#destination = new PinnedMemory(SOCKADDR_LENGTH[version]);
    setHostU16(this.#destination.octets, 0, ADDRESS_FAMILY[version]);
    const fd = openIpSocket(version, LINUX.SOCK_RAW, IPPROTO_RAW, 'open a raw socket to send with');
    this.fd = fd;
    if (fd === null) return;
    setSocketOption(fd, LINUX.SOL_SOCKET, LINUX.SO_MARK, MARK_OWN);
    // What the kernel learned about the destination from our "too big" is not for our own packets.
    if (version === 4) {
      setSocketOption(fd, LINUX.IPPROTO_IP, LINUX.IP_MTU_DISCOVER, LINUX.IP_PMTUDISC_PROBE);
    } else {
      setSocketOption(fd, LINUX.IPPROTO_IPV6, LINUX.IPV6_MTU_DISCOVER, LINUX.IPV6_PMTUDISC_PROBE);
    }
  }

  /** Sends `packet`, which is of this version; `false` when the host would not. */
  transmit(packet: Packet): boolean {
    if (this.fd === null) return false;
    const to = this.#destination;
    const { octets } = packet.memory;
    const destinationAt = packet.at + (this.#version === 4 ? IPV4_DESTINATION : IPV6_DESTINATION);
    const addressAt = SOCKADDR_ADDRESS[this.#version];
    const addressLength = this.#version === 4 ? 4 : 16;
    for (let k = 0; k < addressLength; k++) {
      to.octets[addressAt + k] = u8(octets, destinationAt + k);
    }
    const address = this.#memory.address + packet.at;
    return libc.sendto(this.fd, address, packet.length, 0, to.address, to.octets.length) >= 0;
  }

  close(): void {
    if (this.fd !== null) libc.close(this.fd);
  }
}

/** Takes whole packets, under IPv6 too (raw(7), ipv6(7)). */
const IPPROTO_RAW = 255;
