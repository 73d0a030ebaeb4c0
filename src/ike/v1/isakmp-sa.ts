/**
 * A phase 1 from its first message to its end.
 *
 *     datagram ─► fragments joined ─┬─ message ID 0 ─► phase1/exchange ─► established
 *                                   └─ any other ────► established-sa
 *
 * What it comes to is told as `News`.
 *
 * @module
 */
import { Malformed } from '../../octets/malformed.ts';
import { IKEV1_FLAG } from '../../wire/ike.ts';
import { parseFragment } from '../../wire/ikev1/fragment.ts';
import {
  IKEV1_EXCHANGE,
  type IsakmpMessage,
  parseIsakmpMessage,
} from '../../wire/ikev1/message.ts';
import { type PayloadBody, parsePayloadChain } from '../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../wire/ikev1/payload-type.ts';
import type { Phase1Identity } from '../event.ts';
import type { Failure } from '../failure.ts';
import type { Path } from '../path.ts';
import type { ExchangeMode, Peer } from '../peer.ts';
import { Channel, type OpenedMessage } from './channel.ts';
import { establishedAt } from './established.ts';
import { EstablishedSa } from './established-sa.ts';
import { FragmentCollector } from './fragmentation.ts';
import { Hints } from './hints.ts';
import { identificationText } from './identification.ts';
import { isakmpNotification, LARGEST_ERROR, notificationName } from './informational.ts';
import type { Cookies } from './key-material.ts';
import type { Phase1Sa, Surroundings } from './parts.ts';
import { Payloads } from './payloads.ts';
import { Phase1Exchange, type Phase1Progress, type RefusedMessage } from './phase1/exchange.ts';
import type { Phase1Result, Role } from './phase1/negotiation.ts';
import { modeOfExchange } from './phase1/phase1.ts';
import type { Login } from './transaction/xauth-client.ts';

export class IsakmpSa implements Phase1Sa {
  readonly begunAt: number;
  /** The one that it was begun by. */
  readonly firstPath: Path;
  readonly #around: Surroundings;
  readonly #phase1: Phase1Exchange;
  /** `null` before the first has come. */
  #fragments: FragmentCollector | null = null;
  #under: EstablishedSa | null = null;
  #isClosed = false;
  #login: Login | null = null;
  readonly #hints = new Hints();

  constructor(
    around: Surroundings,
    role: Role,
    mode: ExchangeMode,
    cookies: Cookies,
    path: Path,
    now: number,
  ) {
    this.begunAt = now;
    this.firstPath = path;
    this.#around = around;
    this.#phase1 = new Phase1Exchange(around, role, mode, cookies, path);
  }

  get role(): Role {
    return this.#phase1.role;
  }

  get path(): Path {
    return this.#under?.path ?? this.#phase1.path;
  }

  get cookies(): Cookies {
    return this.#phase1.cookies;
  }

  /** Which of the configuration it is, as far as is known. */
  get peer(): Peer | null {
    return this.#phase1.peer;
  }

  /** `null` before it is established. */
  get under(): EstablishedSa | null {
    return this.#under;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether it was begun by somebody whose address is not known to be his. */
  get isHalfOpen(): boolean {
    return this.#under === null && !this.#phase1.isAnswered;
  }

  /** Messages of phase 1. */
  get counts(): { readonly sent: number; readonly received: number } {
    return this.#phase1.channel;
  }

  identity(): Phase1Identity {
    return { ...this.#phase1.identity(), path: this.path };
  }

  get login(): Login | null {
    return this.#login;
  }

  /** Sends the first message to `peer`, which may ask for `login` once phase 1 is done. */
  begin(peer: Peer, login: Login | null, now: number): void {
    this.#login = login;
    const progress = this.#phase1.begin(peer, now);
    this.#around.outbox.event({ kind: 'phase1-begun', phase1: this.identity() });
    this.#progressed(progress, now);
    this.#around.heed(this);
  }

  /** Answers a first message. */
  answer(datagram: Uint8Array, opened: OpenedMessage, now: number): void {
    const progress = this.#phase1.answer(datagram, opened, now);
    this.#around.outbox.event({ kind: 'phase1-begun', phase1: this.identity() });
    this.#progressed(progress, now);
    this.#around.heed(this);
  }

  /** Takes a message that has our cookies, and came by `path`. */
  receive(path: Path, datagram: Uint8Array, message: IsakmpMessage, now: number): void {
    if (this.#isClosed) return;
    this.#receive(path, datagram, message, now);
    this.#around.heed(this);
  }

  #receive(path: Path, datagram: Uint8Array, message: IsakmpMessage, now: number): void {
    const { header } = message;
    if (header.nextPayload === IKEV1_PAYLOAD.FRAGMENT && !isEnciphered(message)) {
      this.#receivePiece(path, message, now);
    } else if (isOfPhase1(message, this.#phase1.mode)) {
      this.#receivePhase1(path, datagram, message, now);
    } else if (this.#under !== null) {
      this.#under.receive(path, datagram, message, now);
    } else if (header.exchangeType === IKEV1_EXCHANGE.INFORMATIONAL && !isEnciphered(message)) {
      this.#receiveHint(path, message);
    } else {
      // The peer has done with phase 1, and its last message is not here: ours has it sent again.
      this.#phase1.channel.sendAgain(this.path);
      this.#ignore(path, 'phase 1 is not established yet');
    }
  }

  /** When {@link time} is to be called. */
  get deadline(): number {
    const { phase1Seconds } = this.#around.environment.configuration.timers;
    const own = this.#phase1.channel.deadline ?? Number.POSITIVE_INFINITY;
    return Math.min(own, this.#under?.deadline ?? this.begunAt + phase1Seconds * 1000);
  }

  /** Does what is due at `now`. */
  time(now: number): void {
    this.#time(now);
    this.#around.heed(this);
  }

  #time(now: number): void {
    if (this.#isClosed) return;
    this.#progressed(this.#phase1.time(now), now);
    if (this.#isClosed) return;
    if (this.#under !== null) {
      this.#under.time(now);
      return;
    }
    const { phase1Seconds } = this.#around.environment.configuration.timers;
    if (now < this.begunAt + phase1Seconds * 1000) return;
    this.#fail(this.#phase1.noAnswer);
  }

  /** Forgets everything under it; nothing is sent. */
  close(): void {
    this.#isClosed = true;
    this.#phase1.stop();
    this.#under?.abandon();
  }

  #receivePiece(path: Path, { content }: IsakmpMessage, now: number): void {
    const chain = parsePayloadChain(IKEV1_PAYLOAD.FRAGMENT, content);
    if (chain instanceof Malformed) {
      this.#ignore(path, `it is a ${chain}`);
      return;
    }
    const [piece] = chain.payloads;
    const fragment = piece && parseFragment(piece.body);
    if (fragment === undefined || fragment instanceof Malformed) {
      this.#ignore(path, `it is a ${fragment}`);
      return;
    }
    this.#fragments ??= new FragmentCollector();
    const whole = this.#fragments.take(fragment);
    if (whole === null) return;
    const message = whole instanceof Malformed ? whole : parseIsakmpMessage(whole);
    if (message instanceof Malformed || whole instanceof Malformed) {
      this.#ignore(path, `it is a ${message}`);
      return;
    }
    // Pieces of pieces are nobody's.
    if (message.header.nextPayload === IKEV1_PAYLOAD.FRAGMENT) return;
    this.#receive(path, whole, message, now);
  }

  #receivePhase1(path: Path, datagram: Uint8Array, message: IsakmpMessage, now: number): void {
    if (this.#under !== null) {
      this.#phase1.channel.answerAgain(this.path, datagram);
      return;
    }
    const { received } = this.#phase1.channel;
    const progress = this.#phase1.receive(path, datagram, message, now);
    if (progress.kind === 'refused') {
      this.#refuse(path, progress, now);
      return;
    }
    if (this.#phase1.channel.received > received) this.#hints.forget();
    this.#progressed(progress, now);
  }

  /** Who sees the traffic may have made the message, and must not end phase 1 by it. */
  #refuse(path: Path, { failure, notify }: RefusedMessage, now: number): void {
    const isNew = this.#hints.keep(failure);
    if (failure.kind === 'protocol') {
      this.#ignore(path, failure.reason);
    } else if (isNew) {
      this.#around.outbox.event({ kind: 'phase1-doubted', phase1: this.identity(), failure });
      if (notify !== null) this.#notify(notify, now);
    } else {
      this.#ignore(path, 'it is refused as one was before it');
    }
  }

  /** Nobody can know who says so: it is kept for the explanation, if it comes to nothing. */
  #receiveHint(path: Path, { header, content }: IsakmpMessage): void {
    const payloads = Payloads.read(header.nextPayload, content);
    if (payloads instanceof Malformed) {
      this.#ignore(path, `it is a ${payloads}`);
      return;
    }
    for (const { type } of payloads.every('notification')) {
      if (type > LARGEST_ERROR) continue;
      const notification = notificationName(type);
      const failure = { kind: 'notified', notification } as const;
      this.#hints.keep(failure);
      this.#ignore(path, `${notification} is not authenticated`);
      if (this.peer?.weakPhase1Check) this.#fail(failure);
    }
  }

  #progressed(progress: Phase1Progress, now: number): void {
    switch (progress.kind) {
      case 'waiting':
        return;
      case 'failed':
        if (progress.notify !== null) this.#notify(progress.notify, now);
        this.#fail(progress.failure);
        return;
      case 'established':
        this.#establish(progress.result, now);
    }
  }

  #establish(result: Phase1Result, now: number): void {
    const { environment } = this.#around;
    const lastBlock = this.#phase1.channel.iv;
    if (lastBlock === null) throw new Error('Bug: established without an IV');
    const text = identificationText(result.authenticated.identification, environment.credentials);
    const established = establishedAt(result, lastBlock, text, now);
    this.#under = new EstablishedSa(this.#around, this, established, this.#phase1.path, now);
    this.#under.begin(now);
  }

  /** Tells the peer why, in the clear: there is no key that both are known to have. */
  #notify(type: number, now: number): void {
    const { environment, outbox } = this.#around;
    const [a = 0, b = 0, c = 0, d = 0] = environment.random(4);
    const messageId = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0 || 1;
    const channel = new Channel(
      {
        environment,
        outbox,
        cookies: this.cookies,
        exchangeType: IKEV1_EXCHANGE.INFORMATIONAL,
        messageId,
      },
      null,
    );
    const payloads: PayloadBody[] = [isakmpNotification(type, this.cookies, new Uint8Array(0))];
    const sending = { cipher: null, awaitsAnswer: false, inPieces: false };
    channel.send(this.path, payloads, sending, now);
  }

  #fail(failure: Failure): void {
    const told = this.#hints.explain(failure);
    this.close();
    this.#around.outbox.event({ kind: 'phase1-failed', phase1: this.identity(), failure: told });
    this.#around.tell({ kind: 'failed', sa: this, failure: told });
  }

  #ignore(path: Path, reason: string): void {
    this.#around.outbox.event({ kind: 'ignored', path, reason });
  }
}

function isOfPhase1({ header }: IsakmpMessage, mode: ExchangeMode): boolean {
  return header.messageId === 0 && modeOfExchange(header.exchangeType) === mode;
}

function isEnciphered({ header }: IsakmpMessage): boolean {
  return (header.flags & IKEV1_FLAG.ENCRYPTION) !== 0;
}
