/**
 * A copy of a captured packet, off which layers are taken: where what is left of it stands, and how much
 * of that was captured. Fragments are put together (RFC 4303 §3.4.1): the last one to come shows the
 * whole.
 *
 * @module
 */
import type { Memory } from '../crypto/context.ts';
import { moveIpHeader } from '../ipsec/ip-header.ts';
import {
  HEADROOM,
  LONGEST_PACKET,
  type Packet,
  SCRATCH_LENGTH,
  TAILROOM,
} from '../ipsec/packet.ts';
import { Reassembly } from '../ipsec/reassembly.ts';
import { tunnelledVersion } from '../ipsec/tunnel.ts';
import { u8 } from '../octets/octets.ts';
import {
  finishIpHeader,
  type IpHeader,
  newIpHeader,
  readIp,
  relocateIpHeader,
} from '../wire/ip.ts';
import { IPV4_HEADER_LENGTH, ipv4TotalLength } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, ipv6PayloadLength } from '../wire/ipv6.ts';

/** Where copies stand. */
const PACKET_AT = SCRATCH_LENGTH + HEADROOM;
/** Octets of memory that a {@link PacketCopy} needs: room for the longest packet of IPv6, too. */
export const PACKET_COPY_MEMORY: number =
  PACKET_AT + IPV6_HEADER_LENGTH + LONGEST_PACKET + TAILROOM;

export class PacketCopy {
  /** The IP header of what is left, in {@link memory}. */
  readonly header: IpHeader = newIpHeader();
  readonly memory: Memory;
  /** Whether what is left was inside a tunnel. */
  tunnelled = false;
  /** Whether the packet was captured in part; what was not reads as zeros. */
  truncated = false;
  readonly #octets: Uint8Array;
  readonly #packet: Packet;
  readonly #reassembly = new Reassembly();
  #capturedEnd = PACKET_AT;

  /** Stands in `memory`, {@link PACKET_COPY_MEMORY} octets. */
  constructor(memory: Memory) {
    this.memory = memory;
    this.#octets = memory.octets;
    this.#packet = { memory, at: PACKET_AT, length: 0 };
  }

  /** Where what is left begins. */
  get at(): number {
    return this.#packet.at;
  }

  /** Where it ends. */
  get end(): number {
    return this.#packet.at + this.#packet.length;
  }

  /** How many octets of what is left were captured. */
  get captured(): number {
    return Math.min(this.#packet.length, this.#capturedEnd - this.#packet.at);
  }

  /**
   * Copies the IP packet of which `captured` octets stand at `at` of `octets`. `false` when they do not
   * begin with an IP header.
   */
  take(octets: Uint8Array, at: number, captured: number): boolean {
    this.tunnelled = false;
    const length = wholeLength(octets, at, captured);
    if (length < 0) return false;
    this.#place(octets.subarray(at, at + Math.min(captured, length)), length);
    if (!readIp(this.header, this.#octets, PACKET_AT, length)) return false;
    if (!this.header.isFragment || this.truncated) return true;
    const packet = this.#octets.subarray(PACKET_AT, PACKET_AT + length);
    const whole = this.#reassembly.take(packet);
    if (whole === null) return true;
    this.#place(whole, whole.length);
    return readIp(this.header, this.#octets, PACKET_AT, whole.length);
  }

  /** Transport mode: the IP header goes to the payload at `at`. */
  leavePayload(at: number, length: number, nextHeader: number): void {
    const { header } = this;
    header.length = header.nextLayerAt - header.at;
    header.protocolAt = header.nextLayerProtocolAt;
    const distance = at - header.length - this.#packet.at;
    moveIpHeader(this.#packet, header, distance, header.length + length, nextHeader);
    finishIpHeader(this.#octets, header);
    readIp(header, this.#octets, this.#packet.at, this.#packet.length);
  }

  /**
   * Tunnel mode: what was inside, at `at`, is a packet by itself. `false` when it is none of the version
   * that `nextHeader` says.
   */
  enter(at: number, length: number, nextHeader: number): boolean {
    const version = tunnelledVersion(nextHeader);
    if (version === null || !readIp(this.header, this.#octets, at, length)) return false;
    if (this.header.version !== version) return false;
    this.#packet.at = at;
    this.#packet.length = this.header.totalLength;
    this.tunnelled = true;
    return true;
  }

  /** Takes note that all of it was written, `length` octets, to `at`. */
  moved(at: number, length: number): void {
    relocateIpHeader(this.header, at);
    this.#packet.at = at;
    this.#packet.length = length;
    this.#capturedEnd = at + length;
  }

  #place(packet: Uint8Array, length: number): void {
    this.#octets.set(packet, PACKET_AT);
    this.truncated = packet.length < length;
    if (this.truncated) this.#octets.fill(0, PACKET_AT + packet.length, PACKET_AT + length);
    this.#packet.at = PACKET_AT;
    this.#packet.length = length;
    this.#capturedEnd = PACKET_AT + packet.length;
  }
}

/** Octets of the IP packet at `at`, as its header says; -1 when there is no whole header. */
function wholeLength(octets: Uint8Array, at: number, captured: number): number {
  const version = captured > 0 ? u8(octets, at) >>> 4 : 0;
  if (version === 4 && captured >= IPV4_HEADER_LENGTH) {
    return ipv4TotalLength(octets, at);
  }
  if (version !== 6 || captured < IPV6_HEADER_LENGTH) return -1;
  return IPV6_HEADER_LENGTH + ipv6PayloadLength(octets, at);
}
