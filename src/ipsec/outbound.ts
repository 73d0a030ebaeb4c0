/**
 * Outbound processing (RFC 4301 §5.1): from a packet of this host to the packet on the wire.
 *
 *   packet ──► SPD ──┬─ no entry, bypass ──► as it is
 *                    ├─ discard
 *                    └─ protect ──► an SA for each layer ──► sealed, innermost first
 *
 * The payload stays where it is. In transport mode the IP header moves to the front, and the header
 * of AH, ESP or IPComp goes between it and the payload; in tunnel mode the whole packet is the
 * payload, and another IP header goes in front.
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u8 } from '../octets/octets.ts';
import { finishIpHeader, type IpHeader, newIpHeader, readIp } from '../wire/ip.ts';
import { emitUdpHeader, UDP_HEADER_LENGTH, updateUdpChecksum } from '../wire/udp.ts';
import type { AhTransform } from './ah-transform.ts';
import type { Instant } from './backend.ts';
import type { Databases } from './databases.ts';
import type { DiscardReason } from './discard-reason.ts';
import { EspSeries } from './esp-series.ts';
import type { EspTransform } from './esp-transform.ts';
import { moveIpHeader } from './ip-header.ts';
import type { IpcompTransform } from './ipcomp-transform.ts';
import { LONGEST_PACKET, type Packet } from './packet.ts';
import type { Template } from './policy.ts';
import { refusedBy, type Sa } from './sa.ts';
import type { Traffic } from './selector.ts';
import { SentFlow } from './sent-flow.ts';
import { servingSa } from './serving-sa.ts';
import type { SpdEntry } from './spd-entry.ts';
import { newTraffic, readTraffic } from './traffic.ts';
import {
  forbidsFragments,
  type OuterFields,
  outerHeaderLength,
  putOuterHeader,
  trafficClassOf,
  tunnelledProtocol,
} from './tunnel.ts';

/**
 * What the SPD says about an outbound packet. `unmatched` is no policy at all; a
 * {@link DiscardReason} says that the packet must not be sent.
 */
export type OutboundDecision = 'protect' | 'bypass' | 'unmatched' | DiscardReason;

/**
 * Is told that a packet found no SA for a layer, from one end to the other; `null` where they are the
 * packet's own addresses. `traffic` is good until it returns.
 */
export type Wanted = (
  entry: SpdEntry,
  template: Template,
  ends: Template['endpoints'],
  traffic: Traffic,
  now: Instant,
) => void;

/** Decides about one packet at a time, then protects it. */
export class Outbound {
  readonly #databases: Databases;
  readonly #wanted: Wanted;
  readonly #header = newIpHeader();
  readonly #traffic = newTraffic();
  readonly #outer: OuterFields = { trafficClass: 0, dontFragment: false };
  /** The SAs of the packet at hand, innermost first. */
  readonly #bundle: Sa[] = [];
  #nextIdentification = 1;
  /** Whether the layer at hand may be sealed when the crypto provider settles. */
  #later = false;
  readonly #series: EspSeries;
  readonly #flow = new SentFlow();

  /** `wanted` hears of packets that find no SA. */
  constructor(databases: Databases, wanted: Wanted = () => undefined) {
    this.#databases = databases;
    this.#wanted = wanted;
    this.#series = new EspSeries(() => this.#identification());
  }

  /** The header of the packet at hand. */
  get header(): Readonly<IpHeader> {
    return this.#header;
  }

  /** Looks `packet` up in the SPD and finds the SAs that a policy asks for. Changes nothing in it. */
  decide(packet: Packet, now: Instant): OutboundDecision {
    const { octets } = packet.memory;
    const header = this.#header;
    if (!readIp(header, octets, packet.at, packet.length)) return 'out-error';
    packet.length = header.totalLength;
    readTraffic(this.#traffic, octets, header, true);
    const entry = this.#databases.spd.lookup('outbound', this.#traffic);
    if (entry === undefined) return 'unmatched';
    if (entry === 'hidden') return 'out-pol-block';
    entry.use(now);
    const { action } = entry.policy;
    switch (action.kind) {
      case 'bypass':
        return 'bypass';
      case 'discard':
        return 'out-pol-block';
      case 'protect':
        return this.#findBundle(entry, action.templates, now);
    }
  }

  /** How long a packet of `length` octets gets under the SAs decided on; at most. */
  protectedLength(length: number): number {
    let ipLength = this.#header.length;
    let total = length;
    for (const { transform, parameters } of this.#bundle) {
      const { mode, destination, encapsulation } = parameters;
      const front = mode === 'tunnel' ? 0 : ipLength;
      if (mode === 'tunnel') ipLength = outerHeaderLength(destination.version);
      total = ipLength + total - front;
      if (transform.protocol === 'esp') {
        total = ipLength + transform.esp.sealedLength(total - ipLength);
        if (encapsulation !== null) total += UDP_HEADER_LENGTH;
      } else if (transform.protocol === 'ah') {
        total += transform.ah.headerLength;
      }
    }
    return total;
  }

  /** Where the outermost tunnel goes; `null` when the packet keeps its own destination. */
  get tunnelEnd(): IpAddress | null {
    for (let k = this.#bundle.length - 1; k >= 0; k--) {
      const parameters = this.#bundle[k]?.parameters;
      if (parameters?.mode === 'tunnel') return parameters.destination;
    }
    return null;
  }

  /**
   * Has the SAs that were decided on protect `segment`, too: a part of what was decided about, with the
   * same addresses. `false` when its header is malformed.
   */
  turnTo(segment: Packet): boolean {
    return readIp(this.#header, segment.memory.octets, segment.at, segment.length);
  }

  /**
   * Protects `packet` in place with the SAs decided on, innermost layer first. With `later`, the
   * outermost layer may be sealed only when the crypto provider settles.
   */
  protect(packet: Packet, now: Instant, later = false): DiscardReason | null {
    const { octets } = packet.memory;
    if (this.protectedLength(packet.length) > LONGEST_PACKET) return 'out-error';
    // One tunnel in another hands on what the packet itself says.
    this.#outer.trafficClass = trafficClassOf(octets, packet.at, this.#header.version);
    this.#outer.dontFragment = forbidsFragments(
      octets,
      packet.at,
      packet.length,
      this.#header.version,
    );
    const outermost = later ? this.#bundle.at(-1) : undefined;
    this.#series.notePlain(octets, this.#header);
    for (const sa of this.#bundle) {
      this.#later = sa === outermost && maySealLater(sa);
      // Asked again: one SA may serve two layers of the packet.
      if (!sa.canSend) return refusedBy(sa, 'out-state-seq-error');
      sa.use(packet.length, now);
      const failure =
        sa.parameters.mode === 'tunnel' ? this.#tunnel(packet, sa) : this.#transport(packet, sa);
      if (failure !== null) return failure;
    }
    finishIpHeader(octets, this.#header);
    return null;
  }

  /**
   * Begins a series with `packet`, which {@link turnTo} and then {@link protect}, later, had last:
   * whether others can {@link follow}.
   */
  lead(packet: Packet): boolean {
    this.#flow.forget();
    const [sa] = this.#bundle;
    if (sa === undefined || this.#bundle.length > 1 || !maySealLater(sa)) return false;
    return this.#series.begin(packet, sa);
  }

  /** Has packets like `plain`, as the host sent it, follow the one that leads now: what it became. */
  leadFlow(plain: Packet): void {
    this.#flow.note(plain);
  }

  /** Forgets the flow: when SAD or SPD may change. */
  endFlow(): void {
    this.#flow.forget();
  }

  /** Whether `packet`, just received, can {@link follow} without being decided about. */
  isOfFlow(packet: Packet): boolean {
    return this.#flow.hasLike(packet);
  }

  /**
   * Protects `packet`, later, as the one that leads its series: one of the same length, with the same
   * headers but for what segments of one packet differ in.
   */
  follow(packet: Packet, now: Instant): DiscardReason | null {
    return this.#series.follow(packet, now);
  }

  #transport(packet: Packet, sa: Sa): DiscardReason | null {
    const header = this.#header;
    const { transform } = sa;
    const nextHeader = u8(packet.memory.octets, header.protocolAt);
    switch (transform.protocol) {
      case 'esp':
        sealEsp(packet, header, transform.esp, sa, nextHeader, this.#later);
        return null;
      case 'ah':
        return sealAh(packet, header, transform.ah, sa, nextHeader);
      case 'ipcomp':
        compress(packet, header, transform.ipcomp, nextHeader);
        return null;
    }
  }

  #tunnel(packet: Packet, sa: Sa): DiscardReason | null {
    const { octets } = packet.memory;
    const header = this.#header;
    const { transform, parameters } = sa;
    // What goes inside is finished first.
    finishIpHeader(octets, header);
    let protocol = tunnelledProtocol(header.version);
    if (transform.protocol === 'esp') {
      protocol = sealPayload(packet, transform.esp, sa, protocol, this.#later);
    } else if (transform.protocol === 'ipcomp') {
      const length = transform.ipcomp.compress(packet.at, packet.length, protocol);
      if (length !== null) {
        packet.length = length;
        protocol = IP_PROTOCOL.ipcomp;
      }
    }
    putOuterHeader(packet, header, parameters, protocol, this.#outer, this.#identification());
    if (parameters.encapsulation !== null) sumUdp(octets, header);
    if (transform.protocol !== 'ah') return null;
    return sealAh(packet, header, transform.ah, sa, protocol);
  }

  /** For packets that become fragments, here or on the way (RFC 6864 §4.2). */
  #identification(): number {
    const identification = this.#nextIdentification;
    this.#nextIdentification = (identification % 0xffff) + 1;
    return identification;
  }

  /** All layers are found before the first is put on: no packet goes half protected. */
  #findBundle(entry: SpdEntry, templates: readonly Template[], now: Instant): OutboundDecision {
    this.#bundle.length = 0;
    let tunnel: Template['endpoints'] = null;
    for (const template of templates) {
      const ends: Template['endpoints'] = template.endpoints ?? tunnel;
      const sa = servingSa(this.#databases.sad, template, ends, this.#traffic, now);
      if (sa === undefined) {
        this.#wanted(entry, template, ends, this.#traffic, now);
        if (template.level === 'use') continue;
        return 'out-no-states';
      }
      if (sa.stateAt(now) === 'dead') return refusedBy(sa, 'out-state-expired');
      if (!sa.canSend) return refusedBy(sa, 'out-state-seq-error');
      // Transport mode is for whole datagrams only (RFC 4303 §3.3.4).
      if (tunnel === null && template.mode === 'transport' && this.#header.isFragment) {
        return 'out-error';
      }
      tunnel = ends;
      this.#bundle.push(sa);
    }
    return this.#bundle.length > 0 ? 'protect' : 'bypass';
  }
}

/** The checksum that UDP needs under IPv6 is over what was sealed. */
function maySealLater({ parameters: { encapsulation, destination } }: Sa): boolean {
  return encapsulation === null || destination.version === 4;
}

function seal(
  esp: EspTransform,
  payloadAt: number,
  payloadLength: number,
  nextHeader: number,
  sequenceNumber: number,
  later: boolean,
): void {
  if (later) esp.sealLater(payloadAt, payloadLength, nextHeader, sequenceNumber);
  else esp.seal(payloadAt, payloadLength, nextHeader, sequenceNumber);
}

/**
 * Makes all of `packet` the payload of an ESP packet, in a UDP datagram if the SA says so
 * (RFC 3948 §2.1). Returns the protocol that it is of now.
 */
function sealPayload(
  packet: Packet,
  esp: EspTransform,
  sa: Sa,
  nextHeader: number,
  later: boolean,
): number {
  const { encapsulation } = sa.parameters;
  seal(esp, packet.at, packet.length, nextHeader, sa.nextSequenceNumber(), later);
  packet.at -= esp.headerLength;
  packet.length = esp.sealedLength(packet.length);
  if (encapsulation === null) return IP_PROTOCOL.esp;
  packet.at -= UDP_HEADER_LENGTH;
  packet.length += UDP_HEADER_LENGTH;
  const { sourcePort, destinationPort } = encapsulation;
  emitUdpHeader(sourcePort, destinationPort, packet.length, packet.memory.octets, packet.at);
  return IP_PROTOCOL.udp;
}

function sealEsp(
  packet: Packet,
  header: IpHeader,
  esp: EspTransform,
  sa: Sa,
  nextHeader: number,
  later: boolean,
): void {
  const { encapsulation } = sa.parameters;
  const payloadAt = packet.at + header.length;
  const payloadLength = packet.length - header.length;
  const udpLength = encapsulation === null ? 0 : UDP_HEADER_LENGTH;
  const sealedLength = esp.sealedLength(payloadLength);
  const protocol = encapsulation === null ? IP_PROTOCOL.esp : IP_PROTOCOL.udp;
  // The IP header goes first: the ESP header is written where it stood.
  const distance = -(esp.headerLength + udpLength);
  const length = header.length + udpLength + sealedLength;
  moveIpHeader(packet, header, distance, length, protocol);
  seal(esp, payloadAt, payloadLength, nextHeader, sa.nextSequenceNumber(), later);
  if (encapsulation === null) return;
  const { octets } = packet.memory;
  const { sourcePort, destinationPort } = encapsulation;
  const udpAt = packet.at + header.length;
  emitUdpHeader(sourcePort, destinationPort, udpLength + sealedLength, octets, udpAt);
  sumUdp(octets, header);
}

/** UDP needs a checksum under IPv6, and is better without one under IPv4 (RFC 3948 §2.1). */
function sumUdp(octets: Uint8Array, header: IpHeader): void {
  if (header.version === 4) return;
  const at = header.at + header.length;
  updateUdpChecksum(octets, at, header.totalLength - header.length, header.sourceAt, 32);
}

function sealAh(
  packet: Packet,
  header: IpHeader,
  ah: AhTransform,
  sa: Sa,
  nextHeader: number,
): DiscardReason | null {
  const length = packet.length + ah.headerLength;
  moveIpHeader(packet, header, -ah.headerLength, length, IP_PROTOCOL.ah);
  return ah.seal(header, nextHeader, sa.nextSequenceNumber());
}

function compress(
  packet: Packet,
  header: IpHeader,
  ipcomp: IpcompTransform,
  nextHeader: number,
): void {
  const payloadAt = packet.at + header.length;
  const length = ipcomp.compress(payloadAt, packet.length - header.length, nextHeader);
  if (length === null) return;
  moveIpHeader(packet, header, 0, header.length + length, IP_PROTOCOL.ipcomp);
}
