/**
 * The layers of an inbound packet, taken off one by one (RFC 4301 §5.2).
 *
 *   packet ──► a layer for us? ──► SA by SPI ──► replay check ──► ICV ──► window ──► layer off ─┐
 *                  ▲                                                                            │
 *                  └────────────────────────────────────────────────────────────────────────────┘
 *
 * @module
 */
import { addressStandsAt } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { ahHeaderLength, ahNextHeader, ahSequenceNumber, ahSpi, checkAh } from '../wire/ah.ts';
import { checkEsp, espSequenceNumber, espSpi } from '../wire/esp.ts';
import {
  finishIpHeader,
  type IpHeader,
  newIpHeader,
  readIp,
  relocateIpHeader,
} from '../wire/ip.ts';
import { checkIpcomp, ipcompCpi, ipcompNextHeader } from '../wire/ipcomp.ts';
import type { Instant } from './backend.ts';
import type { DiscardReason } from './discard-reason.ts';
import { espInUdp, espLengthAt } from './esp-place.ts';
import type { EspTransform } from './esp-transform.ts';
import { moveIpHeader } from './ip-header.ts';
import { INFLATED_AT } from './ipcomp-transform.ts';
import { mendChecksum } from './nat-checksum.ts';
import { HEADROOM, LONGEST_PACKET, type Packet } from './packet.ts';
import type { IpsecProtocol } from './policy.ts';
import type { Sa } from './sa.ts';
import { SaStack } from './sa-stack.ts';
import type { Sad } from './sad.ts';
import { carryCongestion, trafficClassOf, tunnelledVersion } from './tunnel.ts';

/** What became of one layer: taken off, none of ours, or the end of the packet. */
export type LayerOutcome = 'off' | 'not-ours' | DiscardReason;

/** Layers that one packet may have; Linux has the same bound (XFRM_MAX_DEPTH). */
const MOST_LAYERS = 6;

/** One packet at a time: what is left of it, and the layers it had. */
export class Unwrapping {
  readonly #sad: Sad;
  readonly #ownHeader = newIpHeader();
  #header = this.#ownHeader;
  readonly #layers = new SaStack();
  #atHand: Sa | null = null;
  #tunnelled = false;

  constructor(sad: Sad) {
    this.#sad = sad;
  }

  /** Of what is left of the packet. */
  get header(): Readonly<IpHeader> {
    return this.#header;
  }

  /** The SAs whose layers are off, outermost first. */
  get layers(): Readonly<SaStack> {
    return this.#layers;
  }

  /** Whose layer is being taken off. */
  get atHand(): Sa | null {
    return this.#atHand;
  }

  /** Whether what is left of the packet was inside a tunnel, and so may be for others. */
  get isTunnelled(): boolean {
    return this.#tunnelled;
  }

  /** Turns to another packet: its header was, or will be, read to `header`; `atHand` is asked next. */
  begin(header: IpHeader = this.#ownHeader, atHand: Sa | null = null): void {
    this.#header = header;
    this.#layers.clear();
    this.#atHand = atHand;
    this.#tunnelled = false;
  }

  /** Reads the header of a packet just begun; `false` when it is malformed. */
  readHeader(packet: Packet): boolean {
    if (!readIp(this.#header, packet.memory.octets, packet.at, packet.length)) return false;
    packet.length = this.#header.totalLength;
    return true;
  }

  /** Takes off what layers there are of the packet whose header was read: `not-ours` is what is left. */
  takeOffLayers(packet: Packet, now: Instant): Exclude<LayerOutcome, 'off'> {
    for (;;) {
      const outcome = this.#takeOffLayer(packet, now);
      if (outcome !== 'off') return outcome;
    }
  }

  /** The SA for what comes with `spi` to where the packet goes. */
  find(protocol: IpsecProtocol, spi: number, octets: Uint8Array): Sa | undefined {
    return this.#sad.inbound(
      protocol,
      spi,
      octets,
      this.#header.destinationAt,
      this.#header.version,
    );
  }

  /** What can be said against `sa` for all packets with this header, before ICV and sequence number. */
  unfitness(sa: Sa, octets: Uint8Array, now: Instant): DiscardReason | null {
    this.#atHand = sa;
    // ESP does not cover the address that the policy will be looked up by (RFC 4301 §5.2, step 4).
    // Asked before the window moves: a copy under another address must not use up the number.
    // Behind a NAT the address is the NAT's, and a tunnel has the true one inside.
    const { source, mode, encapsulation } = sa.parameters;
    const mayMove = mode === 'tunnel' && encapsulation !== null;
    if (!mayMove && !addressStandsAt(source, octets, this.#header.sourceAt)) {
      return 'in-state-mismatch';
    }
    // As Linux does: ESP comes in UDP where that was agreed, and nowhere else.
    const inUdp = this.#header.nextLayerProtocol === IP_PROTOCOL.udp;
    if (inUdp !== (encapsulation !== null)) return 'in-state-mismatch';
    if (this.#layers.depth === MOST_LAYERS) return 'in-hdr-error';
    return sa.stateAt(now) === 'dead' ? 'in-state-expired' : null;
  }

  /** Takes off the layer that `esp`, of `sa`, has opened, of a packet that the SA has accepted. */
  leaveOpened(packet: Packet, sa: Sa, esp: EspTransform, now: Instant): LayerOutcome {
    // A dummy packet (RFC 4303 §2.6); Linux counts it so.
    if (esp.nextHeader === IP_PROTOCOL['ipv6-nonxt']) return 'in-state-proto-error';
    return this.#strip(packet, sa, esp.payloadAt, esp.payloadLength, esp.nextHeader, now);
  }

  #takeOffLayer(packet: Packet, now: Instant): LayerOutcome {
    switch (this.#header.nextLayerProtocol) {
      case IP_PROTOCOL.esp:
      case IP_PROTOCOL.ah:
      case IP_PROTOCOL.ipcomp:
        // Reassembly comes first (RFC 4303 §3.4.1).
        if (this.#header.isFragment) return this.#tunnelled ? 'not-ours' : 'in-hdr-error';
        return this.#takeOffHeader(packet, now);
      case IP_PROTOCOL.udp:
        return this.#takeOffUdp(packet, now);
      case IP_PROTOCOL.ipencap:
      case IP_PROTOCOL.ipv6:
        return this.#takeOffUncompressed(packet, now);
      default:
        return 'not-ours';
    }
  }

  #takeOffHeader(packet: Packet, now: Instant): LayerOutcome {
    const at = this.#header.nextLayerAt;
    switch (this.#header.nextLayerProtocol) {
      case IP_PROTOCOL.esp:
        return this.#takeOffEsp(packet, at, packet.at + packet.length - at, now);
      case IP_PROTOCOL.ah:
        return this.#takeOffAh(packet, now);
      default:
        return this.#takeOffIpcomp(packet, now);
    }
  }

  /** ESP in UDP (RFC 3948 §3.4), if that is what comes to this port of ours. */
  #takeOffUdp(packet: Packet, now: Instant): LayerOutcome {
    const { octets } = packet.memory;
    const header = this.#header;
    if (header.isFragment) return 'not-ours';
    const espAt = espInUdp(this.#sad, octets, header);
    if (espAt < 0) return 'not-ours';
    return this.#takeOffEsp(packet, espAt, espLengthAt(octets, header, espAt), now);
  }

  #takeOffEsp(packet: Packet, at: number, length: number, now: Instant): LayerOutcome {
    const { octets } = packet.memory;
    if (checkEsp(octets, at, length) !== null) return 'in-hdr-error';
    const sa = this.find('esp', espSpi(octets, at), octets);
    if (sa?.transform.protocol !== 'esp') return this.#unknown();
    const sequenceNumber = sa.sequenceNumberOf(espSequenceNumber(octets, at));
    const unfit = this.#fitness(sa, sequenceNumber, octets, now);
    if (unfit !== null) return unfit;
    const { esp } = sa.transform;
    const failure = esp.open(at, length, sequenceNumber);
    if (failure !== null) return failure;
    // Only now, the ICV being right, does the window move (RFC 4303 §3.4.3).
    if (!sa.accept(sequenceNumber)) return 'in-state-seq-error';
    return this.leaveOpened(packet, sa, esp, now);
  }

  #takeOffAh(packet: Packet, now: Instant): LayerOutcome {
    const { octets } = packet.memory;
    const at = this.#header.nextLayerAt;
    const length = packet.at + packet.length - at;
    if (checkAh(octets, at, length) !== null) return 'in-hdr-error';
    const sa = this.find('ah', ahSpi(octets, at), octets);
    if (sa?.transform.protocol !== 'ah') return this.#unknown();
    const sequenceNumber = sa.sequenceNumberOf(ahSequenceNumber(octets, at));
    const unfit = this.#fitness(sa, sequenceNumber, octets, now);
    if (unfit !== null) return unfit;
    const { ah } = sa.transform;
    const ahLength = ahHeaderLength(octets, at);
    const failure = ah.open(this.#header, ahLength, sequenceNumber);
    if (failure !== null) return failure;
    if (!sa.accept(sequenceNumber)) return 'in-state-seq-error';
    const nextHeader = ahNextHeader(octets, at);
    return this.#strip(packet, sa, at + ahLength, length - ahLength, nextHeader, now);
  }

  #takeOffIpcomp(packet: Packet, now: Instant): LayerOutcome {
    const { octets } = packet.memory;
    const at = this.#header.nextLayerAt;
    const length = packet.at + packet.length - at;
    if (checkIpcomp(octets, at, length) !== null) return 'in-hdr-error';
    const sa = this.find('ipcomp', ipcompCpi(octets, at), octets);
    if (sa?.transform.protocol !== 'ipcomp') return this.#unknown();
    const unfit = this.#fitness(sa, 1, octets, now);
    if (unfit !== null) return unfit;
    const nextHeader = ipcompNextHeader(octets, at);
    const frontLength = at - packet.at;
    if (frontLength > HEADROOM) return 'in-hdr-error';
    const inflatedLength = sa.transform.ipcomp.decompress(at, length, frontLength);
    if (inflatedLength === null) return 'in-state-proto-error';
    if (frontLength + inflatedLength > LONGEST_PACKET) return 'in-hdr-error';
    this.#follow(packet, INFLATED_AT - frontLength);
    packet.length = frontLength + inflatedLength;
    return this.#strip(packet, sa, INFLATED_AT, inflatedLength, nextHeader, now);
  }

  /**
   * A packet of an IPComp tunnel that did not get shorter came as one of plain IP in IP (RFC 3173
   * §2.2): the tunnel's header is taken off if there is such an SA.
   */
  #takeOffUncompressed(packet: Packet, now: Instant): LayerOutcome {
    const { octets } = packet.memory;
    const { isFragment, nextLayerAt: at, nextLayerProtocol } = this.#header;
    if (isFragment) return 'not-ours';
    const { sourceAt, destinationAt, version } = this.#header;
    const sa = this.#sad.compressedTunnel(version, octets, sourceAt, destinationAt);
    if (sa === undefined) return 'not-ours';
    const unfit = this.#fitness(sa, 1, octets, now);
    if (unfit !== null) return unfit;
    return this.#strip(packet, sa, at, packet.at + packet.length - at, nextLayerProtocol, now);
  }

  /** Behind a tunnel there may be a protected packet on its way to somebody else. */
  #unknown(): LayerOutcome {
    return this.#tunnelled ? 'not-ours' : 'in-no-states';
  }

  /** What can be said against a packet before its ICV is verified. */
  #fitness(sa: Sa, sequenceNumber: number, octets: Uint8Array, now: Instant): DiscardReason | null {
    const unfit = this.unfitness(sa, octets, now);
    if (unfit !== null) return unfit;
    return sequenceNumber >= 0 && sa.mayAccept(sequenceNumber) ? null : 'in-state-seq-error';
  }

  /** Leaves of `packet` what the layer was about: the payload at `at`, of protocol `nextHeader`. */
  #strip(
    packet: Packet,
    sa: Sa,
    at: number,
    length: number,
    nextHeader: number,
    now: Instant,
  ): LayerOutcome {
    const outcome =
      sa.parameters.mode === 'tunnel'
        ? this.#leaveInner(packet, at, length, nextHeader)
        : this.#leavePayload(packet, sa, at, length, nextHeader);
    if (outcome !== 'off') return outcome;
    // As much as the sender counted.
    sa.use(packet.length, now);
    this.#layers.push(sa);
    this.#atHand = null;
    return 'off';
  }

  /** Transport mode: the IP header goes to the payload. */
  #leavePayload(
    packet: Packet,
    sa: Sa,
    at: number,
    length: number,
    nextHeader: number,
  ): LayerOutcome {
    const header = this.#header;
    const { octets } = packet.memory;
    // Here the headers in front are all that came before AH or ESP.
    header.length = header.nextLayerAt - header.at;
    header.protocolAt = header.nextLayerProtocolAt;
    const distance = at - header.length - packet.at;
    moveIpHeader(packet, header, distance, header.length + length, nextHeader);
    finishIpHeader(octets, header);
    if (sa.parameters.encapsulation !== null) {
      mendChecksum(octets, header.version, header.sourceAt, at, length, nextHeader);
    }
    return this.readHeader(packet) ? 'off' : 'in-hdr-error';
  }

  /** Tunnel mode: what was inside is a packet by itself (RFC 4301 §5.2, RFC 6040 §4.2). */
  #leaveInner(packet: Packet, at: number, length: number, nextHeader: number): LayerOutcome {
    const { octets } = packet.memory;
    const outer = trafficClassOf(octets, packet.at, this.#header.version);
    const version = tunnelledVersion(nextHeader);
    if (version === null || !readIp(this.#header, octets, at, length)) return 'in-hdr-error';
    if (this.#header.version !== version) return 'in-hdr-error';
    packet.at = at;
    packet.length = this.#header.totalLength;
    this.#tunnelled = true;
    return carryCongestion(octets, at, version, outer) ? 'off' : 'in-hdr-error';
  }

  /** Takes note that `packet` was moved to `at`. */
  #follow(packet: Packet, at: number): void {
    relocateIpHeader(this.#header, at);
    packet.at = at;
  }
}
