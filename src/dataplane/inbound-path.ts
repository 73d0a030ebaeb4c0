/**
 * The inbound half of the engine: packets from the unprotected interface are received in batches, opened
 * together where they can be, and delivered in order.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import type { Databases } from '../ipsec/databases.ts';
import type { DiscardTally } from '../ipsec/discard-reason.ts';
import { Inbound } from '../ipsec/inbound.ts';
import { newOpening, type Opening } from '../ipsec/opening.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { EngineParts } from './engine-parts.ts';
import { BATCH, newBatch, placeAt } from './places.ts';

export class InboundPath {
  readonly #parts: EngineParts;
  readonly #inbound: Inbound;
  readonly #discards: DiscardTally;
  /** The packets of a batch, and what is known of those that are being opened. */
  readonly #batch: readonly Packet[];
  readonly #openings: readonly Opening[];
  readonly #isOpening: boolean[];

  constructor(parts: EngineParts, databases: Databases, discards: DiscardTally) {
    this.#parts = parts;
    this.#inbound = new Inbound(databases);
    this.#discards = discards;
    this.#batch = newBatch(parts.crypto.memory);
    this.#openings = Array.from({ length: BATCH }, newOpening);
    this.#isOpening = new Array<boolean>(BATCH).fill(false);
  }

  /**
   * Receives a batch, has all that can be opened together opened together, then goes on in order.
   * Returns how many packets came.
   */
  pump(now: Instant): number {
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
    for (let k = 0; k < taken; k++) this.#finish(k, now);
    // While there is more, what was delivered may still grow.
    if (taken < BATCH) protectedInterface.flush();
    return taken;
  }

  #finish(place: number, now: Instant): void {
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
}
