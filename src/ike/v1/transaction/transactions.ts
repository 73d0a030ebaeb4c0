/**
 * The transaction exchanges under a phase 1: they carry the conversation (`conversation.ts`), and what it
 * comes to is done and told.
 *
 *     message ─► exchange ─► conversation ─┬─ begin, respond ─► exchange
 *                                          ├─ ask ────────────► outbox
 *                                          └─ refused, ready, settled ─► News
 *
 * @module
 */
import type { IpAddress } from '../../../net/ip-address.ts';
import type { ModeConfiguration } from '../../../wire/ikev1/mode-configuration.ts';
import type { ClientSettings } from '../../client-settings.ts';
import type { Failure } from '../../failure.ts';
import type { Channel } from '../channel.ts';
import type { EstablishedPhase1 } from '../parts.ts';
import {
  beginConversation,
  endConversation,
  takeMessage,
  takePasswordAnswer,
  wake,
} from './conversation.ts';
import {
  awaitsSettings,
  type Conversation,
  deadlineOf,
  givenAddress,
  groupsOf,
  mayBeginPhase2,
  refusalOf,
  settingsOf,
  waitingFor,
} from './conversation-state.ts';
import { TransactionExchange } from './exchange.ts';
import { LONGEST_LOGIN_MS, MOST_TRANSACTIONS } from './limits.ts';
import { loginFor, type Situation } from './situation.ts';
import type { Step, TransactionOutput } from './step.ts';

/** Opens the channel of an exchange of ours, and keeps what `make` makes of it. */
export type Carry = (make: (channel: Channel) => TransactionExchange) => void;

export class Transactions {
  readonly #under: EstablishedPhase1;
  readonly #carry: Carry;
  readonly #fixed: Omit<Situation, 'remote'>;
  /** Message IDs of exchanges that the peer has begun: none is begun twice. */
  readonly #begun = new Set<number>();
  readonly #until: number;
  #conversation: Conversation;
  #isReady = false;
  #isSettled = false;
  #isOver = false;

  constructor(under: EstablishedPhase1, carry: Carry, now: number) {
    this.#under = under;
    this.#carry = carry;
    this.#until = now + LONGEST_LOGIN_MS;
    const { around, established, peer, sa } = under;
    this.#fixed = {
      method: established.agreement.transform.authentication,
      wantsSettings: peer.modeConfig,
      login: loginFor(peer, around.environment.credentials, sa.login),
      remoteIdentity: established.remoteIdentity,
      server: around.server,
    };
    this.#conversation = beginConversation(this.#situation).next;
  }

  /** Whether quick mode may begin, whoever begins it: once it may, it always may. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** What the client has, whichever end that is. */
  get settings(): ClientSettings | null {
    return settingsOf(this.#conversation);
  }

  /** The groups that the peer's user is in. */
  get groups(): readonly string[] {
    return groupsOf(this.#conversation);
  }

  /** The address that we gave the peer. */
  get givenAddress(): IpAddress | null {
    return givenAddress(this.#conversation);
  }

  /** When {@link time} is to be called. */
  get deadline(): number {
    if (this.#isOver) return Number.POSITIVE_INFINITY;
    const own = this.#isReady ? Number.POSITIVE_INFINITY : this.#until;
    return Math.min(own, deadlineOf(this.#conversation) ?? Number.POSITIVE_INFINITY);
  }

  /** Says the first word, if it is ours. */
  begin(now: number): void {
    this.#go(beginConversation(this.#situation), null, now);
  }

  /** An exchange that the peer begins; `null` when it has begun that one before, or too many. */
  answer(channel: Channel, now: number): TransactionExchange | null {
    const { messageId } = channel;
    if (this.#begun.has(messageId) || this.#begun.size >= MOST_TRANSACTIONS) return null;
    this.#begun.add(messageId);
    return new TransactionExchange(this.#under, 'responder', channel, this.#take, now);
  }

  time(now: number): void {
    const deadline = deadlineOf(this.#conversation);
    if (deadline !== null && now >= deadline) this.#go(wake(this.#conversation, now), null, now);
    if (this.#isReady || now < this.#until) return;
    const reason = refusalOf(this.#conversation);
    if (reason !== null) this.#fail({ kind: 'login', reason }, now);
    else this.#fail({ kind: 'no-answer', waitingFor: waitingFor(this.#conversation) }, now);
  }

  /** The phase 1 is no more. */
  abandon(): void {
    if (!this.#isOver) endConversation(this.#conversation, this.#situation);
    this.#isOver = true;
  }

  get #situation(): Situation {
    return { ...this.#fixed, remote: this.#under.path.remote };
  }

  readonly #take = (
    message: ModeConfiguration,
    exchange: TransactionExchange,
    now: number,
  ): void => {
    this.#go(takeMessage(this.#conversation, message, this.#situation, now), exchange, now);
  };

  /** Does what is to be done; `exchange` is where the last message came. */
  #go(step: Step<Conversation>, exchange: TransactionExchange | null, now: number): void {
    this.#conversation = step.next;
    for (const output of step.outputs) this.#perform(output, exchange, now);
    if (this.#isOver) return;
    if (!this.#isReady) this.#becomeReady();
    if (!awaitsSettings(step.next, this.#situation)) this.settle();
  }

  #becomeReady(): void {
    if (!mayBeginPhase2(this.#conversation, this.#situation)) return;
    this.#isReady = true;
    const { around, sa } = this.#under;
    around.tell({ kind: 'established', sa, under: this.#under });
  }

  /** Once it is ready, tells once that the client has the settings that it has. */
  settle(): void {
    if (!this.#isReady || this.#isSettled) return;
    this.#isSettled = true;
    const { around, sa } = this.#under;
    around.tell({ kind: 'settled', sa, under: this.#under });
  }

  #perform(output: TransactionOutput, exchange: TransactionExchange | null, now: number): void {
    const { around, sa, path } = this.#under;
    switch (output.kind) {
      case 'begin':
        this.#carry((channel) => {
          const own = new TransactionExchange(this.#under, 'initiator', channel, this.#take, now);
          own.begin(output.configuration, now);
          return own;
        });
        return;
      case 'respond':
        exchange?.respond(output.configuration, now);
        return;
      case 'ask':
        this.#under.ask(output.question, (answer, at) => {
          if (this.#isOver) return;
          this.#go(takePasswordAnswer(this.#conversation, answer, this.#situation, at), null, at);
        });
        return;
      case 'authenticated':
        around.outbox.event({ kind: 'xauth-succeeded', phase1: sa.identity() });
        return;
      case 'configured':
        around.outbox.event({ kind: 'mode-config-done', phase1: sa.identity() });
        return;
      case 'refused':
        this.#fail({ kind: 'login', reason: output.reason }, now);
        return;
      case 'remark':
        around.outbox.event({ kind: 'ignored', path, reason: output.reason });
    }
  }

  /** The phase 1 is of no use. */
  #fail(failure: Failure, now: number): void {
    if (this.#isOver) return;
    const { around, sa } = this.#under;
    this.#under.sayGoodbye(now);
    this.abandon();
    if (this.#isReady) {
      around.tell({ kind: 'closed', sa, reason: 'deleted-by-us' });
      return;
    }
    around.outbox.event({ kind: 'phase1-failed', phase1: sa.identity(), failure });
    around.tell({ kind: 'failed', sa, failure });
  }
}
