/**
 * The SAs that protect traffic, by the names of their SAs.
 *
 * @module
 */

import { formatSaId, type SaId } from '../ipsec/sa-parameters.ts';
import { selectorKey } from '../ipsec/selector.ts';
import { type IpAddress, sameAddress } from '../net/ip-address.ts';
import type { ChildSa } from './child-sa.ts';

export class ChildTable {
  readonly #bySa = new Map<string, ChildSa>();
  readonly #all = new Set<ChildSa>();

  [Symbol.iterator](): IterableIterator<ChildSa> {
    return this.#all.values();
  }

  add(child: ChildSa): void {
    this.#all.add(child);
    for (const sa of sasOf(child)) this.#bySa.set(formatSaId(sa), child);
  }

  remove(child: ChildSa): void {
    this.#all.delete(child);
    for (const sa of sasOf(child)) this.#bySa.delete(formatSaId(sa));
  }

  find(id: SaId): ChildSa | undefined {
    return this.#bySa.get(formatSaId(id));
  }

  /** Those with the peer at `remote`. */
  with(remote: IpAddress): readonly ChildSa[] {
    return [...this.#all].filter((child) => sameAddress(child.remote, remote));
  }

  /** Those that serve the same policy between the same hosts as `child`, the oldest first. */
  servingAs(child: ChildSa): readonly ChildSa[] {
    const key = servedBy(child);
    return [...this.#all].filter((each) => servedBy(each) === key);
  }
}

/** All SAs of `child`, of both directions. */
export function sasOf({ inbound, outbound }: ChildSa): readonly SaId[] {
  return [...inbound, ...outbound];
}

/** What `child` is for: the same for those that replace one another. */
function servedBy({ policy, outbound }: ChildSa): string {
  const [sa] = outbound;
  return `${selectorKey(policy.selector)} ${sa === undefined ? '' : sa.mode} ${
    sa === undefined ? '' : formatSaId({ ...sa, spi: 0 })
  }`;
}
