/**
 * Brings wishes for SAs to where they are negotiated: under a phase 1 with the peer that there is, or one
 * that is begun for them.
 *
 * @module
 */

import { IKE_PORT } from '../ipsec/exemption.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import { IKE_SPI_LENGTH } from '../wire/ike.ts';
import { type ChildRequest, isSameRequest } from './child-request.ts';
import type { Failure } from './failure.ts';
import { localEnd } from './local-ports.ts';
import { type Ends, endsOf, type Path, sameEnds } from './path.ts';
import type { Peer } from './peer.ts';
import { IsakmpSa } from './v1/isakmp-sa.ts';
import type { EstablishedPhase1, Phase1Sa, Surroundings } from './v1/parts.ts';
import { noPeer, peerAt } from './v1/phase1/select-peer.ts';
import type { SaTable } from './v1/sa-table.ts';
import type { Login } from './v1/transaction/xauth-client.ts';

/** A wish that waits for phase 1. */
interface Waiting {
  readonly request: ChildRequest;
  readonly until: number;
}

/** How much longer than a phase 1 may take is waited for it. */
const PATIENCE_MS = 1000;

export class Negotiator {
  readonly #around: Surroundings;
  readonly #sas: SaTable;
  /** Between which addresses the peer knows that we have started afresh. */
  readonly #greeted = new Set<string>();
  #waiting: readonly Waiting[] = [];

  constructor(around: Surroundings, sas: SaTable) {
    this.#around = around;
    this.#sas = sas;
  }

  /** When {@link time} is to be called. */
  get deadline(): number {
    return Math.min(...this.#waiting.map(({ until }) => until));
  }

  /** Sees to it that `request` is negotiated. */
  negotiate(request: ChildRequest, now: number): void {
    const under = this.establishedWith(request);
    if (under !== undefined) {
      if (!under.isNegotiating(request)) under.beginQuickMode(request, now);
      return;
    }
    if (this.#waiting.some((each) => isSameRequest(each.request, request))) return;
    const { configuration } = this.#around.environment;
    // A phase 1 that is begun for it ends before, and then tells why.
    const until = now + configuration.timers.phase1Seconds * 1000 + PATIENCE_MS;
    this.#waiting = [...this.#waiting, { request, until }];
    const { local, remote } = request;
    const path = {
      local: localEnd(local, configuration.listen),
      remote: { address: remote, port: IKE_PORT },
    };
    this.#around.outbox.event({ kind: 'phase2-waits', path });
    // Who is half open may be anybody, who writes the peer's address on his messages.
    if (this.#sasOf(request).some((sa) => !(sa.under?.isSilent ?? sa.isHalfOpen))) return;
    const peer = peerAt(configuration.peers, path.remote);
    if (peer === undefined) {
      this.giveUp(request, noPeer(configuration.peers, path.remote, null));
      return;
    }
    // Who is passive waits for the peer to begin.
    if (!peer.passive) this.begin(peer, path, null, now);
  }

  /** Begins a phase 1; `login` is who we are should the peer ask, if the command said so. */
  begin(peer: Peer, path: Path, login: Login | null, now: number): void {
    const [mode = 'main'] = peer.exchangeModes;
    const CKY_I = this.#around.environment.random(IKE_SPI_LENGTH);
    const cookies = { CKY_I, CKY_R: new Uint8Array(IKE_SPI_LENGTH) };
    const remote = peer.port === IKE_PORT ? path.remote : { ...path.remote, port: peer.port };
    const sa = new IsakmpSa(this.#around, 'initiator', mode, cookies, { ...path, remote }, now);
    this.#sas.add(sa);
    sa.begin(peer, login, now);
  }

  /**
   * The phase 1 between `wanted` that new exchanges go under: the youngest. Behind a NAT there may be several
   * peers; then it is one with who has that identity, if there is any.
   */
  establishedWith(
    wanted: Ends & { readonly peerIdentity?: string | null },
  ): EstablishedPhase1 | undefined {
    const those = this.#sasOf(wanted)
      .flatMap(({ under, isClosed }) => (isClosed ? [] : (under ?? [])))
      .filter(({ isReady, isSilent }) => isReady && !isSilent);
    const ofPeer = ({ established }: EstablishedPhase1) =>
      established.remoteIdentity === wanted.peerIdentity;
    return those.findLast(ofPeer) ?? those.at(-1);
  }

  /** `under` can be negotiated under: what has waited for it is. */
  established(under: EstablishedPhase1, now: number): void {
    const ends = endsOf(under.path);
    const greeting = greetingOf(ends);
    if (under.peer.initialContact && !this.#greeted.has(greeting)) under.sayInitialContact(now);
    this.#greeted.add(greeting);
    for (const { request } of this.#take(ends)) under.beginQuickMode(request, now);
  }

  /** There is nothing left between `ends`: the peer is greeted again when it comes back. */
  forgot(ends: Ends): void {
    if (this.establishedWith(ends) === undefined) this.#greeted.delete(greetingOf(ends));
  }

  /** Phase 1 between `ends` came to nothing, and so does what has waited for it. */
  giveUp(ends: Ends, failure: Failure): void {
    const others = this.#sasOf(ends).some(({ isClosed }) => !isClosed);
    if (!others) this.#tellFailed(this.#take(ends), failure);
  }

  time(now: number): void {
    const late = this.#waiting.filter(({ until }) => now >= until);
    if (late.length === 0) return;
    this.#waiting = this.#waiting.filter(({ until }) => now < until);
    this.#tellFailed(late, { kind: 'no-answer', waitingFor: 'phase 1' });
  }

  #tellFailed(those: readonly Waiting[], failure: Failure): void {
    for (const { request } of those) {
      const { selector } = request.policy;
      this.#around.outbox.event({ kind: 'phase2-failed', phase1: null, selector, failure });
    }
  }

  #take(ends: Ends): readonly Waiting[] {
    const isBetween = ({ request }: Waiting) => sameEnds(request, ends);
    const those = this.#waiting.filter(isBetween);
    this.#waiting = this.#waiting.filter((each) => !isBetween(each));
    return those;
  }

  /** Every phase 1 between `ends`: a host that has several addresses is a peer at each of them. */
  #sasOf(ends: Ends): readonly Phase1Sa[] {
    return this.#sas.with(ends.remote).filter(({ path }) => sameEnds(endsOf(path), ends));
  }
}

function greetingOf({ local, remote }: Ends): string {
  return `${formatIpAddress(local)} ${formatIpAddress(remote)}`;
}
