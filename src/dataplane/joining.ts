/**
 * A packet that grows on its way to the host: what TCP segments and UDP datagrams have in common when
 * they are joined (`coalescing.ts`).
 *
 *     headers │ payload │ payload │ payload ...
 *
 * The headers are those of the first; of each one that follows they must say the same, but for what
 * is a matter of the protocol.
 *
 * @module
 */
import type { Opened } from '../ipsec/opening-train.ts';
import { type Bulk, bulkOver, trainsOver } from '../octets/bulk.ts';
import { checksumOf, difference } from '../octets/checksum.ts';
import { GROWING_ZERO } from '../octets/growing.ts';
import { setU16 } from '../octets/octets.ts';
import type { Trains } from '../octets/trains.ts';
import type { IpHeader } from '../wire/ip.ts';
import { IPV4_HEADER_LENGTH, setIpv4TotalLength, updateIpv4Checksum } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, setIpv6PayloadLength } from '../wire/ipv6.ts';
import { emitNoVirtioNet, emitVirtioNet, VIRTIO_NET_LENGTH } from '../wire/virtio-net.ts';

const LONGEST_PACKET = 0xffff;

/** Octets of memory that a packet under way takes, with its virtio header. */
export const JOINING_LENGTH: number = VIRTIO_NET_LENGTH + LONGEST_PACKET + 1;

/** Whether a packet was not appended, or was and more may follow, or none may. */
export type Appended = 'not' | 'more' | 'last';

export abstract class Joining {
  protected readonly octets: Uint8Array;
  protected readonly view: DataView;
  /** Where the packet stands; in front of it, its virtio header. */
  protected readonly at: number;
  /** Octets of the IP header, and of both headers. */
  protected ipLength = 0;
  protected headerLength = 0;
  protected version: 4 | 6 = 4;
  protected segmentSize = 0;
  readonly #bulk: Bulk;
  /** `null` where each packet is appended by itself. */
  readonly #trains: Trains | null;
  readonly #place: number;
  #length = 0;
  #segments = 0;
  /** Over the pseudo-header, but for the length. */
  #addressesSum = GROWING_ZERO;
  /** Over what the checksums of all segments have in common. */
  #commonSum = GROWING_ZERO;

  /** Uses {@link JOINING_LENGTH} octets of `octets` at `place`. */
  constructor(octets: Uint8Array, place: number) {
    this.octets = octets;
    this.view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    this.#bulk = bulkOver(octets);
    this.#trains = trainsOver(octets);
    this.#place = place;
    this.at = place + VIRTIO_NET_LENGTH;
  }

  protected abstract readonly protocol: number;
  /** Where the checksum stands in the protocol's header. */
  protected abstract readonly checksumOffset: number;
  /** Octets of the header at `headerAt` of a packet that others may be appended to; 0 of another. */
  protected abstract plainLength(headerAt: number, end: number): number;
  /** The sum of what may differ from one header to the next, `headerAt` being one; with the checksum. */
  protected abstract changing(headerAt: number): number;
  /**
   * Whether the header at `headerAt`, `ownLength` octets with its payload, says what that of the packet
   * under way does, where it must.
   */
  protected abstract saysTheSame(headerAt: number, ownLength: number): boolean;
  /** Whether what was noted last, with the header at `headerAt`, is the end, whatever its length. */
  protected abstract ends(headerAt: number): boolean;
  /** Takes note of `count` packets that were put or appended, the last with the header at `headerAt`. */
  protected abstract note(headerAt: number, payloadLength: number, count: number): void;
  /** Forgets what was noted of the packet that was finished, but for what the next one must say. */
  protected abstract beginNext(): void;
  /** Puts to `to` payloads of a train, of `count` packets at `at` (`assembly/joining.ts`): how many. */
  protected abstract joinTrain(
    trains: Trains,
    to: number,
    at: number,
    stride: number,
    count: number,
    commonSum: number,
    hasIp: boolean,
    isSummed: boolean,
  ): number;
  /** Makes the header of the packet under way that of all, and says what kind of segments they are. */
  protected abstract finishHeader(headerAt: number, length: number): number;

  /** Begins with the packet of `length` octets that `header` is of, if others can follow it. */
  begin(header: Readonly<IpHeader>, length: number): Appended {
    const { at, nextLayerAt, version } = header;
    const plainIpLength = version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
    if (header.isFragment || header.totalLength !== length) return 'not';
    if (nextLayerAt - at !== plainIpLength) return 'not';
    const ownLength = this.plainLength(nextLayerAt, at + length);
    if (ownLength === 0 || nextLayerAt + ownLength >= at + length) return 'not';
    this.version = version;
    this.ipLength = plainIpLength;
    this.headerLength = plainIpLength + ownLength;
    this.segmentSize = length - this.headerLength;
    this.#prepare(at, nextLayerAt, ownLength);
    this.octets.copyWithin(this.at, at, at + this.headerLength);
    if (!this.#takePayload(at, length, this.at + this.headerLength)) return 'not';
    this.#length = length;
    this.#segments = 1;
    this.note(nextLayerAt, this.segmentSize, 1);
    return this.ends(nextLayerAt) ? 'last' : 'more';
  }

  /** Appends the packet of `length` octets at `at` to the one under way, if it belongs there. */
  append(at: number, length: number): Appended {
    const payloadLength = length - this.headerLength;
    if (payloadLength <= 0 || payloadLength > this.segmentSize) return 'not';
    if (this.#length + payloadLength > LONGEST_PACKET) return 'not';
    const headerAt = at + this.ipLength;
    if (!this.#sameIp(at, length)) return 'not';
    if (!this.saysTheSame(headerAt, length - this.ipLength)) return 'not';
    if (!this.#takePayload(at, length, this.at + this.#length)) return 'not';
    this.#length += payloadLength;
    this.#segments += 1;
    this.note(headerAt, payloadLength, 1);
    const isLast = payloadLength < this.segmentSize || this.ends(headerAt);
    return isLast ? 'last' : 'more';
  }

  /** Appends packets of `train`, from number `from` on, as far as they belong there; how many. */
  appendTrain(train: Readonly<Opened>, from: number): number {
    const { at, stride, length, count, hasIp, isSummed } = train;
    const { segmentSize } = this;
    if (this.#trains === null || length !== this.headerLength + segmentSize) return 0;
    const most = Math.min(count - from, this.#room);
    const first = at + from * stride;
    const to = this.at + this.#length;
    const appended = this.joinTrain(
      this.#trains,
      to,
      first,
      stride,
      most,
      this.#commonSum,
      hasIp,
      isSummed,
    );
    if (appended === 0) return 0;
    this.#length += appended * segmentSize;
    this.#segments += appended;
    this.note(first + (appended - 1) * stride + this.ipLength, segmentSize, appended);
    return appended;
  }

  /**
   * Begins the next packet with those of `train` from number `from` on, as far as they would have belonged to
   * the one that was finished; how many. Where there are none, no packet is under way.
   */
  goOnWithTrain(train: Readonly<Opened>, from: number): number {
    const { at, stride, length, hasIp } = train;
    const first = at + from * stride;
    const headerAt = first + this.ipLength;
    if (!hasIp || length !== this.headerLength + this.segmentSize) return 0;
    if (!this.#sameIp(first, length)) return 0;
    if (!this.saysTheSame(headerAt, length - this.ipLength)) return 0;
    this.octets.copyWithin(this.at, first, first + this.headerLength);
    this.#length = this.headerLength;
    this.#segments = 0;
    this.beginNext();
    return this.appendTrain(train, from);
  }

  /** Whether nothing as long as the first can be appended to what ends with the packet at `at`. */
  isEndedBy(at: number): boolean {
    return this.#room === 0 || this.ends(at + this.ipLength);
  }

  /** How many packets as long as the first there is room for. */
  get #room(): number {
    return Math.floor((LONGEST_PACKET - this.#length) / this.segmentSize);
  }

  /** How many packets the one under way is made of. */
  get packets(): number {
    return this.#segments;
  }

  /** Ends the packet; returns its octets, with those of the virtio header in front of it. */
  finish(): number {
    const { octets, at } = this;
    const length = this.#length;
    if (this.#segments === 1) {
      emitNoVirtioNet(octets, this.#place);
      return VIRTIO_NET_LENGTH + length;
    }
    if (this.version === 4) {
      setIpv4TotalLength(octets, at, length);
      updateIpv4Checksum(octets, at);
    } else {
      setIpv6PayloadLength(octets, at, length - IPV6_HEADER_LENGTH);
    }
    const headerAt = at + this.ipLength;
    const ownLength = length - this.ipLength;
    const kind = this.finishHeader(headerAt, ownLength);
    const pseudo = checksumOf(this.#addressesSum + ownLength) ^ 0xffff;
    setU16(octets, headerAt + this.checksumOffset, pseudo);
    emitVirtioNet(
      kind,
      this.headerLength,
      this.segmentSize,
      this.ipLength,
      this.checksumOffset,
      octets,
      this.#place,
    );
    return VIRTIO_NET_LENGTH + length;
  }

  /** Works out what the checksums of all segments have in common. */
  #prepare(at: number, headerAt: number, ownLength: number): void {
    const [from, length] = this.version === 4 ? [12, 8] : [8, 32];
    this.#addressesSum = this.#bulk.sum(at + from, length) + this.protocol;
    const header = this.#bulk.sum(headerAt, ownLength);
    this.#commonSum = difference(this.#addressesSum + header, this.changing(headerAt));
  }

  /**
   * Copies the payload of the packet of `length` octets at `at`, whose headers are those of all, to
   * `to`; `false` when its checksum does not hold.
   */
  #takePayload(at: number, length: number, to: number): boolean {
    const payload = this.#bulk.copy(to, at + this.headerLength, length - this.headerLength);
    const ownLength = length - this.ipLength;
    const sum = this.#commonSum + this.changing(at + this.ipLength) + ownLength + payload;
    return checksumOf(sum) === 0;
  }

  /** Whether the IP header at `at` is that of the packet under way, but for length, number and sum. */
  #sameIp(at: number, length: number): boolean {
    const { view } = this;
    const first = this.at;
    if (this.version === 4) {
      // Version, type of service; length; flags; time to live, protocol; addresses.
      return (
        view.getUint16(at) === view.getUint16(first) &&
        view.getUint16(at + 2) === length &&
        view.getUint16(at + 6) === view.getUint16(first + 6) &&
        view.getUint16(at + 8) === view.getUint16(first + 8) &&
        view.getUint32(at + 12) === view.getUint32(first + 12) &&
        view.getUint32(at + 16) === view.getUint32(first + 16)
      );
    }
    return (
      view.getUint32(at) === view.getUint32(first) &&
      view.getUint16(at + 4) === length - IPV6_HEADER_LENGTH &&
      view.getUint16(at + 6) === view.getUint16(first + 6) &&
      this.sameWords(at, first, 8, IPV6_HEADER_LENGTH)
    );
  }

  /** Whether the octets from `from` to `to` behind `a` are those behind `b`. */
  protected sameWords(a: number, b: number, from: number, to: number): boolean {
    for (let k = from; k < to; k += 4) {
      if (this.view.getUint32(a + k) !== this.view.getUint32(b + k)) return false;
    }
    return true;
  }
}
