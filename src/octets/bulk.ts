/**
 * Summing and copying of many octets at a time, on memory that was made for it.
 *
 * A checksum goes over every octet of a packet, and in JavaScript that costs as much as enciphering
 * it. Memory from {@link bulkOctets} is WebAssembly's, and the two functions that matter work on it
 * 16 octets at a time: 1400 octets are copied and summed in the time in which JavaScript copies them.
 *
 * @module
 */
import { sumOctets } from './checksum.ts';
import {
  ADD,
  ADD_NEIGHBOURS,
  ADD_VECTORS,
  AND,
  type Code,
  get,
  I32,
  IS_LESS,
  IS_ZERO,
  i32,
  LOAD_8,
  LOAD_16,
  loadVector,
  OR,
  SHIFT_LEFT,
  SHIFT_RIGHT,
  STORE_8,
  STORE_16,
  SUBTRACT,
  set,
  storeVector,
  takeLane,
  unless,
  until,
  V128,
  WASM_PAGE_LENGTH,
  wasmModule,
} from './wasm.ts';

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
  readonly Instance: new (module: object, imports: object) => { exports: Bulk };
};

const made = new WeakMap<ArrayBufferLike, Bulk>();

/** `length` octets, zero at first, that never move, and that {@link bulkOver} is fast on. */
export function bulkOctets(length: number): Uint8Array<ArrayBuffer> {
  const pages = Math.ceil(length / WASM_PAGE_LENGTH);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = new WebAssembly.Module(wasmModule(pages, [summing(false), summing(true)]));
  const { sum, copy } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  made.set(memory.buffer, { sum, copy });
  return new Uint8Array(memory.buffer, 0, length);
}

/** Works on `octets`: fast if they are from {@link bulkOctets}, and from their beginning. */
export function bulkOver(octets: Uint8Array): Bulk {
  const known = octets.byteOffset === 0 ? made.get(octets.buffer) : undefined;
  return (
    known ?? {
      sum: (at, length) => folded(sumOctets(octets, at, length)),
      copy: (to, from, length) => {
        octets.copyWithin(to, from, from + length);
        return folded(sumOctets(octets, to, length));
      },
    }
  );
}

function folded(sum: number): number {
  return sum > 0xffff ? folded((sum & 0xffff) + Math.floor(sum / 0x10000)) : sum;
}

/**
 * `sum` or `copy`. Integers are read as a little-endian machine likes it: the sum of words with their
 * octets swapped is the sum with its octets swapped (RFC 1071 §2). Two sums are under way so that
 * neither addition waits for the other.
 */
function summing(copies: boolean): {
  name: string;
  parameters: number;
  locals: number[];
  body: Code;
} {
  const parameters = copies ? 3 : 2;
  const [from, length] = copies ? [1, 2] : [0, 1];
  const to = 0;
  const [sum, even, odd, octets] = [parameters, parameters + 1, parameters + 2, parameters + 3];
  const block = (offset: number, total: number): Code => [
    [get(from), loadVector(offset), set(octets)],
    copies ? [get(to), get(octets), storeVector(offset)] : [],
    [get(octets), ADD_NEIGHBOURS, get(total), ADD_VECTORS, set(total)],
  ];
  const advance = (count: number): Code => [
    [get(from), i32(count), ADD, set(from)],
    copies ? [get(to), i32(count), ADD, set(to)] : [],
    [get(length), i32(count), SUBTRACT, set(length)],
  ];
  const atATime = (count: number, work: Code): Code =>
    until([get(length), i32(count), IS_LESS], [work, advance(count)]);
  const one = (load: Code, store: Code): Code => [
    copies ? [get(to), get(from), load, store] : [],
    [get(from), load, get(sum), ADD, set(sum)],
  ];
  const fold: Code = [
    [get(sum), i32(0xffff), AND],
    [get(sum), i32(16), SHIFT_RIGHT],
    [ADD, set(sum)],
  ];
  const lane = (number: number): Code => [get(even), takeLane(number)];
  return {
    name: copies ? 'copy' : 'sum',
    parameters,
    locals: [I32, V128, V128, V128],
    body: [
      atATime(64, [block(0, even), block(16, odd), block(32, even), block(48, odd)]),
      atATime(16, block(0, even)),
      [get(even), get(odd), ADD_VECTORS, set(even)],
      [lane(0), lane(1), ADD, lane(2), ADD, lane(3), ADD, set(sum)],
      atATime(2, one(LOAD_16, STORE_16)),
      unless([get(length), IS_ZERO], one(LOAD_8, STORE_8)),
      [fold, fold],
      [get(sum), i32(8), SHIFT_RIGHT],
      [get(sum), i32(8), SHIFT_LEFT, i32(0xff00), AND],
      OR,
    ],
  };
}
