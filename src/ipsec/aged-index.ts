/**
 * Things by a key, and those of one key in order of age.
 *
 * Keys are hashes: different things may share one, and who looks says which is meant. To add, to
 * remove and to find the newest costs the same however many share a key.
 *
 * @module
 */

/** What is older has the lower number; a positive integer. */
export interface Aged {
  readonly ordinal: number;
}

export class AgedIndex<T extends Aged> {
  /** Alone, as most are, or in company. */
  readonly #byKey = new Map<number, T | AgedList<T>>();

  /** Adds `item`, which is younger than all others. */
  add(key: number, item: T): void {
    const there = this.#byKey.get(key);
    if (there === undefined) this.#byKey.set(key, item);
    else if (there instanceof AgedList) there.add(item);
    else this.#byKey.set(key, new AgedList([there, item]));
  }

  remove(key: number, item: T): void {
    const there = this.#byKey.get(key);
    if (there === item) this.#byKey.delete(key);
    else if (there instanceof AgedList && there.remove(item)) this.#byKey.delete(key);
  }

  clear(): void {
    this.#byKey.clear();
  }

  /** The newest of `key` that is older than `ordinal`; of all when nothing is said. */
  newest(key: number, ordinal: number = Number.POSITIVE_INFINITY): T | undefined {
    const there = this.#byKey.get(key);
    if (there === undefined) return undefined;
    if (there instanceof AgedList) return there.newest(ordinal);
    return there.ordinal < ordinal ? there : undefined;
  }
}

/** Oldest first. What goes leaves a hole, until there are more holes than things. */
class AgedList<T extends Aged> {
  #items: (T | null)[];
  /** Kept beside the items, where the holes have theirs too. */
  #ordinals: number[];
  #count: number;

  constructor(items: readonly T[]) {
    this.#items = [...items];
    this.#ordinals = items.map(({ ordinal }) => ordinal);
    this.#count = items.length;
  }

  add(item: T): void {
    this.#items.push(item);
    this.#ordinals.push(item.ordinal);
    this.#count += 1;
  }

  /** Returns whether nothing is left. */
  remove(item: T): boolean {
    const place = this.#placeOf(item.ordinal);
    if (this.#items[place] !== item) return false;
    this.#items[place] = null;
    this.#count -= 1;
    if (this.#count * 2 < this.#items.length) this.#closeUp();
    return this.#count === 0;
  }

  /** The newest that is older than `ordinal`. */
  newest(ordinal: number): T | undefined {
    let place = ordinal === Number.POSITIVE_INFINITY ? this.#items.length : this.#placeOf(ordinal);
    while (place > 0) {
      place -= 1;
      const item = this.#items[place];
      if (item !== null && item !== undefined) return item;
    }
    return undefined;
  }

  /** The first place of one that is not older than `ordinal`. */
  #placeOf(ordinal: number): number {
    let low = 0;
    let high = this.#ordinals.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ordinals[middle] ?? 0) < ordinal) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #closeUp(): void {
    const items = this.#items.filter((item): item is T => item !== null);
    this.#items = items;
    this.#ordinals = items.map((item) => item.ordinal);
  }
}
