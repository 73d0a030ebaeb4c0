/**
 * Quick mode as its responder has it (RFC 2409 §5.5).
 *
 *     HDR*, HASH(1), SA, Ni [, KE] [, IDci, IDcr]  ──►
 *                                                       the SPD and SPIs of ours are asked for,
 *                                                       inbound SAs are put in force
 *                                                  ◄──  HDR*, HASH(2), SA, Nr [, KE] [, IDci, IDcr]
 *     HDR*, HASH(3)                                ──►
 *                                                       outbound SAs are put in force
 *
 * The initiator may send under the new SAs before its third message is here: ours take it.
 *
 * @module
 */
import type { Policy } from '../../../ipsec/policy.ts';
import type { Selector } from '../../../ipsec/selector.ts';
import { Malformed } from '../../../octets/malformed.ts';
import { emitNotification, NOTIFY } from '../../../wire/ikev1/notification.ts';
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import {
  emitSecurityAssociation,
  type SecurityAssociation,
} from '../../../wire/ikev1/security-association.ts';
import { type Bundle, isTransport } from '../../bundle.ts';
import { type ChildRequest, isSameRequest } from '../../child-request.ts';
import type { Failure } from '../../failure.ts';
import { type Ends, endsOf } from '../../path.ts';
import {
  findResponderPolicies,
  generatedPolicies,
  type NoInboundPolicy,
} from '../../responder-policy.ts';
import { spiRequests } from '../../spi-requests.ts';
import type { OpenedMessage } from '../channel.ts';
import { childDeletions } from '../child-deletions.ts';
import { hash2, hash3 } from '../hash.ts';
import { isakmpNotification } from '../informational.ts';
import type { Nonces } from '../key-material.ts';
import type { Payloads } from '../payloads.ts';
import { agreementOf, answerOf, type Choice, chooseProposals } from './choose.ts';
import {
  contributionPayloads,
  type NegotiatedSas,
  QUICK_MODE_MESSAGE,
  QuickModeEnd,
} from './end.ts';
import { additions, policyAdditions } from './installation.ts';
import { bundlesOffered } from './offered-bundle.ts';
import { responderLifetimes } from './responder-lifetime.ts';
import { betweenHosts, identitiesIn, selectorOf } from './traffic.ts';

/** What was answered, and is in force one way. */
interface Answered {
  readonly nonces: Nonces;
  readonly sas: NegotiatedSas;
  readonly served: Served;
}

/** What the peer asks for. */
interface Wanted {
  readonly selector: Selector;
  readonly ends: Ends;
  readonly offer: SecurityAssociation;
}

/** Which policies SAs are for. */
interface Served {
  readonly kind: 'served';
  readonly bundle: Bundle;
  /** The outbound one; the inbound one where there is no way back. */
  readonly policy: Policy;
  /** Those that were made for the peer. */
  readonly generated: readonly Policy[];
}

export class QuickModeResponder extends QuickModeEnd {
  readonly role = 'responder';
  #answered: Answered | null = null;
  /** The policy that the SAs are to serve, once it is known. */
  #serves: Policy | null = null;

  protected get selector(): Selector | null {
    return this.#serves?.selector ?? null;
  }

  /** Takes the first message, whose hash was verified. */
  begin(datagram: Uint8Array, opened: OpenedMessage, now: number): void {
    this.channel.takeUp(datagram, opened);
    const { around, sa } = this.under;
    const { messageId } = this.channel;
    const { role } = this;
    around.outbox.event({ kind: 'phase2-begun', phase1: sa.identity(), role, messageId });
    const { payloads } = opened;
    const against = payloads.against(QUICK_MODE_MESSAGE);
    if (against !== null) {
      this.fail({ kind: 'protocol', reason: against }, now);
      return;
    }
    const ends = endsOf(this.under.path);
    const identities = identitiesIn(payloads);
    const asked =
      identities instanceof Malformed ? identities : selectorOf(identities, 'responder', ends);
    if (asked instanceof Malformed) {
      this.fail({ kind: 'protocol', reason: `it has ${asked}` }, now);
      return;
    }
    const offer = payloads.the('security-association');
    const wanted = { selector: this.#asWeSeeIt(asked, ends, offer), ends, offer };
    this.#serve(payloads, wanted, wanted.selector);
  }

  receive(datagram: Uint8Array, opened: OpenedMessage, _now: number): boolean {
    const answered = this.#answered;
    if (answered === null || !this.isWaiting) return false;
    const { hash, family } = this.under.established.keys;
    const { messageId } = this.channel;
    const isTheirs = this.takeUp(datagram, opened, () =>
      hash3(hash, family.SKEYID_a, messageId, answered.nonces),
    );
    if (!isTheirs) return false;
    this.#answered = null;
    this.#conclude(answered);
    return true;
  }

  /**
   * What the initiator sends at once is answered by our host before the third message is here: that its
   * answer finds no outbound SA asks for no exchange but this one.
   */
  isFor(request: ChildRequest): boolean {
    const { path } = this.under;
    const policy = this.#serves;
    if (policy === null || !this.isWaiting) return false;
    const ends = endsOf(path);
    return isSameRequest(request, { policy, packet: null, peerIdentity: null, ...ends });
  }

  hasSpi(_spi: Uint8Array): boolean {
    return false;
  }

  connected(_now: number): void {}

  protected override fail(failure: Failure, now: number): void {
    const answered = this.#answered;
    this.#answered = null;
    // An initiator whose third message got lost holds the SAs for made.
    if (answered !== null) this.under.inform(childDeletions(answered.sas), now);
    super.fail(failure, now);
  }

  /**
   * Asks for the policies that may serve the peer, those with its addresses, and goes on. When none does, all
   * are asked for: who reads why nothing came of it wants to know what there is instead.
   */
  #serve(payloads: Payloads, wanted: Wanted, including: Selector | null): void {
    this.under.ask({ kind: 'policies', including }, (answer, now) => {
      if (answer.kind === 'refused') return this.failBackend(answer.reason, now);
      // The phase 1 may have ended meanwhile.
      if (!this.isWaiting) return;
      const policies = answer.policies.map(({ policy }) => policy);
      const served = this.#servedBy(policies, wanted);
      if (served.kind === 'served') this.#choose(payloads, wanted, served, now);
      else if (including !== null) this.#serve(payloads, wanted, null);
      else this.#refuse(served, NOTIFY.INVALID_ID_INFORMATION, now);
    });
  }

  /** We know what serves the peer: what we take of the offer, and SPIs for it. */
  #choose(payloads: Payloads, { selector, offer }: Wanted, served: Served, now: number): void {
    const { under } = this;
    const { bundle } = served;
    this.#serves = served.policy;
    const policy = this.policyFor(selector);
    if ('kind' in policy) {
      this.#refuse(policy, NOTIFY.INVALID_ID_INFORMATION, now);
      return;
    }
    const choice = chooseProposals(offer, this.acceptance(bundle, policy));
    if (choice.kind !== 'choice') {
      this.#refuse(choice, NOTIFY.NO_PROPOSAL_CHOSEN, now);
      return;
    }
    under.ask({ kind: 'spis', requests: spiRequests(bundle) }, (answer, at) => {
      if (answer.kind === 'refused') return this.failBackend(answer.reason, at);
      if (this.isWaiting) this.#answer(payloads, choice, answer.spis, served, at);
    });
  }

  /** In transport mode through a NAT, the peer's addresses are others than those that come here. */
  #asWeSeeIt(asked: Selector, ends: Ends, offer: SecurityAssociation): Selector {
    const { nat } = this.under.established;
    const [bundle] = bundlesOffered(offer, ends, 0, true);
    const isMoved = (nat.local || nat.remote) && bundle !== undefined && isTransport(bundle);
    return isMoved ? betweenHosts(asked, ends) : asked;
  }

  /** What of the SPD the peer's traffic is served by, or what is made for it. */
  #servedBy(
    policies: readonly Policy[],
    { selector, ends, offer }: Wanted,
  ): Served | NoInboundPolicy {
    const found = findResponderPolicies(policies, selector, ends);
    if (found.kind === 'found') {
      const { bundle, inbound, outbound } = found;
      return { kind: 'served', bundle, policy: outbound ?? inbound, generated: [] };
    }
    const { generatePolicy } = this.under.peer;
    if (generatePolicy === 'off') return found;
    const reqid = generatePolicy === 'unique' ? this.under.around.newReqid() : 0;
    const { complexBundles } = this.under.around.environment.configuration;
    const [bundle] = bundlesOffered(offer, ends, reqid, complexBundles);
    if (bundle === undefined) return found;
    const generated = generatedPolicies(selector, bundle);
    const policy = generated.find(({ direction }) => direction === 'outbound');
    return policy === undefined ? found : { kind: 'served', bundle, policy, generated };
  }

  /** We have SPIs: our half of the keys, and what is in force before the answer goes. */
  #answer(
    payloads: Payloads,
    choice: Choice,
    spis: readonly number[],
    served: Served,
    now: number,
  ): void {
    const agreement = agreementOf(choice, spis);
    const contribution = this.contribute(agreement.group);
    const gxy = this.shared(agreement.group, contribution.own, payloads);
    if (gxy !== null && 'kind' in gxy) {
      this.#refuse(gxy, NOTIFY.INVALID_KEY_INFORMATION, now);
      return;
    }
    const nonces = { Ni: payloads.bodyOf('nonce'), Nr: contribution.nonce };
    const sas = this.sasOf(agreement, { ...nonces, gxy }, payloads);
    const answer: readonly PayloadBody[] = [
      { type: IKEV1_PAYLOAD.SA, body: emitSecurityAssociation(answerOf(choice, spis)) },
      ...contributionPayloads(contribution),
      // As they came (RFC 2409 §5.5).
      ...payloads.all
        .filter(({ payload }) => payload.kind === 'identification')
        .map(({ raw }) => ({ type: raw.type, body: raw.body })),
      ...this.originalAddresses(isTransport(served.bundle)),
      ...(choice.shortened ? responderLifetimes(agreement) : []).map((told) => ({
        type: IKEV1_PAYLOAD.N,
        body: emitNotification(told),
      })),
    ];
    this.commit([...policyAdditions(served.generated), ...additions(sas.inbound)], (at) => {
      this.#answered = { nonces, sas, served };
      for (const { selector } of served.generated) {
        this.under.around.outbox.event({ kind: 'policy-generated', selector });
      }
      const { hash, family } = this.under.established.keys;
      const { messageId } = this.channel;
      const hashOf = (rest: Uint8Array) => hash2(hash, family.SKEYID_a, messageId, nonces.Ni, rest);
      this.send(answer, hashOf, true, at);
    });
  }

  /** The third message came: we send under the new SAs, too. */
  #conclude({ sas: { inbound, outbound }, served }: Answered): void {
    const { path } = this.under;
    const { policy, generated } = served;
    this.commit(additions(outbound), (now) => {
      const { messageId } = this.channel;
      const { role } = this;
      this.succeed(
        { ...endsOf(path), role, messageId, madeAt: now, inbound, outbound, policy, generated },
        now,
      );
    });
  }

  /** Tells the peer why nothing comes of it. */
  #refuse(failure: Failure, notify: number, now: number): void {
    const { cookies } = this.under.sa;
    this.under.inform([isakmpNotification(notify, cookies, NOTHING)], now);
    this.fail(failure, now);
  }
}

const NOTHING = new Uint8Array(0);
