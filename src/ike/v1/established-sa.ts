/**
 * What happens under an established phase 1: informational exchanges, liveness, lifetimes, and exchanges
 * of their own for quick mode and mode config.
 *
 * @module
 */
import type { IpAddress } from '../../net/ip-address.ts';
import { Malformed } from '../../octets/malformed.ts';
import { IKEV1_EXCHANGE, type IsakmpMessage } from '../../wire/ikev1/message.ts';
import { NOTIFY } from '../../wire/ikev1/notification.ts';
import type { PayloadBody } from '../../wire/ikev1/payload-chain.ts';
import type { ChildRequest } from '../child-request.ts';
import type { ClientSettings } from '../client-settings.ts';
import type { AnswerTo, Heed } from '../outbox.ts';
import { type Path, samePath } from '../path.ts';
import type { Peer } from '../peer.ts';
import type { Question } from '../question.ts';
import { authenticatedPayloads, isAuthenticated } from './authenticated-content.ts';
import { Channel, type OpenedMessage, type Sending } from './channel.ts';
import type { Established } from './established.ts';
import { hash1 } from './hash.ts';
import { isakmpDeletion, isakmpNotification } from './informational.ts';
import { InformationalMessages } from './informational-messages.ts';
import { derivePhase2Iv } from './key-material.ts';
import type { EstablishedPhase1, Phase1Sa, Surroundings } from './parts.ts';
import type { Phase2Exchange } from './phase2-exchange.ts';
import { Phase2Exchanges } from './phase2-exchanges.ts';
import { Presence } from './presence.ts';
import { QuickModeInitiator } from './quick-mode/initiator.ts';
import { QuickModeResponder } from './quick-mode/responder.ts';
import { type Carry, Transactions } from './transaction/transactions.ts';

export class EstablishedSa implements EstablishedPhase1 {
  readonly established: Established;
  readonly around: Surroundings;
  readonly sa: Phase1Sa;
  readonly #exchanges: Phase2Exchanges;
  #path: Path;
  readonly #presence: Presence;
  readonly #informational = new InformationalMessages(this);
  readonly #transactions: Transactions;
  #isDying = false;

  constructor(
    around: Surroundings,
    sa: Phase1Sa,
    established: Established,
    path: Path,
    now: number,
  ) {
    this.around = around;
    this.sa = sa;
    this.established = established;
    this.#path = path;
    this.#exchanges = new Phase2Exchanges((length) => around.environment.random(length));
    this.#presence = new Presence(this, now);
    const carry: Carry = (make) => {
      this.#exchanges.add(make(this.#begin(IKEV1_EXCHANGE.TRANSACTION)));
    };
    this.#transactions = new Transactions(this, carry, now);
  }

  get path(): Path {
    return this.#path;
  }

  get peer(): Peer {
    return this.established.agreement.peer;
  }

  /** What the peer has given us, or we have given it (mode config). */
  get settings(): ClientSettings | null {
    return this.#transactions.settings;
  }

  get groups(): readonly string[] {
    return this.#transactions.groups;
  }

  get clientAddress(): IpAddress {
    return this.#transactions.givenAddress ?? this.#path.remote.address;
  }

  /** Whether quick mode can be begun, by either end. */
  get isReady(): boolean {
    return this.#transactions.isReady;
  }

  get isSilent(): boolean {
    return this.#presence.isSilent;
  }

  get isDying(): boolean {
    return this.#isDying;
  }

  get exchanges(): Iterable<Phase2Exchange> {
    return this.#exchanges;
  }

  /** Begins XAuth and mode config, as far as that is ours to begin. */
  begin(now: number): void {
    this.#transactions.begin(now);
  }

  /** Begins quick mode. */
  beginQuickMode(request: ChildRequest, now: number): void {
    this.#transactions.settle();
    const channel = this.#begin(IKEV1_EXCHANGE.QUICK_MODE);
    const exchange = new QuickModeInitiator(this, channel, request, now);
    this.#exchanges.add(exchange);
    exchange.begin();
    this.around.heed(this.sa);
  }

  ask<Q extends Question>(question: Q, heed: Heed<Q>): void {
    this.around.outbox.ask(question, (answer: AnswerTo<Q>, now) => {
      heed(answer, now);
      this.around.heed(this.sa);
    });
  }

  /** Whether quick mode for `request` is under way. */
  isNegotiating(request: ChildRequest): boolean {
    return this.#exchanges.isFor(request);
  }

  /** Takes a message that is not of phase 1. */
  receive(path: Path, datagram: Uint8Array, message: IsakmpMessage, now: number): void {
    const { exchangeType, messageId } = message.header;
    const known = this.#exchanges.get(messageId);
    if (known?.channel.answerAgain(this.#path, datagram)) return;
    const ofExchange = exchangeType !== IKEV1_EXCHANGE.INFORMATIONAL ? known : undefined;
    if (ofExchange === undefined && this.#exchanges.wasBegun(exchangeType, messageId)) {
      this.ignore(path, 'its message ID was used before');
      return;
    }
    const channel = ofExchange?.channel ?? this.newChannel(exchangeType, messageId);
    const opened = channel.open(message, this.established.keys.cipher);
    if (opened instanceof Malformed) {
      this.ignore(path, `it is a ${opened}`);
      return;
    }
    // RFC 2409 §5.5, §5.7: all of it is enciphered.
    if (!opened.enciphered) {
      this.ignore(path, 'it is not enciphered');
      return;
    }
    if (ofExchange !== undefined) {
      if (!ofExchange.receive(datagram, opened, now)) {
        this.ignore(path, BAD_HASH);
        return;
      }
      this.#heard(path, now);
      return;
    }
    if (!isAuthenticated(opened.payloads, (rest) => this.hash1(messageId, rest))) {
      this.ignore(path, BAD_HASH);
      return;
    }
    const untimely = this.#untimely(exchangeType);
    if (untimely !== null) {
      this.ignore(path, untimely);
      return;
    }
    this.#exchanges.noteBegun(exchangeType, messageId);
    if (this.#presence.isUnasked(opened.payloads)) {
      this.ignore(path, 'it answers R-U-THERE that was not asked');
      return;
    }
    this.#heard(path, now);
    switch (exchangeType) {
      case IKEV1_EXCHANGE.INFORMATIONAL:
        this.#informational.heed(opened.payloads, messageId, now);
        return;
      case IKEV1_EXCHANGE.QUICK_MODE:
        this.#answerQuickMode(channel, datagram, opened, now);
        return;
      case IKEV1_EXCHANGE.TRANSACTION:
        this.#answerTransaction(path, channel, datagram, opened, now);
        return;
      default:
        this.ignore(path, `nothing is known of exchange type ${exchangeType}`);
        return;
    }
  }

  get deadline(): number {
    const { dyingAt, expiresAt } = this.established;
    const times = [
      this.#isDying ? expiresAt : dyingAt,
      ...this.#presence.deadlines,
      this.#transactions.deadline,
      this.#exchanges.deadline,
    ];
    return Math.min(...times.filter((time) => time !== null));
  }

  time(now: number): void {
    this.#exchanges.time(now);
    this.#transactions.time(now);
    if (now >= this.established.expiresAt) {
      this.around.tell({ kind: 'closed', sa: this.sa, reason: 'expired' });
      return;
    }
    if (!this.#isDying && now >= this.established.dyingAt) {
      this.#isDying = true;
      this.around.tell({ kind: 'dying', sa: this.sa });
    }
    this.#presence.time(now);
  }

  /** Sends one message of notifications or deletions. */
  inform(payloads: readonly PayloadBody[], now: number): void {
    const channel = this.#begin(IKEV1_EXCHANGE.INFORMATIONAL);
    const { messageId } = channel;
    const authenticated = authenticatedPayloads(payloads, (rest) => this.hash1(messageId, rest));
    channel.send(this.#path, authenticated, this.sending(false), now);
  }

  noAnswerSince(begunAt: number): void {
    this.#presence.noAnswerSince(begunAt);
  }

  /** Tells the peer that this phase 1 is no more. */
  sayGoodbye(now: number): void {
    this.inform([isakmpDeletion(this.sa.cookies)], now);
  }

  /** Tells the peer that we have started afresh (RFC 2407 §4.6.3.3). */
  sayInitialContact(now: number): void {
    const { cookies } = this.sa;
    this.inform([isakmpNotification(NOTIFY.INITIAL_CONTACT, cookies, new Uint8Array(0))], now);
  }

  abandon(): void {
    this.#transactions.abandon();
    this.#exchanges.abandon();
  }

  newChannel(exchangeType: number, messageId: number): Channel {
    const { environment, outbox } = this.around;
    const { keys, lastBlock } = this.established;
    const { cookies } = this.sa;
    const iv = derivePhase2Iv(keys.hash, lastBlock, messageId);
    return new Channel({ environment, outbox, cookies, exchangeType, messageId }, iv);
  }

  /** How messages under this phase 1 go. */
  sending(awaitsAnswer: boolean): Sending {
    const { keys, agreement } = this.established;
    const inPieces = agreement.capabilities.fragmentation;
    return { cipher: keys.cipher, awaitsAnswer, inPieces };
  }

  hash1(messageId: number, rest: Uint8Array): Uint8Array {
    const { hash, family } = this.established.keys;
    return hash1(hash, family.SKEYID_a, messageId, rest);
  }

  ignore(path: Path, reason: string): void {
    this.around.outbox.event({ kind: 'ignored', path, reason });
  }

  /** Why no exchange can begin now, as a clause: it is let in when it comes again. */
  #untimely(exchangeType: number): string | null {
    if (exchangeType === IKEV1_EXCHANGE.INFORMATIONAL) return null;
    if (this.#exchanges.isFull) return 'too many exchanges';
    const isEarly = exchangeType === IKEV1_EXCHANGE.QUICK_MODE && !this.isReady;
    return isEarly ? 'XAuth and mode config come before quick mode' : null;
  }

  #answerQuickMode(
    channel: Channel,
    datagram: Uint8Array,
    opened: OpenedMessage,
    now: number,
  ): void {
    this.#transactions.settle();
    const exchange = new QuickModeResponder(this, channel, now);
    this.#exchanges.add(exchange);
    exchange.begin(datagram, opened, now);
  }

  #answerTransaction(
    path: Path,
    channel: Channel,
    datagram: Uint8Array,
    opened: OpenedMessage,
    now: number,
  ): void {
    const exchange = this.#transactions.answer(channel, now);
    if (exchange === null) {
      this.ignore(path, 'too many exchanges, or one that came before');
      return;
    }
    this.#exchanges.add(exchange);
    exchange.receive(datagram, opened, now);
  }

  /** The peer lives; and it may have moved, if there is a NAT (RFC 3947 §4). */
  #heard(path: Path, now: number): void {
    this.#presence.heard(now);
    if (samePath(path, this.#path) || !this.established.nat.remote) return;
    this.#path = path;
    this.around.tell({ kind: 'moved', sa: this.sa, under: this });
  }

  /** The channel of an exchange that we begin. */
  #begin(exchangeType: number): Channel {
    return this.newChannel(exchangeType, this.#exchanges.newMessageId(exchangeType));
  }
}

const BAD_HASH = 'its hash does not verify';
