/**
 * The inbound half of the engine: packets from the unprotected interface are received in batches, opened
 * together where they can be, and delivered in order.
 *
 *     place 0 │ place 1 │ ... │ leader │         │ ...      a batch
 *                                       followers           of the same message, without headers in front
 *
 * What came with a packet in one message, and is like it, is a train: it stays where it was received, and is
 * finished before more is received. Those of it that are to be looked at by themselves get the next places.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import type { Databases } from '../ipsec/databases.ts';
import type { DiscardTally } from '../ipsec/discard-reason.ts';
import { Inbound } from '../ipsec/inbound.ts';
import { newOpening, type Opening } from '../ipsec/opening.ts';
import { OpeningTrain } from '../ipsec/opening-train.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { EngineParts } from './engine-parts.ts';
import { BATCH, newBatch, placeAt } from './places.ts';

/** As many at a time: what the host answers them with goes together, and must not wait for long. */
const MOST_TRAINS = 4;

export class InboundPath {
  readonly #parts: EngineParts;
  readonly #inbound: Inbound;
  readonly #discards: DiscardTally;
  /** The packets of a batch, and what is known of those that are being opened. */
  readonly #batch: readonly Packet[];
  readonly #openings: readonly Opening[];
  readonly #isOpening: boolean[];
  readonly #train = new OpeningTrain();

  constructor(parts: EngineParts, databases: Databases, discards: DiscardTally) {
    this.#parts = parts;
    this.#inbound = new Inbound(databases);
    this.#discards = discards;
    this.#batch = newBatch(parts.crypto.memory);
    this.#openings = Array.from({ length: BATCH }, newOpening);
    this.#isOpening = new Array<boolean>(BATCH).fill(false);
  }

  /**
   * Receives a batch, has what can be opened together opened together, then goes on in order. Returns how
   * many packets came, and {@link BATCH} where there may be more.
   */
  pump(now: Instant): number {
    const { crypto, protectedInterface } = this.#parts;
    this.#inbound.startBatch(crypto.memory.octets);
    let taken = 0;
    for (let trains = 0; trains < MOST_TRAINS; trains++) {
      const from = taken;
      this.#train.forget();
      taken = this.#receiveFrom(from, now);
      crypto.settle();
      for (let k = from; k < taken; k++) this.#finish(k, now);
      if (this.#train.count === 0) {
        // While there is more, what was delivered may still grow.
        if (taken < BATCH) protectedInterface.flush();
        return taken;
      }
      taken = this.#finishTrain(taken, now);
    }
    return BATCH;
  }

  /** Receives to the places from `from` on, until a train is behind the last; where that ended. */
  #receiveFrom(from: number, now: Instant): number {
    const { crypto, unprotectedInterface } = this.#parts;
    let taken = from;
    while (taken < BATCH && crypto.hasRoom && this.#train.count === 0) {
      const packet = this.#batch[taken];
      const opening = this.#openings[taken];
      if (packet === undefined || opening === undefined) break;
      packet.at = placeAt(taken);
      if (!unprotectedInterface.receive(packet)) break;
      const isOpening = this.#inbound.begin(opening, packet, now);
      this.#isOpening[taken] = isOpening;
      taken += 1;
      if (isOpening && crypto.trains !== null) this.#beginTrain(opening, BATCH - taken);
    }
    return taken;
  }

  /** Begins a train behind the packet of `leader`, which was received last; of `most` packets at most. */
  #beginTrain(leader: Opening, most: number): void {
    const { crypto, unprotectedInterface } = this.#parts;
    const { following } = unprotectedInterface;
    if (following.count === 0) return;
    const count = this.#train.begin(leader, following, most, crypto.memory.octets);
    if (count > 0) unprotectedInterface.passOver(count);
  }

  /**
   * Finishes the train in its order: many at a time, and by itself each that is not like those before, in the
   * places from `from` on; where that ended.
   */
  #finishTrain(from: number, now: Instant): number {
    const train = this.#train;
    let place = from;
    while (train.left > 0) {
      const count = this.#parts.protectedInterface.deliverTrain(this.#inbound.alike(train, now));
      if (count > 0) this.#inbound.passAlike(train, count, now);
      if (train.left > 0) this.#finishNext(place++, now);
    }
    return place;
  }

  #finishNext(place: number, now: Instant): void {
    const packet = this.#batch[place];
    const opening = this.#openings[place];
    if (packet === undefined || opening === undefined) throw new Error('Bug: no place left');
    packet.at = placeAt(place);
    this.#train.leave(opening, packet);
    this.#isOpening[place] = true;
    this.#finish(place, now);
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
