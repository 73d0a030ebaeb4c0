/**
 * The conversation of transaction exchanges that follows phase 1: XAuth, then mode config
 * (draft-beaulieu-ike-xauth-02, draft-dukes-ike-mode-cfg-02).
 *
 *   gateway                                       client
 *   REQUEST (type, name, password)  ──────────►
 *                                   ◄──────────   REPLY (name, password)
 *   SET (status)                    ──────────►
 *                                   ◄──────────   ACK (status)
 *                                   ◄──────────   REQUEST (address, netmask, servers, ...)
 *   REPLY (the same, with values)   ──────────►
 *
 * Instead of the last two a gateway may SET what it likes, and the client acknowledges what it knows.
 * Without XAuth everybody answers what is asked.
 *
 * Message IDs, encryption, hashes and sending again belong to who carries the messages. He tells of each
 * message once, and of replies and acknowledgements only those in exchanges that this end began.
 *
 * @module
 */
import type { Instant } from '../../../ipsec/backend.ts';
import {
  MODE_CONFIGURATION_ATTRIBUTE,
  MODE_CONFIGURATION_TYPE,
  type ModeConfiguration,
} from '../../../wire/ikev1/mode-configuration.ts';
import { xauthRole } from '../../peer.ts';
import type { Answer } from '../../question.ts';
import type { Client, Conversation, Equal, Gateway } from './conversation-state.ts';
import { userOf } from './conversation-state.ts';
import { givenSettings } from './given-settings.ts';
import { acknowledgement, asking, find, isOfXauth, reply, request } from './messages.ts';
import { isSetting, readSettings, settingAttributes } from './setting-attributes.ts';
import { holderOf, type Situation } from './situation.ts';
import { go, type Step, stay, type TransactionOutput } from './step.ts';
import { asksForLogin, takeXauthRequest, takeXauthStatus, XAUTH_CLIENT } from './xauth-client.ts';
import {
  type Admission,
  admitted,
  answerXauthServer,
  beginXauthServer,
  takeXauthServer,
  wakeXauthServer,
  type XauthServer,
} from './xauth-server.ts';

type ConversationStep = Step<Conversation>;

/** To be called once phase 1 is established. */
export function beginConversation({ method }: Situation): ConversationStep {
  switch (xauthRole(method)) {
    case 'server': {
      const step = beginXauthServer();
      return go({ role: 'gateway', xauth: step.next, given: null }, ...step.outputs);
    }
    case 'client':
      return go({ role: 'client', xauth: XAUTH_CLIENT, asked: false, received: null });
    case null:
      return go({ role: 'equal', given: null, received: null });
  }
}

/** A message came, and was found to be the peer's. */
export function takeMessage(
  conversation: Conversation,
  message: ModeConfiguration,
  situation: Situation,
  now: Instant,
): ConversationStep {
  switch (message.type) {
    case MODE_CONFIGURATION_TYPE.REQUEST:
      return takeRequest(conversation, message, situation);
    case MODE_CONFIGURATION_TYPE.SET:
      return takeSet(conversation, message, situation);
    case MODE_CONFIGURATION_TYPE.REPLY:
    case MODE_CONFIGURATION_TYPE.ACK:
      return takeAnswer(conversation, message, situation, now);
    default:
      return stay(conversation, `a configuration message of type ${message.type}`);
  }
}

/** The answer to a question came. */
export function takePasswordAnswer(
  conversation: Conversation,
  answer: Answer,
  situation: Situation,
  now: Instant,
): ConversationStep {
  if (conversation.role !== 'gateway') return stay(conversation, 'an answer that nobody waits for');
  const admission = admissionOf(situation);
  return inGateway(conversation, answerXauthServer(conversation.xauth, answer, admission, now));
}

/** The deadline is over. */
export function wake(conversation: Conversation, now: Instant): ConversationStep {
  if (conversation.role !== 'gateway') return go(conversation);
  return inGateway(conversation, wakeXauthServer(conversation.xauth, now));
}

/** To be called once phase 1 is no more: the address of the client is free again. */
export function endConversation(conversation: Conversation, { server }: Situation): void {
  if (conversation.role === 'client' || conversation.given === null) return;
  const { settings, holder } = conversation.given;
  if (settings.address !== null) server.pool?.release(holder);
}

function takeRequest(
  conversation: Conversation,
  message: ModeConfiguration,
  situation: Situation,
): ConversationStep {
  if (conversation.role === 'client') {
    if (asksForLogin(message)) {
      const { next, outputs } = takeXauthRequest(conversation.xauth, message, situation.login);
      return go({ ...conversation, xauth: next }, ...outputs);
    }
    return nothingFor(conversation, message, 'the gateway asks its client for settings');
  }
  if (asksForLogin(message)) {
    return nothingFor(
      conversation,
      message,
      'the peer asks for a login that phase 1 did not mention',
    );
  }
  if (conversation.role === 'gateway' && admitted(conversation.xauth) === null) {
    return nothingFor(conversation, message, 'the client asks for settings and has not logged in');
  }
  return give(conversation, message, situation);
}

/** Answers with nothing. */
function nothingFor(
  conversation: Conversation,
  message: ModeConfiguration,
  reason: string,
): ConversationStep {
  const respond = { kind: 'respond', configuration: reply(message, []) } as const;
  return go(conversation, respond, { kind: 'remark', reason });
}

function give(
  conversation: Gateway | Equal,
  message: ModeConfiguration,
  situation: Situation,
): ConversationStep {
  const { modeConfig, banner, pool } = situation.server;
  const user = userOf(conversation);
  const wanted = message.attributes.map(({ type }) => type);
  const remarks: TransactionOutput[] = [];
  // The peer may have moved meanwhile, and has its address as who it was.
  const holder = conversation.given?.holder ?? holderOf(situation, user);
  let address = conversation.given?.settings.address ?? null;
  if (address === null && wanted.includes(OF.INTERNAL_IP4_ADDRESS)) {
    address = pool?.take(holder) ?? null;
    if (address === null) remarks.push({ kind: 'remark', reason: shortage(situation) });
  }
  const settings = givenSettings(modeConfig, banner, user, address);
  const configuration = reply(message, settingAttributes(settings, wanted));
  return go(
    { ...conversation, given: { settings, holder } },
    { kind: 'respond', configuration },
    { kind: 'configured', settings },
    ...remarks,
  );
}

function shortage({ server: { pool } }: Situation): string {
  return pool === null
    ? 'the client asks for an address, and mode_cfg has no network4 and pool_size'
    : `the client asks for an address, and others have all ${pool.size} of mode_cfg: enlarge pool_size`;
}

function takeSet(
  conversation: Conversation,
  message: ModeConfiguration,
  situation: Situation,
): ConversationStep {
  if (conversation.role === 'client' && message.attributes.some(({ type }) => isOfXauth(type))) {
    return takeStatus(conversation, message, situation);
  }
  const hasAddress = find(message.attributes, OF.INTERNAL_IP4_ADDRESS) !== undefined;
  if (conversation.role === 'gateway' || !situation.wantsSettings || !hasAddress) {
    const configuration = acknowledgement(message, () => false);
    const reason = hasAddress
      ? 'the peer gives us an address that we did not ask for: mode_cfg is off for it'
      : 'the peer sets what is no address';
    return go(conversation, { kind: 'respond', configuration }, { kind: 'remark', reason });
  }
  const configuration = acknowledgement(message, isSetting);
  return received(conversation, message, situation, { kind: 'respond', configuration });
}

function takeStatus(
  conversation: Client,
  message: ModeConfiguration,
  situation: Situation,
): ConversationStep {
  const { next, outputs } = takeXauthStatus(conversation.xauth, message, situation.login);
  const { asked, received } = conversation;
  const asks =
    next.state === 'done' &&
    next.accepted &&
    situation.wantsSettings &&
    !asked &&
    received === null;
  const begin = { kind: 'begin', configuration: SETTINGS_REQUEST } as const;
  return go(
    { ...conversation, xauth: next, asked: asked || asks },
    ...outputs,
    ...(asks ? [begin] : []),
  );
}

function takeAnswer(
  conversation: Conversation,
  message: ModeConfiguration,
  situation: Situation,
  now: Instant,
): ConversationStep {
  if (conversation.role === 'gateway') {
    const admission = admissionOf(situation);
    return inGateway(conversation, takeXauthServer(conversation.xauth, message, admission, now));
  }
  const expected =
    conversation.role === 'client' &&
    conversation.asked &&
    conversation.received === null &&
    message.type === MODE_CONFIGURATION_TYPE.REPLY &&
    message.identifier === SETTINGS_REQUEST.identifier;
  if (!expected) return stay(conversation, 'an answer to a question that was not asked');
  return received(conversation, message, situation);
}

function received(
  conversation: Client | Equal,
  { attributes }: ModeConfiguration,
  { login }: Situation,
  ...outputs: readonly TransactionOutput[]
): ConversationStep {
  const user = conversation.role === 'client' ? (login?.user ?? null) : null;
  const settings = { ...readSettings(attributes), user };
  const next = { ...conversation, received: settings };
  const noAddress =
    settings.address === null
      ? [{ kind: 'remark' as const, reason: 'the gateway gives no address' }]
      : [];
  return go(next, ...outputs, { kind: 'configured', settings }, ...noAddress);
}

function inGateway(conversation: Gateway, step: Step<XauthServer>): ConversationStep {
  return go({ ...conversation, xauth: step.next }, ...step.outputs);
}

function admissionOf({ remote, server: { modeConfig, throttle } }: Situation): Admission {
  const { authentication, groups } = modeConfig;
  return { source: authentication, groups, throttle, remote: remote.address };
}

const OF = MODE_CONFIGURATION_ATTRIBUTE;

/** Four octets, and none: as racoon asks, which some gateways insist on. */
const NO_ADDRESS = new Uint8Array(4);
const ADDRESSES = [
  OF.INTERNAL_IP4_ADDRESS,
  OF.INTERNAL_IP4_NETMASK,
  OF.INTERNAL_IP4_DNS,
  OF.INTERNAL_IP4_NBNS,
];
const OTHERS = [
  OF.UNITY_BANNER,
  OF.UNITY_DEF_DOMAIN,
  OF.UNITY_SPLITDNS_NAME,
  OF.UNITY_SPLIT_INCLUDE,
  OF.UNITY_LOCAL_LAN,
  OF.APPLICATION_VERSION,
];

/** What a client asks for. */
const SETTINGS_REQUEST = request(2, [
  ...ADDRESSES.map((type) => ({ type, value: NO_ADDRESS })),
  ...OTHERS.map(asking),
]);
