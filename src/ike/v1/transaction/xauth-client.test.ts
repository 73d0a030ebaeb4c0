import { describe, expect, test } from 'vitest';
import { login } from '../../../../test/support/transactions.ts';
import type { DataAttribute } from '../../../wire/ikev1/data-attribute.ts';
import {
  MODE_CONFIGURATION_ATTRIBUTE,
  MODE_CONFIGURATION_TYPE,
} from '../../../wire/ikev1/mode-configuration.ts';
import { request } from './messages.ts';
import { textOctets } from './text.ts';
import {
  takeXauthRequest,
  takeXauthStatus,
  XAUTH_CLIENT,
  type XauthClient,
} from './xauth-client.ts';

const OF = MODE_CONFIGURATION_ATTRIBUTE;
const BOB = login('bob', 'secret');
const NOTHING = new Uint8Array(0);
const NAME = { type: OF.XAUTH_USER_NAME, value: NOTHING };
const PASSWORD = { type: OF.XAUTH_USER_PASSWORD, value: NOTHING };
const FAIL = { type: OF.XAUTH_STATUS, value: 0 };
const GIVEN_NAME = { type: OF.XAUTH_USER_NAME, value: textOctets('bob') };
const GIVEN_PASSWORD = { type: OF.XAUTH_USER_PASSWORD, value: textOctets('secret') };
const ANSWERED: XauthClient = { state: 'answered', passwordSent: true };

describe('a question of the gateway', () => {
  test.each<[string, DataAttribute[], DataAttribute[], string]>([
    ['for a name and a password', [NAME, PASSWORD], [GIVEN_NAME, GIVEN_PASSWORD], 'answered'],
    ['in another order', [PASSWORD, NAME], [GIVEN_PASSWORD, GIVEN_NAME], 'answered'],
    ['of the generic type', [typed(0), NAME], [typed(0), GIVEN_NAME], 'answered'],
    [
      'of the generic type in the long form',
      [{ type: OF.XAUTH_TYPE, value: Uint8Array.of(0, 0) }, PASSWORD],
      [typed(0), GIVEN_PASSWORD],
      'answered',
    ],
    [
      'for a passcode and a domain',
      [
        { type: OF.XAUTH_PASSCODE, value: NOTHING },
        { type: OF.XAUTH_DOMAIN, value: textOctets('office') },
      ],
      [
        { type: OF.XAUTH_PASSCODE, value: textOctets('secret') },
        { type: OF.XAUTH_DOMAIN, value: NOTHING },
      ],
      'answered',
    ],
    ['with a message', [messaged('Password, please'), NAME], [GIVEN_NAME], 'answered'],
    ['with what is not of XAuth', [NAME, { type: 1, value: NOTHING }], [GIVEN_NAME], 'answered'],
    ['for a response to a challenge', [typed(1), NAME, PASSWORD], [FAIL], 'done'],
    ['for a one-time password', [typed(2), NAME, PASSWORD], [FAIL], 'done'],
    ['of no known type', [typed(99), NAME], [FAIL], 'done'],
    ['for a new PIN', [{ type: OF.XAUTH_NEXT_PIN, value: NOTHING }], [FAIL], 'done'],
    ['with a challenge', [NAME, { type: OF.XAUTH_CHALLENGE, value: NOTHING }], [FAIL], 'done'],
    ['for the password twice', [PASSWORD, PASSWORD], [FAIL], 'done'],
  ])('%s', (_, asked, answer, state) => {
    const { next, outputs } = takeXauthRequest(XAUTH_CLIENT, request(7, asked), BOB);
    const [respond, ...others] = outputs;
    expect(respond).toEqual({
      kind: 'respond',
      configuration: {
        kind: 'mode-configuration',
        type: MODE_CONFIGURATION_TYPE.REPLY,
        identifier: 7,
        attributes: answer,
      },
    });
    expect(next.state).toBe(state);
    expect(others.some(({ kind }) => kind === 'refused')).toBe(state === 'done');
    expect(JSON.stringify(others)).not.toContain('secret');
  });

  test('for the password again is not answered with the same', () => {
    const first = takeXauthRequest(XAUTH_CLIENT, request(1, [NAME]), BOB).next;
    const second = takeXauthRequest(first, request(2, [PASSWORD]), BOB).next;
    expect(second).toEqual(ANSWERED);
    const { next, outputs } = takeXauthRequest(second, request(3, [PASSWORD]), BOB);
    expect(next).toEqual({ state: 'done', accepted: false });
    expect(outputs).toContainEqual({
      kind: 'refused',
      reason: 'the gateway asks for the password again: it did not take it',
    });
  });

  test('is told of with its message, without what a terminal would obey', () => {
    const asked = request(1, [messaged('\u001b[2JHello'), NAME]);
    const remark = { kind: 'remark', reason: 'the gateway says "[2JHello"' };
    expect(takeXauthRequest(XAUTH_CLIENT, asked, BOB).outputs).toContainEqual(remark);
  });
});

describe('a status of the gateway', () => {
  const set = (...attributes: DataAttribute[]) => ({
    ...request(8, attributes),
    type: MODE_CONFIGURATION_TYPE.SET,
  });
  const acknowledged = {
    kind: 'respond',
    configuration: {
      kind: 'mode-configuration',
      type: MODE_CONFIGURATION_TYPE.ACK,
      identifier: 8,
      attributes: [FAIL],
    },
  };

  test.each([1, Uint8Array.of(0, 1)])('that is good lets us in', (value) => {
    const step = takeXauthStatus(ANSWERED, set({ type: OF.XAUTH_STATUS, value }), BOB);
    expect(step).toEqual({
      next: { state: 'done', accepted: true },
      outputs: [acknowledged, { kind: 'authenticated', user: 'bob' }],
    });
  });

  test.each([0, 2, Uint8Array.of(), 0xffff])('of %o does not', (value) => {
    const step = takeXauthStatus(ANSWERED, set({ type: OF.XAUTH_STATUS, value }), BOB);
    expect(step).toEqual({
      next: { state: 'done', accepted: false },
      outputs: [acknowledged, { kind: 'refused', reason: 'the gateway refuses bob (XAuth)' }],
    });
  });

  test('comes with its reason', () => {
    const refused = set({ type: OF.XAUTH_STATUS, value: 0 }, messaged('Account "bob" is locked'));
    expect(takeXauthStatus(ANSWERED, refused, BOB).outputs[1]).toEqual({
      kind: 'refused',
      reason: 'the gateway refuses bob (XAuth), and says "Account \\"bob\\" is locked"',
    });
  });

  test('that is none changes nothing', () => {
    const { next, outputs } = takeXauthStatus(ANSWERED, set(messaged('Wait')), BOB);
    expect(next).toBe(ANSWERED);
    expect(outputs.map(({ kind }) => kind)).toEqual(['respond', 'remark']);
  });
});

function typed(value: number): DataAttribute {
  return { type: OF.XAUTH_TYPE, value };
}

function messaged(text: string): DataAttribute {
  return { type: OF.XAUTH_MESSAGE, value: textOctets(text) };
}
