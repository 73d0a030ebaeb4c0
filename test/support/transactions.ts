/**
 * The transaction exchanges of a gateway and a client in memory: what the one sends the other takes, in
 * octets, and passwords are looked up in a map.
 *
 * @module
 */
import { emptyDraft } from '../../src/config/racoon/draft.ts';
import { Secret } from '../../src/crypto/secret.ts';
import type { ModeConfig } from '../../src/ike/configuration.ts';
import type { Answer } from '../../src/ike/question.ts';
import {
  beginConversation,
  takeMessage,
  takePasswordAnswer,
  wake,
} from '../../src/ike/v1/transaction/conversation.ts';
import { type Conversation, deadlineOf } from '../../src/ike/v1/transaction/conversation-state.ts';
import { GivenByServer } from '../../src/ike/v1/transaction/given-by-server.ts';
import type { Situation } from '../../src/ike/v1/transaction/situation.ts';
import type {
  PasswordQuestion,
  Step,
  TransactionOutput,
} from '../../src/ike/v1/transaction/step.ts';
import { textOctets } from '../../src/ike/v1/transaction/text.ts';
import type { Login } from '../../src/ike/v1/transaction/xauth-client.ts';
import {
  emitModeConfiguration,
  type ModeConfiguration,
  parseModeConfiguration,
} from '../../src/wire/ikev1/mode-configuration.ts';
import { wellFormed } from './ikev1-payloads.ts';
import { address } from './packets.ts';

/** Of a file that says nothing. */
export const NO_MODE_CONFIG: ModeConfig = emptyDraft().modeConfig;

export function login(user: string, password: string): Login {
  return { user, password: new Secret(textOctets(password)) };
}

/** A gateway that asks for passwords, at 10.9.0.1, and a client at 10.9.0.2 that wants settings. */
export function gatewaySituation(modeConfig: ModeConfig, banner: string | null = null): Situation {
  return {
    method: 'xauth_psk_server',
    wantsSettings: false,
    login: null,
    remote: { address: address('10.9.0.2'), port: 4500 },
    remoteIdentity: 'group',
    server: server(modeConfig, banner),
  };
}

export function clientSituation(as: Login | null): Situation {
  return {
    method: 'xauth_psk_client',
    wantsSettings: true,
    login: as,
    remote: { address: address('10.9.0.1'), port: 4500 },
    remoteIdentity: 'gateway',
    server: server(NO_MODE_CONFIG, null),
  };
}

function server(modeConfig: ModeConfig, banner: string | null) {
  return new GivenByServer().by({ modeConfig, banner });
}

/** One end, and all that came of what happened to it. */
export class End {
  readonly situation: Situation;
  readonly outputs: TransactionOutput[] = [];
  now = 0;
  conversation: Conversation;
  readonly #unsent: ModeConfiguration[] = [];
  readonly questions: PasswordQuestion[] = [];

  constructor(situation: Situation) {
    this.situation = situation;
    const step = beginConversation(situation);
    this.conversation = step.next;
    this.#note(step);
  }

  /** Takes a message. */
  take(message: ModeConfiguration): void {
    this.#note(takeMessage(this.conversation, message, this.situation, this.now));
  }

  answer(answer: Answer): void {
    this.#note(takePasswordAnswer(this.conversation, answer, this.situation, this.now));
  }

  /** Lets the deadline come, if there is one. */
  wait(): boolean {
    const deadline = deadlineOf(this.conversation);
    if (deadline === null) return false;
    this.now = Math.max(this.now, deadline);
    this.#note(wake(this.conversation, this.now));
    return true;
  }

  /** What is to be sent, as it arrives. */
  send(): ModeConfiguration[] {
    return this.#unsent.splice(0).map((message) => {
      return wellFormed(parseModeConfiguration(emitModeConfiguration(message)));
    });
  }

  /** The outputs of that kind. */
  of<K extends TransactionOutput['kind']>(kind: K): Extract<TransactionOutput, { kind: K }>[] {
    return this.outputs.filter(
      (output): output is Extract<TransactionOutput, { kind: K }> => output.kind === kind,
    );
  }

  #note({ next, outputs }: Step<Conversation>): void {
    this.conversation = next;
    this.outputs.push(...outputs);
    for (const output of outputs) {
      if (output.kind === 'begin' || output.kind === 'respond') {
        this.#unsent.push(output.configuration);
      }
      if (output.kind === 'ask') this.questions.push(output.question);
    }
  }
}

/** Who has which password, and belongs to which groups. */
export interface Account {
  readonly password: string;
  readonly groups?: readonly string[];
}

/** Carries messages between the two until there are none, and answers the gateway's questions. */
export function converse(
  gateway: End,
  client: End,
  accounts: Readonly<Record<string, Account>> = {},
): void {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const asked = gateway.questions.splice(0);
    for (const question of asked) gateway.answer(answerOf(question, accounts));
    const toClient = gateway.send();
    for (const message of toClient) client.take(message);
    const toGateway = client.send();
    for (const message of toGateway) gateway.take(message);
    const idle = asked.length + toClient.length + toGateway.length === 0;
    if (idle && !gateway.wait()) return;
  }
  throw new Error('Cannot see an end of the conversation');
}

function answerOf(
  { user, password }: PasswordQuestion,
  accounts: Readonly<Record<string, Account>>,
): Answer {
  const account = Object.hasOwn(accounts, user) ? accounts[user] : undefined;
  const accepted = account !== undefined && password.equals(login(user, account.password).password);
  password.zeroise();
  return { kind: 'password', accepted, groups: accepted ? (account.groups ?? []) : [] };
}

const MOST_ROUNDS = 20;
