/**
 * Things in groups that have a key each, in the order in which they came.
 *
 * @module
 */

export class Groups<T> {
  /** Arrays never change: whoever has one may add and remove meanwhile. Most hold one thing. */
  readonly #byKey = new Map<string, readonly T[]>();

  /** Those of `key` as they are now, the oldest first. */
  of(key: string): readonly T[] {
    return this.#byKey.get(key) ?? [];
  }

  add(key: string, item: T): void {
    const others = this.#byKey.get(key);
    // A spread would leave room for a dozen more.
    this.#byKey.set(key, others === undefined ? [item] : others.concat([item]));
  }

  remove(key: string, item: T): void {
    const left = this.of(key).filter((each) => each !== item);
    if (left.length > 0) this.#byKey.set(key, left);
    else this.#byKey.delete(key);
  }

  /** Everything, group by group. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (const group of this.#byKey.values()) yield* group;
  }
}
