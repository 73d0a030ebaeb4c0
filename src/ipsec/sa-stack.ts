/**
 * The SAs that one packet met, to be used for packet after packet: emptying an array costs more than
 * all the rest.
 *
 * @module
 */
import type { Sa } from './sa.ts';

/** `T` is another view of SAs, for those who have no SAs at work. */
export class SaStack<T = Sa> {
  readonly #sas: T[] = [];
  #depth = 0;

  /** How many there are. */
  get depth(): number {
    return this.#depth;
  }

  /** The one at `place`, counted from the first that came. */
  at(place: number): T | undefined {
    return place < this.#depth ? this.#sas[place] : undefined;
  }

  push(sa: T): void {
    this.#sas[this.#depth] = sa;
    this.#depth += 1;
  }

  /** Forgets them all; the places keep what they hold until they are taken again. */
  clear(): void {
    this.#depth = 0;
  }
}
