/**
 * Packets of the host on their way from one worker to another: a ring in memory that both have, for each two.
 *
 *   end │ begin │ head, packet │ head, packet │ ...      both count octets, and never wrap to 0 by themselves
 *
 * One writes, one reads, and neither waits: what there is no room for is not taken.
 *
 * @module
 */
import type { Packet } from '../ipsec/packet.ts';
import type { Offload } from '../wire/virtio-net.ts';

/** Some batches of small packets, or some dozen of the largest. A power of two. */
const CAPACITY = 1 << 20;
const RECORDS_AT = 64;

/** Places of the counters. */
const END = 0;
const BEGIN = 1;

/** Octets of a head: the length of the packet, then what the host left to be done on it. */
const HEAD_LENGTH = 24;
/** In the place of a length: the next record is at the beginning of the ring. */
const SKIP = -1;

/** Memory for one ring, to be given to both ends. */
export function newRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(RECORDS_AT + CAPACITY);
}

abstract class RingEnd {
  protected readonly counters: Int32Array;
  protected readonly heads: Int32Array;
  protected readonly octets: Uint8Array;

  constructor(ring: SharedArrayBuffer) {
    this.counters = new Int32Array(ring, 0, 2);
    this.heads = new Int32Array(ring, RECORDS_AT);
    this.octets = new Uint8Array(ring, RECORDS_AT);
  }
}

/** The end that packets are put in at. */
export class RingInlet extends RingEnd {
  /** Copies `packet`; `false` when there is no room. */
  put(packet: Packet, offload: Readonly<Offload>): boolean {
    const end = Atomics.load(this.counters, END);
    const free = CAPACITY - ((end - Atomics.load(this.counters, BEGIN)) >>> 0);
    const length = recordLength(packet.length);
    const at = placeOf(end);
    const skipped = at + length > CAPACITY ? CAPACITY - at : 0;
    if (skipped + length > free) return false;
    if (skipped > 0) this.heads[at >> 2] = SKIP;
    this.#write(skipped > 0 ? 0 : at, packet, offload);
    Atomics.store(this.counters, END, (end + skipped + length) | 0);
    return true;
  }

  #write(at: number, packet: Packet, offload: Readonly<Offload>): void {
    const { heads } = this;
    const head = at >> 2;
    heads[head] = packet.length;
    heads[head + 1] = offload.needsChecksum ? 1 : 0;
    heads[head + 2] = offload.segments;
    heads[head + 3] = offload.segmentSize;
    heads[head + 4] = offload.checksumStart;
    heads[head + 5] = offload.checksumOffset;
    const { octets } = packet.memory;
    this.octets.set(octets.subarray(packet.at, packet.at + packet.length), at + HEAD_LENGTH);
  }
}

/** The end that they come out at. */
export class RingOutlet extends RingEnd {
  get isEmpty(): boolean {
    return Atomics.load(this.counters, END) === Atomics.load(this.counters, BEGIN);
  }

  /** Copies the next packet to `packet.at`, and what is to be done on it; `false` when there is none. */
  take(packet: Packet, offload: Offload): boolean {
    if (this.isEmpty) return false;
    const { heads } = this;
    let begin = Atomics.load(this.counters, BEGIN);
    let at = placeOf(begin);
    if (heads[at >> 2] === SKIP) {
      begin += CAPACITY - at;
      at = 0;
    }
    const head = at >> 2;
    const length = heads[head] ?? 0;
    offload.needsChecksum = heads[head + 1] === 1;
    offload.segments = heads[head + 2] ?? 0;
    offload.segmentSize = heads[head + 3] ?? 0;
    offload.checksumStart = heads[head + 4] ?? 0;
    offload.checksumOffset = heads[head + 5] ?? 0;
    const from = at + HEAD_LENGTH;
    packet.memory.octets.set(this.octets.subarray(from, from + length), packet.at);
    packet.length = length;
    Atomics.store(this.counters, BEGIN, (begin + recordLength(length)) | 0);
    return true;
  }
}

/** Records begin at multiples of eight, so that there is always room for a head's first word. */
function recordLength(packetLength: number): number {
  return HEAD_LENGTH + ((packetLength + 7) & ~7);
}

function placeOf(counter: number): number {
  return counter & (CAPACITY - 1);
}
