/**
 * The flow of the packet that was delivered last out of a tunnel: one of the same flow, by the same SA,
 * needs no other decision.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { IpHeader } from '../wire/ip.ts';
import type { Instant } from './backend.ts';
import type { EspTransform } from './esp-transform.ts';
import { sameIpHeader, samePorts } from './likeness.ts';
import type { Packet } from './packet.ts';
import type { Sa } from './sa.ts';
import type { SpdEntry } from './spd-entry.ts';

/** Good for as long as SAD and SPD stay as they are, and the packet where it is. */
export class DeliveredFlow {
  #sa: Sa | null = null;
  #entry: SpdEntry | null = null;
  #nextHeader = 0;
  #outerTrafficClass = 0;
  #at = 0;
  #length = 0;
  #version: 4 | 6 = 4;
  #headerLength = 0;

  forget(): void {
    this.#sa = null;
  }

  /**
   * Takes note of a packet with `header` that `sa` alone brought, under an outer header of that traffic
   * class, and `entry` admitted. Only TCP and UDP make flows here, and no fragments.
   */
  note(
    header: Readonly<IpHeader>,
    sa: Sa,
    entry: SpdEntry | null,
    nextHeader: number,
    outerTrafficClass: number,
  ): void {
    const { nextLayerProtocol, isFragment, at, nextLayerAt, totalLength, version } = header;
    const hasPorts = nextLayerProtocol === IP_PROTOCOL.tcp || nextLayerProtocol === IP_PROTOCOL.udp;
    this.#headerLength = nextLayerAt - at;
    // Ports that are not there are compared with nothing.
    this.#sa = hasPorts && !isFragment && totalLength >= this.#headerLength + 4 ? sa : null;
    this.#entry = entry;
    this.#nextHeader = nextHeader;
    this.#outerTrafficClass = outerTrafficClass;
    this.#at = at;
    this.#length = totalLength;
    this.#version = version;
  }

  /** Whether what `esp`, of `sa`, has just opened is a packet like that. */
  hasLike(view: DataView, esp: EspTransform, sa: Sa, outerTrafficClass: number): boolean {
    if (sa !== this.#sa || esp.payloadLength < this.#length) return false;
    if (esp.nextHeader !== this.#nextHeader) return false;
    if (outerTrafficClass !== this.#outerTrafficClass) return false;
    const { payloadAt } = esp;
    const headerLength = this.#headerLength;
    return (
      sameIpHeader(view, payloadAt, this.#at, this.#version, headerLength) &&
      samePorts(view, payloadAt + headerLength, this.#at + headerLength)
    );
  }

  /** Whether `sa` brings packets like that. */
  isOf(sa: Sa | null): boolean {
    return sa !== null && sa === this.#sa;
  }

  /** How many octets each packet has. */
  get length(): number {
    return this.#length;
  }

  /** All of a packet came out of ESP. */
  get missingLength(): number {
    return 0;
  }

  /** Counts `count` packets like that. */
  use(count: number, now: Instant): void {
    this.#sa?.useTrain(this.#length, count, now);
    this.#entry?.use(now);
  }

  /** Leaves of `packet` what `esp` opened, and counts it. */
  deliver(packet: Packet, esp: EspTransform, now: Instant): void {
    packet.at = esp.payloadAt;
    packet.length = this.#length;
    this.use(1, now);
  }
}
