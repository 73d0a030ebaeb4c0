/**
 * The identifications that a host gives to IPv4 packets, for those that become fragments on the way
 * (RFC 6864 §4.2): 1 to 0xffff, and from 1 on again.
 *
 * @module
 */

const LAST = 0xffff;

export class Identifications {
  #next = 1;

  next(): number {
    return this.take(1);
  }

  /** Takes those of `count` packets, up to 0xffff, and returns the first of them. */
  take(count: number): number {
    const first = this.#next;
    const next = first + count;
    this.#next = next > LAST ? next - LAST : next;
    return first;
  }
}
