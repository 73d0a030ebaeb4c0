/**
 * The flow of the packet that was protected last: one like it needs no other decision, and can follow
 * it (`esp-series.ts`).
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { type IpHeader, newIpHeader, readIp } from '../wire/ip.ts';
import { ipv4DontFragment } from '../wire/ipv4.ts';
import { sameIpHeader, samePorts } from './likeness.ts';
import { type Packet, SCRATCH } from './packet.ts';

const PORTS_LENGTH = 4;

/** Good for as long as SAD and SPD stay as they are. */
export class SentFlow {
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #header = newIpHeader();
  #version: 4 | 6 = 4;
  /** Of the IP header; 0 when there is no flow. */
  #headerLength = 0;
  /** Octets of the segments that its packets are cut to, headers included; 0 where they are not. */
  #segmentLength = 0;

  forget(): void {
    this.#headerLength = 0;
  }

  /**
   * Takes note of `packet`, which is as the host sent it, and to be cut if `segmentLength` is not 0. Only TCP and
   * UDP make flows here; no fragments, and no packets of IPv4 that may become some, for these are numbered.
   */
  note(packet: Packet, segmentLength: number): void {
    const { memory, at, length } = packet;
    const { octets } = memory;
    const header = this.#header;
    this.forget();
    if (!readIp(header, octets, at, length) || !isPlain(header)) return;
    if (header.version === 4 && !ipv4DontFragment(octets, at)) return;
    if (this.#view.buffer !== octets.buffer) {
      this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    }
    this.#version = header.version;
    this.#segmentLength = segmentLength;
    this.#headerLength = header.nextLayerAt - at;
    const end = header.nextLayerAt + PORTS_LENGTH;
    if (end > at + header.totalLength || end - at > SCRATCH.longestFlow) this.forget();
    else octets.copyWithin(SCRATCH.flow, at, end);
  }

  /** Whether `packet` is of that flow, as long as what was noted, and to be cut as that was. */
  hasLike({ at, length }: Packet, segmentLength: number): boolean {
    const headerLength = this.#headerLength;
    if (segmentLength !== this.#segmentLength) return false;
    if (headerLength === 0 || length < headerLength + PORTS_LENGTH) return false;
    const view = this.#view;
    return (
      sameIpHeader(view, at, SCRATCH.flow, this.#version, headerLength) &&
      samePorts(view, at + headerLength, SCRATCH.flow + headerLength)
    );
  }
}

function isPlain({ nextLayerProtocol, isFragment }: IpHeader): boolean {
  if (isFragment) return false;
  return nextLayerProtocol === IP_PROTOCOL.tcp || nextLayerProtocol === IP_PROTOCOL.udp;
}
