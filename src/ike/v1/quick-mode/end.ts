/**
 * What both ends of quick mode have in common.
 *
 * @module
 */
import type { DhGroup } from '../../../crypto/dh-group.ts';
import { dhSharedSecret } from '../../../crypto/diffie-hellman.ts';
import { Secret } from '../../../crypto/secret.ts';
import type { Change } from '../../../ipsec/change.ts';
import type { SaParameters } from '../../../ipsec/sa-parameters.ts';
import type { Selector } from '../../../ipsec/selector.ts';
import { emitNatOriginalAddress } from '../../../wire/ikev1/nat-original-address.ts';
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import type { Agreement } from '../../agreement.ts';
import type { Bundle } from '../../bundle.ts';
import type { ChildRequest } from '../../child-request.ts';
import type { ChildSa } from '../../child-sa.ts';
import type { Failure } from '../../failure.ts';
import type { QuickModePolicy } from '../../quick-mode-policy.ts';
import { sasOf } from '../../sas.ts';
import { type NoPolicy, selectQuickModePolicy } from '../../select-policy.ts';
import { authenticatedPayloads, isAuthenticated } from '../authenticated-content.ts';
import type { Channel, OpenedMessage } from '../channel.ts';
import { identityMatches } from '../identification.ts';
import type { EstablishedPhase1 } from '../parts.ts';
import type { Grammar, Payloads } from '../payloads.ts';
import { newHalf } from '../phase1/keys.ts';
import type { OwnHalf } from '../phase1/negotiation.ts';
import type { Phase2Exchange } from '../phase2-exchange.ts';
import type { Acceptance } from './choose.ts';
import { undone } from './installation.ts';
import { type QuickModeSecrets, quickModeKeys } from './keys.ts';

/** How long an exchange that is done is kept, to answer what comes again. */
const MEMORY_MS = 60_000;

/** What a message of quick mode has; ID payloads come in a pair or not at all (RFC 2409 §5.5). */
export const QUICK_MODE_MESSAGE: Grammar = {
  required: ['hash', 'security-association', 'nonce'],
  optional: ['key-exchange'],
};

export abstract class QuickModeEnd implements Phase2Exchange {
  readonly kind = 'quick-mode';
  abstract readonly role: 'initiator' | 'responder';
  /** Of the policy that it is for; `null` before that is known. */
  protected abstract readonly selector: Selector | null;
  readonly channel: Channel;
  protected readonly under: EstablishedPhase1;
  readonly #begunAt: number;
  #until: number;
  #isOver = false;
  /** What has been put in force, while nobody else looks after it. */
  #inForce: Change[] = [];

  constructor(under: EstablishedPhase1, channel: Channel, now: number) {
    this.under = under;
    this.channel = channel;
    this.#begunAt = now;
    const { phase2Seconds } = under.around.environment.configuration.timers;
    this.#until = now + phase2Seconds * 1000;
  }

  get deadline(): number {
    return Math.min(this.#until, this.channel.deadline ?? Number.POSITIVE_INFINITY);
  }

  get isWaiting(): boolean {
    return !this.#isOver;
  }

  abstract receive(datagram: Uint8Array, opened: OpenedMessage, now: number): boolean;
  abstract isFor(request: ChildRequest): boolean;
  abstract hasSpi(spi: Uint8Array): boolean;
  abstract connected(now: number): void;

  time(now: number): 'goes-on' | 'over' {
    if (this.#isOver) return now >= this.#until ? 'over' : 'goes-on';
    const isAnswered = this.channel.time(this.under.path, now);
    if (isAnswered && now < this.#until) return 'goes-on';
    this.under.noAnswerSince(this.#begunAt);
    this.fail({ kind: 'no-answer', waitingFor: 'quick mode' }, now);
    return 'goes-on';
  }

  refused(notification: string, now: number): boolean {
    if (this.#isOver) return false;
    this.fail({ kind: 'notified', notification }, now);
    return true;
  }

  abandon(): void {
    this.channel.stop();
    if (!this.#isOver) this.#tellFailed({ kind: 'phase1-ended' });
    this.#isOver = true;
    this.#undo();
  }

  /** Nothing comes of it. */
  protected fail(failure: Failure, now: number): void {
    if (this.#isOver) return;
    this.#end(now);
    this.#undo();
    this.#tellFailed(failure);
  }

  #tellFailed(failure: Failure): void {
    const { around, sa } = this.under;
    const { selector } = this;
    around.outbox.event({ kind: 'phase2-failed', phase1: sa.identity(), selector, failure });
  }

  /** The SAs of both directions are in force. */
  protected succeed(made: Omit<ChildSa, 'peerIdentity'>, now: number): void {
    this.#end(now);
    this.#inForce = [];
    const { around, sa, established } = this.under;
    const child = { ...made, peerIdentity: established.remoteIdentity };
    around.outbox.event({
      kind: 'phase2-established',
      phase1: sa.identity(),
      messageId: this.channel.messageId,
      selector: child.policy.selector,
      sas: [...child.inbound, ...child.outbound],
    });
    around.tell({ kind: 'child', sa, child });
  }

  /** Sends `payloads` behind the hash that `hashOf` makes of them. */
  protected send(
    payloads: readonly PayloadBody[],
    hashOf: (rest: Uint8Array) => Uint8Array,
    awaitsAnswer: boolean,
    now: number,
  ): void {
    const { under } = this;
    const authenticated = authenticatedPayloads(payloads, hashOf);
    this.channel.send(under.path, authenticated, under.sending(awaitsAnswer), now);
  }

  /** Whether the peer sent `opened`; then it counts. */
  protected takeUp(
    datagram: Uint8Array,
    opened: OpenedMessage,
    hashOf: (rest: Uint8Array) => Uint8Array,
  ): boolean {
    if (!isAuthenticated(opened.payloads, hashOf)) return false;
    this.channel.takeUp(datagram, opened);
    return true;
  }

  /** The `sainfo` for `selector`, traffic with this peer. */
  protected policyFor(selector: Selector): QuickModePolicy | NoPolicy {
    const { around, established, path, peer, clientAddress, groups } = this.under;
    const { configuration, credentials } = around.environment;
    const { identification } = established.authenticated;
    return selectQuickModePolicy(configuration.quickModePolicies, {
      selector,
      phase1Id: peer.phase1Id,
      isPeer: (identity) => identityMatches([identity], identification, path, credentials),
      clientAddress,
      groups,
    });
  }

  /** What is offered, or taken, for the layers of `bundle`. */
  protected acceptance(bundle: Bundle, policy: QuickModePolicy): Acceptance {
    const { nat, agreement } = this.under.established;
    const { complexBundles } = this.under.around.environment.configuration;
    const udp = nat.local || nat.remote ? agreement.capabilities.natTraversal : null;
    return { bundle, policy, check: this.under.peer.proposalCheck, udp, complexBundles };
  }

  /** The SAs that `agreement` comes to. */
  protected sasOf(
    agreement: Agreement,
    secrets: QuickModeSecrets,
    payloads: Payloads,
  ): NegotiatedSas {
    const { hash, family } = this.under.established.keys;
    const keys = quickModeKeys(hash, family.SKEYID_d, secrets);
    // The responder's address comes behind the initiator's (RFC 3947 §5.2): ours is no news to us.
    const originals = payloads.every('nat-original-address');
    const theirs = this.role === 'initiator' ? originals[1] : originals[0];
    const way = { path: this.under.path, peerOriginalAddress: theirs?.address ?? null };
    const sas = sasOf(agreement, way, keys);
    secrets.gxy?.zeroise();
    const half = sas.length / 2;
    return { inbound: sas.slice(0, half), outbound: sas.slice(half) };
  }

  /**
   * NAT-OA payloads, where transport mode goes through a NAT: what both ends are for us, the initiator first
   * (RFC 3947 §5.2).
   */
  protected originalAddresses(isTransport: boolean): readonly PayloadBody[] {
    const { nat, agreement } = this.under.established;
    const version = agreement.capabilities.natTraversal;
    if (!isTransport || version === null || !(nat.local || nat.remote)) return [];
    const { local, remote } = this.under.path;
    const ends = this.role === 'initiator' ? [local, remote] : [remote, local];
    const type = version === 'rfc' ? IKEV1_PAYLOAD.NAT_OA : IKEV1_PAYLOAD.NAT_OA_DRAFT;
    return ends.map(({ address }) => ({
      type,
      body: emitNatOriginalAddress({ kind: 'nat-original-address', address }),
    }));
  }

  /** Has the backend make `changes`, and goes on then; or gives up. */
  protected commit(changes: readonly Change[], goOn: (now: number) => void): void {
    this.under.ask({ kind: 'commit', changes }, (answer, now) => {
      if (answer.kind === 'refused') return this.failBackend(answer.reason, now);
      this.#inForce.push(...changes);
      // Time, or the phase 1, may have ended meanwhile.
      if (this.#isOver) this.#undo();
      else goOn(now);
    });
  }

  /** Takes back what is in force already, when nothing comes of it. */
  #undo(): void {
    for (const change of undone(this.#inForce)) {
      this.under.ask({ kind: 'commit', changes: [change] }, () => {});
    }
    this.#inForce = [];
  }

  protected failBackend(reason: string, now: number): void {
    this.fail({ kind: 'backend', reason }, now);
  }

  /** A nonce, and a public value where `group` is one. */
  protected contribute(group: DhGroup | null): Contribution {
    const { environment } = this.under.around;
    const { nonceLength } = this.under.peer;
    if (group === null) return { nonce: environment.random(nonceLength), own: null };
    const own = newHalf(environment, group, nonceLength);
    return { nonce: own.nonce, own };
  }

  /** `g(qm)^xy`; `null` without perfect forward secrecy. Our half is no more afterwards. */
  protected shared(
    group: DhGroup | null,
    own: OwnHalf | null,
    payloads: Payloads,
  ): Secret | null | Failure {
    if (group === null || own === null) return null;
    const theirs = payloads.find('key-exchange');
    if (theirs === undefined) return { kind: 'protocol', reason: 'it has no key exchange payload' };
    const shared = dhSharedSecret(group, own.privateValue, theirs.data);
    own.privateValue.zeroise();
    if (shared instanceof Secret) return shared;
    return { kind: 'protocol', reason: `its public value is bad: ${shared.why}` };
  }

  #end(now: number): void {
    this.#isOver = true;
    this.#until = now + MEMORY_MS;
    this.channel.stop();
  }
}

/** Of each direction, the outermost first. */
export interface NegotiatedSas {
  readonly inbound: readonly SaParameters[];
  readonly outbound: readonly SaParameters[];
}

/** What we contribute to the keys. */
export interface Contribution {
  readonly nonce: Uint8Array;
  /** `null` without perfect forward secrecy. */
  readonly own: OwnHalf | null;
}

/** The NONCE payload and, with perfect forward secrecy, the KE payload (RFC 2409 §5.5). */
export function contributionPayloads({ nonce, own }: Contribution): readonly PayloadBody[] {
  return [
    { type: IKEV1_PAYLOAD.NONCE, body: nonce },
    ...(own === null ? [] : [{ type: IKEV1_PAYLOAD.KE, body: own.gx }]),
  ];
}
