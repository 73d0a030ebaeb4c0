/**
 * Quick mode as its initiator has it (RFC 2409 §5.5).
 *
 *     the SPD and SPIs of ours are asked for
 *     HDR*, HASH(1), SA, Ni [, KE] [, IDci, IDcr]  ──►
 *                                                  ◄──  HDR*, HASH(2), SA, Nr [, KE] [, IDci, IDcr]
 *     SAs are put in force
 *     HDR*, HASH(3)                                ──►
 *
 * Once the responder has the third message it sends under its own SA, and ours is there by then. Many a responder
 * (strongSwan, racoon) has no inbound SA before that message: where ours replace others, we go on sending under the
 * old ones for a while.
 *
 * @module
 */
import type { PolicyRecord } from '../../../ipsec/record.ts';
import { type Selector, selectorKey } from '../../../ipsec/selector.ts';
import { Malformed } from '../../../octets/malformed.ts';
import { sameOctets } from '../../../octets/octets.ts';
import { IKEV1_FLAG } from '../../../wire/ike.ts';
import { emitIdentification, type Identification } from '../../../wire/ikev1/identification.ts';
import { NOTIFY } from '../../../wire/ikev1/notification.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import { emitSecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { Agreement } from '../../agreement.ts';
import { bundleOf, isTransport } from '../../bundle.ts';
import { type ChildRequest, isSameRequest } from '../../child-request.ts';
import type { Failure } from '../../failure.ts';
import { spiRequests } from '../../spi-requests.ts';
import type { Channel, OpenedMessage } from '../channel.ts';
import { hash2, hash3 } from '../hash.ts';
import type { Nonces } from '../key-material.ts';
import type { EstablishedPhase1 } from '../parts.ts';
import type { Payloads } from '../payloads.ts';
import { acceptAnswer } from './accept.ts';
import type { Acceptance } from './choose.ts';
import {
  type Contribution,
  contributionPayloads,
  type NegotiatedSas,
  QUICK_MODE_MESSAGE,
  QuickModeEnd,
} from './end.ts';
import { additions } from './installation.ts';
import { offerOf } from './offer.ts';
import { readSpi } from './proposal-spi.ts';
import { parseResponderLifetime, shortened } from './responder-lifetime.ts';
import { type Identities, identitiesIn, identitiesOf, identityPayloads } from './traffic.ts';

/** How long a responder may need to put its SAs in force. */
const SETTLING_MS = 500;

/** What the first message said. */
interface Offered {
  readonly acceptance: Acceptance;
  readonly spis: readonly number[];
  readonly contribution: Contribution;
  readonly identities: Identities;
}

export class QuickModeInitiator extends QuickModeEnd {
  readonly role = 'initiator';
  readonly #request: ChildRequest;
  /** `null` before the first message is sent, and once it is answered. */
  #offered: Offered | null = null;
  /** Puts the outbound SAs in force; `null` when it is too early, or done. */
  #release: (() => void) | null = null;
  /** When that is done, whatever the responder says. */
  #releaseAt = Number.POSITIVE_INFINITY;

  constructor(under: EstablishedPhase1, channel: Channel, request: ChildRequest, now: number) {
    super(under, channel, now);
    this.#request = request;
  }

  protected get selector(): Selector {
    return this.#request.policy.selector;
  }

  /** Asks for what the first message needs, and sends it then. */
  begin(): void {
    const { selector } = this.#request.policy;
    this.under.ask({ kind: 'policies', including: selector }, (answer, now) => {
      if (answer.kind === 'refused') return this.failBackend(answer.reason, now);
      this.#prepare(answer.policies, now);
    });
  }

  receive(datagram: Uint8Array, opened: OpenedMessage, now: number): boolean {
    const offered = this.#offered;
    if (offered === null || !this.isWaiting) return false;
    const { hash, family } = this.under.established.keys;
    const { messageId } = this.channel;
    const { nonce: Ni } = offered.contribution;
    const isTheirs = this.takeUp(datagram, opened, (rest) =>
      hash2(hash, family.SKEYID_a, messageId, Ni, rest),
    );
    if (!isTheirs) return false;
    this.#offered = null;
    const failure = this.#accept(offered, opened);
    if (failure !== null) this.fail(failure, now);
    return true;
  }

  isFor(request: ChildRequest): boolean {
    return this.isWaiting && isSameRequest(this.#request, request);
  }

  hasSpi(spi: Uint8Array): boolean {
    const { acceptance, spis = [] } = this.#offered ?? {};
    return spis.some((own, place) => {
      const layer = acceptance?.bundle[place];
      return layer !== undefined && readSpi(layer.protocol, spi) === own;
    });
  }

  connected(): void {
    this.#releaseAt = Number.POSITIVE_INFINITY;
    this.#release?.();
    this.#release = null;
  }

  override get deadline(): number {
    return Math.min(super.deadline, this.#releaseAt);
  }

  override time(now: number): 'goes-on' | 'over' {
    if (now >= this.#releaseAt) this.connected();
    return super.time(now);
  }

  /** The SPD is known: what there is to negotiate, and SPIs for it. */
  #prepare(policies: readonly PolicyRecord[], now: number): void {
    // The phase 1 may have ended meanwhile.
    if (!this.isWaiting) return;
    const { policy, local, remote } = this.#request;
    const key = selectorKey(policy.selector);
    const counterpart = policies.find(
      (each) => each.policy.direction === 'inbound' && selectorKey(each.policy.selector) === key,
    );
    const bundle = bundleOf(policy, counterpart?.policy ?? null, { local, remote });
    const found = this.policyFor(policy.selector);
    if ('kind' in found) {
      this.fail(found, now);
      return;
    }
    const acceptance = this.acceptance(bundle, found);
    const identities = identitiesOf(policy.selector, bundle, { local, remote });
    this.under.ask({ kind: 'spis', requests: spiRequests(bundle) }, (answer, at) => {
      if (answer.kind === 'refused') return this.failBackend(answer.reason, at);
      this.#offer(acceptance, answer.spis, identities, at);
    });
  }

  #offer(
    acceptance: Acceptance,
    spis: readonly number[],
    identities: Identities,
    now: number,
  ): void {
    if (!this.isWaiting) return;
    const { bundle, policy } = acceptance;
    const offer = offerOf(bundle, spis, policy, acceptance);
    if (offer.kind !== 'security-association') {
      this.fail(offer, now);
      return;
    }
    const contribution = this.contribute(policy.pfsGroup);
    this.#offered = { acceptance, spis, contribution, identities };
    const payloads = [
      { type: IKEV1_PAYLOAD.SA, body: emitSecurityAssociation(offer) },
      ...contributionPayloads(contribution),
      ...identityPayloads(identities),
      ...this.originalAddresses(isTransport(bundle)),
    ];
    const { under, channel } = this;
    this.send(payloads, (rest) => under.hash1(channel.messageId, rest), true, now);
    const phase1 = under.sa.identity();
    const { messageId } = channel;
    under.around.outbox.event({ kind: 'phase2-begun', phase1, role: 'initiator', messageId });
  }

  /** The answer came: the SAs, and the third message when they are in force. */
  #accept(offered: Offered, { payloads, flags }: OpenedMessage): Failure | null {
    const against = payloads.against(QUICK_MODE_MESSAGE);
    if (against !== null) return { kind: 'protocol', reason: against };
    const { acceptance, spis, contribution, identities } = offered;
    if (!isAbout(identities, payloads)) {
      return { kind: 'protocol', reason: 'it is for other traffic than we asked for' };
    }
    const answer = payloads.the('security-association');
    const accepted = acceptAnswer(answer, acceptance, spis);
    if ('kind' in accepted) return accepted;
    const agreement = withLifetimesTold(accepted, payloads);
    const gxy = this.shared(agreement.group, contribution.own, payloads);
    if (gxy !== null && 'kind' in gxy) return gxy;
    const Nr = payloads.bodyOf('nonce');
    const nonces = { Ni: contribution.nonce, Nr };
    const sas = this.sasOf(agreement, { ...nonces, gxy }, payloads);
    const isHeld = (flags & IKEV1_FLAG.COMMIT) !== 0;
    this.#install(sas, nonces, isHeld);
    return null;
  }

  #install({ inbound, outbound }: NegotiatedSas, nonces: Nonces, isHeld: boolean): void {
    const { policy, local, remote } = this.#request;
    const { messageId } = this.channel;
    const finish = (now: number) => {
      const { role } = this;
      this.succeed(
        { local, remote, role, messageId, madeAt: now, inbound, outbound, policy, generated: [] },
        now,
      );
    };
    const isAwaited = this.#request.packet !== null;
    const atOnce = isAwaited && !isHeld;
    this.commit(additions(atOnce ? [...inbound, ...outbound] : inbound), (now) => {
      this.#conclude(nonces, now);
      if (atOnce) return finish(now);
      this.#release = () => this.commit(additions(outbound), finish);
      // With the commit bit nothing is sent under the SAs before the responder says so (RFC 2408 §3.1).
      if (!isHeld) this.#releaseAt = now + SETTLING_MS;
    });
  }

  #conclude(nonces: Nonces, now: number): void {
    const { hash, family } = this.under.established.keys;
    const { messageId } = this.channel;
    this.send([], () => hash3(hash, family.SKEYID_a, messageId, nonces), false, now);
  }
}

/** `agreement` with the lifetimes that a RESPONDER-LIFETIME in `payloads` tells. */
function withLifetimesTold(agreement: Agreement, payloads: Payloads): Agreement {
  return payloads
    .every('notification')
    .filter(({ type }) => type === NOTIFY.RESPONDER_LIFETIME)
    .map(parseResponderLifetime)
    .reduce<Agreement>(
      (sum, told) => (told instanceof Malformed ? sum : shortened(sum, told)),
      agreement,
    );
}

/** Whether the answer is for the traffic that was asked for: without ID payloads it is (RFC 2409 §5.5). */
function isAbout({ IDci, IDcr }: Identities, payloads: Payloads): boolean {
  const answered = identitiesIn(payloads);
  if (answered instanceof Malformed) return false;
  return answered === null || (isSame(answered.IDci, IDci) && isSame(answered.IDcr, IDcr));
}

function isSame(a: Identification, b: Identification): boolean {
  return sameOctets(emitIdentification(a), emitIdentification(b));
}
