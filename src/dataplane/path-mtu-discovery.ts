/**
 * Path MTU discovery for protected packets (RFC 4301 §8.2, RFC 1191, RFC 8201).
 *
 *   router ── ICMP "too big" ──► about a packet of an SA of ours? ──► learned, for that destination
 *                                                                          │
 *   host ── its next packet, too large once protected ◄── "too big" ───────┘   (`outbound-path.ts`)
 *
 * The host's senders hear of it when they send again (RFC 4301 §8.2.1): an error quotes too little of
 * what was protected to tell whose it was.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import type { Databases } from '../ipsec/databases.ts';
import type { Packet } from '../ipsec/packet.ts';
import { isOfOutboundSa } from '../ipsec/quoted-packet.ts';
import type { UnprotectedInterface } from './interfaces.ts';
import { LearnedMtus } from './learned-mtus.ts';
import { newTooBigReport, readTooBig, type TooBigReport } from './too-big-report.ts';

/** How long errors may wait while packets move. */
const INTERVAL_MS = 20;
/** Errors that are read at a time: packets come first. */
const MOST_AT_A_TIME = 16;
/** MTUs of usual links, for routers that tell none (RFC 1191 §7.1). */
const PLATEAUS = [32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508] as const;

export class PathMtuDiscovery {
  readonly #databases: Databases;
  readonly #interface: UnprotectedInterface;
  readonly #learned = new LearnedMtus();
  readonly #report: TooBigReport = newTooBigReport();
  #lastLook: Instant = 0;

  constructor(databases: Databases, unprotectedInterface: UnprotectedInterface) {
    this.#databases = databases;
    this.#interface = unprotectedInterface;
  }

  /** Whether it is time to {@link learn}, however many packets move. Clocks may be set back. */
  isDue(now: Instant): boolean {
    return now < this.#lastLook || now >= this.#lastLook + INTERVAL_MS;
  }

  /** Learns from the errors that wait; each is received to `place`. */
  learn(place: Packet, now: Instant): void {
    this.#lastLook = now;
    for (let taken = 0; taken < MOST_AT_A_TIME; taken++) {
      if (!this.#interface.receiveTooBig(place)) return;
      this.#take(place, now);
    }
  }

  /** The largest packet that gets to the address of `version` at `destinationAt` in one piece. */
  towards(version: 4 | 6, octets: Uint8Array, destinationAt: number, now: Instant): number {
    const configured = this.#interface.pathMtu(version, octets, destinationAt, now);
    return Math.min(configured, this.#learned.towards(version, octets, destinationAt, now));
  }

  #take({ memory: { octets }, at, length }: Packet, now: Instant): void {
    const report = this.#report;
    if (!readTooBig(report, octets, at, length)) return;
    const { quoted } = report;
    const isUntold = report.mtu === 0 && quoted.version === 4;
    const mtu = isUntold ? plateauBelow(quoted.totalLength) : report.mtu;
    // A packet that fits was not too big.
    if (mtu >= quoted.totalLength) return;
    if (!isOfOutboundSa(this.#databases.sad, quoted, octets, report.end)) return;
    this.#learned.learn(quoted.version, octets, quoted.destinationAt, mtu, now);
  }
}

function plateauBelow(length: number): number {
  return PLATEAUS.find((plateau) => plateau < length) ?? 0;
}
