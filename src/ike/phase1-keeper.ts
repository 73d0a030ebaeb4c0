/**
 * What becomes of phase 1 after it is established, and what that means for the SAs that came of it.
 *
 * @module
 */
import type { ChildKeeper } from './child-keeper.ts';
import type { ChildSa } from './child-sa.ts';
import { sasOf } from './child-table.ts';
import type { Negotiator } from './negotiator.ts';
import type { Outbox } from './outbox.ts';
import { endsOf, sameEnds } from './path.ts';
import { childDeletions } from './v1/child-deletions.ts';
import type { Cookies } from './v1/key-material.ts';
import type { ClosingReason, EstablishedPhase1, News, Phase1Sa } from './v1/parts.ts';
import type { SaTable } from './v1/sa-table.ts';

export class Phase1Keeper {
  readonly #outbox: Outbox;
  readonly #sas: SaTable;
  readonly #children: ChildKeeper;
  readonly #negotiator: Negotiator;

  constructor(outbox: Outbox, sas: SaTable, children: ChildKeeper, negotiator: Negotiator) {
    this.#outbox = outbox;
    this.#sas = sas;
    this.#children = children;
    this.#negotiator = negotiator;
  }

  /** Tells the peers that SAs of `children` are no more. */
  sayDeleted(children: readonly ChildSa[], now: number): void {
    for (const child of children) {
      this.#negotiator.establishedWith(child)?.inform(childDeletions(child), now);
    }
  }

  /** Does what follows from what became of a phase 1. */
  heed(news: News, now: number): void {
    const { sa } = news;
    const { address } = sa.path.remote;
    switch (news.kind) {
      case 'established':
        this.#tellEstablished(news.under);
        this.#dropSilent(sa, now);
        this.#negotiator.established(news.under, now);
        return;
      case 'settled':
        this.#tellSettled(news.under);
        return;
      case 'failed':
        this.forget(sa);
        this.#negotiator.giveUp(endsOf(sa.path), news.failure);
        return;
      case 'closed':
        // Who hears that the last phase 1 is no more forgets all SAs with us; it knows its end as well.
        if (news.reason === 'expired' && this.#othersThan(sa).length > 0) sa.under?.sayGoodbye(now);
        this.#close(sa, news.reason);
        return;
      case 'moved':
        this.#follow(news.under, now);
        return;
      case 'dying':
        this.#replace(sa, now);
        return;
      case 'initial-contact':
        this.#startedAfresh(sa, now);
        return;
      case 'sas-deleted':
        this.#deletedChildren(sa, this.#children.withOutbound(address, news.protocol, news.spis));
        return;
      case 'phase1-deleted':
        this.#deletedByPeer(sa, news.cookies);
        return;
      case 'child':
        this.#children.add(news.child);
    }
  }

  #tellEstablished({ sa, established, settings }: EstablishedPhase1): void {
    const phase1 = sa.identity();
    const { nat, remoteIdentity, authenticated } = established;
    for (const what of authenticated.warnings) {
      this.#outbox.event({ kind: 'let-pass', phase1, what });
    }
    if (nat.local || nat.remote) this.#outbox.event({ kind: 'nat-detected', phase1, ...nat });
    this.#outbox.event({ kind: 'phase1-established', phase1, remoteIdentity, settings });
  }

  #tellSettled({ sa, established: { remoteIdentity }, settings }: EstablishedPhase1): void {
    const phase1 = sa.identity();
    this.#outbox.event({ kind: 'phase1-settled', phase1, remoteIdentity, settings });
  }

  /** Forgets a phase 1 that was established. */
  #close(sa: Phase1Sa, reason: ClosingReason): void {
    const ends = endsOf(sa.path);
    if (sa.under?.isReady === false) {
      const failure = { kind: 'login', reason: `phase 1 ended before (${reason})` } as const;
      this.#outbox.event({ kind: 'phase1-failed', phase1: sa.identity(), failure });
      this.forget(sa);
      this.#negotiator.giveUp(ends, failure);
      return;
    }
    const { established, settings } = sa.under ?? {};
    this.forget(sa);
    this.#outbox.event({
      kind: 'phase1-deleted',
      phase1: sa.identity(),
      remoteIdentity: established?.remoteIdentity ?? '',
      settings: settings ?? null,
      reason,
    });
    if (this.#othersThan(sa).length > 0) return;
    if (reason === 'dead-peer') this.#children.remove(this.#childrenOf(sa));
    // Who is greeted forgets all SAs with us: not while there are any.
    if (this.#childrenOf(sa).length === 0) this.#negotiator.forgot(ends);
  }

  /** What else is established with the peer, between the same addresses. */
  #othersThan(sa: Phase1Sa): readonly Phase1Sa[] {
    const those = this.#sas.with(sa.path.remote.address);
    return those.filter((other) => other !== sa && other.under !== null && isSamePeer(other, sa));
  }

  /** The SAs with the peer of `sa`; behind a NAT there may be others between the same addresses. */
  #childrenOf({ path, under }: Phase1Sa): readonly ChildSa[] {
    const ends = endsOf(path);
    const those = this.#children.with(ends.remote).filter((child) => sameEnds(child, ends));
    if (under?.established.nat.remote !== true) return those;
    return those.filter(({ peerIdentity }) => peerIdentity === under.established.remoteIdentity);
  }

  /** A NAT has given the peer another port: SAs stay with the one they have, so there have to be others. */
  #follow(under: EstablishedPhase1, now: number): void {
    for (const request of this.#children.renewals(this.#childrenOf(under.sa))) {
      if (!under.isNegotiating(request)) under.beginQuickMode(request, now);
    }
  }

  /** The peer may have forgotten a phase 1 under which it does not answer: now there is another. */
  #dropSilent(sa: Phase1Sa, now: number): void {
    for (const other of this.#othersThan(sa)) {
      if (!other.under?.isSilent) continue;
      other.under.sayGoodbye(now);
      this.#close(other, 'replaced');
    }
  }

  /** Time for another phase 1, if the old one was ours and there is something to go on with. */
  #replace(sa: Phase1Sa, now: number): void {
    const { under, role } = sa;
    if (under === null || role === 'responder') return;
    const { peer, established } = under;
    const isMonitored = established.agreement.capabilities.deadPeerDetection;
    const isWanted = peer.rekey === 'force' || (peer.rekey === 'on' && isMonitored);
    if (!isWanted || this.#childrenOf(sa).length === 0) return;
    this.#negotiator.begin(peer, sa.firstPath, sa.login, now);
  }

  /** The peer knows of nothing that was before `sa` (RFC 2407 §4.6.3.3). */
  #startedAfresh(sa: Phase1Sa, now: number): void {
    this.#outbox.event({ kind: 'initial-contact', phase1: sa.identity() });
    const since = sa.begunAt;
    for (const other of this.#othersThan(sa)) {
      // Where both began at once, the other is as young.
      if (other.under === null || other.under.established.at >= since) continue;
      other.under.sayGoodbye(now);
      this.#close(other, 'replaced');
    }
    this.#children.remove(this.#childrenOf(sa).filter(({ madeAt }) => madeAt < since));
  }

  /** Nobody deletes what is others'. */
  #deletedChildren(sa: Phase1Sa, named: readonly ChildSa[]): void {
    const own = this.#childrenOf(sa);
    this.#deleted(
      sa,
      named.filter((child) => own.includes(child)),
    );
  }

  #deleted(sa: Phase1Sa, gone: readonly ChildSa[]): void {
    if (gone.length === 0) return;
    this.#children.remove(gone);
    this.#outbox.event({ kind: 'sas-deleted', phase1: sa.identity(), sas: gone.flatMap(sasOf) });
  }

  #deletedByPeer(sa: Phase1Sa, cookies: Cookies): void {
    const gone = this.#sas.withCookies(cookies);
    // Nobody deletes what is others'.
    if (gone === undefined || !isSamePeer(gone, sa)) return;
    this.#close(gone, 'deleted-by-peer');
    if (this.#othersThan(gone).some(({ under }) => under?.isReady && !under.isSilent)) return;
    this.#deleted(gone, this.#childrenOf(gone));
  }

  /** Tells the peers, and forgets their phase 1 and all that came of it. */
  dismiss(sas: readonly Phase1Sa[], now: number): void {
    for (const sa of sas) {
      const children = this.#childrenOf(sa);
      this.sayDeleted(children, now);
      this.#deleted(sa, children);
      sa.under?.sayGoodbye(now);
      if (sa.under === null) this.forget(sa);
      else this.#close(sa, 'deleted-by-us');
    }
  }

  /** Lets go of a phase 1 without a word. */
  forget(sa: Phase1Sa): void {
    sa.close();
    this.#sas.remove(sa);
  }
}

/** Whether both are with the same peer: who has one may end the other. */
function isSamePeer(a: Phase1Sa, b: Phase1Sa): boolean {
  const [of, by] = [a, b].map(({ under }) => under?.established.remoteIdentity);
  return of === by && sameEnds(endsOf(a.path), endsOf(b.path));
}
