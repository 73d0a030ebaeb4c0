/**
 * What becomes of the SAs that protect traffic once they are made: they are replaced before they end, and
 * when one goes, its pair goes with it, and the peer hears of it.
 *
 * @module
 */
import type { Change } from '../ipsec/change.ts';
import type { SaExpired } from '../ipsec/events.ts';
import type { Policy } from '../ipsec/policy.ts';
import { type SaId, sameSaId } from '../ipsec/sa-parameters.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { Agenda } from './agenda.ts';
import type { ChildRequest } from './child-request.ts';
import type { ChildSa } from './child-sa.ts';
import { ChildTable, sasOf } from './child-table.ts';
import type { Outbox } from './outbox.ts';

/** How long to wait for a replacement before it is asked for again. */
const RETRY_MS = 10_000;

/** A child past its soft lifetime. */
interface Ageing {
  readonly child: ChildSa;
  /** When a replacement is to be asked for once more. */
  deadline: number;
}

export class ChildKeeper {
  readonly #outbox: Outbox;
  readonly #children = new ChildTable();
  readonly #ageing = new Map<ChildSa, Ageing>();
  readonly #agenda = new Agenda<Ageing>();
  /** Entries of the SPD that were made for a peer, by the child that they go with. */
  readonly #generated = new Map<ChildSa, readonly Policy[]>();

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
    if (child.generated.length > 0) this.#generated.set(child, child.generated);
  }

  /** When {@link due} is to be asked. */
  get deadline(): number {
    return this.#agenda.next;
  }

  /** What is to be negotiated for all `children` to be replaced at once. */
  renewals(children: readonly ChildSa[]): readonly ChildRequest[] {
    const newest = new Set(
      children.flatMap((child) => this.#children.servingAs(child).at(-1) ?? []),
    );
    return [...newest].map(requestFor);
  }

  /** What is to be negotiated when an SA has come to its soft lifetime; `null` when nothing is. */
  replacementFor({ parameters }: SaExpired, now: number): ChildRequest | null {
    const child = this.#children.find(parameters);
    // The SAs of a pair expire both.
    if (child === undefined || this.#ageing.has(child)) return null;
    return this.#replacement(child, now);
  }

  /** What is to be negotiated again, because nothing came of it. */
  due(now: number): readonly ChildRequest[] {
    const requests: ChildRequest[] = [];
    for (let due = this.#agenda.take(now); due !== undefined; due = this.#agenda.take(now)) {
      const request = this.#replacement(due.child, now);
      if (request !== null) requests.push(request);
    }
    return requests;
  }

  /**
   * One of those that serve the same is to be replaced, once all have aged: by the host that began it. Where
   * both had begun one at once, both may replace theirs, and neither waits for the other.
   */
  #replacement(child: ChildSa, now: number): ChildRequest | null {
    this.#age(child, Number.POSITIVE_INFINITY);
    const same = this.#children.servingAs(child);
    const own = same.findLast(({ role }) => role === 'initiator');
    if (own === undefined || same.some((each) => !this.#ageing.has(each))) return null;
    this.#age(own, now + RETRY_MS);
    return requestFor(own);
  }

  /** Notes that `child` is past its soft lifetime, and when to ask again. */
  #age(child: ChildSa, deadline: number): void {
    const ageing = this.#ageing.get(child) ?? { child, deadline };
    ageing.deadline = deadline;
    this.#ageing.set(child, ageing);
    this.#agenda.note(ageing);
  }

  #forgetAge(child: ChildSa): void {
    const ageing = this.#ageing.get(child);
    if (ageing !== undefined) this.#agenda.forget(ageing);
    this.#ageing.delete(child);
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
      this.#forgetAge(child);
      for (const sa of sasOf(child)) {
        if (gone === null || !sameSaId(sa, gone)) changes.push({ kind: 'delete-sa', id: sa });
      }
    }
    for (const policy of children.flatMap((child) => this.#unserved(child))) {
      changes.push({ kind: 'delete-policy', policy });
      this.#outbox.event({ kind: 'policy-removed', selector: policy.selector });
    }
    // One by one: what somebody else has removed meanwhile must not keep the others.
    for (const change of changes) {
      this.#outbox.ask({ kind: 'commit', changes: [change] }, () => {});
    }
  }

  /** What was made for `child`, which is gone, unless another that serves the same is left to have it. */
  #unserved(child: ChildSa): readonly Policy[] {
    const generated = this.#generated.get(child);
    if (generated === undefined) return [];
    this.#generated.delete(child);
    const heir = this.#children.servingAs(child).at(-1);
    if (heir === undefined) return generated;
    this.#generated.set(heir, generated);
    return [];
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

/** For SAs that take the place of those of `child`. */
function requestFor({ policy, peerIdentity, local, remote }: ChildSa): ChildRequest {
  return { policy, packet: null, peerIdentity, local, remote };
}
