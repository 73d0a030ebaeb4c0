/**
 * Memory whose address is known, so that foreign functions take offsets into it as plain numbers.
 *
 * @module
 */
import koffi from 'koffi';
import type { Memory } from '../crypto/context.ts';
import { bulkOctets } from '../octets/bulk.ts';

/**
 * Octets, zero at first, that stay at {@link PinnedMemory.address} for as long as this object is
 * reachable: whoever keeps the address keeps the object. They must not be transferred to another
 * thread.
 */
export class PinnedMemory implements Memory {
  readonly octets: Uint8Array;
  /** The same octets, for who reads or writes whole words. */
  readonly view: DataView;
  /** Where the first octet stands; the octet at offset `at` is at `address + at`. */
  readonly address: number;

  /** Takes `length` octets, at least one; with `bulk`, such as are fast to copy and sum. */
  constructor(length: number, bulk = false) {
    // The ArrayBuffer is made first because V8 keeps short typed arrays in its heap, and moves them.
    this.octets = bulk ? bulkOctets(length) : new Uint8Array(new ArrayBuffer(length));
    this.view = new DataView(this.octets.buffer, 0, length);
    this.address = Number(koffi.address(this.octets));
  }
}
