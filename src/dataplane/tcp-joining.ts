/**
 * Joining of TCP segments. They belong together when they say the same but for their number and their
 * data, as in Linux: no marks, no options that differ, no other acknowledgement (RFC 9293 §3.1).
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { GROWING_ZERO } from '../octets/growing.ts';
import { setU8, u8, u16, u32 } from '../octets/octets.ts';
import type { Trains } from '../octets/trains.ts';
import { checkTcp, TCP_FLAG, tcpHeaderLength } from '../wire/tcp.ts';
import { VIRTIO_SEGMENTS } from '../wire/virtio-net.ts';
import { Joining } from './joining.ts';

const SEQUENCE_NUMBER = 4;
const ACKNOWLEDGMENT_NUMBER = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const CHECKSUM = 16;
const OPTIONS = 20;

export class TcpJoining extends Joining {
  protected readonly protocol = IP_PROTOCOL.tcp;
  protected readonly checksumOffset = CHECKSUM;
  #nextSequenceNumber = GROWING_ZERO;
  #pushed = false;

  protected plainLength(headerAt: number, end: number): number {
    const { octets } = this;
    if (checkTcp(octets, headerAt, end - headerAt) !== null) return 0;
    const isPlain = (u8(octets, headerAt + FLAGS) & ~TCP_FLAG.PSH) === TCP_FLAG.ACK;
    this.#pushed = false;
    return isPlain ? tcpHeaderLength(octets, headerAt) : 0;
  }

  protected changing(headerAt: number): number {
    const { octets } = this;
    const flags = u8(octets, headerAt + FLAGS);
    return u32(octets, headerAt + SEQUENCE_NUMBER) + flags + u16(octets, headerAt + CHECKSUM);
  }

  protected saysTheSame(headerAt: number): boolean {
    const { view } = this;
    const first = this.at + this.ipLength;
    if (view.getUint32(headerAt + SEQUENCE_NUMBER) !== this.#nextSequenceNumber) return false;
    if (view.getUint32(headerAt) !== view.getUint32(first)) return false;
    const acknowledges = headerAt + ACKNOWLEDGMENT_NUMBER;
    if (view.getUint32(acknowledges) !== view.getUint32(first + ACKNOWLEDGMENT_NUMBER))
      return false;
    // Data offset, flags but PSH, window.
    const difference = view.getUint32(headerAt + DATA_OFFSET) ^ view.getUint32(first + DATA_OFFSET);
    if ((difference & ~(TCP_FLAG.PSH << 16)) !== 0) return false;
    return this.sameWords(headerAt, first, OPTIONS, this.headerLength - this.ipLength);
  }

  /** Who sent it wants it to be read at once. */
  protected ends(headerAt: number): boolean {
    return (u8(this.octets, headerAt + FLAGS) & TCP_FLAG.PSH) !== 0;
  }

  protected note(headerAt: number, payloadLength: number): void {
    const number = u32(this.octets, headerAt + SEQUENCE_NUMBER);
    this.#nextSequenceNumber = (number + payloadLength) >>> 0;
    this.#pushed ||= this.ends(headerAt);
  }

  protected beginNext(): void {
    this.#pushed = false;
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
    return trains.joinTcp(
      to,
      this.at,
      at,
      stride,
      count,
      this.ipLength,
      this.headerLength,
      this.segmentSize,
      this.#nextSequenceNumber,
      commonSum,
      hasIp,
      isSummed,
    );
  }

  protected finishHeader(headerAt: number): number {
    const { octets } = this;
    if (this.#pushed) setU8(octets, headerAt + FLAGS, u8(octets, headerAt + FLAGS) | TCP_FLAG.PSH);
    return this.version === 4 ? VIRTIO_SEGMENTS.TCPV4 : VIRTIO_SEGMENTS.TCPV6;
  }
}
