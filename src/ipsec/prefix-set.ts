/**
 * The prefixes that selectors have on one side, to tell which lengths of prefix a packet's address may
 * be covered by: a hash for each length in use, and no more shapes than those need be asked.
 *
 * @module
 */
import type { Prefix } from '../net/prefix.ts';
import { addressHash } from './selector-shape.ts';

/** Lengths of prefixes are 0 to 128. */
const LENGTHS = 129;

/** The prefixes of one length: how many have a hash. */
interface SameLength {
  readonly length: number;
  readonly counts: Map<number, number>;
}

export class PrefixSet {
  readonly #lengths: Readonly<Record<4 | 6, SameLength[]>> = { 4: [], 6: [] };
  /** Of the address looked at last, by length of prefix: its hash, if it may be covered. */
  readonly #hashes = new Int32Array(LENGTHS);
  readonly #covers = new Uint8Array(LENGTHS);

  add({ address: { version, octets }, length }: Prefix): void {
    const lengths = this.#lengths[version];
    let same = lengths.find((each) => each.length === length);
    if (same === undefined) {
      same = { length, counts: new Map() };
      lengths.push(same);
    }
    const hash = addressHash(version, octets, 0, length);
    same.counts.set(hash, (same.counts.get(hash) ?? 0) + 1);
  }

  remove({ address: { version, octets }, length }: Prefix): void {
    const lengths = this.#lengths[version];
    const place = lengths.findIndex((each) => each.length === length);
    const counts = lengths[place]?.counts;
    if (counts === undefined) return;
    const hash = addressHash(version, octets, 0, length);
    const count = counts.get(hash) ?? 0;
    if (count > 1) counts.set(hash, count - 1);
    else counts.delete(hash);
    if (counts.size === 0) lengths.splice(place, 1);
  }

  clear(): void {
    for (const lengths of Object.values(this.#lengths)) lengths.length = 0;
  }

  /** Looks at the address of `version` at `at`. */
  look(version: 4 | 6, octets: Uint8Array, at: number): void {
    this.#covers.fill(0);
    const lengths = this.#lengths[version];
    for (let k = 0; k < lengths.length; k++) {
      const same = lengths[k];
      if (same === undefined) break;
      const hash = addressHash(version, octets, at, same.length);
      if (!same.counts.has(hash)) continue;
      this.#hashes[same.length] = hash;
      this.#covers[same.length] = 1;
    }
  }

  /** Whether a prefix of `length` bits may cover the address looked at. */
  mayCover(length: number): boolean {
    return this.#covers[length] === 1;
  }

  /** {@link addressHash} of the address looked at, for a length that {@link mayCover} it. */
  hash(length: number): number {
    return this.#hashes[length] ?? 0;
  }
}
