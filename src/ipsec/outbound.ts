/**
 * Outbound processing (RFC 4301 §5.1): from a packet of this host to the packet on the wire.
 *
 *   packet ──► SPD ──┬─ no entry, bypass ──► as it is
 *                    ├─ discard
 *                    └─ protect ──► an SA for each layer ──► sealed, innermost first
 *
 * Transport mode over IPv4: the IP header moves to the front, the ESP or AH header goes between it
 * and the payload, and the payload stays where it is.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import {
  checkIpv4,
  ipv4HeaderLength,
  ipv4IsFragment,
  ipv4Protocol,
  ipv4TotalLength,
  updateIpv4Checksum,
} from '../wire/ipv4.ts';
import type { AhTransform } from './ah-transform.ts';
import type { Instant } from './backend.ts';
import type { Databases } from './databases.ts';
import type { DiscardReason } from './discard-reason.ts';
import type { EspTransform } from './esp-transform.ts';
import { moveIpHeader } from './ip-header.ts';
import type { Packet } from './packet.ts';
import type { Template } from './policy.ts';
import type { Sa } from './sa.ts';
import type { Traffic } from './selector.ts';
import type { SpdEntry } from './spd.ts';
import { newTraffic, readTraffic } from './traffic.ts';

/**
 * What the SPD says about an outbound packet. `unmatched` is no policy at all; a
 * {@link DiscardReason} says that the packet must not be sent.
 */
export type OutboundDecision = 'protect' | 'bypass' | 'unmatched' | DiscardReason;

/** Is told that a packet found no SA for a layer; `traffic` is good until it returns. */
export type Wanted = (entry: SpdEntry, template: Template, traffic: Traffic, now: Instant) => void;

const LONGEST_PACKET = 0xffff;

/** Decides about one packet at a time, then protects it. */
export class Outbound {
  readonly #databases: Databases;
  readonly #wanted: Wanted;
  readonly #traffic = newTraffic();
  /** The SAs of the packet at hand, innermost first. */
  readonly #bundle: Sa[] = [];

  constructor(databases: Databases, wanted: Wanted = () => undefined) {
    this.#databases = databases;
    this.#wanted = wanted;
  }

  /** Looks `packet` up in the SPD and finds the SAs that a policy asks for. Changes nothing in it. */
  decide(packet: Packet, now: Instant): OutboundDecision {
    const { octets } = packet.memory;
    if (checkIpv4(octets, packet.at, packet.length) !== null) return 'out-error';
    packet.length = ipv4TotalLength(octets, packet.at);
    readTraffic(this.#traffic, packet, true);
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
        // Transport mode is for whole datagrams only (RFC 4303 §3.3.4).
        if (ipv4IsFragment(octets, packet.at)) return 'out-error';
        return this.#findBundle(entry, action.templates, now);
    }
  }

  /** How long a packet of `length` octets, IP header included, gets under the SAs decided on. */
  protectedLength(length: number, ipLength: number): number {
    let total = length;
    for (const { transform } of this.#bundle) {
      total =
        transform.protocol === 'esp'
          ? ipLength + transform.esp.sealedLength(total - ipLength)
          : total + transform.ah.headerLength;
    }
    return total;
  }

  /** Protects `packet` in place with the SAs decided on, innermost layer first. */
  protect(packet: Packet, now: Instant): DiscardReason | null {
    const { octets } = packet.memory;
    const ipLength = ipv4HeaderLength(octets, packet.at);
    if (this.protectedLength(packet.length, ipLength) > LONGEST_PACKET) return 'out-error';
    for (const sa of this.#bundle) {
      // Asked again: one SA may serve two layers of the packet.
      if (!sa.canSend) return 'out-state-seq-error';
      sa.use(packet.length, now);
      const sequenceNumber = sa.nextSequenceNumber();
      if (sa.transform.protocol === 'esp') {
        sealEsp(packet, ipLength, sa.transform.esp, sequenceNumber);
      } else {
        const failure = sealAh(packet, ipLength, sa.transform.ah, sequenceNumber);
        if (failure !== null) return failure;
      }
    }
    updateIpv4Checksum(octets, packet.at);
    return null;
  }

  /** All layers are found before the first is put on: no packet goes half protected. */
  #findBundle(entry: SpdEntry, templates: readonly Template[], now: Instant): OutboundDecision {
    this.#bundle.length = 0;
    for (const template of templates) {
      const sa = this.#databases.sad.outbound(template, this.#traffic, now);
      if (sa === undefined) {
        this.#wanted(entry, template, this.#traffic, now);
        if (template.level === 'use') continue;
        return 'out-no-states';
      }
      if (sa.stateAt(now) === 'dead') return 'out-state-expired';
      if (!sa.canSend) return 'out-state-seq-error';
      this.#bundle.push(sa);
    }
    return this.#bundle.length > 0 ? 'protect' : 'bypass';
  }
}

function sealEsp(
  packet: Packet,
  ipLength: number,
  esp: EspTransform,
  sequenceNumber: number,
): void {
  const payloadAt = packet.at + ipLength;
  const payloadLength = packet.length - ipLength;
  const nextHeader = ipv4Protocol(packet.memory.octets, packet.at);
  const length = ipLength + esp.sealedLength(payloadLength);
  // The IP header goes first: the ESP header is written where it stood.
  moveIpHeader(packet, ipLength, packet.at - esp.headerLength, length, IP_PROTOCOL.esp);
  esp.seal(payloadAt, payloadLength, nextHeader, sequenceNumber);
}

function sealAh(
  packet: Packet,
  ipLength: number,
  ah: AhTransform,
  sequenceNumber: number,
): DiscardReason | null {
  const nextHeader = ipv4Protocol(packet.memory.octets, packet.at);
  const length = packet.length + ah.headerLength;
  moveIpHeader(packet, ipLength, packet.at - ah.headerLength, length, IP_PROTOCOL.ah);
  return ah.seal(packet.at, packet.length, nextHeader, sequenceNumber);
}
