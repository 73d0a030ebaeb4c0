/**
 * Inbound processing (RFC 4301 §5.2): from the packet on the wire to what this host may see.
 *
 *   packet ──► AH or ESP for us? ──► SA by SPI ──► replay check ──► ICV ──► window ──► layer off ─┐
 *                  ▲                                                                              │
 *                  └──────────────────────────────────────────────────────────────────────────────┘
 *                  │ neither
 *                  └──► SPD: were the layers taken off those that the policy asks for?
 *
 * @module
 */
import { addressStandsAt } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { ahHeaderLength, ahNextHeader, ahSequenceNumber, ahSpi, checkAh } from '../wire/ah.ts';
import { checkEsp, espSequenceNumber, espSpi } from '../wire/esp.ts';
import {
  checkIpv4,
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4HeaderLength,
  ipv4IsFragment,
  ipv4Protocol,
  ipv4TotalLength,
  updateIpv4Checksum,
} from '../wire/ipv4.ts';
import type { Instant } from './backend.ts';
import type { Databases } from './databases.ts';
import type { DiscardReason } from './discard-reason.ts';
import type { EspTransform } from './esp-transform.ts';
import { moveIpHeader } from './ip-header.ts';
import type { Packet } from './packet.ts';
import type { Template } from './policy.ts';
import type { Sa } from './sa.ts';
import { newTraffic, readTraffic } from './traffic.ts';

/** What became of an inbound packet; a {@link DiscardReason} says that nobody may see it. */
export type InboundVerdict = 'deliver' | DiscardReason;

/** Layers that one packet may have; Linux has the same bound (XFRM_MAX_DEPTH). */
const MOST_LAYERS = 6;

export class Inbound {
  readonly #databases: Databases;
  readonly #traffic = newTraffic();
  /** The SAs of the packet at hand, outermost first. */
  readonly #layers: Sa[] = [];

  constructor(databases: Databases) {
    this.#databases = databases;
  }

  /** Takes the protection off `packet` in place and checks what is left against the SPD. */
  process(packet: Packet, now: Instant): InboundVerdict {
    const { octets } = packet.memory;
    if (checkIpv4(octets, packet.at, packet.length) !== null) return 'in-hdr-error';
    packet.length = ipv4TotalLength(octets, packet.at);
    this.#layers.length = 0;
    for (;;) {
      const protocol = ipv4Protocol(octets, packet.at);
      if (protocol !== IP_PROTOCOL.esp && protocol !== IP_PROTOCOL.ah) break;
      // Reassembly comes first (RFC 4303 §3.4.1).
      if (ipv4IsFragment(octets, packet.at)) return 'in-hdr-error';
      if (this.#layers.length === MOST_LAYERS) return 'in-hdr-error';
      const failure =
        protocol === IP_PROTOCOL.esp ? this.#takeOffEsp(packet, now) : this.#takeOffAh(packet, now);
      if (failure !== null) return failure;
    }
    if (this.#layers.length > 0) updateIpv4Checksum(octets, packet.at);
    return this.#admit(packet, now);
  }

  #takeOffEsp(packet: Packet, now: Instant): DiscardReason | null {
    const { octets } = packet.memory;
    const ipLength = ipv4HeaderLength(octets, packet.at);
    const at = packet.at + ipLength;
    const length = packet.length - ipLength;
    if (checkEsp(octets, at, length) !== null) return 'in-hdr-error';
    const destinationAt = packet.at + IPV4_DESTINATION;
    const sa = this.#databases.sad.inbound('esp', espSpi(octets, at), octets, destinationAt);
    if (sa?.transform.protocol !== 'esp') return 'in-no-states';
    const sequenceNumber = espSequenceNumber(octets, at);
    const unfit = fitness(sa, sequenceNumber, packet, now);
    if (unfit !== null) return unfit;
    const { esp } = sa.transform;
    const failure = esp.open(at, length);
    if (failure !== null) return failure;
    // Only now, the ICV being right, does the window move (RFC 4303 §3.4.3).
    sa.accept(sequenceNumber);
    const dummy = stripEsp(packet, ipLength, esp);
    if (dummy === null) this.#countLayer(sa, packet, now);
    return dummy;
  }

  #takeOffAh(packet: Packet, now: Instant): DiscardReason | null {
    const { octets } = packet.memory;
    const ipLength = ipv4HeaderLength(octets, packet.at);
    const at = packet.at + ipLength;
    if (checkAh(octets, at, packet.length - ipLength) !== null) return 'in-hdr-error';
    const destinationAt = packet.at + IPV4_DESTINATION;
    const sa = this.#databases.sad.inbound('ah', ahSpi(octets, at), octets, destinationAt);
    if (sa?.transform.protocol !== 'ah') return 'in-no-states';
    const sequenceNumber = ahSequenceNumber(octets, at);
    const unfit = fitness(sa, sequenceNumber, packet, now);
    if (unfit !== null) return unfit;
    const { ah } = sa.transform;
    const ahLength = ahHeaderLength(octets, at);
    const failure = ah.open(packet.at, packet.length, ahLength);
    if (failure !== null) return failure;
    sa.accept(sequenceNumber);
    stripAh(packet, ipLength, ahLength);
    this.#countLayer(sa, packet, now);
    return null;
  }

  /** Counts `packet`, from which the layer was taken off: as much as the sender counted. */
  #countLayer(sa: Sa, packet: Packet, now: Instant): void {
    sa.use(packet.length, now);
    this.#layers.push(sa);
  }

  /** Whether the policy for what is left of the packet is content with the layers it had. */
  #admit(packet: Packet, now: Instant): InboundVerdict {
    readTraffic(this.#traffic, packet, false);
    const entry = this.#databases.spd.lookup('inbound', this.#traffic);
    // As Linux does: what no policy speaks of is admitted.
    if (entry === undefined) return 'deliver';
    if (entry === 'hidden') return 'in-tmpl-mismatch';
    entry.use(now);
    const { action } = entry.policy;
    switch (action.kind) {
      case 'bypass':
        return 'deliver';
      case 'discard':
        return 'in-pol-block';
      case 'protect':
        return this.#satisfies(action.templates) ? 'deliver' : 'in-tmpl-mismatch';
    }
  }

  /**
   * Whether every layer required is among those taken off, in order from the outermost. Further
   * layers do no harm, nor does it matter whether those of level `use` are there.
   */
  #satisfies(templates: readonly Template[]): boolean {
    let place = 0;
    for (let k = templates.length - 1; k >= 0; k--) {
      const template = templates[k];
      if (template === undefined || template.level === 'use') continue;
      const found = this.#findLayer(template, place);
      if (found < 0) return false;
      place = found + 1;
    }
    return true;
  }

  /** The first layer from `place` on that serves `template`, or -1. */
  #findLayer(template: Template, place: number): number {
    for (let k = place; k < this.#layers.length; k++) {
      const parameters = this.#layers[k]?.parameters;
      if (
        parameters?.protocol === template.protocol &&
        parameters.mode === template.mode &&
        (template.reqid === 0 || template.reqid === parameters.reqid)
      ) {
        return k;
      }
    }
    return -1;
  }
}

/** What can be said against a packet before its ICV is verified. */
function fitness(
  sa: Sa,
  sequenceNumber: number,
  packet: Packet,
  now: Instant,
): DiscardReason | null {
  // ESP does not cover the address that the policy will be looked up by (RFC 4301 §5.2, step 4).
  // Asked before the window moves: a copy under another address must not use up the number.
  if (!addressStandsAt(sa.parameters.source, packet.memory.octets, packet.at + IPV4_SOURCE)) {
    return 'in-state-mismatch';
  }
  if (sa.stateAt(now) === 'dead') return 'in-state-expired';
  return sa.mayAccept(sequenceNumber) ? null : 'in-state-seq-error';
}

/** Moves the IP header to the payload that `esp` opened. */
function stripEsp(packet: Packet, ipLength: number, esp: EspTransform): DiscardReason | null {
  // A dummy packet (RFC 4303 §2.6); Linux counts it so.
  if (esp.nextHeader === IP_PROTOCOL['ipv6-nonxt']) return 'in-state-proto-error';
  const length = ipLength + esp.payloadLength;
  moveIpHeader(packet, ipLength, esp.payloadAt - ipLength, length, esp.nextHeader);
  return null;
}

function stripAh(packet: Packet, ipLength: number, ahLength: number): void {
  const nextHeader = ahNextHeader(packet.memory.octets, packet.at + ipLength);
  const length = packet.length - ahLength;
  moveIpHeader(packet, ipLength, packet.at + ahLength, length, nextHeader);
}
