/**
 * Many foreign calls for the price of one.
 *
 * Crossing from JavaScript to a foreign function costs about as much as enciphering some hundred
 * octets, and a packet may need five crossings. So calls are put on a list in memory, and one crossing
 * makes them all: to some octets of machine code that take the calls from the list one by one.
 *
 *   an entry   0  function
 *              8  ten arguments of 64 bits
 *             88  what it returned
 *             96  nothing
 *
 * An entry keeps what was in it. Packets of a flow come to the same places of memory, batch after batch,
 * and so their calls are mostly those of the last list: only what differs is written. The calls for a
 * train of packets differ from one packet to the next as they did before, and are made of those.
 *
 * The code is written for x86-64 and the calling convention of Linux. Elsewhere, and where memory
 * must not be made executable, the same list is gone through in JavaScript.
 *
 * @module
 */
import koffi from 'koffi';
import type { Trains } from '../octets/trains.ts';
import { libc } from './libc.ts';
import { PinnedMemory, type PinnedPart } from './pinned-memory.ts';

/** An address, or another number below 2^53. */
type Word = number;

/** Octets of a call on a list. */
export const ENTRY_LENGTH = 128;
const WORDS_IN_ENTRY = ENTRY_LENGTH / 4;
const ARGUMENTS = 2;
const MOST_ARGUMENTS = 10;
const RETURNED = 22;
const TWO_TO_32 = 2 ** 32;

/** Makes the calls on a list: its address, and how many they are. */
export type Runner = (list: number, count: number) => void;

export class ForeignCalls {
  readonly #memory: PinnedPart;
  readonly #trains: Trains | null;
  readonly #words: Int32Array;
  /** What the words of the list are, by pairs: numbers are compared faster than they are written. */
  readonly #written: Float64Array;
  /** Entries that {@link goOn} wrote since: they may say anything. */
  readonly #isStrange: Uint8Array;
  readonly #runner: Runner;
  readonly #capacity: number;
  #count = 0;

  /**
   * Has room for `capacity` calls. `machine` runs lists, if there is such a thing. The list is kept in
   * `memory`, {@link ENTRY_LENGTH} octets a call; `trains` work there, if any do.
   */
  constructor(
    capacity: number,
    machine: Runner | null = machineRunner(),
    memory: PinnedPart = new PinnedMemory(capacity * ENTRY_LENGTH),
    trains: Trains | null = null,
  ) {
    const { buffer, byteOffset } = memory.octets;
    this.#capacity = capacity;
    this.#memory = memory;
    this.#trains = trains;
    this.#words = new Int32Array(buffer, byteOffset, capacity * WORDS_IN_ENTRY);
    this.#written = new Float64Array(capacity * WORDS_IN_ENTRY);
    this.#isStrange = new Uint8Array(capacity);
    this.#runner = machine ?? this.#runHere.bind(this);
  }

  /** How many calls wait. */
  get count(): number {
    return this.#count;
  }

  /** Whether there is room for `more` calls. */
  hasRoom(more: number): boolean {
    return this.#count + more <= this.#capacity;
  }

  /** Puts a call of the function at `target` on the list, for which there is room; its place there. */
  add(target: Word, a: Word, b: Word, c: Word, d: Word, e: Word): number {
    const place = this.#count;
    const at = place * WORDS_IN_ENTRY;
    if (this.#isStrange[place] === 1) this.#forget(place);
    this.#put(at, target);
    this.#putFive(at + ARGUMENTS, a, b, c, d, e);
    this.#count = place + 1;
    return place;
  }

  #forget(place: number): void {
    const at = place * WORDS_IN_ENTRY;
    for (let k = 0; k < WORDS_IN_ENTRY; k += 2) this.#written[at + k] = Number.NaN;
    this.#isStrange[place] = 0;
  }

  /**
   * Adds the calls for `times` more packets, for which there is room: `step` for each, which differ from those
   * for the packet before as the last `step` calls differ from the `step` before these.
   */
  goOn(step: number, times: number): void {
    const from = this.#count;
    if (this.#trains === null || !this.hasRoom(step * times)) {
      throw new Error(`Bug: no ${step * times} more calls in this memory`);
    }
    const to = this.#memory.octets.byteOffset + from * ENTRY_LENGTH;
    this.#trains.goOn(to, step * ENTRY_LENGTH, times);
    this.#count = from + step * times;
    for (let place = from; place < this.#count; place++) this.#isStrange[place] = 1;
  }

  /** As {@link add}, for functions that have more arguments, up to ten: `f` is the sixth. */
  addMore(
    target: Word,
    a: Word,
    b: Word,
    c: Word,
    d: Word,
    e: Word,
    f: Word,
    g: Word,
    h: Word,
    i: Word,
    j: Word,
  ): number {
    const place = this.add(target, a, b, c, d, e);
    this.#putFive(place * WORDS_IN_ENTRY + ARGUMENTS + 10, f, g, h, i, j);
    return place;
  }

  #putFive(at: number, a: Word, b: Word, c: Word, d: Word, e: Word): void {
    this.#put(at, a);
    this.#put(at + 2, b);
    this.#put(at + 4, c);
    this.#put(at + 6, d);
    this.#put(at + 8, e);
  }

  #put(at: number, word: Word): void {
    if (this.#written[at] === word) return;
    this.#written[at] = word;
    const words = this.#words;
    words[at] = word;
    words[at + 1] = word / TWO_TO_32;
  }

  /** Makes the calls that wait, in their order. */
  run(): void {
    if (this.#count === 0) return;
    this.#runner(this.#memory.address, this.#count);
    this.#count = 0;
  }

  /** The `int` that the call at `place` returned, until another takes its place. */
  returned(place: number): number {
    return this.#words[place * WORDS_IN_ENTRY + RETURNED] ?? 0;
  }

  #runHere(_list: number, count: number): void {
    const words = this.#words;
    const wordAt = (at: number) =>
      ((words[at] ?? 0) >>> 0) + ((words[at + 1] ?? 0) >>> 0) * TWO_TO_32;
    for (let place = 0; place < count; place++) {
      const at = place * WORDS_IN_ENTRY;
      const given = [];
      for (let k = 0; k < MOST_ARGUMENTS; k++) given.push(wordAt(at + ARGUMENTS + 2 * k));
      words[at + RETURNED] = functionAt(wordAt(at))(...given);
    }
  }
}

/** The address of the function `name` of the library `file`; of this process where it is `null`. */
export function addressOf(file: string | null, name: string): number {
  const RTLD_NOW = 2;
  const handle = libc.dlopen(file, RTLD_NOW);
  const address = handle === 0 ? 0 : libc.dlsym(handle, name);
  if (address === 0) throw new Error(`Cannot find ${name} in ${file ?? 'this process'}`);
  return address;
}

const WORD = 'uintptr_t';
const CALL = koffi.proto('int', new Array(MOST_ARGUMENTS).fill(WORD));
const RUN = koffi.proto('void', [WORD, WORD]);

type ForeignFunction = (...words: Word[]) => number;
const functions = new Map<Word, ForeignFunction>();

function functionAt(address: Word): ForeignFunction {
  let found = functions.get(address);
  if (found === undefined) {
    found = koffi.decode(address, CALL) as ForeignFunction;
    functions.set(address, found);
  }
  return found;
}

/**
 * What runs a list (rdi: the list, rsi: how many). All get ten arguments, six in registers and four on
 * the stack: a function that has fewer does not look at the others.
 *
 *   push rbx, r12, r13           rsp is a multiple of 16 again, as calls want it
 *   mov  rbx, rdi
 *   mov  r12, rsi
 *   test r12, r12
 *   jz   end
 * next:
 *   push [rbx+80], [rbx+72], [rbx+64], [rbx+56]
 *   mov  rdi, [rbx+8]            and rsi, rdx, rcx, r8, r9 from 16, 24, 32, 40, 48
 *   call [rbx]
 *   add  rsp, 32
 *   mov  [rbx+88], rax
 *   sub  rbx, -128
 *   dec  r12
 *   jnz  next
 * end:
 *   pop  r13, r12, rbx
 *   ret
 */
const X64 = Uint8Array.of(
  ...[0x53, 0x41, 0x54, 0x41, 0x55],
  ...[0x48, 0x89, 0xfb],
  ...[0x49, 0x89, 0xf4],
  ...[0x4d, 0x85, 0xe4],
  ...[0x74, 0x37],
  ...[0xff, 0x73, 0x50, 0xff, 0x73, 0x48, 0xff, 0x73, 0x40, 0xff, 0x73, 0x38],
  ...[0x48, 0x8b, 0x7b, 0x08],
  ...[0x48, 0x8b, 0x73, 0x10],
  ...[0x48, 0x8b, 0x53, 0x18],
  ...[0x48, 0x8b, 0x4b, 0x20],
  ...[0x4c, 0x8b, 0x43, 0x28],
  ...[0x4c, 0x8b, 0x4b, 0x30],
  ...[0xff, 0x13],
  ...[0x48, 0x83, 0xc4, 0x20],
  ...[0x48, 0x89, 0x43, 0x58],
  ...[0x48, 0x83, 0xeb, 0x80],
  ...[0x49, 0xff, 0xcc],
  ...[0x75, 0xc9],
  ...[0x41, 0x5d, 0x41, 0x5c, 0x5b],
  0xc3,
);

const PAGE_LENGTH = 4096;
const PROT_READ_WRITE = 3;
const PROT_READ_EXECUTE = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;

let runner: Runner | null | undefined;

/** The machine code, in memory that can be executed and not written to; `null` where it cannot be. */
function machineRunner(): Runner | null {
  runner ??= process.arch === 'x64' ? install(X64) : null;
  return runner;
}

function install(code: Uint8Array): Runner | null {
  const page = libc.mmap(0, PAGE_LENGTH, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  // (void *)-1 is no number that an address could be.
  if (Number(page) > Number.MAX_SAFE_INTEGER) return null;
  libc.memcpy(page, code, code.length);
  if (libc.mprotect(page, PAGE_LENGTH, PROT_READ_EXECUTE) !== 0) {
    libc.munmap(page, PAGE_LENGTH);
    return null;
  }
  return koffi.decode(page, RUN) as Runner;
}
