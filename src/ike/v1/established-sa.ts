/**
 * What happens under an established phase 1: informational exchanges, liveness, lifetimes, and exchanges
 * of their own for quick mode and mode config.
 *
 * @module
 */
import { IPSEC_PROTOCOLS } from '../../ipsec/policy.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { Malformed } from '../../octets/malformed.ts';
import { u32 } from '../../octets/octets.ts';
import { IKE_SPI_LENGTH } from '../../wire/ike.ts';
import type { Deletion } from '../../wire/ikev1/deletion.ts';
import { PROTOCOL_ID } from '../../wire/ikev1/ipsec-doi.ts';
import { IKEV1_EXCHANGE, type IsakmpMessage } from '../../wire/ikev1/message.ts';
import { livenessSequence, NOTIFY, type Notification } from '../../wire/ikev1/notification.ts';
import type { PayloadBody } from '../../wire/ikev1/payload-chain.ts';
import type { ChildRequest } from '../child-request.ts';
import type { ClientSettings } from '../client-settings.ts';
import { type Path, samePath } from '../path.ts';
import type { Peer } from '../peer.ts';
import { authenticatedPayloads, isAuthenticated } from './authenticated-content.ts';
import { Channel, type OpenedMessage, type Sending } from './channel.ts';
import type { Established } from './established.ts';
import { hash1 } from './hash.ts';
import {
  isakmpDeletion,
  isakmpNotification,
  LARGEST_ERROR,
  livenessNotification,
  notificationName,
} from './informational.ts';
import { derivePhase2Iv } from './key-material.ts';
import { aliveAt, type Liveness, wasAsked, whenSilent } from './liveness.ts';
import type { EstablishedPhase1, Phase1Sa, Surroundings } from './parts.ts';
import { PastMessages } from './past-messages.ts';
import type { Payloads } from './payloads.ts';
import type { Phase2Exchange } from './phase2-exchange.ts';
import { PROTOCOL_IDS } from './quick-mode/doi-numbers.ts';
import { QuickModeInitiator } from './quick-mode/initiator.ts';
import { readSpi } from './quick-mode/proposal-spi.ts';
import { QuickModeResponder } from './quick-mode/responder.ts';
import { type Carry, Transactions } from './transaction/transactions.ts';

/** Exchanges at once: the peer begins no more. */
const MOST_EXCHANGES = 64;

export class EstablishedSa implements EstablishedPhase1 {
  readonly established: Established;
  readonly around: Surroundings;
  readonly sa: Phase1Sa;
  readonly #exchanges = new Map<number, Phase2Exchange>();
  readonly #past = new PastMessages();
  #path: Path;
  #liveness: Liveness;
  #keepaliveAt: number | null;
  readonly #transactions: Transactions;
  #isDying = false;
  #isSilent = false;
  #isGreeted = false;

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
    // RFC 3706 §6: what number comes first is not to be known.
    const sequence = u32(around.environment.random(4), 0) >>> 1;
    this.#liveness = aliveAt(this.#deadPeerDetection, sequence, now);
    this.#keepaliveAt = this.#nextKeepalive(now);
    const carry: Carry = (make) => {
      const messageId = this.#newMessageId(IKEV1_EXCHANGE.TRANSACTION);
      const channel = this.newChannel(IKEV1_EXCHANGE.TRANSACTION, messageId);
      this.#exchanges.set(channel.messageId, make(channel));
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
    return this.#isSilent;
  }

  get isDying(): boolean {
    return this.#isDying;
  }

  get exchanges(): Iterable<Phase2Exchange> {
    return this.#exchanges.values();
  }

  /** Begins XAuth and mode config, as far as that is ours to begin. */
  begin(now: number): void {
    this.#transactions.begin(now);
  }

  /** Begins quick mode. */
  beginQuickMode(request: ChildRequest, now: number): void {
    const messageId = this.#newMessageId(IKEV1_EXCHANGE.QUICK_MODE);
    const channel = this.newChannel(IKEV1_EXCHANGE.QUICK_MODE, messageId);
    const exchange = new QuickModeInitiator(this, channel, request, now);
    this.#exchanges.set(channel.messageId, exchange);
    exchange.begin();
  }

  /** Whether quick mode for `request` is under way. */
  isNegotiating(request: ChildRequest): boolean {
    return [...this.#exchanges.values()].some((each) => each.isFor(request));
  }

  /** Takes a message that is not of phase 1. */
  receive(path: Path, datagram: Uint8Array, message: IsakmpMessage, now: number): void {
    const { exchangeType, messageId } = message.header;
    const known = this.#exchanges.get(messageId);
    if (known?.channel.answerAgain(this.#path, datagram)) return;
    const ofExchange = exchangeType !== IKEV1_EXCHANGE.INFORMATIONAL ? known : undefined;
    if (ofExchange === undefined && this.#past.has(exchangeType, messageId)) {
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
    this.#past.add(exchangeType, messageId);
    if (this.#answersNothing(opened.payloads)) {
      this.ignore(path, 'it answers R-U-THERE that was not asked');
      return;
    }
    this.#heard(path, now);
    switch (exchangeType) {
      case IKEV1_EXCHANGE.INFORMATIONAL:
        this.#heed(opened.payloads, messageId, now);
        return;
      case IKEV1_EXCHANGE.QUICK_MODE:
        this.#answerQuickMode(path, channel, datagram, opened, now);
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
      this.#keepaliveAt,
      this.#livenessAt,
      this.#transactions.deadline,
    ];
    for (const exchange of this.#exchanges.values()) times.push(exchange.deadline);
    return Math.min(...times.filter((time) => time !== null));
  }

  time(now: number): void {
    for (const [messageId, exchange] of this.#exchanges) {
      if (exchange.deadline === null || now < exchange.deadline) continue;
      if (exchange.time(now) === 'over') this.#exchanges.delete(messageId);
    }
    this.#transactions.time(now);
    if (this.#keepaliveAt !== null && now >= this.#keepaliveAt) {
      this.around.outbox.keepalive(this.#path);
      this.#keepaliveAt = this.#nextKeepalive(now);
    }
    if (now >= this.established.expiresAt) {
      this.around.tell({ kind: 'closed', sa: this.sa, reason: 'expired' });
      return;
    }
    if (!this.#isDying && now >= this.established.dyingAt) {
      this.#isDying = true;
      this.around.tell({ kind: 'dying', sa: this.sa });
    }
    if (this.#livenessAt !== null && now >= this.#livenessAt) this.#ask(now);
  }

  /** Sends one message of notifications or deletions. */
  inform(payloads: readonly PayloadBody[], now: number): void {
    const messageId = this.#newMessageId(IKEV1_EXCHANGE.INFORMATIONAL);
    const channel = this.newChannel(IKEV1_EXCHANGE.INFORMATIONAL, messageId);
    const authenticated = authenticatedPayloads(payloads, (rest) => this.hash1(messageId, rest));
    channel.send(this.#path, authenticated, this.sending(false), now);
  }

  noAnswerSince(begunAt: number): void {
    if (this.#liveness.heardAt <= begunAt) this.#isSilent = true;
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
    for (const exchange of this.#exchanges.values()) exchange.abandon();
    this.#exchanges.clear();
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

  #answerQuickMode(
    path: Path,
    channel: Channel,
    datagram: Uint8Array,
    opened: OpenedMessage,
    now: number,
  ): void {
    // It comes again, if it was merely early.
    if (!this.isReady) {
      this.ignore(path, 'XAuth and mode config come before quick mode');
      return;
    }
    if (this.#exchanges.size >= MOST_EXCHANGES) {
      this.ignore(path, 'too many exchanges');
      return;
    }
    const exchange = new QuickModeResponder(this, channel, now);
    this.#exchanges.set(channel.messageId, exchange);
    exchange.begin(datagram, opened, now);
  }

  #answerTransaction(
    path: Path,
    channel: Channel,
    datagram: Uint8Array,
    opened: OpenedMessage,
    now: number,
  ): void {
    const exchange =
      this.#exchanges.size < MOST_EXCHANGES ? this.#transactions.answer(channel, now) : null;
    if (exchange === null) {
      this.ignore(path, 'too many exchanges, or one that came before');
      return;
    }
    this.#exchanges.set(channel.messageId, exchange);
    exchange.receive(datagram, opened, now);
  }

  /** The peer lives; and it may have moved, if there is a NAT (RFC 3947 §4). */
  #heard(path: Path, now: number): void {
    this.#liveness = aliveAt(this.#deadPeerDetection, this.#liveness.sequence, now);
    this.#isSilent = false;
    if (samePath(path, this.#path) || !this.established.nat.remote) return;
    this.#path = path;
  }

  /** RFC 3706 §5.4: an answer has the number of its question. */
  #answersNothing(payloads: Payloads): boolean {
    return payloads
      .every('notification')
      .filter(({ type }) => type === NOTIFY.R_U_THERE_ACK)
      .map(livenessSequence)
      .some((sequence) => sequence instanceof Malformed || !wasAsked(this.#liveness, sequence));
  }

  #heed(payloads: Payloads, messageId: number, now: number): void {
    for (const notification of payloads.every('notification')) {
      this.#heedNotification(notification, messageId, now);
    }
    for (const deletion of payloads.every('deletion')) this.#heedDeletion(deletion);
  }

  #heedNotification(notification: Notification, messageId: number, now: number): void {
    const { type } = notification;
    const { sa } = this;
    switch (type) {
      case NOTIFY.R_U_THERE: {
        const sequence = livenessSequence(notification);
        if (sequence instanceof Malformed) {
          this.ignore(this.#path, `it is a ${sequence}`);
          return;
        }
        this.inform([livenessNotification(NOTIFY.R_U_THERE_ACK, sa.cookies, sequence)], now);
        return;
      }
      case NOTIFY.R_U_THERE_ACK:
        // That it came is all there is to know.
        return;
      case NOTIFY.INITIAL_CONTACT:
        // Many may know the key of phase 1 who have yet to say who they are.
        if (!this.isReady) return;
        if (!this.#isGreeted) this.around.tell({ kind: 'initial-contact', sa });
        this.#isGreeted = true;
        return;
      case NOTIFY.CONNECTED:
        for (const exchange of this.#exchanges.values()) exchange.connected(now);
        return;
      default:
        if (type > LARGEST_ERROR) return;
        this.#heedError(type, notification, messageId, now);
    }
  }

  /** An error is about the quick mode whose SPI, or whose message ID, it names. */
  #heedError(type: number, { spi }: Notification, messageId: number, now: number): void {
    const name = notificationName(type);
    for (const exchange of this.#exchanges.values()) {
      const isMeant = exchange.channel.messageId === messageId || exchange.hasSpi(spi);
      if (isMeant && exchange.refused(name, now)) return;
    }
    const waiting = [...this.#exchanges.values()].filter((exchange) => exchange.isWaiting);
    const [only] = waiting;
    if (waiting.length === 1 && only?.refused(name, now)) return;
    this.ignore(this.#path, `${name} is about nothing that is under way`);
  }

  #heedDeletion({ protocolId, spis }: Deletion): void {
    const { sa } = this;
    if (protocolId !== PROTOCOL_ID.ISAKMP) {
      if (!this.isReady) return;
      const protocol = IPSEC_PROTOCOLS.find((each) => PROTOCOL_IDS[each] === protocolId);
      if (protocol === undefined) return;
      const numbers = spis.flatMap((spi) => readSpi(protocol, spi) ?? []);
      this.around.tell({ kind: 'sas-deleted', sa, protocol, spis: numbers });
      return;
    }
    for (const spi of spis) {
      if (spi.length !== 2 * IKE_SPI_LENGTH) continue;
      const cookies = { CKY_I: spi.slice(0, IKE_SPI_LENGTH), CKY_R: spi.slice(IKE_SPI_LENGTH) };
      this.around.tell({ kind: 'phase1-deleted', sa, cookies });
    }
  }

  /** Asks a silent peer whether it is there, or asks no more. */
  #ask(now: number): void {
    const step = whenSilent(this.#deadPeerDetection, this.#liveness, now);
    if (step.kind === 'dead') {
      this.around.tell({ kind: 'closed', sa: this.sa, reason: 'dead-peer' });
      return;
    }
    this.#liveness = step.liveness;
    this.inform([livenessNotification(NOTIFY.R_U_THERE, this.sa.cookies, step.sequence)], now);
  }

  get #livenessAt(): number | null {
    const { capabilities } = this.established.agreement;
    return capabilities.deadPeerDetection ? this.#liveness.at : null;
  }

  get #deadPeerDetection(): Peer['deadPeerDetection'] {
    return this.peer.deadPeerDetection;
  }

  /** Only who is behind a NAT keeps its mapping alive (RFC 3948 §4). */
  #nextKeepalive(now: number): number | null {
    const { natKeepaliveSeconds } = this.around.environment.configuration.timers;
    if (natKeepaliveSeconds === 0 || !this.established.nat.local) return null;
    return now + natKeepaliveSeconds * 1000;
  }

  /** One for an exchange that we begin. */
  #newMessageId(exchangeType: number): number {
    for (;;) {
      const messageId = u32(this.around.environment.random(4), 0);
      if (messageId === 0 || this.#exchanges.has(messageId)) continue;
      if (this.#past.has(exchangeType, messageId)) continue;
      this.#past.add(exchangeType, messageId);
      return messageId;
    }
  }
}

const BAD_HASH = 'its hash does not verify';
