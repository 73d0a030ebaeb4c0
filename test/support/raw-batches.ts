/**
 * ESP over IPv4 as a raw socket gives it that is read with recvmmsg (`src/io/batch-receiver.ts`), without the
 * socket: whole packets, in slots of memory at equal distances.
 *
 * @module
 */
import type { Following } from '../../src/ipsec/opening-train.ts';
import type { Packet } from '../../src/ipsec/packet.ts';
import { setU16 } from '../../src/octets/octets.ts';
import { IPV4_HEADER_LENGTH } from '../../src/wire/ipv4.ts';
import type { Messages } from './udp-messages.ts';

/** Not a multiple of most things, as distances go. */
const STRIDE = 0x200 - 28;
const MOST_PACKETS = 64;
const IDENTIFICATION = 4;
const CHECKSUM = 10;

/** Octets of memory that a batch takes. */
export const RAW_BATCH_LENGTH: number = MOST_PACKETS * STRIDE;

/** Gives what was put in. */
export class RawBatches implements Messages {
  readonly following: Following = {
    at: 0,
    stride: STRIDE,
    length: 0,
    count: 0,
    frontLength: IPV4_HEADER_LENGTH,
  };
  passedOver = 0;
  readonly #octets: Uint8Array;
  readonly #place: number;
  #batches: Uint8Array[][] = [[]];
  #next = 0;

  /** Gives packets in `octets`, where {@link RAW_BATCH_LENGTH} at `place` are its own. */
  constructor(octets: Uint8Array, place: number) {
    this.#octets = octets;
    this.#place = place;
  }

  put(packet: Uint8Array): void {
    if (packet.length > STRIDE) throw new Error('Bug: a packet longer than a slot');
    if (this.#batches.at(-1)?.length === MOST_PACKETS) this.endMessage();
    this.#batches.at(-1)?.push(packet);
  }

  endMessage(): void {
    this.#batches.push([]);
  }

  receive(packet: Packet): boolean {
    while (this.#batches[0]?.length === this.#next && this.#batches.length > 1) {
      this.#batches.shift();
      this.#next = 0;
    }
    const batch = this.#batches[0] ?? [];
    if (this.#next === 0) {
      for (const [k, whole] of batch.entries()) this.#octets.set(whole, this.#slotAt(k));
    }
    const whole = batch[this.#next];
    if (whole === undefined) return false;
    const from = this.#slotAt(this.#next);
    this.#octets.copyWithin(packet.at, from, from + whole.length);
    packet.length = whole.length;
    this.#next += 1;
    const others = batch.slice(this.#next);
    const front = frontOf(whole);
    const unlike = others.findIndex((other) => !frontOf(other).equals(front));
    this.following.at = this.#slotAt(this.#next) + IPV4_HEADER_LENGTH;
    this.following.length = whole.length - IPV4_HEADER_LENGTH;
    this.following.count = unlike < 0 ? others.length : unlike;
    return true;
  }

  passOver(count: number): void {
    this.passedOver += count;
    this.#next += count;
  }

  #slotAt(slot: number): number {
    return this.#place + slot * STRIDE;
  }
}

/** What must be the same: all of the IP header but for identification and checksum. */
function frontOf(packet: Uint8Array): Buffer {
  const front = Buffer.from(packet.slice(0, IPV4_HEADER_LENGTH));
  setU16(front, IDENTIFICATION, 0);
  setU16(front, CHECKSUM, 0);
  return front;
}
