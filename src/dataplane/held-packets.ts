/**
 * Packets of the host that found no SA and wait for it: a packet that has an SA negotiated may be
 * processed under it (RFC 4301 §5.1), and a host that asks for one is not to wait until it asks again.
 *
 *   found no SA ──► held ─┬─ the SA came, and the peer had a moment ──► as if just sent
 *                         └─ its time is over, a newer one came, nobody negotiates any more ──► discarded
 *
 * Of each SA that is wanted the newest are kept, as is the custom of whoever resolves what a packet needs
 * (RFC 1122 §2.3.2.2): they are worth most to who sent them. What is discarded here was not served by any
 * SA, and counts as that.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import type { DiscardTally } from '../ipsec/discard-reason.ts';
import { type Packet, packetOctets } from '../ipsec/packet.ts';
import { noOffload, type Offload } from '../wire/virtio-net.ts';

/** SAs that packets wait for at a time, packets that wait for each, octets of all: what a flood costs. */
const MOST_SAS = 64;
const MOST_PACKETS = 2;
const MOST_OCTETS = 256 * 1024;

/**
 * How long packets wait once the SA is there. An IKEv1 responder has its own in force only when it has
 * read the initiator's last message, which leaves after ours are (RFC 2409 §5.5); Linux, too, looks no
 * sooner whether it can send what it holds.
 */
const MOMENT_MS = 100;

const NEVER = Number.POSITIVE_INFINITY;
const NONE: Readonly<Offload> = noOffload();

interface HeldPacket {
  readonly octets: Uint8Array;
  /** What the host left to be done on it. */
  readonly offload: Readonly<Offload>;
}

/** The packets that wait for one SA, the oldest first. */
interface Wait {
  readonly packets: HeldPacket[];
  readonly since: Instant;
  readonly until: Instant;
  hasCome: boolean;
  /** When they may go; {@link NEVER} until the SA came and somebody looked. */
  dueAt: Instant;
}

export class HeldPackets {
  readonly #discards: DiscardTally;
  readonly #waits = new Map<string, Wait>();
  /** Those that may go now. */
  readonly #due: HeldPacket[] = [];
  #octets = 0;

  /** `discards` counts those that go nowhere. */
  constructor(discards: DiscardTally) {
    this.#discards = discards;
  }

  get isEmpty(): boolean {
    return this.#waits.size === 0 && this.#due.length === 0;
  }

  /**
   * Takes a copy of `packet`, on which the host left `offload` to be done, until the SA called `wanted`
   * comes, at most until `until`.
   */
  hold(
    wanted: string,
    packet: Packet,
    offload: Readonly<Offload> | null,
    now: Instant,
    until: Instant,
  ): void {
    this.#forgetOld(now);
    const wait = this.#waits.get(wanted);
    if (wait !== undefined && wait.packets.length === MOST_PACKETS)
      this.#discardFirst(wait.packets);
    const isFull = wait === undefined && this.#waits.size === MOST_SAS;
    if (isFull || this.#octets + packet.length > MOST_OCTETS) {
      this.#discards.count('out-no-states');
      return;
    }
    const octets = packetOctets(packet).slice();
    const held = { octets, offload: offload === null ? NONE : { ...offload } };
    this.#octets += octets.length;
    if (wait === undefined) {
      const more = { packets: [held], since: now, until, hasCome: false, dueAt: NEVER };
      this.#waits.set(wanted, more);
      return;
    }
    wait.packets.push(held);
  }

  /** Takes note that the SA called `wanted` came. */
  release(wanted: string): void {
    const wait = this.#waits.get(wanted);
    if (wait !== undefined) wait.hasCome = true;
  }

  /**
   * Copies the next packet whose SA has come to `packet`, and is rid of it; returns what the host left to
   * be done on it, or `null` when there is none now.
   */
  take(packet: Packet, now: Instant): Readonly<Offload> | null {
    this.#forgetOld(now);
    this.#letGo(now);
    const held = this.#due.shift();
    if (held === undefined) return null;
    const { octets, offload } = held;
    this.#octets -= octets.length;
    packet.memory.octets.set(octets, packet.at);
    packet.length = octets.length;
    return offload;
  }

  /** How long it takes until {@link take} may have one more, in milliseconds. */
  restMs(now: Instant): number {
    let rest = NEVER;
    for (const { hasCome, dueAt } of this.#waits.values()) {
      if (hasCome) rest = Math.min(rest, dueAt === NEVER ? 0 : Math.max(0, dueAt - now));
    }
    return rest;
  }

  /** Discards all: nobody brings SAs any more. */
  clear(): void {
    for (const { packets } of this.#waits.values()) this.#discard(packets);
    this.#discard(this.#due);
    this.#waits.clear();
  }

  /** Those whose SA has come, and whose moment is over, wait no more. */
  #letGo(now: Instant): void {
    for (const [wanted, wait] of this.#waits) {
      if (!wait.hasCome) continue;
      if (wait.dueAt === NEVER) wait.dueAt = now + MOMENT_MS;
      if (now < wait.dueAt) continue;
      this.#waits.delete(wanted);
      this.#due.push(...wait.packets);
    }
  }

  /** Those that had their time, and those of a clock that was set back. */
  #forgetOld(now: Instant): void {
    for (const [wanted, { since, until, packets }] of this.#waits) {
      if (now >= since && now < until) continue;
      this.#waits.delete(wanted);
      this.#discard(packets);
    }
  }

  #discard(packets: HeldPacket[]): void {
    while (packets.length > 0) this.#discardFirst(packets);
  }

  #discardFirst(packets: HeldPacket[]): void {
    const held = packets.shift();
    if (held === undefined) return;
    this.#octets -= held.octets.length;
    this.#discards.count('out-no-states');
  }
}
