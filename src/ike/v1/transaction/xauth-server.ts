/**
 * XAuth (draft-beaulieu-ike-xauth-02) as the gateway: who is it, after phase 1, and may he come in?
 *
 *   asking ── REPLY ──► checking ── answer ──► telling ── ACK ──► done
 *     │                     │                     ▲
 *     │ penalty             │ penalty             │ SET status
 *     └───────────────► held ◄┘ ── time is up ────┘
 *
 * Only the generic type is asked for: a name and a password. Who is let in is so from the SET on, since
 * what he sends next may overtake the ACK.
 *
 * @module
 */
import { Secret } from '../../../crypto/secret.ts';
import type { Instant } from '../../../ipsec/backend.ts';
import type { IpAddress } from '../../../net/ip-address.ts';
import { attributeNumber } from '../../../wire/ikev1/data-attribute.ts';
import {
  MODE_CONFIGURATION_ATTRIBUTE,
  MODE_CONFIGURATION_TYPE,
  type ModeConfiguration,
  XAUTH_TYPE,
} from '../../../wire/ikev1/mode-configuration.ts';
import type { Answer } from '../../question.ts';
import { MOST_PASSWORD_OCTETS, MOST_USER_OCTETS } from './limits.ts';
import { asking, find, request, statusOf, statusSet } from './messages.ts';
import { go, type PasswordQuestion, type Step, stay } from './step.ts';
import { readLine } from './text.ts';
import type { Throttle } from './throttle.ts';

export type XauthServer =
  | { readonly state: 'asking' }
  | { readonly state: 'checking'; readonly user: string }
  /** He will be refused, but not yet. */
  | { readonly state: 'held'; readonly deadline: Instant; readonly reason: string }
  | { readonly state: 'telling'; readonly verdict: Verdict }
  | { readonly state: 'done'; readonly verdict: Verdict };

export type Verdict =
  | { readonly accepted: true; readonly user: string; readonly groups: readonly string[] }
  | { readonly accepted: false; readonly reason: string };

/** Who is let in, on which terms. */
export interface Admission {
  readonly source: PasswordQuestion['source'];
  /** Any of them will do; none is anybody. */
  readonly groups: readonly string[];
  readonly throttle: Throttle;
  /** Where the client is. */
  readonly remote: IpAddress;
}

/**
 * Joins all messages of the conversation. There is one of it at a time, and the message ID tells what a reply is to:
 * strongSwan's have 0 here.
 */
const IDENTIFIER = 1;

/** Asks who it is. */
export function beginXauthServer(): Step<XauthServer> {
  const { XAUTH_TYPE: TYPE, XAUTH_USER_NAME, XAUTH_USER_PASSWORD } = MODE_CONFIGURATION_ATTRIBUTE;
  return go(
    { state: 'asking' },
    {
      kind: 'begin',
      configuration: request(IDENTIFIER, [
        { type: TYPE, value: XAUTH_TYPE.GENERIC },
        asking(XAUTH_USER_NAME),
        asking(XAUTH_USER_PASSWORD),
      ]),
    },
  );
}

/** A message of an exchange that we began. */
export function takeXauthServer(
  xauth: XauthServer,
  message: ModeConfiguration,
  admission: Admission,
  now: Instant,
): Step<XauthServer> {
  const { type } = message;
  if (xauth.state === 'asking' && type === MODE_CONFIGURATION_TYPE.REPLY) {
    return takeReply(message, admission, now);
  }
  if (xauth.state === 'telling' && type === MODE_CONFIGURATION_TYPE.ACK) {
    const { verdict } = xauth;
    const done = { state: 'done', verdict } as const;
    return verdict.accepted ? go(done) : go(done, { kind: 'refused', reason: verdict.reason });
  }
  return stay(xauth, `an XAuth message of type ${type} while ${xauth.state}`);
}

/** What is known of the password. */
export function answerXauthServer(
  xauth: XauthServer,
  answer: Answer,
  { groups, throttle, remote }: Admission,
  now: Instant,
): Step<XauthServer> {
  if (xauth.state !== 'checking') return stay(xauth, 'an answer that nobody waits for');
  const { user } = xauth;
  if (answer.kind !== 'password') {
    const why = answer.kind === 'refused' ? answer.reason : 'there was no answer';
    return tell(refusal(`the password of ${user} could not be checked: ${why}`));
  }
  // Of many tries at once all but the first are like one that comes too early.
  const penalty = throttle.penalty(remote, now);
  if (answer.accepted && penalty === null) {
    if (groups.length === 0 || groups.some((group) => answer.groups.includes(group))) {
      return tell({ accepted: true, user, groups: answer.groups });
    }
    throttle.fail(remote, now);
    return tell(refusal(`${user} is in none of the groups ${groups.join(', ')}`));
  }
  throttle.fail(remote, now);
  if (penalty === null) return tell(refusal(`the password of ${user} was wrong`));
  return hold(user, throttle.penalty(remote, now) ?? now);
}

/** Time went by. */
export function wakeXauthServer(xauth: XauthServer, now: Instant): Step<XauthServer> {
  return xauth.state === 'held' && now >= xauth.deadline ? tell(refusal(xauth.reason)) : go(xauth);
}

/** Who was let in; `null` when nobody was yet. */
export function admitted(xauth: XauthServer): Extract<Verdict, { accepted: true }> | null {
  if (xauth.state !== 'telling' && xauth.state !== 'done') return null;
  return xauth.verdict.accepted ? xauth.verdict : null;
}

function takeReply(
  message: ModeConfiguration,
  { source, throttle, remote }: Admission,
  now: Instant,
): Step<XauthServer> {
  if (statusOf(message) === false) {
    const reason = 'the client has no name or no password to give (XAuth)';
    return go({ state: 'done', verdict: refusal(reason) }, { kind: 'refused', reason });
  }
  const login = loginOf(message);
  if (typeof login === 'string') return tell(refusal(login));
  const { user, password } = login;
  if (throttle.penalty(remote, now) !== null) {
    throttle.fail(remote, now);
    return hold(user, throttle.penalty(remote, now) ?? now);
  }
  const question: PasswordQuestion = {
    kind: 'password',
    source,
    user,
    password: new Secret(password.slice()),
    remote,
  };
  return go({ state: 'checking', user }, { kind: 'ask', question });
}

/** Who the client says that he is, or why that is nobody. */
function loginOf({
  attributes,
}: ModeConfiguration): { readonly user: string; readonly password: Uint8Array } | string {
  const type = find(attributes, MODE_CONFIGURATION_ATTRIBUTE.XAUTH_TYPE);
  if (type !== undefined && attributeNumber(type) !== XAUTH_TYPE.GENERIC) {
    return 'the client wants another type of XAuth than a name and a password';
  }
  const name = find(attributes, MODE_CONFIGURATION_ATTRIBUTE.XAUTH_USER_NAME)?.value;
  const password = find(attributes, MODE_CONFIGURATION_ATTRIBUTE.XAUTH_USER_PASSWORD)?.value;
  if (!isText(name, MOST_USER_OCTETS)) return 'the client gave no name (XAuth)';
  if (!isText(password, MOST_PASSWORD_OCTETS)) return 'the client gave no password (XAuth)';
  const user = readLine(name);
  if (user === undefined || user === '') return 'the name of the client is no text (XAuth)';
  return { user, password };
}

function isText(value: number | Uint8Array | undefined, most: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length > 0 && value.length <= most;
}

function hold(user: string, deadline: Instant): Step<XauthServer> {
  const reason = `${user} tried again too soon after a wrong password from the same address`;
  return go({ state: 'held', deadline, reason });
}

function tell(verdict: Verdict): Step<XauthServer> {
  const configuration = statusSet(IDENTIFIER, verdict.accepted);
  const next = { state: 'telling', verdict } as const;
  if (!verdict.accepted) return go(next, { kind: 'begin', configuration });
  return go(next, { kind: 'begin', configuration }, { kind: 'authenticated', user: verdict.user });
}

function refusal(reason: string): Verdict {
  return { accepted: false, reason };
}
