/**
 * Outbound processing (RFC 4301 §5.1): from a packet of this host to the packet on the wire.
 *
 *   packet ──► SPD ──┬─ no entry, bypass ──► as it is
 *                    ├─ discard
 *                    └─ protect ──► an SA for each layer ──► sealed, innermost first
 *
 * `outbound-layer.ts` puts one layer on.
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import type { Train } from '../octets/trains.ts';
import { finishIpHeader, type IpHeader, newIpHeader, readIp } from '../wire/ip.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import type { Instant } from './backend.ts';
import type { Databases } from './databases.ts';
import type { DiscardReason } from './discard-reason.ts';
import { EspSeries } from './esp-series.ts';
import { Identifications } from './identifications.ts';
import { putBehindHeader, putInTunnel } from './outbound-layer.ts';
import { LONGEST_PACKET, type Packet } from './packet.ts';
import type { Template } from './policy.ts';
import { refusedBy, type Sa } from './sa.ts';
import type { SaParameters } from './sa-parameters.ts';
import type { Traffic } from './selector.ts';
import { SentFlow } from './sent-flow.ts';
import { servingSa } from './serving-sa.ts';
import type { SpdEntry } from './spd-entry.ts';
import { newTraffic, readTraffic } from './traffic.ts';
import { forbidsFragments, type OuterFields, outerHeaderLength, trafficClassOf } from './tunnel.ts';

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
  /** Of outer headers. */
  readonly #identifications = new Identifications();
  readonly #series = new EspSeries(this.#identifications);
  readonly #flow = new SentFlow();

  /** `wanted` hears of packets that find no SA. */
  constructor(databases: Databases, wanted: Wanted = () => undefined) {
    this.#databases = databases;
    this.#wanted = wanted;
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

  /** What the outermost of the SAs decided on is; there is one. */
  get outermost(): SaParameters {
    const sa = this.#bundle.at(-1);
    if (sa === undefined) throw new Error('Bug: no SA was decided on');
    return sa.parameters;
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
      const putOff = sa === outermost && maySealLater(sa);
      // Asked again: one SA may serve two layers of the packet.
      if (!sa.canSend) return refusedBy(sa, 'out-state-seq-error');
      sa.use(packet.length, now);
      const failure =
        sa.parameters.mode === 'tunnel'
          ? putInTunnel(packet, this.#header, sa, this.#outer, this.#identifications.next(), putOff)
          : putBehindHeader(packet, this.#header, sa, putOff);
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

  /**
   * Has packets like `plain`, as the host sent it, follow the one that leads now: what it became. Where
   * `segmentLength` is not 0, that is the first of the segments, so long, that they are cut to.
   */
  leadFlow(plain: Packet, segmentLength: number): void {
    this.#flow.note(plain, segmentLength);
  }

  /** Forgets the flow: when SAD or SPD may change. */
  endFlow(): void {
    this.#flow.forget();
  }

  /** Whether `packet`, just received, or its segments can {@link follow} without being decided about. */
  isOfFlow(packet: Packet, segmentLength: number): boolean {
    return this.#flow.hasLike(packet, segmentLength);
  }

  /**
   * Protects `packet`, later, as the one that leads its series: one of the same length, with the same
   * headers but for what segments of one packet differ in.
   */
  follow(packet: Packet, now: Instant): DiscardReason | null {
    return this.#series.follow(packet, now);
  }

  /** How many packets of `length` octets can {@link follow} as a train; 0 where each must by itself. */
  mostInTrain(length: number, now: Instant): number {
    return this.#series.mostInTrain(length, now);
  }

  /** As {@link follow}, of a train: see `EspSeries`. */
  followTrain(octets: Uint8Array, train: Train, now: Instant): void {
    this.#series.followTrain(octets, train, now);
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
