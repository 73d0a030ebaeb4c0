import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { change } from '../../../test/support/arbitrary.ts';
import { EnginePair } from '../../../test/support/engine-pair.ts';
import { isObject, type Json, placesOf, replaced } from '../../../test/support/json-places.ts';
import { udpPacket } from '../../../test/support/packets.ts';
import { addPolicy, addSa, espSa, layer, policy, protect } from '../../../test/support/sas.ts';
import type { Engine } from '../../dataplane/engine.ts';
import type { Guard } from '../../dataplane/guard.ts';
import type { Change } from '../../ipsec/change.ts';
import { changeToJson } from '../control/protocol.ts';
import { answerLine } from './answer.ts';

const NOW = 1_700_000_000_000;
const OUT = policy('outbound', protect(layer('esp')));

/** A daemon's engine, and what it answers to requests. */
function daemon(guard?: Guard) {
  const pair = new EnginePair(guard && { guard });
  const { engine } = pair.alice;
  const answer = (line: string): unknown => JSON.parse(answered(engine, line));
  return { pair, answer, ask: (request: unknown) => answer(JSON.stringify(request)) };
}

/** The only line of an answer. */
function answered(engine: Engine, line: string): string {
  const [first, ...others] = answerLine(engine, line, NOW);
  if (first === undefined || others.length > 0) throw new Error('Bug: not one line');
  return first.line;
}

function commit(...changes: Change[]): Json {
  const request = { op: 'commit', changes: changes.map(changeToJson) };
  return JSON.parse(JSON.stringify(request)) as Json;
}

describe('answerLine()', () => {
  test('says what the userspace data plane can do', () => {
    expect(daemon().ask({ op: 'capabilities' })).toEqual({
      ok: true,
      result: {
        backend: 'userspace',
        protocols: ['esp', 'ah', 'ipcomp'],
        ciphers: expect.arrayContaining(['aes-cbc', 'null']),
        integrity: expect.arrayContaining(['hmac-sha256']),
        compression: ['deflate'],
      },
    });
  });

  test('commits, and lists what is in force with the time it was committed', () => {
    const { ask } = daemon();
    expect(ask(commit(addSa(espSa()), addPolicy(OUT)))).toEqual({ ok: true, result: null });
    expect(ask({ op: 'sas' })).toMatchObject({
      ok: true,
      result: [{ parameters: { spi: 0x201, destination: '10.9.0.2' }, addedAt: NOW }],
    });
    expect(ask({ op: 'policies' })).toMatchObject({
      ok: true,
      result: [{ policy: { direction: 'outbound' }, addedAt: NOW, usedAt: null }],
    });
  });

  test('counts what was discarded', () => {
    const { pair, ask } = daemon();
    expect(ask({ op: 'discards' })).toEqual({ ok: true, result: {} });
    ask(commit(addPolicy(OUT)));
    pair.send('alice', udpPacket(new Uint8Array(8)));
    expect(ask({ op: 'discards' })).toEqual({ ok: true, result: { 'out-no-states': 1 } });
  });

  test('says which change was refused and why, and has made none', () => {
    const { ask } = daemon();
    expect(ask(commit(addSa(espSa()), { kind: 'delete-sa', id: espSa({ spi: 0x999 }) }))).toEqual({
      ok: false,
      refusal: 'missing',
      index: 1,
      message: expect.stringContaining('0x00000999'),
    });
    expect(ask({ op: 'sas' })).toEqual({ ok: true, result: [] });
  });

  test('says what failed, when the guard does', () => {
    const { ask } = daemon({
      install: () => {
        throw new Error('Cannot install the guard: ENOBUFS');
      },
      discards: () => ({}),
    });
    expect(ask(commit(addPolicy(OUT)))).toEqual({
      ok: false,
      refusal: 'failed',
      index: 0,
      message: 'Cannot install the guard: ENOBUFS',
    });
    expect(ask({ op: 'policies' })).toEqual({ ok: true, result: [] });
  });

  test.each(['', 'nonsense', '{"op":"sas"', '\u0000', '{"op":"sas"}{"op":"sas"}'])(
    'says of %j that it is no JSON',
    (line) => {
      expect(daemon().answer(line)).toEqual({
        ok: false,
        refusal: 'invalid',
        index: 0,
        message: 'the request is not JSON',
      });
    },
  );

  test('answers any line, on one line', () => {
    const { pair } = daemon();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        const answer = answered(pair.alice.engine, line);
        expect(answer).not.toContain('\n');
        expect(JSON.parse(answer)).toMatchObject({ ok: false, refusal: 'invalid' });
      }),
    );
  });

  test('answers any commit, sensible or not', () => {
    const { ask } = daemon();
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
        expect(ask(commit(...changes))).toMatchObject({ ok: expect.any(Boolean) });
      }),
    );
  });
});

describe('a key in the wrong place', () => {
  const KEY = 'c0ffee11c0ffee22c0ffee33c0ffee44';

  test('is not shown, whatever it stands in place of', () => {
    const { pair } = daemon();
    fc.assert(
      fc.property(change, fc.nat(), (one, pick) => {
        const request = commit(one);
        const places = placesOf(request);
        const place = places[pick % places.length];
        fc.pre(place !== undefined);
        const line = JSON.stringify(replaced(request, place.path, KEY));
        expect(answered(pair.alice.engine, line)).not.toContain('c0ffee');
      }),
    );
  });

  test('is not shown as the name of a field, nor as a field that should not be there', () => {
    const { pair } = daemon();
    fc.assert(
      fc.property(change, fc.nat(), fc.boolean(), (one, pick, asName) => {
        const request = commit(one);
        const places = placesOf(request).filter(({ value }) => isObject(value));
        const place = places[pick % places.length];
        fc.pre(place !== undefined && isObject(place.value));
        const extra: Json = asName ? { [KEY]: 1 } : { comment: KEY };
        const spoilt = replaced(request, place.path, { ...place.value, ...extra });
        const answer = answered(pair.alice.engine, JSON.stringify(spoilt));
        expect(answer).toContain('has a field too many');
        expect(answer).not.toContain('c0ffee');
      }),
    );
  });

  test('is not shown when it is a number', () => {
    const { pair } = daemon();
    const request = replaced(
      commit(addSa(espSa())),
      ['changes', 0, 'sa', 'encryption', 'key'],
      4242424242,
    );
    const answer = answered(pair.alice.engine, JSON.stringify(request));
    expect(answer).toContain('changes.0.sa.encryption.key must be string');
    expect(answer).not.toContain('4242');
  });

  test('is not shown when the line is cut off after it', () => {
    const { pair } = daemon();
    const line = JSON.stringify(replaced(commit(addSa(espSa())), ['op'], KEY)).slice(0, -1);
    expect(answered(pair.alice.engine, line)).not.toContain('c0ffee');
  });
});
