/**
 * Summing and copying of many octets at a time, on memory that was made for it.
 *
 * A checksum goes over every octet of a packet, and in JavaScript that costs as much as enciphering
 * it. Memory from {@link bulkOctets} is WebAssembly's, and the two functions that matter work on it
 * 16 octets at a time: 1400 octets are copied and summed in the time in which JavaScript copies them.
 *
 * @module
 */
import { ASSEMBLED } from './assembled.ts';
import { sumOctets } from './checksum.ts';
import type { Trains } from './trains.ts';

/** Works on one memory. Sums are those of `checksum.ts`, below 2^16: a part of a running sum. */
export interface Bulk {
  /** The one's complement sum of up to 2^16 octets at `at`. */
  sum(at: number, length: number): number;
  /** Copies up to 2^16 octets from `from` to `to`, which do not overlap; their sum. */
  copy(to: number, from: number, length: number): number;
}

/** As much of the JavaScript interface (W3C) as is needed here; Node's types have none of it. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
  readonly Module: new (octets: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { exports: Assembled };
};

/** What assembly/ exports. */
type Assembled = Bulk & Trains;

/** Octets of a page of memory (WebAssembly Core Specification §4.2.8). */
const PAGE_LENGTH = 0x10000;

const made = new WeakMap<ArrayBufferLike, Assembled>();

/** `length` octets, zero at first, that never move, and that {@link bulkOver} is fast on. */
export function bulkOctets(length: number): Uint8Array<ArrayBuffer> {
  const pages = Math.ceil(length / PAGE_LENGTH);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = new WebAssembly.Module(Buffer.from(ASSEMBLED, 'base64'));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  // A copy: V8 looks up what stands in the exports themselves anew each time.
  made.set(memory.buffer, { ...exports });
  return new Uint8Array(memory.buffer, 0, length);
}

/** Works on `octets`: fast if they are from {@link bulkOctets}, and from their beginning. */
export function bulkOver(octets: Uint8Array): Bulk {
  return (
    madeFor(octets) ?? {
      sum: (at, length) => folded(sumOctets(octets, at, length)),
      copy: (to, from, length) => {
        octets.copyWithin(to, from, from + length);
        return folded(sumOctets(octets, to, length));
      },
    }
  );
}

/** Works on `octets` if they are from {@link bulkOctets}, and from their beginning; `null` for others. */
export function trainsOver(octets: Uint8Array): Trains | null {
  return madeFor(octets) ?? null;
}

function madeFor(octets: Uint8Array): Assembled | undefined {
  return octets.byteOffset === 0 ? made.get(octets.buffer) : undefined;
}

function folded(sum: number): number {
  return sum > 0xffff ? folded((sum & 0xffff) + Math.floor(sum / 0x10000)) : sum;
}
