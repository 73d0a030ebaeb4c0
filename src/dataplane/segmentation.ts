/**
 * Segmentation of packets that the host handed over larger than any wire takes (TSO and USO): what a
 * network card would do, done before ESP or AH is put on.
 *
 *     headers │ payload                                 one packet from the TUN device
 *
 *     headers │ payload    headers │ payload    ...     as many as the segment size makes
 *
 * Each segment gets its own lengths, numbers, flags and checksums (RFC 9293 §3.1).
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { type Bulk, bulkOver, trainsOver } from '../octets/bulk.ts';
import { checksumOf, difference } from '../octets/checksum.ts';
import { GROWING_ZERO } from '../octets/growing.ts';
import { setU8, setU16, setU32, u8, u16, u32 } from '../octets/octets.ts';
import type { Train, Trains } from '../octets/trains.ts';
import { type IpHeader, newIpHeader, readIp } from '../wire/ip.ts';
import {
  ipv4Checksum,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4TotalLength,
  setIpv4Checksum,
  setIpv4Identification,
  setIpv4TotalLength,
} from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, setIpv6PayloadLength } from '../wire/ipv6.ts';
import { checkTcp, TCP_FLAG, tcpHeaderLength } from '../wire/tcp.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { type Offload, VIRTIO_SEGMENTS } from '../wire/virtio-net.ts';

const TCP_SEQUENCE_NUMBER = 4;
const TCP_FLAGS = 13;
const TCP_CHECKSUM = 16;
const UDP_LENGTH = 4;
const UDP_CHECKSUM = 6;

/** Only the last segment says that the sender is done, or wants to be read at once. */
const FLAGS_OF_LAST = TCP_FLAG.FIN | TCP_FLAG.PSH;

/**
 * Finishes the checksum of the packet at `at`, of which `offload` says that it is still to be done.
 * `false` when its places lie outside of the packet.
 */
export function finishChecksum(
  octets: Uint8Array,
  bulk: Bulk,
  at: number,
  length: number,
  { checksumStart, checksumOffset }: Offload,
): boolean {
  if (checksumStart + checksumOffset + 2 > length) return false;
  // The field holds the sum over the pseudo-header, and so counts as it stands.
  const checksum = checksumOf(bulk.sum(at + checksumStart, length - checksumStart));
  // Zero means "none" in UDP, and says the same as 0xffff elsewhere.
  setU16(octets, at + checksumStart + checksumOffset, checksum === 0 ? 0xffff : checksum);
  return true;
}

/** Cuts one packet after the other. */
export class Segmentation {
  readonly #octets: Uint8Array;
  readonly #bulk: Bulk;
  readonly #trains: Trains | null;
  readonly #header: IpHeader = newIpHeader();
  #isTcp = false;
  #at = 0;
  #end = 0;
  /** Octets that every segment repeats. */
  #headerLength = 0;
  #segmentSize = 0;
  #offset = 0;
  #count = 0;
  #sequenceNumber = GROWING_ZERO;
  #identification = 0;
  #flags = 0;
  /** Over what the IPv4 headers of all segments have in common. */
  #ipSum = GROWING_ZERO;
  /** Over what the checksums of all segments have in common. */
  #commonSum = GROWING_ZERO;

  /** Cuts packets that stand in `octets`, and puts the segments there. */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
    this.#bulk = bulkOver(octets);
    this.#trains = trainsOver(octets);
  }

  /** Begins with the packet of `length` octets at `at`; `false` when it can not be cut so. */
  begin(at: number, length: number, { segments, segmentSize }: Offload): boolean {
    const octets = this.#octets;
    const header = this.#header;
    if (segmentSize === 0 || !readIp(header, octets, at, length) || header.isFragment) return false;
    const { nextLayerAt, nextLayerProtocol } = header;
    this.#isTcp = segments !== VIRTIO_SEGMENTS.UDP;
    const protocol = this.#isTcp ? IP_PROTOCOL.tcp : IP_PROTOCOL.udp;
    if (nextLayerProtocol !== protocol) return false;
    this.#at = at;
    this.#end = at + header.totalLength;
    const rest = this.#end - nextLayerAt;
    if (this.#isTcp ? checkTcp(octets, nextLayerAt, rest) !== null : rest < UDP_HEADER_LENGTH) {
      return false;
    }
    const transportLength = this.#isTcp ? tcpHeaderLength(octets, nextLayerAt) : UDP_HEADER_LENGTH;
    this.#headerLength = nextLayerAt - at + transportLength;
    this.#segmentSize = segmentSize;
    this.#offset = 0;
    this.#count = 0;
    this.#prepare(nextLayerAt, transportLength, protocol);
    return true;
  }

  /** Octets of the segments to come, of the longest of them. */
  get segmentLength(): number {
    const payload = this.#end - this.#at - this.#headerLength;
    return this.#headerLength + Math.min(this.#segmentSize, payload);
  }

  /** Puts the next segment at `to`; returns its octets, 0 when there is none any more. */
  next(to: number): number {
    const bulk = this.#bulk;
    const from = this.#at + this.#headerLength + this.#offset;
    const payloadLength = Math.min(this.#segmentSize, this.#end - from);
    if (payloadLength <= 0) return 0;
    bulk.copy(to, this.#at, this.#headerLength);
    const payloadSum = bulk.copy(to + this.#headerLength, from, payloadLength);
    const length = this.#headerLength + payloadLength;
    this.#setIp(to, length);
    const isLast = from + payloadLength === this.#end;
    const transportAt = to + this.#header.nextLayerAt - this.#at;
    if (this.#isTcp) this.#setTcp(transportAt, to + length - transportAt, payloadSum, isLast);
    else this.#setUdp(transportAt, to + length - transportAt, payloadSum);
    this.#offset += payloadLength;
    this.#count += 1;
    return length;
  }

  /** How many of the next segments are alike: none that is shorter, or says what only the first or last does. */
  get alike(): number {
    if (this.#trains === null) return 0;
    const flags = this.#isTcp ? this.#flags : 0;
    // RFC 3168 §6.1.2
    if (this.#count === 0 && (flags & TCP_FLAG.CWR) !== 0) return 0;
    const rest = this.#end - this.#at - this.#headerLength - this.#offset;
    const whole = Math.floor(rest / this.#segmentSize);
    const isLastWhole = whole * this.#segmentSize === rest;
    return isLastWhole && (flags & FLAGS_OF_LAST) !== 0 ? whole - 1 : whole;
  }

  /** Puts the next segments, all {@link alike}, where `train` says. */
  nextTrain({ at: to, stride, count }: Readonly<Train>): void {
    this.#trains?.cut(
      to,
      stride,
      count,
      this.#at,
      this.#headerLength,
      this.#header.nextLayerAt - this.#at,
      this.#segmentSize,
      this.#count,
      this.#ipSum,
      this.#commonSum,
      this.#isTcp,
    );
    this.#count += count;
    this.#offset += count * this.#segmentSize;
  }

  /** Works out what all segments share. */
  #prepare(transportAt: number, transportLength: number, protocol: number): void {
    const octets = this.#octets;
    const bulk = this.#bulk;
    const { version, at, sourceAt } = this.#header;
    if (version === 4) {
      this.#identification = ipv4Identification(octets, at);
      const changing =
        ipv4TotalLength(octets, at) + this.#identification + ipv4Checksum(octets, at);
      this.#ipSum = difference(bulk.sum(at, ipv4HeaderLength(octets, at)), changing);
    }
    const addresses = bulk.sum(sourceAt, version === 4 ? 8 : 32) + protocol;
    const all = bulk.sum(transportAt, transportLength) + addresses;
    if (this.#isTcp) {
      this.#sequenceNumber = u32(octets, transportAt + TCP_SEQUENCE_NUMBER);
      this.#flags = u8(octets, transportAt + TCP_FLAGS);
      // What changes from one segment to the next is added for each.
      const changing = this.#sequenceNumber + this.#flags + u16(octets, transportAt + TCP_CHECKSUM);
      this.#commonSum = difference(all, changing);
    } else {
      const changing =
        u16(octets, transportAt + UDP_LENGTH) + u16(octets, transportAt + UDP_CHECKSUM);
      this.#commonSum = difference(all, changing);
    }
  }

  #setIp(at: number, length: number): void {
    const octets = this.#octets;
    if (this.#header.version === 6) {
      setIpv6PayloadLength(octets, at, length - IPV6_HEADER_LENGTH);
      return;
    }
    const identification = (this.#identification + this.#count) & 0xffff;
    setIpv4TotalLength(octets, at, length);
    setIpv4Identification(octets, at, identification);
    setIpv4Checksum(octets, at, checksumOf(this.#ipSum + length + identification));
  }

  #setTcp(at: number, length: number, payloadSum: number, isLast: boolean): void {
    const octets = this.#octets;
    const sequenceNumber = (this.#sequenceNumber + this.#offset) >>> 0;
    let flags = isLast ? this.#flags : this.#flags & ~FLAGS_OF_LAST;
    // RFC 3168 §6.1.2: said once for each window that was cut
    if (this.#count > 0) flags &= ~TCP_FLAG.CWR;
    setU32(octets, at + TCP_SEQUENCE_NUMBER, sequenceNumber);
    setU8(octets, at + TCP_FLAGS, flags);
    const sum = this.#commonSum + sequenceNumber + flags + length + payloadSum;
    setU16(octets, at + TCP_CHECKSUM, checksumOf(sum));
  }

  #setUdp(at: number, length: number, payloadSum: number): void {
    const octets = this.#octets;
    setU16(octets, at + UDP_LENGTH, length);
    // The length counts in the pseudo-header and in the header.
    const checksum = checksumOf(this.#commonSum + 2 * length + payloadSum);
    setU16(octets, at + UDP_CHECKSUM, checksum === 0 ? 0xffff : checksum);
  }
}
