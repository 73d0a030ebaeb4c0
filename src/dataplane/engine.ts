/**
 * The userspace data plane of one host: packets from the protected interface are protected and sent,
 * packets from the unprotected interface are verified and delivered.
 *
 *   host ══ protected ══► Outbound ──► fragments ══ unprotected ══► network
 *        ◄═════════════════ Inbound ◄═════════════════════════════
 *
 * Run to completion: {@link Engine.pump} takes packets as long as there are any, up to a bound, and
 * finishes each before the next. It never waits; whoever owns the loop does.
 *
 * @module
 */
import type { CryptoProvider } from '../crypto/context.ts';
import { offeredBy } from '../crypto/offered.ts';
import type { DiscardCounters, Instant, PolicyRecord, SaRecord } from '../ipsec/backend.ts';
import type { Change } from '../ipsec/change.ts';
import { Databases, type Listener } from '../ipsec/databases.ts';
import { type DiscardReason, DiscardTally } from '../ipsec/discard-reason.ts';
import { Inbound } from '../ipsec/inbound.ts';
import { newOpening, type Opening } from '../ipsec/opening.ts';
import { Outbound } from '../ipsec/outbound.ts';
import {
  HEADROOM,
  LONGEST_PACKET,
  type Packet,
  SCRATCH_LENGTH,
  TAILROOM,
} from '../ipsec/packet.ts';
import { type Carriers, type SaId, sameUdpEnd, type UdpEnd } from '../ipsec/sa-parameters.ts';
import type { SpiRequest } from '../ipsec/spi-request.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { type Bulk, bulkOver } from '../octets/bulk.ts';
import {
  ipv4DontFragment,
  ipv4Identification,
  setIpv4Identification,
  updateIpv4Checksum,
} from '../wire/ipv4.ts';
import { IPV6_LEAST_MTU } from '../wire/ipv6.ts';
import type { Offload } from '../wire/virtio-net.ts';
import { Acquires } from './acquires.ts';
import { transmitFragments } from './fragment.ts';
import type { Guard } from './guard.ts';
import type { ProtectedInterface, UnprotectedInterface } from './interfaces.ts';
import { Keepalives, makeKeepalive } from './keepalives.ts';
import { PathMtuDiscovery } from './path-mtu-discovery.ts';
import { finishChecksum, Segmentation } from './segmentation.ts';
import { makeTooBig } from './too-big.ts';
import { makeUdpPacket } from './udp-packet.ts';

/** Packets that are worked on together, of each side in its turn. */
const BATCH = 64;
/** Where a packet of the host is received. */
const PACKET_AT = SCRATCH_LENGTH + HEADROOM;
/** Octets that a packet takes with the room around it. */
const PLACE_LENGTH = HEADROOM + LONGEST_PACKET + 1 + TAILROOM;
/** Where answers to the host's own senders are made, and keepalives. */
const ANSWER_AT = PACKET_AT + LONGEST_PACKET + TAILROOM;
const ANSWER_LENGTH = 2048;
/** Where the packets of a batch are made, and received. */
const PLACES_AT = ANSWER_AT + ANSWER_LENGTH + HEADROOM;

/** Octets of memory that an engine's crypto provider has to work on. */
export const ENGINE_MEMORY_LENGTH: number = PLACES_AT + BATCH * PLACE_LENGTH;

/** What an engine is put together from. */
export interface EngineParts {
  /** Works on a memory of at least {@link ENGINE_MEMORY_LENGTH} octets. */
  readonly crypto: CryptoProvider;
  readonly protectedInterface: ProtectedInterface;
  readonly unprotectedInterface: UnprotectedInterface;
  readonly guard: Guard;
  /**
   * What to do with packets of the host that no policy speaks of: `transmit` where the host hands
   * over all it sends, `discard` where a guard picks those to protect and one that needs none is a
   * sign that the guard and the SPD disagree.
   */
  readonly unmatched: 'transmit' | 'discard';
  /**
   * How long a peer of ESP in UDP hears nothing before it is sent a NAT keepalive, in milliseconds; 0 is
   * for ever, and the default.
   */
  readonly keepaliveMs?: number;
}

export class Engine {
  readonly #parts: EngineParts;
  readonly #databases: Databases;
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;
  readonly #discards = new DiscardTally();
  #acquires = new Acquires();
  readonly #paths: PathMtuDiscovery;
  readonly #keepalives: Keepalives;
  readonly #segmentation: Segmentation;
  readonly #bulk: Bulk;
  readonly #packet: Packet;
  readonly #answer: Packet;
  /** The packets of a batch, and what is known of those that are being opened. */
  readonly #batch: readonly Packet[];
  readonly #openings: readonly Opening[];
  readonly #isOpening: boolean[];
  /** How many packets of the batch wait to be sent. */
  #waiting = 0;
  readonly #transmit: (packet: Packet) => boolean;
  #nextIdentification = 1;
  #admitted: readonly UdpEnd[] = [];
  #committed = false;
  #nextFragmented = 0;

  constructor(parts: EngineParts) {
    const { memory } = parts.crypto;
    this.#parts = parts;
    this.#databases = new Databases(parts.crypto);
    this.#outbound = new Outbound(this.#databases, (entry, template, ends, traffic, now) => {
      const { listener } = this.#databases;
      if (listener !== null) this.#acquires.want(entry, template, ends, traffic, now, listener);
    });
    this.#inbound = new Inbound(this.#databases);
    this.#paths = new PathMtuDiscovery(this.#databases, parts.unprotectedInterface);
    const { octets } = memory;
    this.#segmentation = new Segmentation(octets);
    this.#bulk = bulkOver(octets);
    this.#packet = { memory, at: PACKET_AT, length: 0 };
    this.#answer = { memory, at: ANSWER_AT, length: 0 };
    this.#batch = Array.from({ length: BATCH }, (_, k) => ({ memory, at: placeAt(k), length: 0 }));
    this.#openings = Array.from({ length: BATCH }, newOpening);
    this.#isOpening = new Array<boolean>(BATCH).fill(false);
    this.#transmit = (packet) => parts.unprotectedInterface.transmit(packet);
    this.#keepalives = new Keepalives(parts.keepaliveMs ?? 0, (source, destination) => {
      if (!parts.unprotectedInterface.isOwn(source)) return;
      this.#answer.at = ANSWER_AT;
      makeKeepalive(source, destination, this.#answer);
      this.#transmit(this.#answer);
    });
  }

  /**
   * Makes `changes`, all or none; ports are open and the guard is in place before the first packet
   * meets them.
   */
  commit(changes: readonly Change[], now: Instant): void {
    const { guard, unprotectedInterface } = this.#parts;
    const before = this.#databases.sad.carriers;
    try {
      this.#databases.commit(changes, now, (policies, carriers) => {
        unprotectedInterface.listen({
          udpEnds: [...before.udpEnds, ...carriers.udpEnds],
          compressedTunnels: [...before.compressedTunnels, ...carriers.compressedTunnels],
        });
        guard.install(policies, this.#letIn(carriers));
      });
      this.#committed = true;
    } finally {
      // Closes what SAs that are gone had open, or a commit that failed.
      unprotectedInterface.listen(this.#databases.sad.carriers);
    }
  }

  /**
   * Has what comes to `ends`, the ports of IKE, let in whatever policies say, and what comes to others no
   * more. What an earlier process left in force stays as it is before the first commit.
   */
  admit(ends: readonly UdpEnd[], now: Instant): void {
    this.#admitted = ends;
    if (this.#committed) this.commit([], now);
  }

  /**
   * Sends `payload`, up to {@link LONGEST_UDP_PAYLOAD} octets, in the clear from a port of this host;
   * `false` when the host would not.
   */
  sendDatagram(source: UdpEnd, destination: UdpEnd, payload: Uint8Array, now: Instant): boolean {
    const packet = this.#packet;
    packet.at = PACKET_AT;
    makeUdpPacket(source, destination, payload, packet, true);
    const { version, octets } = destination.address;
    if (version === 4) {
      this.#identify(packet);
      updateIpv4Checksum(packet.memory.octets, packet.at);
    }
    const mtu = this.#paths.towards(version, octets, 0, now);
    return this.#fragmentAndTransmit(packet, mtu) === null;
  }

  /** The names of the algorithms that SAs may have here. */
  offeredAlgorithms(): ReturnType<typeof offeredBy> {
    return offeredBy(this.#parts.crypto);
  }

  /** The SAD as it is now, newest first; records are made as they are taken. */
  sas(now: Instant): Iterable<SaRecord> {
    return this.#databases.sas(now);
  }

  /** The SPD as it is now, newest first; records are made as they are taken. */
  policies(): Iterable<PolicyRecord> {
    return this.#databases.policies();
  }

  /** The SA of that name. */
  sa(id: SaId, now: Instant): SaRecord | null {
    return this.#databases.sa(id, now);
  }

  /** Reserves an SPI by a larval SA; throws `ChangeRefused`. */
  allocateSpi(request: SpiRequest, now: Instant): SaRecord {
    return this.#databases.allocateSpi(request, now);
  }

  /** Has `listener` told of events from now on, in the place of any other; `null` of none. */
  watch(listener: Listener | null): void {
    const acquires = new Acquires();
    this.#acquires = acquires;
    this.#databases.watch(
      listener &&
        ((event) => {
          acquires.note(event);
          listener(event);
        }),
    );
  }

  /** Tells of SAs that expired, some at a time; returns whether there are more to look at now. */
  tellExpired(now: Instant): boolean {
    return this.#databases.tellExpired(now);
  }

  /** Sends the NAT keepalives that are due, some at a time; whether there are more to look at now. */
  keepAlive(now: Instant): boolean {
    return this.#keepalives.look(this.#databases.sad, now);
  }

  /** Packets discarded here, by the guard and before they were received, by reason. */
  discards(): DiscardCounters {
    const { guard, unprotectedInterface } = this.#parts;
    const sum: Record<string, number> = { ...this.#discards.snapshot() };
    for (const counters of [guard.discards(), unprotectedInterface.discards()]) {
      for (const [reason, packets] of Object.entries(counters)) {
        if (packets > 0) sum[reason] = (sum[reason] ?? 0) + packets;
      }
    }
    return sum;
  }

  /** Moves packets of both sides; returns whether there may be more to move at once. */
  pump(now: Instant): boolean {
    const fromNetwork = this.#pumpInbound(now);
    // What was delivered may have been answered already.
    const fromHost = this.#pumpOutbound(now);
    if (fromHost + fromNetwork === 0 || this.#paths.isDue(now)) this.#learnPathMtus(now);
    return fromHost === BATCH || fromNetwork === BATCH;
  }

  /** `carriers`, and what else comes to the host in UDP. */
  #letIn(carriers: Carriers): Carriers {
    const { udpEnds } = carriers;
    const others = this.#admitted.filter((end) => !udpEnds.some((known) => sameUdpEnd(known, end)));
    return { ...carriers, udpEnds: [...udpEnds, ...others] };
  }

  #pumpOutbound(now: Instant): number {
    const { protectedInterface } = this.#parts;
    const packet = this.#packet;
    this.#outbound.endFlow();
    let taken = 0;
    for (; taken < BATCH; taken++) {
      packet.at = PACKET_AT;
      if (!protectedInterface.receive(packet)) break;
      const reason = this.#takeFromHost(packet, now);
      if (reason !== null) this.#discards.count(reason);
    }
    this.#sendWaiting();
    return taken;
  }

  #learnPathMtus(now: Instant): void {
    this.#packet.at = PACKET_AT;
    this.#paths.learn(this.#packet, now);
  }

  /** Receives a batch, has all that can be opened together opened together, then goes on in order. */
  #pumpInbound(now: Instant): number {
    const { crypto, protectedInterface, unprotectedInterface } = this.#parts;
    this.#inbound.startBatch(crypto.memory.octets);
    let taken = 0;
    for (; taken < BATCH && crypto.hasRoom; taken++) {
      const packet = this.#batch[taken];
      const opening = this.#openings[taken];
      if (packet === undefined || opening === undefined) break;
      packet.at = placeAt(taken);
      if (!unprotectedInterface.receive(packet)) break;
      this.#isOpening[taken] = this.#inbound.begin(opening, packet, now);
    }
    crypto.settle();
    for (let k = 0; k < taken; k++) this.#finishInbound(k, now);
    // While there is more, what was delivered may still grow.
    if (taken < BATCH) protectedInterface.flush();
    return taken;
  }

  #finishInbound(place: number, now: Instant): void {
    const packet = this.#batch[place];
    const opening = this.#openings[place];
    if (packet === undefined || opening === undefined) return;
    const verdict =
      this.#isOpening[place] === true
        ? this.#inbound.finish(
            opening,
            packet,
            this.#parts.crypto.wasAuthentic(opening.number),
            now,
          )
        : this.#inbound.process(packet, now);
    if (verdict === 'deliver') this.#parts.protectedInterface.deliver(packet);
    else this.#discards.count(verdict);
  }

  /** Does what the host left to be done on `packet`, and sends what it becomes. */
  #takeFromHost(packet: Packet, now: Instant): DiscardReason | null {
    const { offload } = this.#parts.protectedInterface;
    const { octets } = packet.memory;
    if (offload.segmentSize > 0) return this.#sendSegments(packet, offload, now);
    if (offload.needsChecksum) {
      const { at, length } = packet;
      if (!finishChecksum(octets, this.#bulk, at, length, offload)) return 'out-error';
    }
    return this.#send(packet, now);
  }

  /** Decides once for all segments of `packet`, and sends one after the other. */
  #sendSegments(packet: Packet, offload: Offload, now: Instant): DiscardReason | null {
    const segmentation = this.#segmentation;
    const decision = this.#outbound.decide(packet, now);
    if (decision !== 'protect' && decision !== 'bypass' && decision !== 'unmatched')
      return decision;
    if (decision === 'unmatched' && this.#parts.unmatched === 'discard') return 'out-pol-error';
    if (!segmentation.begin(packet.at, packet.length, offload)) return 'out-error';
    // Those that are as long as the first follow it, most of the time, and all that is asked of it is
    // asked once.
    let followed = 0;
    for (;;) {
      const segment = this.#nextPlace();
      const length = segmentation.next(segment.at);
      if (length === 0) return null;
      segment.length = length;
      if (length === followed) {
        const reason = this.#followInPlace(segment, now);
        if (reason !== null) return reason;
        continue;
      }
      if (!this.#outbound.turnTo(segment)) return 'out-error';
      const waiting = this.#waiting;
      const reason =
        decision === 'protect' ? this.#protect(segment, now, true) : this.#pass(segment, now);
      // What is too large now is too large for all of them, and the sender was told.
      if (reason !== null) return reason;
      if (this.#waiting > waiting && this.#outbound.lead(segment)) followed = length;
    }
  }

  #send(packet: Packet, now: Instant): DiscardReason | null {
    if (this.#outbound.isOfFlow(packet)) return this.#followInPlace(this.#copyToPlace(packet), now);
    const decision = this.#outbound.decide(packet, now);
    switch (decision) {
      case 'protect':
        return this.#protect(packet, now, false);
      case 'unmatched':
        if (this.#parts.unmatched === 'discard') return 'out-pol-error';
        return this.#pass(packet, now);
      case 'bypass':
        return this.#pass(packet, now);
      default:
        return decision;
    }
  }

  /** The next packet of the batch, in its place, to be made and then to wait. */
  #nextPlace(): Packet {
    if (this.#waiting === BATCH || !this.#parts.crypto.hasRoom) this.#sendWaiting();
    const packet = this.#batch[this.#waiting];
    if (packet === undefined) throw new Error('Bug: a batch without places');
    packet.at = placeAt(this.#waiting);
    return packet;
  }

  /** Sends what waits. */
  #sendWaiting(): void {
    const { crypto, unprotectedInterface } = this.#parts;
    crypto.settle();
    if (this.#waiting === 0) return;
    const refused = unprotectedInterface.transmitAll(this.#batch, this.#waiting);
    for (let k = 0; k < refused; k++) this.#discards.count('out-send-error');
    this.#waiting = 0;
  }

  /** Sends a packet that needs no protection, as a router would. */
  #pass(packet: Packet, now: Instant): DiscardReason | null {
    const { header } = this.#outbound;
    const { version, destinationAt, nextLayerProtocol } = header;
    const mtu = this.#paths.towards(version, packet.memory.octets, destinationAt, now);
    if (packet.length > mtu && forbidsCutting(packet, version, nextLayerProtocol)) {
      this.#answerTooBig(packet, mtu);
      return 'out-too-big';
    }
    return this.#fragmentAndTransmit(packet, mtu);
  }

  /** Protects and sends `packet`; one of the batch, in its place, waits for others if it may. */
  #protect(packet: Packet, now: Instant, inPlace: boolean): DiscardReason | null {
    const { version, nextLayerProtocol } = this.#outbound.header;
    const { tunnelEnd } = this.#outbound;
    const mtu = this.#protectedPathMtu(packet, now);
    const length = this.#outbound.protectedLength(packet.length);
    if (length > mtu && forbidsCutting(packet, version, nextLayerProtocol)) {
      this.#answerTooBig(packet, this.#fittingLength(packet, mtu));
      return 'out-too-big';
    }
    if (tunnelEnd === null && version === 4) this.#identify(packet);
    if (length > mtu) {
      return this.#outbound.protect(packet, now) ?? this.#fragmentAndTransmit(packet, mtu);
    }
    const waiting = inPlace ? packet : this.#copyToPlace(packet);
    if (!inPlace) this.#outbound.turnTo(waiting);
    const failure = this.#outbound.protect(waiting, now, true);
    if (failure !== null) return failure;
    this.#waiting += 1;
    if (!inPlace && this.#outbound.lead(waiting)) this.#outbound.leadFlow(packet);
    return null;
  }

  /** Protects a packet of the batch, in its place, as the one that leads was; it waits for others. */
  #followInPlace(packet: Packet, now: Instant): DiscardReason | null {
    const failure = this.#outbound.follow(packet, now);
    if (failure === null) this.#waiting += 1;
    return failure;
  }

  /** Copies `packet` to where it can wait for others. */
  #copyToPlace(packet: Packet): Packet {
    const place = this.#nextPlace();
    packet.memory.octets.copyWithin(place.at, packet.at, packet.at + packet.length);
    place.length = packet.length;
    return place;
  }

  /** The host's stack would number the packet on its way out, under AH's ICV (RFC 6864 §4.1). */
  #identify(packet: Packet): void {
    const { octets } = packet.memory;
    if (ipv4DontFragment(octets, packet.at) || ipv4Identification(octets, packet.at) !== 0) return;
    setIpv4Identification(octets, packet.at, this.#nextIdentification);
    this.#nextIdentification = (this.#nextIdentification % 0xffff) + 1;
  }

  #fragmentAndTransmit(packet: Packet, mtu: number): DiscardReason | null {
    // What came before it leaves before it.
    this.#sendWaiting();
    if (packet.length <= mtu) return this.#transmit(packet) ? null : 'out-send-error';
    this.#nextFragmented = (this.#nextFragmented + 1) >>> 0;
    return transmitFragments(packet, mtu, this.#nextFragmented, this.#transmit)
      ? null
      : 'out-send-error';
  }

  /** That of the way to where the packet goes once it is protected. */
  #protectedPathMtu(packet: Packet, now: Instant): number {
    const { header, tunnelEnd } = this.#outbound;
    return tunnelEnd === null
      ? this.#paths.towards(header.version, packet.memory.octets, header.destinationAt, now)
      : this.#paths.towards(tunnelEnd.version, tunnelEnd.octets, 0, now);
  }

  /** The largest packet whose protected form still fits (RFC 4301 §8.2.1). */
  #fittingLength(packet: Packet, mtu: number): number {
    const { header } = this.#outbound;
    const least = header.version === 6 ? IPV6_LEAST_MTU : header.length;
    let fitting = Math.min(packet.length, mtu);
    while (fitting > least && this.#outbound.protectedLength(fitting) > mtu) fitting--;
    return fitting;
  }

  /** Tells the sender that packets of up to `mtu` octets would do. */
  #answerTooBig(packet: Packet, mtu: number): void {
    this.#answer.at = ANSWER_AT;
    makeTooBig(packet, this.#outbound.header, mtu, this.#answer);
    this.#parts.protectedInterface.deliver(this.#answer);
  }
}

/** Where packet `place` of a batch begins, before headers are put on. */
function placeAt(place: number): number {
  return PLACES_AT + place * PLACE_LENGTH;
}

/**
 * Whether a packet must not become fragments. IPv6 lets its sender do so, and here speaks the sender,
 * or the beginning of a tunnel; of TCP, which can send less at a time, it is asked nevertheless, as
 * long as its packets are longer than every link must carry (RFC 8200 §5). Not of others: Linux hands
 * a datagram of its own over whole, however often it is told that it is too big.
 */
function forbidsCutting(packet: Packet, version: 4 | 6, nextLayerProtocol: number): boolean {
  if (version === 6) {
    return nextLayerProtocol === IP_PROTOCOL.tcp && packet.length > IPV6_LEAST_MTU;
  }
  return ipv4DontFragment(packet.memory.octets, packet.at);
}
