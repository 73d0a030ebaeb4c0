/**
 * Things with a deadline each, the earliest first: a binary heap.
 *
 * To add one and to take the earliest costs the logarithm of their number; to ask whether one is due
 * costs nothing.
 *
 * @module
 */
import type { Instant } from './record.ts';

export class Deadlines<T> {
  /** The deadline of a place is no later than those of the places at twice its number, plus one or two. */
  #instants: Instant[] = [];
  #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The earliest deadline; infinite when there is none. */
  get next(): Instant {
    return this.#instants[0] ?? Number.POSITIVE_INFINITY;
  }

  /** What has the earliest deadline; `undefined` when there is nothing. */
  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T, instant: Instant): void {
    let place = this.#items.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if ((this.#instants[above] ?? 0) <= instant) break;
      this.#move(above, place);
      place = above;
    }
    this.#put(place, item, instant);
  }

  /** Takes out what has the earliest deadline; `undefined` when there is nothing. */
  take(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    const instant = this.#instants.pop();
    if (this.#items.length === 0 || last === undefined || instant === undefined) return first;
    let place = 0;
    for (;;) {
      const below = this.#earlierBelow(place);
      if ((this.#instants[below] ?? Number.POSITIVE_INFINITY) >= instant) break;
      this.#move(below, place);
      place = below;
    }
    this.#put(place, last, instant);
    return first;
  }

  /** Forgets those that `isWanted` does not name. */
  keep(isWanted: (item: T) => boolean): void {
    const items = this.#items;
    const instants = this.#instants;
    this.#items = [];
    this.#instants = [];
    for (const [place, item] of items.entries()) {
      if (isWanted(item)) this.add(item, instants[place] ?? 0);
    }
  }

  #earlierBelow(place: number): number {
    const left = place * 2 + 1;
    const right = left + 1;
    const infinite = Number.POSITIVE_INFINITY;
    return (this.#instants[right] ?? infinite) < (this.#instants[left] ?? infinite) ? right : left;
  }

  #move(from: number, to: number): void {
    const item = this.#items[from];
    if (item !== undefined) this.#put(to, item, this.#instants[from] ?? 0);
  }

  #put(place: number, item: T, instant: Instant): void {
    this.#items[place] = item;
    this.#instants[place] = instant;
  }
}
