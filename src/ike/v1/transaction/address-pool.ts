/**
 * The addresses that clients are given, from the first on. Who comes again gets the one that he had, as
 * long as nobody else needs it.
 *
 * @module
 */
import type { IpAddress } from '../../../net/ip-address.ts';
import { setU32, u32 } from '../../../octets/octets.ts';

/** Who has an address. */
export interface Holder {
  /** Who it is: somebody who logged in, or the identity of the peer. */
  readonly user: string;
  /** Which of his machines: where it is, as text. */
  readonly place: string;
}

interface Lease {
  /** How far from the first address. */
  readonly index: number;
  /** How often it was taken and not released: a phase 1 may take the place of another. */
  readonly uses: number;
}

export class AddressPool {
  readonly #first: number;
  readonly #size: number;
  /** How many addresses somebody has ever had. */
  #used = 0;
  readonly #leases = new Map<string, Lease>();
  /** Addresses that were released, the longest ago first, and who had them. */
  readonly #released = new Map<number, string>();
  /** The last that a user released. */
  readonly #former = new Map<string, number>();

  /** IPv4 addresses: `first`, and those behind it, `size` in all as far as there are so many. */
  constructor(first: IpAddress, size: number) {
    this.#first = u32(first.octets, 0);
    this.#size = Math.min(size, 0x100000000 - this.#first);
  }

  /** How many addresses there are. */
  get size(): number {
    return this.#size;
  }

  /**
   * The address of `holder`, who has it until it is released as often as it was taken; `null` when others
   * have all of them.
   */
  take(holder: Holder): IpAddress | null {
    const key = keyOf(holder);
    const lease = this.#leases.get(key);
    const index = lease?.index ?? this.#choose(holder.user);
    if (index === null) return null;
    this.#leases.set(key, { index, uses: (lease?.uses ?? 0) + 1 });
    const octets = new Uint8Array(4);
    setU32(octets, 0, this.#first + index);
    return { version: 4, octets };
  }

  /** `holder` needs it no more, or once less. Who has none may say so, too. */
  release(holder: Holder): void {
    const key = keyOf(holder);
    const lease = this.#leases.get(key);
    if (lease === undefined) return;
    if (lease.uses > 1) {
      this.#leases.set(key, { ...lease, uses: lease.uses - 1 });
      return;
    }
    this.#leases.delete(key);
    this.#released.set(lease.index, holder.user);
    this.#former.set(holder.user, lease.index);
  }

  /** That which the user had, one that nobody had, or the one that was released the longest ago. */
  #choose(user: string): number | null {
    const former = this.#former.get(user);
    if (former !== undefined) return this.#reuse(former);
    if (this.#used < this.#size) return this.#used++;
    const [oldest] = this.#released.keys();
    return oldest === undefined ? null : this.#reuse(oldest);
  }

  #reuse(index: number): number {
    const user = this.#released.get(index);
    this.#released.delete(index);
    if (user !== undefined && this.#former.get(user) === index) this.#former.delete(user);
    return index;
  }
}

/** No place has a blank in it. */
function keyOf({ user, place }: Holder): string {
  return `${place} ${user}`;
}
