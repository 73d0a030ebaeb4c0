/**
 * Inbound processing (RFC 4301 §5.2): from the packet on the wire to what this host may see.
 *
 *   packet ──► a layer for us? ──► SA by SPI ──► replay check ──► ICV ──► window ──► layer off ─┐
 *                  ▲                                                                            │
 *                  └────────────────────────────────────────────────────────────────────────────┘
 *                  │ none
 *                  └──► SPD: were the layers taken off those that the policy asks for?
 *
 * @module
 */
import { addressStandsAt } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u32 } from '../octets/octets.ts';
import { ahHeaderLength, ahNextHeader, ahSequenceNumber, ahSpi, checkAh } from '../wire/ah.ts';
import { checkEsp, espSequenceNumber, espSpi } from '../wire/esp.ts';
import { KEEPALIVE_LENGTH, NON_ESP_MARKER } from '../wire/esp-in-udp.ts';
import { copyIpHeader, finishIpHeader, type IpHeader, newIpHeader, readIp } from '../wire/ip.ts';
import { checkIpcomp, ipcompCpi, ipcompNextHeader } from '../wire/ipcomp.ts';
import { checkUdp, UDP_HEADER_LENGTH, udpDestinationPort, udpLength } from '../wire/udp.ts';
import { Admission, type InboundVerdict } from './admission.ts';
import type { Instant } from './backend.ts';
import type { Databases } from './databases.ts';
import { DeliveredFlow } from './delivered-flow.ts';
import type { DiscardReason } from './discard-reason.ts';
import type { EspTransform } from './esp-transform.ts';
import { moveIpHeader } from './ip-header.ts';
import { INFLATED_AT } from './ipcomp-transform.ts';
import { sameUpToSpi } from './likeness.ts';
import { mendChecksum } from './nat-checksum.ts';
import type { Opening } from './opening.ts';
import { HEADROOM, LONGEST_PACKET, type Packet } from './packet.ts';
import type { IpsecProtocol } from './policy.ts';
import type { Sa } from './sa.ts';
import { SaStack } from './sa-stack.ts';
import { carryCongestion, trafficClassOf, tunnelledVersion } from './tunnel.ts';

/** What became of one layer: taken off, none of ours, or the end of the packet. */
type LayerOutcome = 'off' | 'not-ours' | DiscardReason;

/** Layers that one packet may have; Linux has the same bound (XFRM_MAX_DEPTH). */
const MOST_LAYERS = 6;

export class Inbound {
  readonly #databases: Databases;
  readonly #ownHeader = newIpHeader();
  /** Of the packet at hand. */
  #header = this.#ownHeader;
  readonly #admission: Admission;
  /** The SAs of the packet at hand, outermost first. */
  readonly #layers = new SaStack();
  /** Whose layer is being taken off. */
  #atHand: Sa | null = null;
  /** Whether what is left of the packet was inside a tunnel, and so may be for others. */
  #tunnelled = false;
  /** Of the memory of the batch. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** What was begun last without a leader; one of the same batch may follow it. */
  #leader: Opening | null = null;
  readonly #delivered = new DeliveredFlow();

  constructor(databases: Databases) {
    this.#databases = databases;
    this.#admission = new Admission(databases);
  }

  /** Takes the protection off `packet` in place and checks what is left against the SPD. */
  process(packet: Packet, now: Instant): InboundVerdict {
    this.#begin(this.#ownHeader);
    return this.#noted(
      this.#readHeader(packet) ? this.#takeOffLayers(packet, now) : 'in-hdr-error',
    );
  }

  /**
   * Begins a batch: packets in `octets` that {@link begin} is called for, one after the other, and then
   * {@link finish}, with no change to SAD and SPD in between. What is alike in them is looked at once.
   */
  startBatch(octets: Uint8Array): void {
    if (this.#view.buffer !== octets.buffer) {
      this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    }
    this.#leader = null;
    this.#delivered.forget();
  }

  /**
   * Begins to process a packet of one sort, ESP of an algorithm that can be put off: `opening` keeps
   * what {@link finish} needs once the crypto provider has settled. `false` for all other packets,
   * which {@link process} takes; nothing happened to them.
   */
  begin(opening: Opening, packet: Packet, now: Instant): boolean {
    const follows = this.#followLeader(opening, packet);
    if (!follows && !this.#lead(opening, packet, now)) return false;
    const { sa, at, length } = opening;
    if (sa?.transform.protocol !== 'esp') return false;
    const sequenceNumber = sa.sequenceNumberOf(espSequenceNumber(packet.memory.octets, at));
    if (sequenceNumber < 0 || !sa.mayAccept(sequenceNumber)) return false;
    const number = sa.transform.esp.openLater(at, length);
    if (number < 0) return false;
    opening.sequenceNumber = sequenceNumber;
    opening.number = number;
    if (!follows) this.#leader = opening;
    return true;
  }

  /** Finds out what `opening` says of a packet whose headers are not those of another. */
  #lead(opening: Opening, packet: Packet, now: Instant): boolean {
    const { octets } = packet.memory;
    this.#begin(opening.header);
    if (!readIp(this.#header, octets, packet.at, packet.length)) return false;
    const place = this.#outermostEsp(octets);
    if (place < 0) return false;
    const end = packet.at + this.#header.totalLength;
    const length = this.#espLength(octets, place, end);
    if (checkEsp(octets, place, length) !== null) return false;
    const sa = this.#find('esp', espSpi(octets, place), octets);
    if (sa?.transform.protocol !== 'esp' || !sa.transform.esp.opensLater) return false;
    if (this.#unfitness(sa, octets, now) !== null) return false;
    opening.sa = sa;
    opening.at = place;
    opening.length = length;
    return true;
  }

  /** Has `opening` say what the leader's does, if `packet` is like the leader's packet. */
  #followLeader(opening: Opening, packet: Packet): boolean {
    const leader = this.#leader;
    if (leader === null || packet.length < leader.header.totalLength) return false;
    const { version, at } = leader.header;
    if (!sameUpToSpi(this.#view, packet.at, at, version, leader.at - at)) return false;
    copyIpHeader(opening.header, leader.header, packet.at);
    opening.sa = leader.sa;
    opening.at = leader.at + packet.at - at;
    opening.length = leader.length;
    return true;
  }

  /** Ends what {@link begin} began, as {@link process} does; `authentic` is the provider's word. */
  finish(opening: Opening, packet: Packet, authentic: boolean, now: Instant): InboundVerdict {
    this.#begin(opening.header);
    return this.#noted(this.#goOn(opening, packet, authentic, now));
  }

  #goOn(opening: Opening, packet: Packet, authentic: boolean, now: Instant): InboundVerdict {
    const { sa, at, length, sequenceNumber } = opening;
    const { octets } = packet.memory;
    if (sa?.transform.protocol !== 'esp') throw new Error('Bug: finished what was not begun');
    this.#atHand = sa;
    packet.length = this.#header.totalLength;
    const { esp } = sa.transform;
    const failure = esp.opened(at, length, authentic);
    if (failure !== null) return failure;
    // One that came before it in the same batch may have had its number, or the last of the SA's life.
    if (!sa.mayAccept(sequenceNumber)) return 'in-state-seq-error';
    if (sa.stateAt(now) === 'dead') return 'in-state-expired';
    const outer = trafficClassOf(octets, packet.at, this.#header.version);
    if (this.#delivered.hasLike(this.#view, esp, sa, outer)) {
      sa.accept(sequenceNumber);
      this.#delivered.deliver(packet, esp, now);
      return 'deliver';
    }
    const outcome = this.#leaveOpened(packet, sa, esp, sequenceNumber, now);
    if (outcome !== 'off')
      return outcome === 'not-ours'
        ? this.#admission.judge(packet, this.#header, this.#layers, now)
        : outcome;
    const verdict = this.#takeOffLayers(packet, now);
    if (
      verdict === 'deliver' &&
      this.#tunnelled &&
      this.#layers.depth === 1 &&
      !this.#isToUdpEnd(octets)
    ) {
      this.#delivered.note(this.#header, sa, this.#admission.entry, esp.nextHeader, outer);
    }
    return verdict;
  }

  #begin(header: IpHeader): void {
    this.#header = header;
    this.#layers.clear();
    this.#atHand = null;
    this.#tunnelled = false;
  }

  /** Has the SA at hand, if there is one, count what it was not content with. */
  #noted(verdict: InboundVerdict): InboundVerdict {
    if (verdict !== 'deliver') this.#atHand?.discard(verdict);
    return verdict;
  }

  #readHeader(packet: Packet): boolean {
    if (!readIp(this.#header, packet.memory.octets, packet.at, packet.length)) return false;
    packet.length = this.#header.totalLength;
    return true;
  }

  /** Takes off what layers there are of the packet whose header was read, and checks what is left. */
  #takeOffLayers(packet: Packet, now: Instant): InboundVerdict {
    for (;;) {
      const outcome = this.#takeOffLayer(packet, now);
      if (outcome === 'not-ours')
        return this.#admission.judge(packet, this.#header, this.#layers, now);
      if (outcome !== 'off') return outcome;
    }
  }

  /** Where the ESP header of the packet stands, if that is its first layer; -1 if not. */
  #outermostEsp(octets: Uint8Array): number {
    const { nextLayerProtocol, nextLayerAt, isFragment, at, totalLength } = this.#header;
    if (isFragment) return -1;
    if (nextLayerProtocol === IP_PROTOCOL.esp) return nextLayerAt;
    if (nextLayerProtocol !== IP_PROTOCOL.udp) return -1;
    return this.#espInUdp(octets, nextLayerAt, at + totalLength - nextLayerAt);
  }

  /** Octets of the ESP packet at `place`; `end` is where the IP packet ends. */
  #espLength(octets: Uint8Array, place: number, end: number): number {
    const { nextLayerProtocol, nextLayerAt } = this.#header;
    if (nextLayerProtocol !== IP_PROTOCOL.udp) return end - place;
    return udpLength(octets, nextLayerAt) - UDP_HEADER_LENGTH;
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
    const { nextLayerAt: at, isFragment } = this.#header;
    if (isFragment) return 'not-ours';
    const espAt = this.#espInUdp(octets, at, packet.at + packet.length - at);
    if (espAt < 0) return 'not-ours';
    return this.#takeOffEsp(packet, espAt, udpLength(octets, at) - UDP_HEADER_LENGTH, now);
  }

  /** Whether the packet is UDP to where ESP comes to: what is in it, its headers do not tell. */
  #isToUdpEnd(octets: Uint8Array): boolean {
    const { version, destinationAt, nextLayerProtocol, nextLayerAt, at, totalLength } =
      this.#header;
    if (nextLayerProtocol !== IP_PROTOCOL.udp) return false;
    if (nextLayerAt + UDP_HEADER_LENGTH > at + totalLength) return true;
    const port = udpDestinationPort(octets, nextLayerAt);
    return this.#databases.sad.isUdpEnd(version, octets, destinationAt, port);
  }

  /** Where ESP stands in the `length` octets of UDP at `at`; -1 when it is not there. */
  #espInUdp(octets: Uint8Array, at: number, length: number): number {
    if (checkUdp(octets, at, length) !== null) return -1;
    const { version, destinationAt } = this.#header;
    const port = udpDestinationPort(octets, at);
    if (!this.#databases.sad.isUdpEnd(version, octets, destinationAt, port)) return -1;
    const payloadLength = udpLength(octets, at) - UDP_HEADER_LENGTH;
    if (payloadLength === KEEPALIVE_LENGTH) return -1;
    const payloadAt = at + UDP_HEADER_LENGTH;
    return payloadLength >= 4 && u32(octets, payloadAt) === NON_ESP_MARKER ? -1 : payloadAt;
  }

  #takeOffEsp(packet: Packet, at: number, length: number, now: Instant): LayerOutcome {
    const { octets } = packet.memory;
    if (checkEsp(octets, at, length) !== null) return 'in-hdr-error';
    const sa = this.#find('esp', espSpi(octets, at), octets);
    if (sa?.transform.protocol !== 'esp') return this.#unknown();
    const sequenceNumber = sa.sequenceNumberOf(espSequenceNumber(octets, at));
    const unfit = this.#fitness(sa, sequenceNumber, octets, now);
    if (unfit !== null) return unfit;
    const { esp } = sa.transform;
    return (
      esp.open(at, length, sequenceNumber) ??
      this.#leaveOpened(packet, sa, esp, sequenceNumber, now)
    );
  }

  #leaveOpened(
    packet: Packet,
    sa: Sa,
    esp: EspTransform,
    sequenceNumber: number,
    now: Instant,
  ): LayerOutcome {
    // Only now, the ICV being right, does the window move (RFC 4303 §3.4.3).
    sa.accept(sequenceNumber);
    // A dummy packet (RFC 4303 §2.6); Linux counts it so.
    if (esp.nextHeader === IP_PROTOCOL['ipv6-nonxt']) return 'in-state-proto-error';
    return this.#strip(packet, sa, esp.payloadAt, esp.payloadLength, esp.nextHeader, now);
  }

  #takeOffAh(packet: Packet, now: Instant): LayerOutcome {
    const { octets } = packet.memory;
    const at = this.#header.nextLayerAt;
    const length = packet.at + packet.length - at;
    if (checkAh(octets, at, length) !== null) return 'in-hdr-error';
    const sa = this.#find('ah', ahSpi(octets, at), octets);
    if (sa?.transform.protocol !== 'ah') return this.#unknown();
    const sequenceNumber = sa.sequenceNumberOf(ahSequenceNumber(octets, at));
    const unfit = this.#fitness(sa, sequenceNumber, octets, now);
    if (unfit !== null) return unfit;
    const { ah } = sa.transform;
    const ahLength = ahHeaderLength(octets, at);
    const failure = ah.open(this.#header, ahLength, sequenceNumber);
    if (failure !== null) return failure;
    sa.accept(sequenceNumber);
    const nextHeader = ahNextHeader(octets, at);
    return this.#strip(packet, sa, at + ahLength, length - ahLength, nextHeader, now);
  }

  #takeOffIpcomp(packet: Packet, now: Instant): LayerOutcome {
    const { octets } = packet.memory;
    const at = this.#header.nextLayerAt;
    const length = packet.at + packet.length - at;
    if (checkIpcomp(octets, at, length) !== null) return 'in-hdr-error';
    const sa = this.#find('ipcomp', ipcompCpi(octets, at), octets);
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
    const sa = this.#databases.sad.compressedTunnel(version, octets, sourceAt, destinationAt);
    if (sa === undefined) return 'not-ours';
    const unfit = this.#fitness(sa, 1, octets, now);
    if (unfit !== null) return unfit;
    return this.#strip(packet, sa, at, packet.at + packet.length - at, nextLayerProtocol, now);
  }

  #find(protocol: IpsecProtocol, spi: number, octets: Uint8Array): Sa | undefined {
    const { sad } = this.#databases;
    return sad.inbound(protocol, spi, octets, this.#header.destinationAt, this.#header.version);
  }

  /** Behind a tunnel there may be a protected packet on its way to somebody else. */
  #unknown(): LayerOutcome {
    return this.#tunnelled ? 'not-ours' : 'in-no-states';
  }

  /** What can be said against a packet before its ICV is verified. */
  #fitness(sa: Sa, sequenceNumber: number, octets: Uint8Array, now: Instant): DiscardReason | null {
    const unfit = this.#unfitness(sa, octets, now);
    if (unfit !== null) return unfit;
    return sequenceNumber >= 0 && sa.mayAccept(sequenceNumber) ? null : 'in-state-seq-error';
  }

  /** As {@link #fitness}, of all packets with this header. */
  #unfitness(sa: Sa, octets: Uint8Array, now: Instant): DiscardReason | null {
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
    if (sa.parameters.encapsulation !== null) mendChecksum(octets, header, at, length, nextHeader);
    return this.#readHeader(packet) ? 'off' : 'in-hdr-error';
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
    const distance = at - packet.at;
    const header = this.#header;
    header.at += distance;
    header.protocolAt += distance;
    header.nextLayerAt += distance;
    header.nextLayerProtocolAt += distance;
    header.sourceAt += distance;
    header.destinationAt += distance;
    packet.at = at;
  }
}
