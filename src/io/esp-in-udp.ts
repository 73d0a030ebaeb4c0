/**
 * A UDP socket that ESP comes to (RFC 3948).
 *
 * What shares its port with ESP is IKE, told by the non-ESP marker, and keepalives. This end of the
 * socket takes ESP, and hands on what is for IKE.
 *
 * @module
 */
import os from 'node:os';
import { ALONE, type WorkerPlace } from '../dataplane/workers.ts';
import type { DiscardTally } from '../ipsec/discard-reason.ts';
import type { Following } from '../ipsec/opening-train.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { UdpEnd } from '../ipsec/sa-parameters.ts';
import { addressStandsAt, formatIpAddress, type IpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { type Bulk, bulkOver } from '../octets/bulk.ts';
import { u16, u32 } from '../octets/octets.ts';
import {
  ikeMessageIn,
  KEEPALIVE_LENGTH,
  NON_ESP_MARKER,
  NON_ESP_MARKER_LENGTH,
} from '../wire/esp-in-udp.ts';
import { emitIpv4Header, IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { emitIpv6Header, IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { emitUdpHeader, UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { MARK_OWN } from './guard/numbers.ts';
import {
  openIpSocket,
  SOCKADDR_ADDRESS,
  SOCKADDR_PORT,
  setSocketOption,
  socketAddress,
  widenReceiveBuffer,
} from './ip-socket.ts';
import { errno, LINUX, libc, SystemError } from './libc.ts';
import { type MessageReceiver, SOL_UDP, UDP_GRO } from './message-receiver.ts';
import type { PinnedMemory } from './pinned-memory.ts';
import type { PacketReceiver } from './raw-ip.ts';
import { joinOthers, spreadDatagrams } from './steering.ts';

const { EADDRINUSE, EADDRNOTAVAIL } = os.constants.errno;

/** Messages without ESP that are passed over at a time: who sends many must not keep ESP waiting. */
const MOST_OTHERS = 16;

/** Room for the headers of one packet; in front of the message. */
const HEADERS_ROOM = 64;

/**
 * Takes a message of IKE that came to `local`, as views that are good until this returns; `false` when
 * nobody there wants it.
 */
export type TakeIke = (local: UdpEnd, remote: UdpEnd, message: Uint8Array) => boolean;

/** Octets of memory that a message takes, and the headers of its packets. */
export const UDP_RECEIVE_LENGTH: number = HEADERS_ROOM + 0x10000;

/** Receives datagrams to one port of one address as whole IP packets. */
export class EspInUdpReceiver implements PacketReceiver {
  readonly fd: number;
  readonly #end: UdpEnd;
  readonly #memory: PinnedMemory;
  readonly #bulk: Bulk;
  /** Who sent the message at hand. */
  readonly #source: IpAddress;
  /** The headers of the packet that was made last, which had so many octets in all. */
  readonly #headersAt: number;
  readonly #headersLength: number;
  #headedLength = 0;
  /** Where messages are received: several datagrams of one sender may come as one. */
  readonly #messageAt: number;
  #next = 0;
  #left = 0;
  readonly #following: Following = { at: 0, stride: 0, length: 0, count: 0, frontLength: 0 };
  readonly #message: MessageReceiver;
  readonly #tally: DiscardTally;
  readonly #takeIke: TakeIke;

  /** Use {@link openEspInUdp}. */
  constructor(
    fd: number,
    end: UdpEnd,
    memory: PinnedMemory,
    place: number,
    message: MessageReceiver,
    tally: DiscardTally,
    takeIke: TakeIke,
  ) {
    this.fd = fd;
    this.#end = end;
    const { version, octets } = end.address;
    const sourceAt = SOCKADDR_ADDRESS[version];
    this.#source = { version, octets: message.name.subarray(sourceAt, sourceAt + octets.length) };
    this.#headersLength =
      (version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH) + UDP_HEADER_LENGTH;
    this.#headersAt = place;
    this.#messageAt = place + HEADERS_ROOM;
    this.#memory = memory;
    this.#bulk = bulkOver(memory.octets);
    this.#message = message;
    this.#tally = tally;
    this.#takeIke = takeIke;
  }

  /** Whether the socket is bound to the IPv4 address at `addressAt` and to `port`. */
  isAt(octets: Uint8Array, addressAt: number, port: number): boolean {
    const { address, port: own } = this.#end;
    return own === port && address.version === 4 && addressStandsAt(address, octets, addressAt);
  }

  receive(packet: Packet): boolean {
    for (let tried = 0; tried < MOST_OTHERS; tried++) {
      if (this.#left === 0 && !this.#receiveMessage()) return false;
      if (this.#takeNext(packet)) return true;
    }
    return false;
  }

  /** Takes the next ESP packet of the message at hand, if it has any left. */
  #takeNext(packet: Packet): boolean {
    const { segmentSize } = this.#message;
    while (this.#left > 0) {
      const length = segmentSize === 0 ? this.#left : Math.min(segmentSize, this.#left);
      const at = this.#next;
      this.#next += length;
      this.#left -= length;
      if (this.#take(packet, at, length)) return true;
    }
    return false;
  }

  get isPending(): boolean {
    return this.#left > 0;
  }

  /** Of datagrams that are not ESP, none has the SPI of one that is. */
  get following(): Readonly<Following> {
    const following = this.#following;
    const { segmentSize } = this.#message;
    following.at = this.#next;
    following.stride = segmentSize;
    following.length = segmentSize;
    following.count = this.#left > 0 ? Math.floor(this.#left / segmentSize) : 0;
    return following;
  }

  passOver(count: number): void {
    const length = count * this.#following.stride;
    this.#next += length;
    this.#left -= length;
  }

  #receiveMessage(): boolean {
    const address = this.#memory.address + this.#messageAt;
    const length = this.#message.receive(this.fd, address, UDP_RECEIVE_LENGTH - HEADERS_ROOM);
    this.#next = this.#messageAt;
    this.#left = Math.max(0, length);
    this.#headedLength = 0;
    return length > 0;
  }

  /** Makes an IP packet of the datagram with `length` octets at `at`; `false` when it holds no ESP. */
  #take(packet: Packet, at: number, length: number): boolean {
    if (length <= KEEPALIVE_LENGTH) return false;
    const { octets } = packet.memory;
    if (length < NON_ESP_MARKER_LENGTH || u32(octets, at) === NON_ESP_MARKER) {
      this.#handOn(octets.subarray(at, at + length));
      return false;
    }
    const headersLength = this.#headersLength;
    octets.copyWithin(packet.at + headersLength, at, at + length);
    packet.length = headersLength + length;
    // Most datagrams of a message have the headers of the first.
    if (packet.length !== this.#headedLength) this.#makeHeaders(packet);
    this.#bulk.copy(packet.at, this.#headersAt, headersLength);
    return true;
  }

  #handOn(datagram: Uint8Array): void {
    const message = ikeMessageIn(datagram);
    const remote = { address: this.#source, port: u16(this.#message.name, SOCKADDR_PORT) };
    if (message === null || !this.#takeIke(this.#end, remote, message)) {
      this.#tally.count('in-no-ike');
    }
  }

  /** Makes headers for packets as long as `packet`, of the message at hand. */
  #makeHeaders({ length }: Packet): void {
    const { octets } = this.#memory;
    const sourcePort = u16(this.#message.name, SOCKADDR_PORT);
    const ipLength = this.#headersLength - UDP_HEADER_LENGTH;
    const datagramLength = length - ipLength;
    const udpAt = this.#headersAt + ipLength;
    emitUdpHeader(sourcePort, this.#end.port, datagramLength, octets, udpAt);
    this.#makeIpHeader(datagramLength);
    this.#headedLength = length;
  }

  #makeIpHeader(payloadLength: number): void {
    const { trafficClass, hopLimit } = this.#message;
    const { octets } = this.#memory;
    const at = this.#headersAt;
    const source = this.#source;
    const destination = this.#end.address;
    if (destination.version === 4) {
      emitIpv4Header(
        {
          typeOfService: trafficClass,
          totalLength: IPV4_HEADER_LENGTH + payloadLength,
          identification: 0,
          dontFragment: false,
          ttl: hopLimit,
          protocol: IP_PROTOCOL.udp,
          source,
          destination,
        },
        octets,
        at,
      );
    } else {
      const nextHeader = IP_PROTOCOL.udp;
      emitIpv6Header(
        { trafficClass, flowLabel: 0, payloadLength, nextHeader, hopLimit, source, destination },
        octets,
        at,
      );
    }
  }
}

/**
 * Opens the port `end`; `null` when the address is not this host's. Datagrams that carry no ESP go to
 * `takeIke`; those that it does not want are counted in `tally`, keepalives aside. Messages are received at `place` in `memory`. Throws a `SystemError`, also when the port is taken.
 */
export function openEspInUdp(
  end: UdpEnd,
  memory: PinnedMemory,
  place: number,
  message: MessageReceiver,
  tally: DiscardTally,
  takeIke: TakeIke,
  worker: WorkerPlace = ALONE,
): EspInUdpReceiver | null {
  const { address, port } = end;
  const doing = `receive ESP at UDP port ${port} of ${formatIpAddress(address)}`;
  const fd = openIpSocket(address.version, LINUX.SOCK_DGRAM, 0, doing);
  if (fd === null) return null;
  const name = socketAddress(address, port);
  joinOthers(fd, worker);
  if (libc.bind(fd, name, name.length) < 0) {
    const reason = errno();
    libc.close(fd);
    if (reason === EADDRNOTAVAIL) return null;
    const taken = 'another program has the port, maybe an IKE daemon';
    throw new SystemError(doing, reason, reason === EADDRINUSE ? taken : null);
  }
  spreadDatagrams(fd, address.version, worker);
  widenReceiveBuffer(fd);
  // What is sent from here is protected already (`batch-sender.ts`), and made to fit.
  setSocketOption(fd, LINUX.SOL_SOCKET, LINUX.SO_MARK, MARK_OWN);
  setSocketOption(fd, SOL_UDP, UDP_GRO, 1);
  if (address.version === 4) {
    setSocketOption(fd, LINUX.IPPROTO_IP, LINUX.IP_MTU_DISCOVER, LINUX.IP_PMTUDISC_PROBE);
    setSocketOption(fd, LINUX.IPPROTO_IP, LINUX.IP_RECVTOS, 1);
    setSocketOption(fd, LINUX.IPPROTO_IP, LINUX.IP_RECVTTL, 1);
  } else {
    setSocketOption(fd, LINUX.IPPROTO_IPV6, LINUX.IPV6_RECVTCLASS, 1);
    setSocketOption(fd, LINUX.IPPROTO_IPV6, LINUX.IPV6_RECVHOPLIMIT, 1);
  }
  return new EspInUdpReceiver(fd, end, memory, place, message, tally, takeIke);
}
