/**
 * The outbound half of the engine: packets of the host are looked up, protected and sent, those of a
 * batch together.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import type { Databases } from '../ipsec/databases.ts';
import type { DiscardReason, DiscardTally } from '../ipsec/discard-reason.ts';
import { Outbound, type OutboundDecision } from '../ipsec/outbound.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { UdpEnd } from '../ipsec/sa-parameters.ts';
import { type Bulk, bulkOver } from '../octets/bulk.ts';
import {
  ipv4DontFragment,
  ipv4Identification,
  setIpv4Identification,
  updateIpv4Checksum,
} from '../wire/ipv4.ts';
import { IPV6_LEAST_MTU } from '../wire/ipv6.ts';
import type { Offload } from '../wire/virtio-net.ts';
import type { Acquires } from './acquires.ts';
import { Belonging } from './belonging.ts';
import { Departures } from './departures.ts';
import type { EngineParts } from './engine-parts.ts';
import type { PathMtuDiscovery } from './path-mtu-discovery.ts';
import { ANSWER_AT, BATCH, PACKET_AT } from './places.ts';
import { finishChecksum, Segmentation } from './segmentation.ts';
import { forbidsCutting, makeTooBig } from './too-big.ts';
import { makeUdpPacket } from './udp-packet.ts';

/** Packets that are worth being taken together. */
const LEAST_TRAIN = 3;

export class OutboundPath {
  readonly #parts: EngineParts;
  readonly #belonging: Belonging;
  readonly #outbound: Outbound;
  readonly #paths: PathMtuDiscovery;
  readonly #acquires: Acquires;
  readonly #discards: DiscardTally;
  readonly #departures: Departures;
  readonly #segmentation: Segmentation;
  readonly #bulk: Bulk;
  readonly #packet: Packet;
  readonly #answer: Packet;
  #nextIdentification = 1;

  /** `acquires` hears of packets that find no SA, and keeps some. */
  constructor(
    parts: EngineParts,
    databases: Databases,
    paths: PathMtuDiscovery,
    acquires: Acquires,
    discards: DiscardTally,
  ) {
    const { memory } = parts.crypto;
    this.#parts = parts;
    this.#belonging = new Belonging(parts.neighbours ?? null);
    this.#outbound = new Outbound(databases, (entry, template, ends, traffic, now) => {
      this.#belonging.noteLack(ends, traffic);
      if (!this.#belonging.isElsewhere) acquires.want(entry, template, ends, traffic, now);
    });
    this.#paths = paths;
    this.#acquires = acquires;
    this.#discards = discards;
    this.#departures = new Departures(parts, discards);
    this.#segmentation = new Segmentation(memory.octets);
    this.#bulk = bulkOver(memory.octets);
    this.#packet = { memory, at: PACKET_AT, length: 0 };
    this.#answer = { memory, at: ANSWER_AT, length: 0 };
  }

  /** Takes a batch from the host, and sends what becomes of it; returns how many packets there were. */
  pump(now: Instant): number {
    const { protectedInterface } = this.#parts;
    const packet = this.#packet;
    this.#outbound.endFlow();
    if (!this.#acquires.held.isEmpty) this.#sendHeld(now);
    let taken = 0;
    for (; taken < BATCH; taken++) {
      packet.at = PACKET_AT;
      if (!protectedInterface.receive(packet)) break;
      const reason = this.#takeFromHost(packet, protectedInterface.offload, now);
      if (reason !== null) this.#discards.count(reason);
    }
    this.#departures.sendWaiting();
    return taken;
  }

  /** As `Engine.sendDatagram`. */
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
    return this.#departures.send(packet, mtu) === null;
  }

  /** Sends held packets whose SAs have come, as if the host had just sent them: but never in the clear. */
  #sendHeld(now: Instant): void {
    const packet = this.#packet;
    for (;;) {
      packet.at = PACKET_AT;
      const offload = this.#acquires.held.take(packet, now);
      if (offload === null) return;
      const reason = this.#sendProtected(packet, offload, now);
      if (reason !== null) this.#discards.count(reason);
    }
  }

  /**
   * Sends `packet` if the SPD still has it protected. When the host sent it a policy promised that. Where
   * that policy is gone or lets pass by now, what the host sends from then on may be in the clear, and
   * this may not: its sender knew the old one. Where it is another that protects, that one holds (RFC 4301
   * §4.4.1: the SPD is consulted when a packet is processed).
   */
  #sendProtected(packet: Packet, offload: Readonly<Offload>, now: Instant): DiscardReason | null {
    const decision = this.#decide(packet, now);
    if (isRefusal(decision)) return this.#unlessHeld(decision, packet, offload, now);
    return decision === 'protect' ? this.#takeFromHost(packet, offload, now) : 'out-pol-error';
  }

  /** `reason`, unless it is that there is no SA yet and `packet` is kept for it, by whom it belongs to. */
  #unlessHeld(
    reason: DiscardReason,
    packet: Packet,
    offload: Readonly<Offload> | null,
    now: Instant,
  ): DiscardReason | null {
    if (reason !== 'out-no-states') return reason;
    if (this.#belonging.isElsewhere) return this.#belonging.handOver(packet, offload);
    return this.#acquires.hold(packet, offload, now) ? null : reason;
  }

  /** Does what the host left to be done on `packet`, and sends what it becomes. */
  #takeFromHost(packet: Packet, offload: Readonly<Offload>, now: Instant): DiscardReason | null {
    const { octets } = packet.memory;
    if (offload.segmentSize > 0) return this.#sendSegments(packet, offload, now);
    if (offload.needsChecksum) {
      const { at, length } = packet;
      if (!finishChecksum(octets, this.#bulk, at, length, offload)) return 'out-error';
    }
    return this.#send(packet, now);
  }

  /** Decides once for all segments of `packet`, and sends one after the other. */
  #sendSegments(packet: Packet, offload: Readonly<Offload>, now: Instant): DiscardReason | null {
    const segmentation = this.#segmentation;
    if (!segmentation.begin(packet.at, packet.length, offload)) return 'out-error';
    const { segmentLength } = segmentation;
    let decision: OutboundDecision | null = null;
    // Those that are as long as the first follow it, and all that is asked of it is asked once.
    let follow = this.#outbound.isOfFlow(packet, segmentLength);
    for (;;) {
      if (follow && this.#followAsTrain(segmentLength, now)) continue;
      const segment = this.#departures.nextPlace();
      const length = segmentation.next(segment.at);
      if (length === 0) return null;
      segment.length = length;
      if (follow && length === segmentLength) {
        const reason = this.#followInPlace(segment, now);
        if (reason !== null) return reason;
        continue;
      }
      decision ??= this.#decide(packet, now);
      if (isRefusal(decision)) {
        // What followed others has left already, and is not to be sent again.
        return follow ? decision : this.#unlessHeld(decision, packet, offload, now);
      }
      if (!follow && this.#belonging.isElsewhere) return this.#belonging.handOver(packet, offload);
      if (!this.#outbound.turnTo(segment)) return 'out-error';
      const { waiting } = this.#departures;
      const reason =
        decision === 'protect' ? this.#protect(segment, now, true) : this.#pass(segment, now);
      // What is too large now is too large for all of them, and the sender was told.
      if (reason !== null) return reason;
      if (this.#departures.waiting <= waiting || length < segmentLength) continue;
      follow = this.#outbound.lead(segment);
      if (follow) this.#outbound.leadFlow(packet, segmentLength);
    }
  }

  #send(packet: Packet, now: Instant): DiscardReason | null {
    if (this.#outbound.isOfFlow(packet, 0))
      return this.#followInPlace(this.#departures.copyToPlace(packet), now);
    const decision = this.#decide(packet, now);
    if (isRefusal(decision)) return this.#unlessHeld(decision, packet, null, now);
    if (this.#belonging.isElsewhere) return this.#belonging.handOver(packet, null);
    return decision === 'protect' ? this.#protect(packet, now, false) : this.#pass(packet, now);
  }

  /** What the SPD says, and the engine where that says nothing. */
  #decide(packet: Packet, now: Instant): OutboundDecision {
    const belonging = this.#belonging;
    belonging.begin();
    const decision = this.#outbound.decide(packet, now);
    if (decision === 'protect' && !belonging.isElsewhere)
      belonging.noteSa(this.#outbound.outermost);
    const isRefused = decision === 'unmatched' && this.#parts.unmatched === 'discard';
    return isRefused ? 'out-pol-error' : decision;
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
    return this.#departures.send(packet, mtu);
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
      return this.#outbound.protect(packet, now) ?? this.#departures.send(packet, mtu);
    }
    const waiting = inPlace ? packet : this.#departures.copyToPlace(packet);
    if (!inPlace) this.#outbound.turnTo(waiting);
    const failure = this.#outbound.protect(waiting, now, true);
    if (failure !== null) return failure;
    this.#departures.wait();
    if (!inPlace && this.#outbound.lead(waiting)) this.#outbound.leadFlow(packet, 0);
    return null;
  }

  /** Protects a packet of the batch, in its place, as the one that leads was; it waits for others. */
  #followInPlace(packet: Packet, now: Instant): DiscardReason | null {
    const failure = this.#outbound.follow(packet, now);
    if (failure === null) this.#departures.wait();
    return failure;
  }

  /**
   * Cuts the next segments, of `length` octets each, and protects them as a train of the series at hand; they
   * wait for others. `false` when there is no such train.
   */
  #followAsTrain(length: number, now: Instant): boolean {
    const departures = this.#departures;
    const segmentation = this.#segmentation;
    if (departures.trainRoom <= 0) departures.sendWaiting();
    const most = Math.min(departures.trainRoom, segmentation.alike);
    if (most < LEAST_TRAIN) return false;
    const count = Math.min(most, this.#outbound.mostInTrain(length, now));
    if (count < LEAST_TRAIN) return false;
    const train = departures.nextTrain(length, count);
    segmentation.nextTrain(train);
    this.#outbound.followTrain(this.#packet.memory.octets, train, now);
    departures.waitTrain();
    return true;
  }

  /** The host's stack would number the packet on its way out, under AH's ICV (RFC 6864 §4.1). */
  #identify(packet: Packet): void {
    const { octets } = packet.memory;
    if (ipv4DontFragment(octets, packet.at) || ipv4Identification(octets, packet.at) !== 0) return;
    setIpv4Identification(octets, packet.at, this.#nextIdentification);
    this.#nextIdentification = (this.#nextIdentification % 0xffff) + 1;
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

function isRefusal(decision: OutboundDecision): decision is DiscardReason {
  return decision !== 'protect' && decision !== 'bypass' && decision !== 'unmatched';
}
