/**
 * Joining of UDP datagrams between the same ports, all as long as the first but for the last: the host
 * gives each to its program by itself (UDP_SEGMENT the other way round).
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { setU16, u16 } from '../octets/octets.ts';
import type { Trains } from '../octets/trains.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import { VIRTIO_SEGMENTS } from '../wire/virtio-net.ts';
import { Joining } from './joining.ts';

const LENGTH = 4;
const CHECKSUM = 6;
/** What any kernel can cut one packet to (UDP_MAX_SEGMENTS). */
const MOST_DATAGRAMS = 64;
/** There is none (RFC 768). */
const NO_CHECKSUM = 0;

export class UdpJoining extends Joining {
  protected readonly protocol = IP_PROTOCOL.udp;
  protected readonly checksumOffset = CHECKSUM;
  #datagrams = 0;

  protected plainLength(headerAt: number, end: number): number {
    if (headerAt + UDP_HEADER_LENGTH > end) return 0;
    this.#datagrams = 0;
    const isWhole = u16(this.octets, headerAt + LENGTH) === end - headerAt;
    return isWhole && this.#isSummed(headerAt) ? UDP_HEADER_LENGTH : 0;
  }

  /** The length is part of the pseudo-header, too, and counted there for each. */
  protected changing(headerAt: number): number {
    return u16(this.octets, headerAt + LENGTH) + u16(this.octets, headerAt + CHECKSUM);
  }

  protected saysTheSame(headerAt: number, ownLength: number): boolean {
    const { view } = this;
    return (
      view.getUint16(headerAt + LENGTH) === ownLength &&
      view.getUint32(headerAt) === view.getUint32(this.at + this.ipLength) &&
      this.#isSummed(headerAt)
    );
  }

  protected ends(): boolean {
    return this.#datagrams === MOST_DATAGRAMS;
  }

  protected note(_headerAt: number, _payloadLength: number, count: number): void {
    this.#datagrams += count;
  }

  protected beginNext(): void {
    this.#datagrams = 0;
  }

  protected joinTrain(
    trains: Trains,
    to: number,
    at: number,
    stride: number,
    count: number,
    commonSum: number,
    hasIp: boolean,
    isSummed: boolean,
  ): number {
    return trains.joinUdp(
      to,
      this.at,
      at,
      stride,
      Math.min(count, MOST_DATAGRAMS - this.#datagrams),
      this.ipLength,
      this.headerLength,
      this.segmentSize,
      commonSum,
      hasIp,
      isSummed,
    );
  }

  protected finishHeader(headerAt: number, length: number): number {
    setU16(this.octets, headerAt + LENGTH, length);
    return VIRTIO_SEGMENTS.UDP;
  }

  #isSummed(headerAt: number): boolean {
    return u16(this.octets, headerAt + CHECKSUM) !== NO_CHECKSUM;
  }
}
