/**
 * What becomes of the SAs that protect traffic once they are made: they are replaced before they end, and
 * when one goes, its pair goes with it, and the peer hears of it.
 *
 * @module
 */
import type { Change } from '../ipsec/change.ts';
import type { SaExpired } from '../ipsec/events.ts';
import { type SaId, sameSaId } from '../ipsec/sa-parameters.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { ChildRequest } from './child-request.ts';
import type { ChildSa } from './child-sa.ts';
import { ChildTable, sasOf } from './child-table.ts';
import type { Outbox } from './outbox.ts';

export class ChildKeeper {
  readonly #outbox: Outbox;
  readonly #children = new ChildTable();
  /** Whose replacement is under way. */
  readonly #replacing = new Set<ChildSa>();

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  [Symbol.iterator](): Iterator<ChildSa> {
    return this.#children[Symbol.iterator]();
  }

  with(remote: IpAddress): readonly ChildSa[] {
    return this.#children.with(remote);
  }

  /** Its SAs are in force. */
  add(child: ChildSa): void {
    this.#children.add(child);
  }

  /** What is to be negotiated when an SA has come to its soft lifetime; `null` when nothing is. */
  replacementFor({ parameters }: SaExpired): ChildRequest | null {
    const child = this.#children.find(parameters);
    if (child === undefined || child.role === 'responder') return null;
    if (this.#replacing.has(child) || this.#children.isReplaced(child)) return null;
    this.#replacing.add(child);
    const { policy, local, remote } = child;
    return { policy, packet: null, local, remote, replaces: child };
  }

  /** The replacement of `child` came to nothing: it may be tried again. */
  notReplaced(child: ChildSa): void {
    this.#replacing.delete(child);
  }

  /** The child that had the SA, which is no more; what is left of it is removed. */
  ended(id: SaId): ChildSa | null {
    const child = this.#children.find(id);
    if (child === undefined) return null;
    this.remove([child], id);
    return child;
  }

  /** Removes children, their SAs and what was made for them; `gone` has no SA any more. */
  remove(children: readonly ChildSa[], gone: SaId | null = null): void {
    const changes: Change[] = [];
    for (const child of children) {
      this.#children.remove(child);
      this.#replacing.delete(child);
      for (const sa of sasOf(child)) {
        if (gone === null || !sameSaId(sa, gone)) changes.push({ kind: 'delete-sa', id: sa });
      }
      for (const policy of child.generated) {
        changes.push({ kind: 'delete-policy', policy });
        this.#outbox.event({ kind: 'policy-removed', selector: policy.selector });
      }
    }
    // One by one: what somebody else has removed meanwhile must not keep the others.
    for (const change of changes) {
      this.#outbox.ask({ kind: 'commit', changes: [change] }, () => {});
    }
  }

  /** Those that have one of these outbound SAs. */
  withOutbound(
    remote: IpAddress,
    protocol: SaId['protocol'],
    spis: readonly number[],
  ): readonly ChildSa[] {
    const found = spis.flatMap(
      (spi) => this.#children.find({ destination: remote, protocol, spi }) ?? [],
    );
    return [...new Set(found)];
  }
}
