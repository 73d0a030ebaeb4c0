/**
 * The SAs that protect traffic, by the names of their SAs, by their peers and by what they serve.
 *
 * @module
 */

import { formatSaId, type SaId } from '../ipsec/sa-parameters.ts';
import { selectorKey } from '../ipsec/selector.ts';
import { formatIpAddress, type IpAddress } from '../net/ip-address.ts';
import type { ChildSa } from './child-sa.ts';
import { Groups } from './groups.ts';

export class ChildTable {
  readonly #bySa = new Map<string, ChildSa>();
  readonly #byRemote = new Groups<ChildSa>();
  readonly #byService = new Groups<ChildSa>();
  readonly #all = new Set<ChildSa>();

  [Symbol.iterator](): IterableIterator<ChildSa> {
    return this.#all.values();
  }

  add(child: ChildSa): void {
    this.#all.add(child);
    this.#byRemote.add(formatIpAddress(child.remote), child);
    this.#byService.add(servedBy(child), child);
    for (const sa of sasOf(child)) this.#bySa.set(formatSaId(sa), child);
  }

  remove(child: ChildSa): void {
    this.#all.delete(child);
    this.#byRemote.remove(formatIpAddress(child.remote), child);
    this.#byService.remove(servedBy(child), child);
    for (const sa of sasOf(child)) this.#bySa.delete(formatSaId(sa));
  }

  find(id: SaId): ChildSa | undefined {
    return this.#bySa.get(formatSaId(id));
  }

  /** Those with the peer at `remote`, the oldest first. */
  with(remote: IpAddress): readonly ChildSa[] {
    return this.#byRemote.of(formatIpAddress(remote));
  }

  /** Those that serve the same policy between the same hosts as `child`, the oldest first. */
  servingAs(child: ChildSa): readonly ChildSa[] {
    return this.#byService.of(servedBy(child));
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
