/**
 * Who is to be looked at next, of many whose deadlines move: without looking at those whose time has not come.
 *
 * A deadline that moves away is noticed when it would have come. One that comes nearer has to be told of.
 *
 * @module
 */
import { Deadlines } from '../ipsec/deadlines.ts';

/** Deadlines that stand for nobody any more, beyond twice as many as there are items. */
const MOST_STALE = 1024;

/** Infinite is never. In milliseconds, of the clock that comes in. */
interface Due {
  readonly deadline: number;
}

export class Agenda<T extends Due> {
  #deadlines = new Deadlines<T>();
  /** The deadline by which each is looked at: its own, or one that it had. */
  readonly #noted = new Map<T, number>();

  /** Has `item` looked at by its deadline, which may be nearer than it was. */
  note(item: T): void {
    const { deadline } = item;
    if (deadline >= this.#notedFor(item)) return;
    this.#noted.set(item, deadline);
    this.#deadlines.add(item, deadline);
    if (this.#deadlines.size > 2 * this.#noted.size + MOST_STALE) this.#tidy();
  }

  /** Nobody looks at `item` any more. */
  forget(item: T): void {
    this.#noted.delete(item);
  }

  /** The earliest deadline of all; infinite when there is none. */
  get next(): number {
    this.#settle();
    return this.#deadlines.next;
  }

  /** One whose deadline has come at `now`: it is off the agenda. `undefined` when there is none. */
  take(now: number): T | undefined {
    if (this.next > now) return undefined;
    const item = this.#deadlines.take();
    if (item !== undefined) this.#noted.delete(item);
    return item;
  }

  /** Makes sure that what comes first is somebody's deadline still. */
  #settle(): void {
    for (let item = this.#deadlines.first; item !== undefined; item = this.#deadlines.first) {
      const at = this.#deadlines.next;
      const isNoted = this.#notedFor(item) === at;
      if (isNoted && item.deadline <= at) return;
      this.#deadlines.take();
      if (!isNoted) continue;
      this.#noted.delete(item);
      this.note(item);
    }
  }

  #notedFor(item: T): number {
    return this.#noted.get(item) ?? Number.POSITIVE_INFINITY;
  }

  #tidy(): void {
    this.#deadlines = new Deadlines();
    for (const [item, at] of this.#noted) this.#deadlines.add(item, at);
  }
}
