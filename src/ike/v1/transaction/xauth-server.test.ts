import { describe, expect, test } from 'vitest';
import { address } from '../../../../test/support/packets.ts';
import type { DataAttribute } from '../../../wire/ikev1/data-attribute.ts';
import {
  MODE_CONFIGURATION_ATTRIBUTE,
  MODE_CONFIGURATION_TYPE,
  type ModeConfiguration,
} from '../../../wire/ikev1/mode-configuration.ts';
import { textOctets } from './text.ts';
import { Throttle } from './throttle.ts';
import {
  answerXauthServer,
  beginXauthServer,
  takeXauthServer,
  type XauthServer,
} from './xauth-server.ts';

const OF = MODE_CONFIGURATION_ATTRIBUTE;
const TYPE = MODE_CONFIGURATION_TYPE;
const NAME = { type: OF.XAUTH_USER_NAME, value: textOctets('bob') };
const PASSWORD = { type: OF.XAUTH_USER_PASSWORD, value: textOctets('hunter2') };
const ASKING: XauthServer = { state: 'asking' };

function admission() {
  return {
    source: 'pam' as const,
    groups: [],
    throttle: new Throttle(1),
    remote: address('10.9.0.2'),
  };
}

function message(type: number, attributes: DataAttribute[], identifier = 1): ModeConfiguration {
  return { kind: 'mode-configuration', type, identifier, attributes };
}

test('asks for a name and a password, of the generic type', () => {
  const nothing = new Uint8Array(0);
  expect(beginXauthServer()).toEqual({
    next: ASKING,
    outputs: [
      {
        kind: 'begin',
        configuration: message(TYPE.REQUEST, [
          { type: OF.XAUTH_TYPE, value: 0 },
          { type: OF.XAUTH_USER_NAME, value: nothing },
          { type: OF.XAUTH_USER_PASSWORD, value: nothing },
        ]),
      },
    ],
  });
});

describe('a reply', () => {
  test.each<[string, DataAttribute[]]>([
    ['with a name and a password', [NAME, PASSWORD]],
    ['of the generic type, in another order', [PASSWORD, { type: OF.XAUTH_TYPE, value: 0 }, NAME]],
    ['with zeros behind the name', [{ ...NAME, value: textOctets('bob\0') }, PASSWORD]],
    ['with what nobody asked for', [NAME, PASSWORD, { type: 4711, value: 1 }]],
  ])('%s has somebody ask about it', (_, attributes) => {
    const step = takeXauthServer(ASKING, message(TYPE.REPLY, attributes), admission(), 0);
    expect(step.next).toEqual({ state: 'checking', user: 'bob' });
    const [ask] = step.outputs;
    if (ask?.kind !== 'ask') throw new TypeError();
    expect(ask.question).toMatchObject({ source: 'pam', user: 'bob', remote: address('10.9.0.2') });
    expect(ask.question.password.expose()).toEqual(textOctets('hunter2'));
    expect(JSON.stringify(step)).not.toContain('hunter2');
  });

  test.each<[string, DataAttribute[], RegExp]>([
    ['with nothing', [], /no name/],
    ['without a name', [PASSWORD], /no name/],
    ['without a password', [NAME], /no password/],
    ['with a name that is a number', [{ ...NAME, value: 3 }, PASSWORD], /no name/],
    [
      'with a name that is no text',
      [{ ...NAME, value: Uint8Array.of(0xff) }, PASSWORD],
      /is no text/,
    ],
    ['with a name of zeros', [{ ...NAME, value: Uint8Array.of(0) }, PASSWORD], /is no text/],
    ['of another type', [{ type: OF.XAUTH_TYPE, value: 2 }, NAME, PASSWORD], /another type/],
  ])('%s is refused at once', (_, attributes, reason) => {
    const step = takeXauthServer(ASKING, message(TYPE.REPLY, attributes), admission(), 0);
    expect(step.next).toMatchObject({ state: 'telling', verdict: { accepted: false } });
    expect(step.outputs).toEqual([
      { kind: 'begin', configuration: message(TYPE.SET, [{ type: OF.XAUTH_STATUS, value: 0 }]) },
    ]);
    const { next, outputs } = takeXauthServer(step.next, message(TYPE.ACK, []), admission(), 0);
    expect(next.state).toBe('done');
    expect(outputs).toEqual([{ kind: 'refused', reason: expect.stringMatching(reason) }]);
  });

  test('without our identifier is one all the same, as strongSwan’s is', () => {
    const other = message(TYPE.REPLY, [NAME, PASSWORD], 0);
    const step = takeXauthServer(ASKING, other, admission(), 0);
    expect(step.next).toEqual({ state: 'checking', user: 'bob' });
  });

  test.each<XauthServer>([
    { state: 'checking', user: 'bob' },
    { state: 'held', deadline: 5, reason: 'it was' },
    { state: 'telling', verdict: { accepted: false, reason: 'it was' } },
    { state: 'done', verdict: { accepted: true, user: 'bob', groups: [] } },
  ])('while $state changes nothing', (state) => {
    const step = takeXauthServer(state, message(TYPE.REPLY, [NAME, PASSWORD]), admission(), 0);
    expect(step.next).toBe(state);
    expect(step.outputs.map(({ kind }) => kind)).toEqual(['remark']);
  });
});

test('an answer lets in, and nobody waits for another', () => {
  const answer = { kind: 'password', accepted: true, groups: ['vpn'] } as const;
  const checking: XauthServer = { state: 'checking', user: 'bob' };
  const step = answerXauthServer(checking, answer, admission(), 0);
  expect(step).toEqual({
    next: { state: 'telling', verdict: { accepted: true, user: 'bob', groups: ['vpn'] } },
    outputs: [
      { kind: 'begin', configuration: message(TYPE.SET, [{ type: OF.XAUTH_STATUS, value: 1 }]) },
      { kind: 'authenticated', user: 'bob' },
    ],
  });
  const again = answerXauthServer(step.next, { ...answer, accepted: false }, admission(), 0);
  expect(again.next).toBe(step.next);
});
