/**
 * The userspace data plane of one host: packets from the protected interface are protected and sent,
 * packets from the unprotected interface are verified and delivered.
 *
 *   host ══ protected ══► OutboundPath ──► Departures ══ unprotected ══► network
 *        ◄═════════════════ InboundPath ◄══════════════════════════════
 *
 * Run to completion: {@link Engine.pump} takes packets as long as there are any, up to a bound, and
 * finishes each before the next. It never waits; whoever owns the loop does.
 *
 * @module
 */
import { offeredBy } from '../crypto/offered.ts';
import type { DiscardCounters, Instant, PolicyRecord, SaRecord } from '../ipsec/backend.ts';
import type { Change } from '../ipsec/change.ts';
import { Databases, type Listener } from '../ipsec/databases.ts';
import { DiscardTally } from '../ipsec/discard-reason.ts';
import type { Packet } from '../ipsec/packet.ts';
import { type Carriers, type SaId, sameUdpEnd, type UdpEnd } from '../ipsec/sa-parameters.ts';
import type { SelectorAddresses } from '../ipsec/selector.ts';
import type { SpiRequest } from '../ipsec/spi-request.ts';
import type { Update } from '../ipsec/update.ts';
import { Acquires } from './acquires.ts';
import type { EngineParts } from './engine-parts.ts';
import { InboundPath } from './inbound-path.ts';
import { Keepalives, makeKeepalive } from './keepalives.ts';
import { OutboundPath } from './outbound-path.ts';
import { PathMtuDiscovery } from './path-mtu-discovery.ts';
import { BATCH, PACKET_AT, PLACES_END } from './places.ts';

/** Octets of memory that an engine's crypto provider has to work on. */
export const ENGINE_MEMORY_LENGTH: number = PLACES_END;

export class Engine {
  readonly #parts: EngineParts;
  readonly #databases: Databases;
  readonly #outbound: OutboundPath;
  readonly #inbound: InboundPath;
  readonly #discards: DiscardTally;
  readonly #acquires: Acquires;
  readonly #paths: PathMtuDiscovery;
  readonly #keepalives: Keepalives;
  /** Of what is neither the host's nor the network's. */
  readonly #packet: Packet;
  #admitted: readonly UdpEnd[] = [];
  #committed = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#discards = parts.discards ?? new DiscardTally();
    this.#acquires = new Acquires(this.#discards);
    const copies = parts.copies ?? null;
    const databases = new Databases(parts.crypto, copies && ((update) => copies.follow(update)));
    this.#databases = databases;
    this.#paths = new PathMtuDiscovery(databases, parts.unprotectedInterface);
    this.#outbound = new OutboundPath(
      parts,
      databases,
      this.#paths,
      this.#acquires,
      this.#discards,
    );
    this.#inbound = new InboundPath(parts, databases, this.#discards);
    this.#packet = { memory: parts.crypto.memory, at: PACKET_AT, length: 0 };
    this.#keepalives = new Keepalives(parts.keepaliveMs ?? 0, (source, destination) => {
      if (!parts.unprotectedInterface.isOwn(source)) return;
      this.#packet.at = PACKET_AT;
      makeKeepalive(source, destination, this.#packet);
      parts.unprotectedInterface.transmit(this.#packet);
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
      this.#databases.commit(changes, now, ({ policies }, { carriers }) => {
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
   * Makes the changes that worker 0 made; `noteUsedUp` is told, while a packet is counted, that an SA has carried as
   * much as one of its lifetimes says.
   */
  follow(update: Update, noteUsedUp: (id: SaId) => void): void {
    this.#databases.follow(update, ({ parameters }) => noteUsedUp(parameters));
    this.#parts.unprotectedInterface.listen(this.#databases.sad.carriers);
  }

  /** Takes note that a worker found the SA of that name to have carried as much as one of its lifetimes says. */
  noteUsedUp(id: SaId): void {
    this.#databases.noteUsedUp(id);
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
    return this.#outbound.sendDatagram(source, destination, payload, now);
  }

  /** The names of the algorithms that SAs may have here. */
  offeredAlgorithms(): ReturnType<typeof offeredBy> {
    return offeredBy(this.#parts.crypto);
  }

  /** The SAD as it is now, newest first; records are made as they are taken. */
  sas(now: Instant): Iterable<SaRecord> {
    return this.#databases.sas(now);
  }

  /**
   * The SPD as it is now, newest first; records are made as they are taken. With `including`, of those
   * alone that have all of its addresses.
   */
  policies(including?: SelectorAddresses): Iterable<PolicyRecord> {
    return this.#databases.policies(including);
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
    this.#databases.watch(this.#acquires.watch(listener));
    this.#parts.copies?.watch(listener !== null);
  }

  /** Tells of SAs that expired, some at a time; returns whether there are more to look at now. */
  tellExpired(now: Instant): boolean {
    return this.#databases.tellExpired(now);
  }

  /** Sends the NAT keepalives that are due, some at a time; whether there are more to look at now. */
  keepAlive(now: Instant): boolean {
    return this.#keepalives.look(this.#databases.sad, now);
  }

  /** Packets discarded here, by the guard, by other workers and before they were received, by reason. */
  discards(): DiscardCounters {
    const { guard, copies } = this.#parts;
    const sum: Record<string, number> = { ...this.#discards.snapshot() };
    for (const counters of [guard.discards(), copies?.discards() ?? {}]) {
      for (const [reason, packets] of Object.entries(counters)) {
        if (packets > 0) sum[reason] = (sum[reason] ?? 0) + packets;
      }
    }
    return sum;
  }

  /** Moves packets of both sides; returns whether there may be more to move at once. */
  pump(now: Instant): boolean {
    const fromNetwork = this.#inbound.pump(now);
    // What was delivered may have been answered already.
    const fromHost = this.#outbound.pump(now);
    if (fromHost + fromNetwork === 0 || this.#paths.isDue(now)) this.#learnPathMtus(now);
    return fromHost === BATCH || fromNetwork === BATCH;
  }

  /**
   * How long there is nothing to {@link pump} unless a packet comes, in milliseconds; packets that wait for an
   * SA go on by themselves.
   */
  restMs(now: Instant): number {
    return this.#acquires.held.restMs(now);
  }

  /** `carriers`, and what else comes to the host in UDP. */
  #letIn(carriers: Carriers): Carriers {
    const { udpEnds } = carriers;
    const others = this.#admitted.filter((end) => !udpEnds.some((known) => sameUdpEnd(known, end)));
    return { ...carriers, udpEnds: [...udpEnds, ...others] };
  }

  #learnPathMtus(now: Instant): void {
    this.#packet.at = PACKET_AT;
    this.#paths.learn(this.#packet, now);
  }
}
