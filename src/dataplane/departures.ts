/**
 * Packets that are ready to leave: those of a batch wait for each other, in the order in which they
 * came, and what cannot wait has those before it leave first.
 *
 * @module
 */
import type { CryptoProvider } from '../crypto/context.ts';
import type { DiscardReason, DiscardTally } from '../ipsec/discard-reason.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { Train } from '../octets/trains.ts';
import type { EngineParts } from './engine-parts.ts';
import { transmitFragments } from './fragment.ts';
import type { UnprotectedInterface } from './interfaces.ts';
import { BATCH, newBatch, PLACE_LENGTH, placeAt } from './places.ts';

export class Departures {
  readonly #crypto: CryptoProvider;
  readonly #interface: UnprotectedInterface;
  readonly #discards: DiscardTally;
  readonly #batch: readonly Packet[];
  readonly #transmit: (packet: Packet) => boolean;
  readonly #train: Train = { at: 0, stride: PLACE_LENGTH, length: 0, count: 0 };
  #waiting = 0;
  /** How many are sent together, at most. */
  #most = BATCH;
  #nextFragmented = 0;

  /** `discards` counts what the host would not send later on. */
  constructor({ crypto, unprotectedInterface }: EngineParts, discards: DiscardTally) {
    this.#crypto = crypto;
    this.#interface = unprotectedInterface;
    this.#discards = discards;
    this.#batch = newBatch(crypto.memory);
    this.#transmit = (packet) => unprotectedInterface.transmit(packet);
  }

  /** How many packets wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The next packet of the batch, in its place, to be made and then to {@link wait}. */
  nextPlace(): Packet {
    if (this.#waiting >= this.#most || !this.#crypto.hasRoom) this.sendWaiting();
    const packet = this.#batch[this.#waiting];
    if (packet === undefined) throw new Error('Bug: a batch without places');
    packet.at = placeAt(this.#waiting);
    return packet;
  }

  /** Copies `packet` to where it can {@link wait} for others. */
  copyToPlace(packet: Packet): Packet {
    const place = this.nextPlace();
    packet.memory.octets.copyWithin(place.at, packet.at, packet.at + packet.length);
    place.length = packet.length;
    return place;
  }

  /** Has the packet in the place that was given last wait. */
  wait(): void {
    if (this.#waiting === 0) this.#begin();
    this.#waiting += 1;
  }

  /** Finds out how many are best sent together with the first of the batch. */
  #begin(): void {
    const first = this.#batch[0];
    if (first !== undefined) this.#most = Math.min(BATCH, this.#interface.mostTogether(first));
  }

  /** How many places there are for a train; none where more wait than are best sent together. */
  get trainRoom(): number {
    return this.#most - this.#waiting;
  }

  /** The places of a train of `count` packets of `length` octets, to be made and then to {@link waitTrain}. */
  nextTrain(length: number, count: number): Train {
    const train = this.#train;
    train.at = placeAt(this.#waiting);
    train.length = length;
    train.count = count;
    return train;
  }

  /** Has the packets of that train wait, wherever in their places they begin now. */
  waitTrain(): void {
    const { at, stride, length, count } = this.#train;
    const before = this.#waiting;
    for (let k = 0; k < count; k++) {
      const packet = this.#batch[before + k];
      if (packet === undefined) throw new Error('Bug: a train longer than the batch');
      packet.at = at + k * stride;
      packet.length = length;
    }
    if (before === 0) this.#begin();
    this.#waiting = before + count;
  }

  /** Sends what waits. */
  sendWaiting(): void {
    this.#crypto.settle();
    if (this.#waiting === 0) return;
    const refused = this.#interface.transmitAll(this.#batch, this.#waiting);
    for (let k = 0; k < refused; k++) this.#discards.count('out-send-error');
    this.#waiting = 0;
  }

  /** Sends `packet` now, in fragments of up to `mtu` octets where it is longer. */
  send(packet: Packet, mtu: number): DiscardReason | null {
    // What came before it leaves before it.
    this.sendWaiting();
    if (packet.length <= mtu) return this.#transmit(packet) ? null : 'out-send-error';
    this.#nextFragmented = (this.#nextFragmented + 1) >>> 0;
    return transmitFragments(packet, mtu, this.#nextFragmented, this.#transmit)
      ? null
      : 'out-send-error';
  }
}
