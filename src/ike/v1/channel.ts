/**
 * The messages of one exchange, which have one message ID (RFC 2408 §3.1): each is sent again until the
 * peer answers, and each that comes again is answered as before.
 *
 * IVs go from message to message, those of both ends. What comes is opened before it is known to be the
 * peer's, and taken up only then: nobody else can put the exchange out of step.
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { sameOctets } from '../../octets/octets.ts';
import { IKEV1_FLAG } from '../../wire/ike.ts';
import { emitIsakmpMessage, type IsakmpMessage } from '../../wire/ikev1/message.ts';
import {
  emitPayloadChain,
  firstPayloadType,
  type PayloadBody,
} from '../../wire/ikev1/payload-chain.ts';
import type { IkeEnvironment } from '../environment.ts';
import type { Outbox } from '../outbox.ts';
import type { Path } from '../path.ts';
import { type Retransmission, sentAgain, sentFirst } from '../retransmission.ts';
import { inPieces } from './fragmentation.ts';
import type { Cookies } from './key-material.ts';
import type { MessageCipher } from './message-cipher.ts';
import { Payloads } from './payloads.ts';
import { openContent, sealContent } from './sealed-content.ts';

/** What all messages of an exchange share. */
export interface ChannelSettings {
  readonly environment: IkeEnvironment;
  readonly outbox: Outbox;
  readonly cookies: Cookies;
  readonly exchangeType: number;
  readonly messageId: number;
}

/** A message that was read, and is not known to be the peer's yet. */
export interface OpenedMessage {
  readonly payloads: Payloads;
  readonly enciphered: boolean;
  /** The flags of its header. */
  readonly flags: number;
  /** `null` when it was not enciphered. */
  readonly nextIv: Uint8Array | null;
}

/** How a message goes. */
export interface Sending {
  /** `null` in the clear. */
  readonly cipher: MessageCipher | null;
  /** Whether it is sent again until an answer comes. */
  readonly awaitsAnswer: boolean;
  /** Whether the peer joins fragments. */
  readonly inPieces: boolean;
}

export class Channel {
  #settings: ChannelSettings;
  /** `null` before there are keys. */
  iv: Uint8Array | null;
  sent = 0;
  received = 0;
  #lastReceived: Uint8Array | null = null;
  #lastSent: readonly Uint8Array[] = [];
  #answersAgain = 0;
  #retransmission: Retransmission | null = null;

  constructor(settings: ChannelSettings, iv: Uint8Array | null) {
    this.#settings = settings;
    this.iv = iv;
  }

  get messageId(): number {
    return this.#settings.messageId;
  }

  /** The responder's cookie is known from its first message on. */
  setCookies(cookies: Cookies): void {
    this.#settings = { ...this.#settings, cookies };
  }

  /** When {@link time} is to be called; `null` when nothing waits. */
  get deadline(): number | null {
    return this.#retransmission?.at ?? null;
  }

  /** Answers `datagram` as before, if it is the one that came last; `false` when it is another. */
  answerAgain(path: Path, datagram: Uint8Array): boolean {
    if (this.#lastReceived === null || !sameOctets(datagram, this.#lastReceived)) return false;
    this.sendAgain(path);
    return true;
  }

  /** Sends the last message again. Who asks for it gets so many and not one more. */
  sendAgain(path: Path): void {
    if (this.#answersAgain >= MOST_ANSWERS_AGAIN) return;
    this.#answersAgain += 1;
    this.#settings.outbox.transmit(path, this.#lastSent);
  }

  /** Reads `message`; changes nothing. */
  open({ header, content }: IsakmpMessage, cipher: MessageCipher | null): Parsed<OpenedMessage> {
    const { nextPayload, flags } = header;
    const enciphered = (flags & IKEV1_FLAG.ENCRYPTION) !== 0;
    if (!enciphered) {
      const payloads = Payloads.read(nextPayload, content);
      return payloads instanceof Malformed
        ? payloads
        : { payloads, enciphered, flags, nextIv: null };
    }
    if (cipher === null || this.iv === null) return NO_KEYS_YET;
    const opened = openContent(cipher, this.iv, nextPayload, content);
    return opened instanceof Malformed ? opened : { ...opened, enciphered, flags };
  }

  /** `datagram` is the peer's, and is what was opened: nothing is sent again, and the IV goes on. */
  takeUp(datagram: Uint8Array, { nextIv }: OpenedMessage): void {
    this.received += 1;
    this.#lastReceived = datagram.slice();
    this.#answersAgain = 0;
    this.#retransmission = null;
    if (nextIv !== null) this.iv = nextIv;
  }

  /** Sends `payloads` at `now`. */
  send(
    path: Path,
    payloads: readonly PayloadBody[],
    { cipher, awaitsAnswer, inPieces: pieces }: Sending,
    now: number,
    flags = 0,
  ): void {
    const { environment, outbox } = this.#settings;
    const datagram = this.#emit(payloads, cipher, flags);
    const datagrams = pieces ? inPieces(datagram, (this.sent % 0xffff) + 1) : [datagram];
    this.sent += 1;
    this.#lastSent = datagrams;
    const { timers } = environment.configuration;
    for (let copy = 0; copy < timers.copies; copy++) outbox.transmit(path, datagrams);
    this.#retransmission = awaitsAnswer ? sentFirst(datagrams, timers, now) : null;
  }

  /** Sends again what waits for an answer, if it is time; `false` when it has been sent often enough. */
  time(path: Path, now: number): boolean {
    const waiting = this.#retransmission;
    if (waiting === null || now < waiting.at) return true;
    const { environment, outbox } = this.#settings;
    this.#retransmission = sentAgain(waiting, environment.configuration.timers, now);
    if (this.#retransmission === null) return false;
    outbox.transmit(path, waiting.datagrams);
    return true;
  }

  /** Nothing is said to what came last, should it come again. */
  fallSilent(): void {
    this.#lastSent = [];
  }

  /** Nothing is sent again from now on. */
  stop(): void {
    this.#retransmission = null;
  }

  #emit(payloads: readonly PayloadBody[], cipher: MessageCipher | null, flags: number): Uint8Array {
    const { environment, cookies, exchangeType, messageId } = this.#settings;
    const header = {
      initiatorCookie: cookies.CKY_I,
      responderCookie: cookies.CKY_R,
      nextPayload: firstPayloadType(payloads),
      minorVersion: 0,
      exchangeType,
      flags,
      messageId,
    };
    if (cipher === null) {
      return emitIsakmpMessage({ header, content: emitPayloadChain(payloads) });
    }
    if (this.iv === null) throw new Error('Bug: a cipher without an IV');
    const { padding } = environment.configuration;
    const sealed = sealContent(cipher, this.iv, payloads, padding, environment.random);
    this.iv = sealed.nextIv;
    return emitIsakmpMessage({
      header: { ...header, flags: flags | IKEV1_FLAG.ENCRYPTION },
      content: sealed.ciphertext,
    });
  }
}

/** How often a message is sent again because the peer has repeated itself. */
const MOST_ANSWERS_AGAIN = 10;
const NO_KEYS_YET = new Malformed('message', 'is enciphered, and there are no keys yet');
