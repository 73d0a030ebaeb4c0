/**
 * The flow of the packet that transport mode delivered last: one of the same flow, by the same SA, needs no
 * other decision, and gets the same header under its own number.
 *
 *   IP │ ESP │ ports, payload         of the first; IP was found to be the same when the others were begun
 *        IP │ ports, payload
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { checksumOf, difference, sumOctets } from '../octets/checksum.ts';
import { u32 } from '../octets/octets.ts';
import type { IpHeader } from '../wire/ip.ts';
import {
  IPV4_HEADER_LENGTH,
  IPV4_SOURCE,
  ipv4Checksum,
  ipv4Identification,
  setIpv4Checksum,
  setIpv4Identification,
} from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, IPV6_SOURCE } from '../wire/ipv6.ts';
import type { Instant } from './backend.ts';
import type { EspTransform } from './esp-transform.ts';
import { mendChecksum } from './nat-checksum.ts';
import type { Opening } from './opening.ts';
import type { Packet } from './packet.ts';
import type { Sa } from './sa.ts';
import type { SpdEntry } from './spd-entry.ts';

const PORTS_LENGTH = 4;

/** Good for as long as SAD and SPD stay as they are, and openings are of one batch. */
export class TransportFlow {
  /** Whose outer headers, and SA, those of the flow have; `null` when there is no flow. */
  #leader: Opening | null = null;
  #entry: SpdEntry | null = null;
  #protocol = 0;
  #ports = 0;
  #payloadLength = 0;
  readonly #front = new DataView(new ArrayBuffer(IPV6_HEADER_LENGTH));
  #frontLength = 0;
  /** Over the header, but for what differs from packet to packet; of IPv4. */
  #sum = 0;

  forget(): void {
    this.#leader = null;
  }

  /**
   * Takes note of the packet in `view` with `header` that `opening` has come to, by one SA alone, and that
   * `entry` admitted. Only TCP and UDP make flows here, and no fragments.
   */
  note(
    opening: Opening,
    view: DataView,
    octets: Uint8Array,
    header: Readonly<IpHeader>,
    entry: SpdEntry | null,
  ): void {
    const { nextLayerProtocol, isFragment, at, nextLayerAt, totalLength, version } = header;
    const frontLength = version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
    const payloadLength = totalLength - frontLength;
    const hasPorts = nextLayerProtocol === IP_PROTOCOL.tcp || nextLayerProtocol === IP_PROTOCOL.udp;
    this.forget();
    if (!hasPorts || isFragment || payloadLength < PORTS_LENGTH) return;
    // Headers with options or extensions are like no others.
    if (nextLayerAt - at !== frontLength) return;
    this.#leader = opening.leader;
    this.#entry = entry;
    this.#protocol = nextLayerProtocol;
    this.#ports = u32(octets, nextLayerAt);
    this.#payloadLength = payloadLength;
    this.#frontLength = frontLength;
    for (let k = 0; k < frontLength; k += 4) this.#front.setUint32(k, view.getUint32(at + k));
    if (version === 6) return;
    const changing = ipv4Identification(octets, at) + ipv4Checksum(octets, at);
    this.#sum = difference(sumOctets(octets, at, frontLength), changing);
  }

  /** Whether what `esp` has just opened, of `opening`, makes a packet like that. */
  hasLike({ leader }: Opening, esp: EspTransform, octets: Uint8Array): boolean {
    return (
      this.#leader !== null &&
      leader === this.#leader &&
      esp.nextHeader === this.#protocol &&
      esp.payloadLength === this.#payloadLength &&
      u32(octets, esp.payloadAt) === this.#ports
    );
  }

  /** Leaves of `packet` what `esp` opened, behind the header that it is to have, and counts it. */
  deliver(packet: Packet, esp: EspTransform, view: DataView, now: Instant): void {
    const { octets } = packet.memory;
    const frontLength = this.#frontLength;
    const isIpv4 = frontLength === IPV4_HEADER_LENGTH;
    // The header goes over where the outer one stands.
    const identification = isIpv4 ? ipv4Identification(octets, packet.at) : 0;
    const at = esp.payloadAt - frontLength;
    for (let k = 0; k < frontLength; k += 4) view.setUint32(at + k, this.#front.getUint32(k));
    if (isIpv4) {
      setIpv4Identification(octets, at, identification);
      setIpv4Checksum(octets, at, checksumOf(this.#sum + identification));
    }
    if (this.#leader?.sa?.parameters.encapsulation !== null) {
      const { payloadAt } = esp;
      const sourceAt = at + (isIpv4 ? IPV4_SOURCE : IPV6_SOURCE);
      const version = isIpv4 ? 4 : 6;
      mendChecksum(octets, version, sourceAt, payloadAt, this.#payloadLength, this.#protocol);
    }
    packet.at = at;
    packet.length = this.length;
    this.use(1, now);
  }

  /** Whether `sa` brings packets like that. */
  isOf(sa: Sa | null): boolean {
    return sa !== null && sa === this.#leader?.sa;
  }

  /** How many octets each packet has. */
  get length(): number {
    return this.#frontLength + this.#payloadLength;
  }

  /** Octets of the header that is to stand in front of what came out of ESP. */
  get missingLength(): number {
    return this.#frontLength;
  }

  /** Counts `count` packets like that. */
  use(count: number, now: Instant): void {
    this.#leader?.sa?.useTrain(this.length, count, now);
    this.#entry?.use(now);
  }
}
