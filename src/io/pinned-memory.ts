/**
 * Memory whose address is known, so that foreign functions take offsets into it as plain numbers.
 *
 * @module
 */
import koffi from 'koffi';
import type { Memory } from '../crypto/context.ts';
import { bulkOctets } from '../octets/bulk.ts';

/** Octets behind those of a {@link PinnedMemory}, for lists of what is to be done to packets. */
export const SPARE_LENGTH = 0x20000;

const ALIGNMENT = 64;

/** Octets with an address: all of a {@link PinnedMemory}, or some of them. */
export interface PinnedPart {
  readonly octets: Uint8Array;
  readonly view: DataView;
  readonly address: number;
}

/**
 * Octets, zero at first, that stay at {@link PinnedMemory.address} for as long as this object is
 * reachable: whoever keeps the address keeps the object. They must not be transferred to another
 * thread.
 */
export class PinnedMemory implements Memory, PinnedPart {
  readonly octets: Uint8Array;
  /** The same octets, for who reads or writes whole words. */
  readonly view: DataView;
  /** Where the first octet stands; the octet at offset `at` is at `address + at`. */
  readonly address: number;

  /** Octets behind these, which {@link setAside} has not given out yet. */
  #spare: Uint8Array;

  /**
   * Takes `length` octets, at least one; with `bulk`, such as are fast to copy and sum, and
   * {@link SPARE_LENGTH} to {@link setAside}.
   */
  constructor(length: number, bulk = false) {
    const whole = bulk ? bulkOctets(aligned(length) + SPARE_LENGTH) : plainOctets(length);
    this.octets = whole.subarray(0, length);
    this.#spare = whole.subarray(bulk ? aligned(length) : length);
    this.view = new DataView(whole.buffer, 0, length);
    this.address = Number(koffi.address(whole));
  }

  /**
   * Takes `length` octets that have no meaning as packets, but that the same functions can reach; `null`
   * when there are no more. They stay as long as this object is reachable.
   */
  setAside(length: number): PinnedPart | null {
    if (this.#spare.length < length) return null;
    const octets = this.#spare.subarray(0, length);
    const at = octets.byteOffset;
    this.#spare = this.#spare.subarray(aligned(length));
    const view = new DataView(octets.buffer, at, length);
    return { octets, view, address: this.address + at };
  }
}

/** Made of an ArrayBuffer because V8 keeps short typed arrays in its heap, and moves them. */
function plainOctets(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length));
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
