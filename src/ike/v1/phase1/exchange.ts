/**
 * The exchange of phase 1 as it happens: messages come and go, and in the end there are keys and somebody
 * to share them with, or a reason why not.
 *
 * @module
 */
import { Malformed } from '../../../octets/malformed.ts';
import type { IsakmpMessage } from '../../../wire/ikev1/message.ts';
import type { Phase1Identity } from '../../event.ts';
import type { Failure, NoAnswer } from '../../failure.ts';
import type { Path } from '../../path.ts';
import { type ExchangeMode, needsPreSharedKey, type Peer } from '../../peer.ts';
import { Channel, type OpenedMessage } from '../channel.ts';
import { type Cookies, derivePhase1Iv } from '../key-material.ts';
import type { NatSituation } from '../nat-traversal.ts';
import type { Surroundings } from '../parts.ts';
import type { Payloads } from '../payloads.ts';
import { vendorIdNames } from '../vendor-ids.ts';
import type {
  Agreement,
  OutgoingMessage,
  OwnHalf,
  Phase1Context,
  Phase1Keys,
  Phase1Result,
  Phase1Step,
  Role,
} from './negotiation.ts';
import {
  answerPhase1,
  beginPhase1,
  continuePhase1,
  PHASE1_EXCHANGE,
  type Phase1State,
} from './phase1.ts';

/** What a message, or time, has come to. */
export type Phase1Progress =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'established'; readonly result: Phase1Result }
  /** `notify` is what the peer is to be told; `null` is nothing. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly notify: number | null };

/** A message that nothing comes of, and nobody knows who made it: the right one is waited for. */
export interface RefusedMessage {
  readonly kind: 'refused';
  readonly failure: Failure;
  /** What the peer is to be told; `null` is nothing. */
  readonly notify: number | null;
}

export class Phase1Exchange {
  readonly role: Role;
  readonly mode: ExchangeMode;
  readonly channel: Channel;
  readonly #around: Surroundings;
  #path: Path;
  #cookies: Cookies;
  #peer: Peer | null = null;
  #state: Phase1State | null = null;
  #inPieces = false;

  constructor(around: Surroundings, role: Role, mode: ExchangeMode, cookies: Cookies, path: Path) {
    this.role = role;
    this.mode = mode;
    this.#around = around;
    this.#cookies = cookies;
    this.#path = path;
    const { environment, outbox } = around;
    const exchangeType = PHASE1_EXCHANGE[mode];
    const settings = { environment, outbox, cookies, exchangeType, messageId: 0 };
    this.channel = new Channel(settings, null);
  }

  /** The one that the next message goes by. */
  get path(): Path {
    return this.#path;
  }

  get cookies(): Cookies {
    return this.#cookies;
  }

  /** Which of the configuration it is, as far as is known. */
  get peer(): Peer | null {
    return this.#peer;
  }

  /** Whether the peer has shown that it gets what is sent to its address. */
  get isAnswered(): boolean {
    return this.role === 'initiator' || this.channel.received > 1;
  }

  identity(): Phase1Identity {
    return {
      path: this.#path,
      role: this.role,
      mode: this.mode,
      initiatorCookie: this.#cookies.CKY_I,
      responderCookie: this.#cookies.CKY_R,
      peer: this.#peer,
    };
  }

  /** Sends the first message. */
  begin(peer: Peer, now: number): Phase1Progress {
    this.#peer = peer;
    return this.#go(beginPhase1(this.#context(now), this.mode, peer), now);
  }

  /** Answers the first message. */
  answer(datagram: Uint8Array, opened: OpenedMessage, now: number): Phase1Progress {
    this.channel.takeUp(datagram, opened);
    this.#tellVendorIds(opened.payloads);
    const context = this.#context(now);
    return this.#go(answerPhase1(context, this.mode, opened.payloads), now);
  }

  /**
   * Takes a message after the first. Who sees the traffic can make such a message, so one that nothing comes
   * of changes nothing: not the cookies, not the path, not what is sent again.
   */
  receive(
    path: Path,
    datagram: Uint8Array,
    message: IsakmpMessage,
    now: number,
  ): Phase1Progress | RefusedMessage {
    const state = this.#state;
    if (state === null || this.channel.answerAgain(path, datagram)) return WAITING;
    const opened = this.channel.open(message, state.keys?.cipher ?? null);
    if (opened instanceof Malformed) {
      // What nobody can read was made with another key: of all that may be wrong, the likeliest.
      return state.step === 'main-keyed' || state.step === 'main-identified'
        ? undecipherable(state.agreement)
        : unfit(`it is a ${opened}`);
    }
    if (this.mode === 'main' && opened.enciphered !== (state.keys !== null)) {
      return unfit(opened.enciphered ? 'it is enciphered' : 'it is not enciphered');
    }
    const cookies = this.#cookiesWith(message);
    const context = { ...this.#context(now), path, cookies };
    const step = continuePhase1(context, state, opened.payloads);
    if (step.kind === 'failed') return { ...step, kind: 'refused' };
    this.channel.takeUp(datagram, opened);
    this.#cookies = cookies;
    this.channel.setCookies(cookies);
    this.#tellVendorIds(opened.payloads);
    if (step.kind !== 'wait' || ownHalfOf(step.state) !== ownHalfOf(state)) this.#forgetOwnHalf();
    // The initiator moves to the ports of NAT traversal, and the responder follows (RFC 3947 §4).
    this.#path = path;
    return this.#go(step, now);
  }

  /** Sends again what has no answer yet. */
  time(now: number): Phase1Progress {
    if (this.channel.time(this.#path, now)) return WAITING;
    return { kind: 'failed', failure: this.noAnswer, notify: null };
  }

  /** Nothing is sent, and nothing is to come. */
  stop(): void {
    this.channel.stop();
    this.#forgetOwnHalf();
  }

  /** Our private value has served. */
  #forgetOwnHalf(): void {
    if (this.#state !== null) ownHalfOf(this.#state)?.privateValue.zeroise();
  }

  #go(step: Phase1Step<Phase1State>, now: number): Phase1Progress {
    switch (step.kind) {
      case 'failed':
        return step;
      case 'wait':
        this.#state = step.state;
        this.#agree(agreementOf(step.state));
        this.#learn(step.state.keys);
        // An answer to who has not shown yet that the address is his is not sent again by itself.
        if ('nat' in step.state) this.#float(step.state.nat);
        this.#send(step.send, this.isAnswered, step.state.keys, now);
        return WAITING;
      case 'established': {
        const { keys, agreement } = step.result;
        this.#state = null;
        this.#agree(agreement);
        this.#learn(keys);
        this.#float(step.result.nat);
        if (step.send !== null) this.#send(step.send, false, keys, now);
        return { kind: 'established', result: step.result };
      }
    }
  }

  /** With a NAT in between, the initiator goes on by other ports (RFC 3947 §4). */
  #float({ local, remote }: NatSituation): void {
    if (this.role === 'initiator' && (local || remote))
      this.#path = this.#around.floated(this.#path);
  }

  #agree(agreement: Agreement | null): void {
    if (agreement === null) return;
    this.#peer = agreement.peer;
    this.#inPieces = agreement.capabilities.fragmentation;
  }

  /** From the first keys on there is an IV (RFC 2409 Appendix B). */
  #learn(keys: Phase1Keys | null): void {
    if (keys === null || this.channel.iv !== null) return;
    const { hash, transcript, cipher } = keys;
    this.channel.iv = derivePhase1Iv(hash, transcript, cipher.blockLength);
  }

  #send(
    { payloads, enciphered }: OutgoingMessage,
    awaitsAnswer: boolean,
    keys: Phase1Keys | null,
    now: number,
  ): void {
    const cipher = enciphered ? (keys?.cipher ?? null) : null;
    if (enciphered && cipher === null) throw new Error('Bug: enciphered without keys');
    this.channel.send(
      this.#path,
      payloads,
      { cipher, awaitsAnswer, inPieces: this.#inPieces },
      now,
    );
  }

  #context(now: number): Phase1Context {
    const { environment, epoch } = this.#around;
    const { role } = this;
    return { environment, role, path: this.#path, cookies: this.#cookies, time: epoch + now };
  }

  /** The responder's is the one of its first message. */
  #cookiesWith({ header }: IsakmpMessage): Cookies {
    const isKnown = this.role === 'responder' || this.channel.received > 0;
    return isKnown ? this.#cookies : { ...this.#cookies, CKY_R: header.responderCookie.slice() };
  }

  #tellVendorIds(payloads: Payloads): void {
    for (const name of vendorIdNames(payloads.every('vendor-id'))) {
      this.#around.outbox.event({ kind: 'vendor-id', phase1: this.identity(), name });
    }
  }

  /** That nothing came, and in the words of the RFC which message that would have been. */
  get noAnswer(): NoAnswer {
    const state = this.#state;
    if (state === null) return { kind: 'no-answer', waitingFor: 'the end of phase 1' };
    const mayHaveOtherKey =
      state.step === 'main-identified' &&
      needsPreSharedKey(state.agreement.transform.authentication);
    return { kind: 'no-answer', waitingFor: AWAITED[state.step], mayHaveOtherKey };
  }
}

function agreementOf(state: Phase1State): Agreement | null {
  if ('agreement' in state) return state.agreement;
  return 'recognised' in state ? state.recognised.agreement : null;
}

function ownHalfOf(state: Phase1State): OwnHalf | null {
  return 'own' in state ? state.own : null;
}

const AWAITED: Readonly<Record<Phase1State['step'], string>> = {
  'main-offered': 'the SA payload',
  'main-answered': 'the KE payload',
  'main-contributed': 'the KE payload',
  'main-keyed': 'the ID payload',
  'main-identified': 'the ID payload',
  'aggressive-offered': 'the SA and KE payloads',
  'aggressive-answered': 'the proof of the identity',
  'base-offered': 'the SA payload',
  'base-answered': 'the KE payload',
  'base-proved': 'the KE payload',
};

const WAITING: Phase1Progress = { kind: 'waiting' };

/** RFC 2408 §5.2: it is not said to whoever it was. */
function undecipherable({ transform }: Agreement): RefusedMessage {
  const isOfPreSharedKey = needsPreSharedKey(transform.authentication);
  return { kind: 'refused', failure: { kind: 'undecipherable', isOfPreSharedKey }, notify: null };
}

/** One that comes late, or has lost its way, is as likely as a wrong one: nothing is said to it either. */
function unfit(reason: string): RefusedMessage {
  return { kind: 'refused', failure: { kind: 'protocol', reason }, notify: null };
}
