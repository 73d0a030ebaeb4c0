/**
 * XAuth (draft-beaulieu-ike-xauth-02) as the client: the gateway asks, and tells what it thinks of the
 * answer.
 *
 *   waiting ── REQUEST / REPLY ──► answered ── SET status / ACK ──► done
 *
 * A gateway that asks nothing, and lets in anybody whose phase 1 it likes, says so by a SET of its own.
 *
 * @module
 */
import type { Secret } from '../../../crypto/secret.ts';
import { attributeNumber, type DataAttribute } from '../../../wire/ikev1/data-attribute.ts';
import {
  MODE_CONFIGURATION_ATTRIBUTE,
  type ModeConfiguration,
  XAUTH_TYPE,
} from '../../../wire/ikev1/mode-configuration.ts';
import { acknowledgement, failedReply, find, isOfXauth, reply, statusOf } from './messages.ts';
import { go, type Step } from './step.ts';
import { readLines, textOctets } from './text.ts';

export type XauthClient =
  | { readonly state: 'waiting' }
  /** Nobody takes a password twice. */
  | { readonly state: 'answered'; readonly passwordSent: boolean }
  | { readonly state: 'done'; readonly accepted: boolean };

/** Who we are for the gateway. */
export interface Login {
  readonly user: string;
  readonly password: Secret;
}

/** Waits for the gateway to ask. */
export const XAUTH_CLIENT: XauthClient = { state: 'waiting' };

/** Whether a REQUEST is one of XAuth. */
export function asksForLogin({ attributes }: ModeConfiguration): boolean {
  return attributes.some(({ type }) => isOfXauth(type));
}

/** Answers the question of the gateway. */
export function takeXauthRequest(
  xauth: XauthClient,
  message: ModeConfiguration,
  login: Login | null,
): Step<XauthClient> {
  const attributes: DataAttribute[] = [];
  let passwordSent = xauth.state === 'answered' && xauth.passwordSent;
  for (const asked of message.attributes) {
    if (!isOfXauth(asked.type) || asked.type === OF.XAUTH_MESSAGE) continue;
    const answer = login === null ? NO_LOGIN : answerTo(asked, login);
    if (typeof answer === 'string') return refuse(message, answer);
    if (PASSWORDS.includes(asked.type)) {
      if (passwordSent) {
        return refuse(message, 'the gateway asks for the password again: it did not take it');
      }
      passwordSent = true;
    }
    attributes.push(answer);
  }
  return go(
    { state: 'answered', passwordSent },
    { kind: 'respond', configuration: reply(message, attributes) },
    ...remarks(message),
  );
}

/** The gateway tells whether it lets us in. */
export function takeXauthStatus(
  xauth: XauthClient,
  message: ModeConfiguration,
  login: Login | null,
): Step<XauthClient> {
  const accepted = statusOf(message);
  const configuration = acknowledgement(message, (type) => type === OF.XAUTH_STATUS);
  const respond = { kind: 'respond', configuration } as const;
  if (accepted === undefined) return go(xauth, respond, ...remarks(message));
  const next = { state: 'done', accepted } as const;
  if (accepted) {
    const user = xauth.state === 'answered' && login !== null ? login.user : null;
    return go(next, respond, { kind: 'authenticated', user }, ...remarks(message));
  }
  const said = messageOf(message);
  const why = said === undefined ? '' : `, and says ${JSON.stringify(said)}`;
  const who = login === null ? 'us' : login.user;
  return go(next, respond, { kind: 'refused', reason: `the gateway refuses ${who} (XAuth)${why}` });
}

const OF = MODE_CONFIGURATION_ATTRIBUTE;
const PASSWORDS: readonly number[] = [OF.XAUTH_USER_PASSWORD, OF.XAUTH_PASSCODE];
const NO_LOGIN =
  'the gateway asks for a name and a password (XAuth): add xauth_login, and its line to psk.txt';

/** What to say, or why there is nothing to say. */
function answerTo(asked: DataAttribute, { user, password }: Login): DataAttribute | string {
  const { type } = asked;
  switch (type) {
    case OF.XAUTH_TYPE: {
      const wanted = attributeNumber(asked) ?? XAUTH_TYPE.GENERIC;
      if (wanted === XAUTH_TYPE.GENERIC) return { type, value: XAUTH_TYPE.GENERIC };
      return `the gateway asks for ${nameOfType(wanted)} (XAuth), which we cannot`;
    }
    case OF.XAUTH_USER_NAME:
      return { type, value: textOctets(user) };
    case OF.XAUTH_USER_PASSWORD:
    case OF.XAUTH_PASSCODE:
      return { type, value: password.expose().slice() };
    case OF.XAUTH_DOMAIN:
      return { type, value: new Uint8Array(0) };
    default:
      return `the gateway asks for something else than a name and a password (XAuth, attribute ${type})`;
  }
}

function nameOfType(type: number): string {
  switch (type) {
    case XAUTH_TYPE.RADIUS_CHAP:
      return 'a response to a challenge (RADIUS-CHAP)';
    case XAUTH_TYPE.OTP:
      return 'a one-time password (OTP)';
    case XAUTH_TYPE.S_KEY:
      return 'a one-time password (S/Key)';
    default:
      return `type ${type}`;
  }
}

function refuse(message: ModeConfiguration, reason: string): Step<XauthClient> {
  return go(
    { state: 'done', accepted: false },
    { kind: 'respond', configuration: failedReply(message) },
    { kind: 'refused', reason },
  );
}

function messageOf({ attributes }: ModeConfiguration): string | undefined {
  const value = find(attributes, OF.XAUTH_MESSAGE)?.value;
  return value instanceof Uint8Array && value.length > 0 ? readLines(value) : undefined;
}

function remarks(message: ModeConfiguration) {
  const said = messageOf(message);
  if (said === undefined) return [];
  return [{ kind: 'remark' as const, reason: `the gateway says ${JSON.stringify(said)}` }];
}
