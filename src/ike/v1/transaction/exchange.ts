/**
 * One transaction exchange (draft-dukes-ike-mode-cfg-02 §3.1): a message, and its answer.
 *
 *     HDR*, HASH, ATTR (REQUEST or SET)  ──►
 *                                        ◄──  HDR*, HASH, ATTR (REPLY or ACK)
 *
 * The hash of both is HASH(1) of quick mode. What they say is the conversation's (`conversation.ts`).
 *
 * @module
 */
import {
  emitModeConfiguration,
  MODE_CONFIGURATION_TYPE,
  type ModeConfiguration,
} from '../../../wire/ikev1/mode-configuration.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import { authenticatedPayloads, isAuthenticated } from '../authenticated-content.ts';
import type { Channel, OpenedMessage } from '../channel.ts';
import type { EstablishedPhase1 } from '../parts.ts';
import type { Grammar } from '../payloads.ts';
import type { Role } from '../phase1/negotiation.ts';
import type { Phase2Exchange } from '../phase2-exchange.ts';
import { EXCHANGE_MEMORY_MS, LONGEST_LOGIN_MS } from './limits.ts';

/** Who is told what the peer says in `exchange`. */
export type TakeMessage = (
  message: ModeConfiguration,
  exchange: TransactionExchange,
  now: number,
) => void;

export class TransactionExchange implements Phase2Exchange {
  readonly kind = 'transaction';
  readonly role: Role;
  readonly channel: Channel;
  readonly #under: EstablishedPhase1;
  readonly #take: TakeMessage;
  #isWaiting = true;
  #until: number;

  constructor(
    under: EstablishedPhase1,
    role: Role,
    channel: Channel,
    take: TakeMessage,
    now: number,
  ) {
    this.role = role;
    this.channel = channel;
    this.#under = under;
    this.#take = take;
    this.#until = now + LONGEST_LOGIN_MS;
  }

  get deadline(): number {
    return Math.min(this.#until, this.channel.deadline ?? Number.POSITIVE_INFINITY);
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Says the first word, and says it again until there is an answer. */
  begin(configuration: ModeConfiguration, now: number): void {
    this.#send(configuration, true, now);
  }

  /** Says the last word. */
  respond(configuration: ModeConfiguration, now: number): void {
    this.#send(configuration, false, now);
  }

  receive(datagram: Uint8Array, opened: OpenedMessage, now: number): boolean {
    const { channel } = this;
    const { payloads } = opened;
    if (!isAuthenticated(payloads, (rest) => this.#under.hash1(channel.messageId, rest))) {
      return false;
    }
    channel.takeUp(datagram, opened);
    // What is said to it now is what is said when it comes again: nothing, where it was the answer.
    channel.fallSilent();
    this.#isWaiting = false;
    this.#until = now + EXCHANGE_MEMORY_MS;
    const message = payloads.against(MESSAGE) === null ? payloads.the('mode-configuration') : null;
    if (message === null || isAnswer(message) !== (this.role === 'initiator')) {
      const reason = message === null ? payloads.against(MESSAGE) : 'it is out of turn';
      const { around, path } = this.#under;
      around.outbox.event({ kind: 'ignored', path, reason: `${reason}` });
      return true;
    }
    this.#take(message, this, now);
    return true;
  }

  time(now: number): 'goes-on' | 'over' {
    // Who is asked for a password may take longer than the last time that he was asked.
    this.channel.time(this.#under.path, now);
    return now >= this.#until ? 'over' : 'goes-on';
  }

  isFor(): boolean {
    return false;
  }

  hasSpi(): boolean {
    return false;
  }

  /** What an error means for the conversation nobody can tell: it has its own time. */
  refused(): boolean {
    return false;
  }

  connected(): void {}

  abandon(): void {
    this.channel.stop();
  }

  #send(configuration: ModeConfiguration, awaitsAnswer: boolean, now: number): void {
    const { channel } = this;
    const under = this.#under;
    const body = emitModeConfiguration(configuration);
    const payloads = authenticatedPayloads([{ type: IKEV1_PAYLOAD.ATTRIBUTES, body }], (rest) =>
      under.hash1(channel.messageId, rest),
    );
    channel.send(under.path, payloads, under.sending(awaitsAnswer), now);
  }
}

const MESSAGE: Grammar = { required: ['hash', 'mode-configuration'], optional: [] };

/** Whether it is for who began the exchange. */
function isAnswer({ type }: ModeConfiguration): boolean {
  return type === MODE_CONFIGURATION_TYPE.REPLY || type === MODE_CONFIGURATION_TYPE.ACK;
}
