/**
 * Objects of OpenSSL's for as long as they are needed: whoever makes one here gives it back.
 *
 * @module
 */
import { hostU64, setHostU64 } from '../../octets/host.ts';
import { PinnedMemory } from '../pinned-memory.ts';
import { type Address, loadOpenssl } from './bindings.ts';
import type { Decode, Encode, Free } from './certificate-bindings.ts';

/** Objects that are freed together, the last one first. */
export class Owned {
  readonly #frees: (() => void)[] = [];

  /** Calls `use` with a new one, and frees what it has taken, however it ends. */
  static during<T>(use: (owned: Owned) => T): T {
    const owned = new Owned();
    try {
      return use(owned);
    } finally {
      for (const free of owned.#frees.toReversed()) free();
      // What failed along the way is nobody's business later.
      loadOpenssl().ERR_clear_error();
    }
  }

  /** `object`, which `free` frees. Throws when there is none: OpenSSL is out of memory. */
  take(object: Address, free: (object: Address) => unknown): Address {
    if (object === 0) throw new Error('Cannot get memory from OpenSSL');
    this.#frees.push(() => free(object));
    return object;
  }

  /** What `octets` are in DER, all of them; 0 when they are something else. */
  decoded(octets: Uint8Array, decode: Decode, free: Free): Address {
    const source = pinned(octets);
    const place = pointerTo(source.address);
    const object = decode(0, place.address, octets.length);
    if (object === 0) return 0;
    this.take(object, free);
    return hostU64(place.octets, 0) === source.address + octets.length ? object : 0;
  }
}

/** A copy of `octets` that does not move. */
export function pinned(octets: Uint8Array): PinnedMemory {
  const memory = new PinnedMemory(Math.max(1, octets.length));
  memory.octets.set(octets);
  return memory;
}

/** `object` in DER. */
export function encoded(object: Address, encode: Encode): Uint8Array {
  const memory = new PinnedMemory(Math.max(1, encode(object, 0)));
  const length = encode(object, pointerTo(memory.address).address);
  return memory.octets.slice(0, length);
}

/** A pointer in memory, for functions that move it on. */
function pointerTo(address: Address): PinnedMemory {
  const memory = new PinnedMemory(8);
  setHostU64(memory.octets, 0, address);
  return memory;
}
