/**
 * AEADs on Intel's Multi-Buffer Crypto: as `openssl/aead.ts`, faster.
 *
 * The library deciphers and says what the ICV should have been; OpenSSL compares it, in constant time,
 * with what it is.
 *
 * @module
 */
import type { AeadAlgorithm } from '../../crypto/algorithm.ts';
import type { AeadContext } from '../../crypto/context.ts';
import type { Deferred } from '../deferred.ts';
import { PinnedMemory } from '../pinned-memory.ts';
import {
  type Address,
  ALIGNMENT,
  type ChachaFunctions,
  CONTEXT_LENGTH,
  GCM_SCHEDULE_LENGTH,
  type GcmFunctions,
  type MultiBuffer,
} from './bindings.ts';

/** Puts the calls for one packet on a list; the ICV that belongs to it is written to `icv`. */
interface Calls {
  seal(list: Deferred, packet: PacketPlaces): void;
  open(list: Deferred, packet: PacketPlaces): void;
  destroy(): void;
}

/** Addresses and lengths. */
interface PacketPlaces {
  nonce: Address;
  aad: Address;
  aadLength: number;
  text: Address;
  length: number;
  icv: Address;
}

/** What contexts of one provider share. */
export interface Bench {
  readonly library: MultiBuffer;
  /** `CRYPTO_memcmp`: 0 when equal. */
  readonly compare: Address;
  readonly memory: PinnedMemory;
  /** What is to be done later, and what is done at once. */
  readonly deferred: Deferred;
  readonly atOnce: Deferred;
}

/** The context for `algorithm` under `key`, salt included; `null` when the library has none. */
export function multiBufferAead(
  bench: Bench,
  algorithm: AeadAlgorithm,
  key: PinnedMemory,
): AeadContext | null {
  const { mode, saltLength } = algorithm;
  const { gcm, chacha } = bench.library;
  const functions = gcm.get((key.octets.length - saltLength) * 8);
  if (mode === 'gcm' && functions !== undefined) {
    return new MultiBufferAead(bench, algorithm, key, new Gcm(functions, key));
  }
  if (mode !== 'chacha20-poly1305') return null;
  return new MultiBufferAead(bench, algorithm, key, new Chacha(chacha, key));
}

const ICV_LENGTH = 16;

class Gcm implements Calls {
  readonly #functions: GcmFunctions;
  readonly #memory = new PinnedMemory(ALIGNMENT + GCM_SCHEDULE_LENGTH + CONTEXT_LENGTH);
  readonly #schedule: Address;
  readonly #context: Address;

  constructor(functions: GcmFunctions, key: PinnedMemory) {
    this.#functions = functions;
    this.#schedule = aligned(this.#memory.address);
    this.#context = this.#schedule + GCM_SCHEDULE_LENGTH;
    functions.expand(key.address, this.#schedule);
  }

  seal(list: Deferred, packet: PacketPlaces): void {
    this.#add(list, this.#functions.encrypt, packet);
  }

  open(list: Deferred, packet: PacketPlaces): void {
    this.#add(list, this.#functions.decrypt, packet);
  }

  #add(list: Deferred, target: Address, packet: PacketPlaces): void {
    const { text, length, nonce, aad, aadLength, icv } = packet;
    const [schedule, context] = [this.#schedule, this.#context];
    list.justTen(
      target,
      schedule,
      context,
      text,
      text,
      length,
      nonce,
      aad,
      aadLength,
      icv,
      ICV_LENGTH,
    );
  }

  destroy(): void {
    this.#memory.octets.fill(0);
  }
}

class Chacha implements Calls {
  readonly #functions: ChachaFunctions;
  readonly #memory = new PinnedMemory(ALIGNMENT + 2 * CONTEXT_LENGTH);
  readonly #key: Address;
  readonly #context: Address;

  constructor(functions: ChachaFunctions, key: PinnedMemory) {
    this.#functions = functions;
    this.#key = aligned(this.#memory.address);
    this.#context = this.#key + CONTEXT_LENGTH;
    this.#memory.octets.set(
      key.octets.subarray(0, CHACHA_KEY_LENGTH),
      this.#key - this.#memory.address,
    );
  }

  seal(list: Deferred, packet: PacketPlaces): void {
    this.#add(list, this.#functions.encrypt, packet);
  }

  open(list: Deferred, packet: PacketPlaces): void {
    this.#add(list, this.#functions.decrypt, packet);
  }

  #add(list: Deferred, target: Address, packet: PacketPlaces): void {
    const { text, length, nonce, aad, aadLength, icv } = packet;
    const { begin, end } = this.#functions;
    list.just(begin, this.#key, this.#context, nonce, aad, aadLength);
    list.just(target, this.#key, this.#context, text, text, length);
    list.just(end, this.#context, icv, ICV_LENGTH, 0, 0);
  }

  destroy(): void {
    this.#memory.octets.fill(0);
  }
}

const CHACHA_KEY_LENGTH = 32;

function aligned(address: Address): Address {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}

class MultiBufferAead implements AeadContext {
  readonly #bench: Bench;
  readonly #salt: Uint8Array;
  readonly #packet: PacketPlaces = { nonce: 0, aad: 0, aadLength: 0, text: 0, length: 0, icv: 0 };
  #calls: Calls | null;

  constructor(bench: Bench, { saltLength }: AeadAlgorithm, key: PinnedMemory, calls: Calls) {
    this.#bench = bench;
    this.#salt = key.octets.slice(key.octets.length - saltLength);
    this.#calls = calls;
  }

  seal(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): void {
    const { atOnce } = this.#bench;
    this.#seal(atOnce, aadAt, aadLength, at, length, ivAt, icvAt);
    atOnce.settle();
  }

  open(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): boolean {
    const { atOnce, memory } = this.#bench;
    const number = this.#open(atOnce, aadAt, aadLength, at, length, ivAt, icvAt);
    atOnce.settle();
    if (atOnce.succeeded(number)) return true;
    // What came out must be seen by nobody (RFC 4106 §3.2).
    memory.octets.fill(0, at, at + length);
    return false;
  }

  sealLater(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): void {
    this.#seal(this.#bench.deferred, aadAt, aadLength, at, length, ivAt, icvAt);
  }

  openLater(
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): number {
    return this.#open(this.#bench.deferred, aadAt, aadLength, at, length, ivAt, icvAt);
  }

  destroy(): void {
    this.#calls?.destroy();
    this.#calls = null;
    this.#salt.fill(0);
  }

  #seal(
    list: Deferred,
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): void {
    this.#place(list, aadAt, aadLength, at, length, ivAt);
    this.#packet.icv = this.#bench.memory.address + icvAt;
    this.#present().seal(list, this.#packet);
  }

  #open(
    list: Deferred,
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
    icvAt: number,
  ): number {
    const { memory, compare } = this.#bench;
    this.#place(list, aadAt, aadLength, at, length, ivAt);
    const { icv } = list;
    this.#packet.icv = icv;
    this.#present().open(list, this.#packet);
    return list.may(0, compare, icv, memory.address + icvAt, ICV_LENGTH, 0, 0);
  }

  #place(
    list: Deferred,
    aadAt: number,
    aadLength: number,
    at: number,
    length: number,
    ivAt: number,
  ): void {
    const { address } = this.#bench.memory;
    const packet = this.#packet;
    packet.nonce = list.nonce(this.#salt, ivAt);
    packet.aad = address + aadAt;
    packet.aadLength = aadLength;
    packet.text = address + at;
    packet.length = length;
  }

  /** The calls of a context that was not destroyed. */
  #present(): Calls {
    if (this.#calls === null) throw new Error('Bug: an AEAD used after destroy; please report');
    return this.#calls;
  }
}
