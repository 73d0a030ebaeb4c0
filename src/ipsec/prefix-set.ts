/**
 * The prefixes that selectors ask for, to tell which lengths of prefix what a packet shows may be
 * covered by: a look at each length in use, and no more shapes than those need be asked.
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

/** Prefixes by length and hash, and which of the lengths cover what was looked at last. */
class Prefixes {
  readonly #lengths: SameLength[] = [];
  readonly #hashes = new Int32Array(LENGTHS);
  readonly #covers = new Uint8Array(LENGTHS);

  get lengths(): readonly SameLength[] {
    return this.#lengths;
  }

  add(length: number, hash: number): void {
    let same = this.#lengths.find((each) => each.length === length);
    if (same === undefined) {
      same = { length, counts: new Map() };
      this.#lengths.push(same);
    }
    same.counts.set(hash, (same.counts.get(hash) ?? 0) + 1);
  }

  remove(length: number, hash: number): void {
    const place = this.#lengths.findIndex((each) => each.length === length);
    const counts = this.#lengths[place]?.counts;
    if (counts === undefined) return;
    const count = counts.get(hash) ?? 0;
    if (count > 1) counts.set(hash, count - 1);
    else counts.delete(hash);
    if (counts.size === 0) this.#lengths.splice(place, 1);
  }

  clear(): void {
    this.#lengths.length = 0;
  }

  /** Begins to look at something else. */
  forget(): void {
    this.#covers.fill(0);
  }

  /** Takes note that what is looked at has `hash` under the length of `same`. */
  look({ length, counts }: SameLength, hash: number): void {
    if (!counts.has(hash)) return;
    this.#hashes[length] = hash;
    this.#covers[length] = 1;
  }

  /** Whether a prefix of `length` bits may cover what was looked at. */
  mayCover(length: number): boolean {
    return this.#covers[length] === 1;
  }

  /** The hash of what was looked at, for a length that {@link mayCover} it. */
  hash(length: number): number {
    return this.#hashes[length] ?? 0;
  }
}

/** Of addresses of one side. */
export class AddressPrefixes {
  readonly #versions: Readonly<Record<4 | 6, Prefixes>> = { 4: new Prefixes(), 6: new Prefixes() };
  #looked = this.#versions[4];

  add({ address: { version, octets }, length }: Prefix): void {
    this.#versions[version].add(length, addressHash(version, octets, 0, length));
  }

  remove({ address: { version, octets }, length }: Prefix): void {
    this.#versions[version].remove(length, addressHash(version, octets, 0, length));
  }

  clear(): void {
    for (const prefixes of Object.values(this.#versions)) prefixes.clear();
  }

  /** Looks at the address of `version` at `at`. */
  look(version: 4 | 6, octets: Uint8Array, at: number): void {
    const prefixes = this.#versions[version];
    this.#looked = prefixes;
    prefixes.forget();
    const { lengths } = prefixes;
    for (let k = 0; k < lengths.length; k++) {
      const same = lengths[k];
      if (same !== undefined) {
        prefixes.look(same, addressHash(version, octets, at, same.length));
      }
    }
  }

  /** Whether a prefix of `length` bits may cover the address looked at. */
  mayCover(length: number): boolean {
    return this.#looked.mayCover(length);
  }

  /** `addressHash` of the address looked at, for a length that {@link mayCover} it. */
  hash(length: number): number {
    return this.#looked.hash(length);
  }
}

/** Of ports of one side. No bits at all cover every port, and packets that have none. */
export class PortPrefixes {
  readonly #prefixes = new Prefixes();

  add(port: number, bits: number): void {
    if (bits > 0) this.#prefixes.add(bits, port >> (16 - bits));
  }

  remove(port: number, bits: number): void {
    if (bits > 0) this.#prefixes.remove(bits, port >> (16 - bits));
  }

  clear(): void {
    this.#prefixes.clear();
  }

  /** Looks at `port`, which may be none. */
  look(port: number): void {
    this.#prefixes.forget();
    const { lengths } = this.#prefixes;
    for (let k = 0; k < lengths.length; k++) {
      const same = lengths[k];
      if (same !== undefined) this.#prefixes.look(same, port >> (16 - same.length));
    }
  }

  /** Whether a prefix of `bits` bits may cover the port looked at. */
  mayCover(bits: number): boolean {
    return bits === 0 || this.#prefixes.mayCover(bits);
  }
}
