/**
 * A series: packets that one ESP SA protects one after the other, which differ only in their payload
 * and in what segments of one packet differ in. What goes in front of ESP is made for the first, and
 * is a copy with other numbers for those that follow.
 *
 *   tunnel      outer IP │ UDP │ ESP │ packet                of the first, copied
 *               ◄───────────────►
 *   transport   IP       │ UDP │ ESP │ payload of the packet
 *
 * @module
 */
import { checksumOf, difference, sumOctets } from '../octets/checksum.ts';
import { GROWING_ZERO } from '../octets/growing.ts';
import { u8 } from '../octets/octets.ts';
import type { Train } from '../octets/trains.ts';
import type { IpHeader } from '../wire/ip.ts';
import {
  ipv4Checksum,
  ipv4Identification,
  setIpv4Checksum,
  setIpv4Identification,
} from '../wire/ipv4.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import type { Instant } from './backend.ts';
import type { DiscardReason } from './discard-reason.ts';
import type { EspTransform } from './esp-transform.ts';
import type { Identifications } from './identifications.ts';
import { type Packet, SCRATCH } from './packet.ts';
import { refusedBy, type Sa } from './sa.ts';
import { outerHeaderLength, tunnelledProtocol } from './tunnel.ts';

export class EspSeries {
  readonly #identifications: Identifications;
  /** Of the memory that packets stand in; the front stands at `SCRATCH.front`. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #frontLength = 0;
  #sa: Sa | null = null;
  #esp: EspTransform | null = null;
  #plainVersion: 4 | 6 = 4;
  #plainLength = 0;
  #plainProtocol = 0;
  /** Octets that are not sealed, but go to the front: the IP header, in transport mode. */
  #movedLength = 0;
  /** What the payload of ESP is. */
  #nextHeader = 0;
  #isIpv4 = false;
  /** Over the IPv4 header of the front, without checksum and identification. */
  #sum = GROWING_ZERO;

  /** Outer headers get theirs of `identifications`. */
  constructor(identifications: Identifications) {
    this.#identifications = identifications;
  }

  /** Takes note of a packet with `header` that is about to be protected: it may come to lead. */
  notePlain(octets: Uint8Array, header: Readonly<IpHeader>): void {
    this.#plainVersion = header.version;
    this.#plainLength = header.length;
    this.#plainProtocol = u8(octets, header.protocolAt);
  }

  /** Begins with the packet noted last, which `sa` alone protects now; `false` when none can follow. */
  begin(packet: Packet, sa: Sa): boolean {
    const { transform, parameters } = sa;
    if (transform.protocol !== 'esp') return false;
    const { octets } = packet.memory;
    const { at } = packet;
    const tunnels = parameters.mode === 'tunnel';
    const ipLength = tunnels
      ? outerHeaderLength(parameters.destination.version)
      : this.#plainLength;
    const frontLength = ipLength + (parameters.encapsulation === null ? 0 : UDP_HEADER_LENGTH);
    if (frontLength > SCRATCH.longestFront) return false;
    this.#movedLength = tunnels ? 0 : ipLength;
    this.#nextHeader = tunnels ? tunnelledProtocol(this.#plainVersion) : this.#plainProtocol;
    this.#frontLength = frontLength;
    if (this.#view.buffer !== octets.buffer) {
      this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    }
    copyWords(this.#view, SCRATCH.front, at, frontLength);
    this.#sa = sa;
    this.#esp = transform.esp;
    this.#isIpv4 = u8(octets, at) >>> 4 === 4;
    if (this.#isIpv4) {
      const changing = ipv4Identification(octets, at) + ipv4Checksum(octets, at);
      this.#sum = difference(sumOctets(octets, at, ipLength), changing);
    }
    return true;
  }

  /** Protects `packet`, later, as the first was; it is as long as that was. */
  follow(packet: Packet, now: Instant): DiscardReason | null {
    const sa = this.#sa;
    const esp = this.#esp;
    if (sa === null || esp === null) throw new Error('Bug: followed nobody');
    if (sa.stateAt(now) === 'dead') return refusedBy(sa, 'out-state-expired');
    if (!sa.canSend) return refusedBy(sa, 'out-state-seq-error');
    sa.use(packet.length, now);
    const { octets } = packet.memory;
    const movedLength = this.#movedLength;
    // What is moved has a number already.
    const identification =
      movedLength > 0 ? ipv4Identification(octets, packet.at) : this.#identifications.next();
    const payloadAt = packet.at + movedLength;
    const payloadLength = packet.length - movedLength;
    esp.sealLater(payloadAt, payloadLength, this.#nextHeader, sa.nextSequenceNumber());
    const frontLength = this.#frontLength;
    const at = payloadAt - esp.headerLength - frontLength;
    copyWords(this.#view, at, SCRATCH.front, frontLength);
    if (this.#isIpv4) {
      setIpv4Identification(octets, at, identification);
      setIpv4Checksum(octets, at, checksumOf(this.#sum + identification));
    }
    packet.at = at;
    packet.length = frontLength + esp.sealedLength(payloadLength);
    return null;
  }

  /** How many packets of `length` octets can follow as a train; 0 where each must by itself. */
  mostInTrain(length: number, now: Instant): number {
    const sa = this.#sa;
    if (sa === null || this.#esp === null || this.#esp.trains === null) return 0;
    return sa.stateAt(now) === 'dead' ? 0 : sa.uneventful(length);
  }

  /**
   * Protects the packets of `train` in `octets`, later, as {@link follow} does: {@link mostInTrain} at most,
   * and three at least. Afterwards `train` says where they begin and how long they are.
   */
  followTrain(octets: Uint8Array, train: Train, now: Instant): void {
    const { at, stride, length, count } = train;
    const sa = this.#sa;
    const esp = this.#esp;
    if (sa === null || esp === null) throw new Error('Bug: followed nobody');
    sa.useTrain(length, count, now);
    const movedLength = this.#movedLength;
    const identification =
      movedLength > 0 ? ipv4Identification(octets, at) : this.#identifications.take(count);
    const payloadAt = at + movedLength;
    const payloadLength = length - movedLength;
    const first = sa.nextSequenceNumbers(count);
    esp.sealTrainLater(payloadAt, stride, count, payloadLength, this.#nextHeader, first);
    const frontLength = this.#frontLength;
    train.at = payloadAt - esp.headerLength - frontLength;
    train.length = frontLength + esp.sealedLength(payloadLength);
    const steps = esp.trains?.steps;
    steps?.front(train.at, stride, count, SCRATCH.front, frontLength, identification, this.#sum);
  }
}

/** Copies `length` octets, a multiple of four, as all IP and UDP headers are. */
function copyWords(view: DataView, to: number, from: number, length: number): void {
  for (let k = 0; k < length; k += 4) view.setUint32(to + k, view.getUint32(from + k));
}
