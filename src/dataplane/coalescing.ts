/**
 * Coalescing of TCP segments on their way to the host (GRO): what came in many packets of one flow,
 * one after the other, is handed over as one, and the host's stack looks at one header for all.
 *
 *     headers │ payload    headers │ payload    ...     as they came out of ESP
 *
 *     virtio header │ headers │ payload                 one packet to the TUN device
 *
 * Only segments that say the same but for their number and their data are put together, as Linux
 * does: no marks, no options that differ, no other acknowledgement (RFC 9293 §3.1). The checksum of
 * each is verified before, for the whole has one that the host takes for granted.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { type Bulk, bulkOver } from '../octets/bulk.ts';
import { checksumOf, difference } from '../octets/checksum.ts';
import { setU8, setU16, u8, u16, u32 } from '../octets/octets.ts';
import { newIpHeader, readIp } from '../wire/ip.ts';
import { IPV4_HEADER_LENGTH, setIpv4TotalLength, updateIpv4Checksum } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, setIpv6PayloadLength } from '../wire/ipv6.ts';
import { checkTcp, TCP_FLAG, tcpHeaderLength } from '../wire/tcp.ts';
import {
  emitNoVirtioNet,
  emitVirtioNet,
  VIRTIO_NET_LENGTH,
  VIRTIO_SEGMENTS,
} from '../wire/virtio-net.ts';

const TCP_SEQUENCE_NUMBER = 4;
const TCP_FLAGS = 13;
const TCP_CHECKSUM = 16;

const LONGEST_PACKET = 0xffff;

/** Octets of memory that one packet under way takes, with its virtio header. */
export const COALESCING_LENGTH: number = VIRTIO_NET_LENGTH + LONGEST_PACKET + 1;

/** Gets a packet with its virtio header in front: `length` octets of both at `at`. */
export type Deliver = (at: number, length: number) => void;

/** One packet under way at a time; a segment of another flow ends it. */
export class Coalescing {
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  readonly #bulk: Bulk;
  /** Where the virtio header of the packet under way stands. */
  readonly #place: number;
  /** Where the packet itself does. */
  readonly #packetAt: number;
  readonly #deliver: Deliver;
  readonly #header = newIpHeader();
  /** Octets of the packet under way; 0 when there is none. */
  #length = 0;
  #version: 4 | 6 = 4;
  #segments = 0;
  #segmentSize = 0;
  /** Octets of IP header, and of both headers. */
  #ipLength = 0;
  #headerLength = 0;
  #nextSequenceNumber = 0;
  /** Over the pseudo-header, but for the length. */
  #addressesSum = 0;
  /** Over what the checksums of all segments have in common. */
  #commonSum = 0;

  /** Uses {@link COALESCING_LENGTH} octets of `octets` at `place`. */
  constructor(octets: Uint8Array, place: number, deliver: Deliver) {
    this.#octets = octets;
    this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    this.#bulk = bulkOver(octets);
    this.#place = place;
    this.#packetAt = place + VIRTIO_NET_LENGTH;
    this.#deliver = deliver;
  }

  /** Takes the packet of `length` octets at `at` and delivers it, now or with those that follow. */
  take(at: number, length: number): void {
    if (this.#append(at, length)) return;
    this.flush();
    if (this.#begin(at, length)) return;
    this.#octets.copyWithin(this.#packetAt, at, at + length);
    emitNoVirtioNet(this.#octets, this.#place);
    this.#deliver(this.#place, VIRTIO_NET_LENGTH + length);
  }

  /** Delivers what is under way. */
  flush(): void {
    if (this.#length === 0) return;
    if (this.#segments === 1) emitNoVirtioNet(this.#octets, this.#place);
    else this.#finish();
    this.#deliver(this.#place, VIRTIO_NET_LENGTH + this.#length);
    this.#length = 0;
  }

  /** Begins a packet with a segment that others may follow. */
  #begin(at: number, length: number): boolean {
    const octets = this.#octets;
    const header = this.#header;
    if (!readIp(header, octets, at, length) || !this.#isPlainSegment(at, length)) return false;
    const tcpAt = header.nextLayerAt;
    this.#version = header.version;
    this.#ipLength = tcpAt - at;
    this.#headerLength = this.#ipLength + tcpHeaderLength(octets, tcpAt);
    this.#segmentSize = length - this.#headerLength;
    this.#prepare(at, tcpAt);
    octets.copyWithin(this.#packetAt, at, tcpAt + tcpHeaderLength(octets, tcpAt));
    if (!this.#takePayload(at, length, this.#packetAt + this.#headerLength)) return false;
    this.#length = length;
    this.#segments = 1;
    this.#nextSequenceNumber = this.#sequenceNumberBehind(tcpAt, this.#segmentSize);
    if (this.#pushes(tcpAt)) this.flush();
    return true;
  }

  /** Whether a TCP segment with data, and nothing else to say, makes up the packet. */
  #isPlainSegment(at: number, length: number): boolean {
    const octets = this.#octets;
    const { nextLayerProtocol, nextLayerAt, isFragment, totalLength, version } = this.#header;
    const plainLength = version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
    if (nextLayerProtocol !== IP_PROTOCOL.tcp || isFragment || totalLength !== length) return false;
    if (nextLayerAt - at !== plainLength) return false;
    if (checkTcp(octets, nextLayerAt, at + length - nextLayerAt) !== null) return false;
    const flags = u8(octets, nextLayerAt + TCP_FLAGS);
    if ((flags & ~TCP_FLAG.PSH) !== TCP_FLAG.ACK) return false;
    return nextLayerAt + tcpHeaderLength(octets, nextLayerAt) < at + length;
  }

  /** Appends a segment that continues the packet under way; `false` when it does not. */
  #append(at: number, length: number): boolean {
    if (this.#length === 0 || length <= this.#headerLength) return false;
    const octets = this.#octets;
    const payloadLength = length - this.#headerLength;
    if (payloadLength > this.#segmentSize) return false;
    if (this.#length + payloadLength > LONGEST_PACKET) return false;
    const tcpAt = at + this.#ipLength;
    if (u32(octets, tcpAt + TCP_SEQUENCE_NUMBER) !== this.#nextSequenceNumber) return false;
    if (!this.#saysTheSame(at, length)) return false;
    if (!this.#takePayload(at, length, this.#packetAt + this.#length)) return false;
    this.#length += payloadLength;
    this.#segments += 1;
    this.#nextSequenceNumber = this.#sequenceNumberBehind(tcpAt, payloadLength);
    const pushes = this.#pushes(tcpAt);
    if (pushes) {
      const flagsAt = this.#packetAt + this.#ipLength + TCP_FLAGS;
      setU8(octets, flagsAt, u8(octets, flagsAt) | TCP_FLAG.PSH);
    }
    if (pushes || payloadLength < this.#segmentSize) this.flush();
    return true;
  }

  /** Whether the headers are those of the packet under way, but for lengths, numbers and sums. */
  #saysTheSame(at: number, length: number): boolean {
    const view = this.#view;
    const first = this.#packetAt;
    if (this.#version === 4) {
      // Version, type of service; length; flags; time to live, protocol; addresses.
      if (view.getUint16(at) !== view.getUint16(first) || view.getUint16(at + 2) !== length) {
        return false;
      }
      if (view.getUint16(at + 6) !== view.getUint16(first + 6)) return false;
      if (view.getUint16(at + 8) !== view.getUint16(first + 8)) return false;
      if (view.getUint32(at + 12) !== view.getUint32(first + 12)) return false;
      if (view.getUint32(at + 16) !== view.getUint32(first + 16)) return false;
    } else {
      if (view.getUint32(at) !== view.getUint32(first)) return false;
      if (view.getUint16(at + 4) !== length - IPV6_HEADER_LENGTH) return false;
      if (view.getUint16(at + 6) !== view.getUint16(first + 6)) return false;
      if (!this.#sameWords(at, 8, IPV6_HEADER_LENGTH)) return false;
    }
    const tcp = this.#ipLength;
    if (view.getUint32(at + tcp) !== view.getUint32(first + tcp)) return false;
    if (view.getUint32(at + tcp + 8) !== view.getUint32(first + tcp + 8)) return false;
    // Data offset, flags but PSH, window.
    const difference = view.getUint32(at + tcp + 12) ^ view.getUint32(first + tcp + 12);
    if ((difference & ~(TCP_FLAG.PSH << 16)) !== 0) return false;
    return this.#sameWords(at, tcp + 20, this.#headerLength);
  }

  /** Whether the octets from `from` to `to` of the packet at `at` are those of the one under way. */
  #sameWords(at: number, from: number, to: number): boolean {
    const view = this.#view;
    for (let k = from; k < to; k += 4) {
      if (view.getUint32(at + k) !== view.getUint32(this.#packetAt + k)) return false;
    }
    return true;
  }

  /** Works out what the checksums of all segments have in common. */
  #prepare(at: number, tcpAt: number): void {
    const octets = this.#octets;
    const [from, length] = this.#version === 4 ? [12, 8] : [8, 32];
    this.#addressesSum = this.#bulk.sum(at + from, length) + IP_PROTOCOL.tcp;
    const header = this.#bulk.sum(tcpAt, tcpHeaderLength(octets, tcpAt));
    this.#commonSum = difference(this.#addressesSum + header, this.#changing(tcpAt));
  }

  /** The sum of what differs from one segment to the next, of the header at `tcpAt`. */
  #changing(tcpAt: number): number {
    const octets = this.#octets;
    const flags = u8(octets, tcpAt + TCP_FLAGS);
    return u32(octets, tcpAt + TCP_SEQUENCE_NUMBER) + flags + u16(octets, tcpAt + TCP_CHECKSUM);
  }

  /**
   * Copies the payload of the segment of `length` octets at `at`, whose header is that of all, to `to`;
   * `false` when its checksum does not hold.
   */
  #takePayload(at: number, length: number, to: number): boolean {
    const payload = this.#bulk.copy(to, at + this.#headerLength, length - this.#headerLength);
    const tcpLength = length - this.#ipLength;
    const sum = this.#commonSum + this.#changing(at + this.#ipLength) + tcpLength + payload;
    return checksumOf(sum) === 0;
  }

  #sequenceNumberBehind(tcpAt: number, payloadLength: number): number {
    return (u32(this.#octets, tcpAt + TCP_SEQUENCE_NUMBER) + payloadLength) >>> 0;
  }

  #pushes(tcpAt: number): boolean {
    return (u8(this.#octets, tcpAt + TCP_FLAGS) & TCP_FLAG.PSH) !== 0;
  }

  /** Makes one packet of the segments under way. */
  #finish(): void {
    const octets = this.#octets;
    const at = this.#packetAt;
    const tcpLength = this.#length - this.#ipLength;
    if (this.#version === 4) {
      setIpv4TotalLength(octets, at, this.#length);
      updateIpv4Checksum(octets, at);
    } else {
      setIpv6PayloadLength(octets, at, this.#length - IPV6_HEADER_LENGTH);
    }
    const pseudo = checksumOf(this.#addressesSum + tcpLength) ^ 0xffff;
    setU16(octets, at + this.#ipLength + TCP_CHECKSUM, pseudo);
    emitVirtioNet(
      this.#version === 4 ? VIRTIO_SEGMENTS.TCPV4 : VIRTIO_SEGMENTS.TCPV6,
      this.#headerLength,
      this.#segmentSize,
      this.#ipLength,
      TCP_CHECKSUM,
      octets,
      this.#place,
    );
  }
}
