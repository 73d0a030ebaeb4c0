/**
 * recvmsg(2): a datagram, and what the kernel tells of the IP header that it took off.
 *
 * @module
 */
import { hostU32, hostU64, setHostU32, setHostU64 } from '../octets/host.ts';
import { u8 } from '../octets/octets.ts';
import { IPV6_EXTENSION } from '../wire/ipv6.ts';
import { SOCKADDR_LENGTH } from './ip-socket.ts';
import { LINUX, libc } from './libc.ts';
import { CMSGHDR, IOVEC, MSGHDR } from './message-layout.ts';
import { PinnedMemory } from './pinned-memory.ts';

/** Levels and types beside those of IP (linux/udp.h). */
export const SOL_UDP = 17;
export const UDP_GRO = 104;
const CMSG_ALIGNMENT = 8;
/** More than the messages of fixed length that are asked for, and some extension headers. */
const CONTROL_LENGTH = 1024;
const MSG_TRUNC = 0x20;
const MSG_CTRUNC = 8;

/** Receives with any socket, one message at a time; its fields tell of the last one. */
export class MessageReceiver {
  readonly #header = new PinnedMemory(MSGHDR.LENGTH);
  readonly #vector = new PinnedMemory(IOVEC.LENGTH);
  readonly #name = new PinnedMemory(SOCKADDR_LENGTH[6]);
  readonly #control = new PinnedMemory(CONTROL_LENGTH);
  /** Who sent the message: a `struct sockaddr_in` or `sockaddr_in6`. */
  readonly name: Uint8Array;
  /** The IPv6 address that it was sent to. */
  readonly destination = new Uint8Array(16);
  trafficClass = 0;
  /** Octets of each datagram that the kernel put together in the message; 0 when it is one. */
  segmentSize = 0;
  hopLimit = 0;
  /**
   * The extension headers that stood between the IPv6 header and what was received, in their order,
   * if the socket was asked for them: so many octets.
   */
  readonly extensions = new Uint8Array(CONTROL_LENGTH);
  extensionsLength = 0;
  /** The type of the first, where there is one; each tells that of the next. */
  firstExtension = 0;

  constructor() {
    this.name = this.#name.octets;
    const { octets } = this.#header;
    setHostU64(octets, MSGHDR.NAME, this.#name.address);
    setHostU64(octets, MSGHDR.VECTOR, this.#vector.address);
    setHostU64(octets, MSGHDR.VECTOR_COUNT, 1);
    setHostU64(octets, MSGHDR.CONTROL, this.#control.address);
  }

  /**
   * Receives up to `length` octets at `address`; returns how many, or -1 when there is no message now
   * or it was longer.
   */
  receive(fd: number, address: number, length: number): number {
    const { octets } = this.#header;
    setHostU32(octets, MSGHDR.NAME_LENGTH, this.#name.octets.length);
    setHostU64(octets, MSGHDR.CONTROL_LENGTH, CONTROL_LENGTH);
    setHostU64(this.#vector.octets, IOVEC.BASE, address);
    setHostU64(this.#vector.octets, IOVEC.LENGTH_OF, length);
    const received = libc.recvmsg(fd, this.#header.address, LINUX.MSG_DONTWAIT);
    if (received < 0) return -1;
    if ((hostU32(octets, MSGHDR.FLAGS) & (MSG_TRUNC | MSG_CTRUNC)) !== 0) return -1;
    this.segmentSize = 0;
    this.extensionsLength = 0;
    this.#readControl(hostU64(octets, MSGHDR.CONTROL_LENGTH));
    return received;
  }

  #readControl(length: number): void {
    const { octets } = this.#control;
    for (let at = 0; at + CMSGHDR.DATA <= length; ) {
      const messageLength = hostU64(octets, at + CMSGHDR.LENGTH_OF);
      if (messageLength < CMSGHDR.DATA) return;
      const level = hostU32(octets, at + CMSGHDR.LEVEL);
      const type = hostU32(octets, at + CMSGHDR.TYPE);
      const dataLength = messageLength - CMSGHDR.DATA;
      if (level === LINUX.IPPROTO_IPV6) this.#readIpv6(type, at + CMSGHDR.DATA, dataLength);
      else if (level === LINUX.IPPROTO_IP) this.#readIpv4(type, at + CMSGHDR.DATA);
      else if (level === SOL_UDP && type === UDP_GRO) {
        this.segmentSize = hostU32(this.#control.octets, at + CMSGHDR.DATA);
      }
      at += Math.ceil(messageLength / CMSG_ALIGNMENT) * CMSG_ALIGNMENT;
    }
  }

  #readIpv6(type: number, at: number, length: number): void {
    const { octets } = this.#control;
    const extension = EXTENSION_TYPES.get(type);
    if (type === LINUX.IPV6_TCLASS) this.trafficClass = hostU32(octets, at);
    else if (type === LINUX.IPV6_HOPLIMIT) this.hopLimit = hostU32(octets, at);
    else if (type === LINUX.IPV6_PKTINFO) {
      this.destination.set(octets.subarray(at, at + this.destination.length));
    } else if (extension !== undefined) {
      if (this.extensionsLength === 0) this.firstExtension = extension;
      this.extensions.set(octets.subarray(at, at + length), this.extensionsLength);
      this.extensionsLength += length;
    }
  }

  #readIpv4(type: number, at: number): void {
    const { octets } = this.#control;
    if (type === LINUX.IP_TOS) this.trafficClass = u8(octets, at);
    else if (type === LINUX.IP_TTL) this.hopLimit = hostU32(octets, at);
  }
}

/** Control messages that are extension headers, whole, to the types of these. */
const EXTENSION_TYPES: ReadonlyMap<number, number> = new Map([
  [LINUX.IPV6_HOPOPTS, IPV6_EXTENSION.HOP_BY_HOP_OPTIONS],
  [LINUX.IPV6_RTHDR, IPV6_EXTENSION.ROUTING],
  [LINUX.IPV6_DSTOPTS, IPV6_EXTENSION.DESTINATION_OPTIONS],
]);
