import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  backendEvent,
  change,
  exposed,
  policyRecord,
  saRecord,
} from '../../../test/support/arbitrary.ts';
import { isObject, type Json, placesOf, replaced } from '../../../test/support/json-places.ts';
import { espSa } from '../../../test/support/sas.ts';
import type { Change } from '../../ipsec/change.ts';
import { eventToJson } from './event-values.ts';
import {
  changeToJson,
  describeIssues,
  RESULT_SCHEMAS,
  RequestSchema,
  ResponseSchema,
} from './protocol.ts';
import { policyRecordToJson, saRecordToJson } from './values.ts';

/** Fields with a number or nothing. */
const MAY_BE_NULL: ReadonlySet<string> = new Set(['type', 'code', 'greKey']);

function throughText(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function commitOf(changes: readonly Change[]): Json {
  return throughText({ op: 'commit', changes: changes.map(changeToJson) });
}

function isRequest(value: Json): boolean {
  return v.safeParse(RequestSchema, value).success;
}

/** What is wrong with `value` as a request. */
function faultOf(value: Json): string {
  const parsed = v.safeParse(RequestSchema, value);
  return parsed.success ? 'nothing' : describeIssues(parsed.issues);
}

/** Checks that with `spoilt` at any place of any change that `where` picks, it is no request. */
function assertRejected(
  where: (value: Json, path: readonly (string | number)[]) => boolean,
  spoil: (value: Json) => Json | undefined,
): void {
  fc.assert(
    fc.property(change, fc.nat(), (one, pick) => {
      const request = commitOf([one]);
      const places = placesOf(request).filter(({ path, value }) => where(value, path));
      const place = places[pick % places.length];
      fc.pre(place !== undefined);
      expect(isRequest(replaced(request, place.path, spoil(place.value)))).toBe(false);
    }),
  );
}

describe('requests', () => {
  test('that commit any change come back as they went in', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), (changes) => {
        const request = v.parse(RequestSchema, commitOf(changes));
        expect(exposed(request)).toEqual(exposed({ op: 'commit', changes }));
      }),
    );
  });

  test.each(['capabilities', 'sas', 'policies', 'events', 'discards'])(
    'that ask for %s are their name',
    (op) => {
      expect(v.parse(RequestSchema, { op })).toEqual({ op });
      expect(isRequest({ op, more: 1 })).toBe(false);
    },
  );

  test('with any field missing are none', () => {
    assertRejected(
      // Where an SA begins to count need not be said.
      (_, path) => typeof path.at(-1) === 'string' && path.at(-1) !== 'from',
      () => undefined,
    );
  });

  test('with any field too many are none', () => {
    assertRejected(isObject, (value) => (isObject(value) ? { ...value, comment: '' } : value));
  });

  test.each<[string, Json]>([
    ['below zero', -1],
    ['beyond what can be counted', 2 ** 53],
    ['no whole number', 0.5],
    ['text', '7'],
    ['nothing', null],
  ])('with any number that is %s are none', (_, wrong) => {
    assertRejected(
      (value, path) =>
        typeof value === 'number' && !(wrong === null && MAY_BE_NULL.has(`${path.at(-1)}`)),
      () => wrong,
    );
  });

  test.each<Json>(['', 'x', 1, true, {}, []])('with %o for any text are none', (wrong) => {
    assertRejected(
      // A key may be empty, a label anything; "any" stands where a number may.
      (value, path) =>
        typeof value === 'string' &&
        !['key', 'label'].includes(`${path.at(-1)}`) &&
        value !== 'any',
      () => wrong,
    );
  });

  const sa = { kind: 'add-sa', sa: espSa() } as const;
  test.each<[string, Json]>([
    ['spi', 2 ** 32],
    ['reqid', 2 ** 32],
    ['replayWindow', 2 ** 32],
    ['protocol', 'tcp'],
    ['mode', 'beet'],
    ['destination', '10.9.0.2/32'],
    ['encryption', { algorithm: 'rot13', key: '' }],
    ['encryption', { algorithm: 'aes-cbc', key: '0x00' }],
    ['integrity', { algorithm: 'hmac-sha256', key: '', icvLength: 65 }],
  ])('with an SA whose %s is %o are none', (field, value) => {
    expect(isRequest(commitOf([sa]))).toBe(true);
    expect(isRequest(replaced(commitOf([sa]), ['changes', 0, 'sa', field], value))).toBe(false);
  });

  test.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '/8',
    'fd00::/129',
  ])('with the prefix "%s" are none', (text) => {
    const selector = {
      localAddress: text,
      remoteAddress: '10.9.0.0/24',
      nextLayerProtocol: 'any',
      localPort: { first: 0, last: 0xffff },
      remotePort: { first: 0, last: 0xffff },
      message: null,
      greKey: null,
      securityContext: null,
    };
    const requestWith = (policy: Json): Json => ({
      op: 'commit',
      changes: [{ kind: 'delete-policy', policy }],
    });
    expect(faultOf(requestWith({ direction: 'inbound', selector }))).toBe(
      'changes.0.policy.selector.localAddress is not an address prefix',
    );
    const right = { ...selector, localAddress: '10.0.0.0/8' };
    expect(isRequest(requestWith({ direction: 'inbound', selector: right }))).toBe(true);
  });

  test.each<Json>([null, 1, 'commit', [], {}, { op: 'explode' }, { op: 'commit' }])(
    'are not %o',
    (value) => {
      expect(isRequest(value)).toBe(false);
    },
  );
});

describe('results', () => {
  test('with any SAs come back as they went in', () => {
    fc.assert(
      fc.property(fc.array(saRecord, { maxLength: 3 }), (records) => {
        const result = v.parse(RESULT_SCHEMAS.sas, throughText(records.map(saRecordToJson)));
        expect(exposed(result)).toEqual(exposed(records));
      }),
    );
  });

  test('with any policies come back as they went in', () => {
    fc.assert(
      fc.property(fc.array(policyRecord, { maxLength: 3 }), (records) => {
        const result = v.parse(
          RESULT_SCHEMAS.policies,
          throughText(records.map(policyRecordToJson)),
        );
        expect(result).toEqual(records);
      }),
    );
  });
});

describe('events', () => {
  test('of any kind come back as they went in', () => {
    fc.assert(
      fc.property(fc.array(backendEvent, { maxLength: 3 }), (events) => {
        const result = v.parse(RESULT_SCHEMAS.events, throughText(events.map(eventToJson)));
        expect(exposed(result)).toEqual(exposed(events));
      }),
    );
  });

  test('hold no key', () => {
    fc.assert(
      fc.property(saRecord, (record) => {
        const text = JSON.stringify(eventToJson({ kind: 'sa-added', ...record }));
        for (const [, key] of text.matchAll(/"key":"([^"]*)"/g)) expect(key).toMatch(/^0*$/);
      }),
    );
  });
});

describe('responses', () => {
  test('are right with a result, or wrong with a reason', () => {
    const refused = { ok: false, refusal: 'missing', index: 3, message: 'there is no SA' };
    const part = { ok: true, more: true, result: [] };
    for (const response of [{ ok: true, result: [1] }, part, refused]) {
      expect(v.parse(ResponseSchema, response)).toEqual(response);
    }
    for (const wrong of [{ ok: 1 }, { ...refused, refusal: 'tired' }, { ok: false }, null]) {
      expect(v.safeParse(ResponseSchema, wrong).success).toBe(false);
    }
  });
});

describe('describeIssues()', () => {
  const request = commitOf([{ kind: 'add-sa', sa: espSa() }]);
  const at = ['changes', 0, 'sa'];

  test.each<[(string | number)[], Json | undefined, string]>([
    [
      ['op'],
      'explode',
      'op must be ("capabilities" | "commit" | "sas" | "policies" | "sa" | "allocate-spi" | "events" | "discards")',
    ],
    [[], 7, 'the message must be Object'],
    [[...at, 'spi'], undefined, 'changes.0.sa.spi is missing'],
    [[...at, 'spi'], -1, 'changes.0.sa.spi must be >=0'],
    [[...at, 'spi'], 1.5, 'changes.0.sa.spi is not a whole number'],
    [[...at, 'spi'], '513', 'changes.0.sa.spi must be number'],
    [[...at, 'mode'], 'beet', 'changes.0.sa.mode must be ("transport" | "tunnel")'],
    [[...at, 'source'], 'alice', 'changes.0.sa.source is not an IP address'],
    [[...at, 'encryption'], 'aes', 'changes.0.sa.encryption must be Object'],
    [
      [...at, 'softLifetime'],
      { seconds: 0, octets: 0, packets: 0, frames: 0 },
      'changes.0.sa.softLifetime has a field too many',
    ],
    [
      [...at, 'hardLifetime'],
      { seconds: 0, octets: 0, packets: -1 },
      'changes.0.sa.hardLifetime.packets must be >=0',
    ],
  ])('tells where and what, for %o', (path, wrong, words) => {
    expect(faultOf(replaced(request, path, wrong))).toBe(words);
  });

  test('tells every issue', () => {
    const twice = replaced(replaced(request, [...at, 'spi'], -1), [...at, 'reqid'], -1);
    expect(faultOf(twice)).toBe('changes.0.sa.spi must be >=0; changes.0.sa.reqid must be >=0');
  });
});
