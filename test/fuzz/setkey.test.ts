/**
 * Files in the setkey language that nobody would write: statements from the grammar, whole and with
 * octets changed, cut off, repeated and moved. Reading never throws and ends; what it says has a
 * place in the file and shows no key. The files come from a seed and so come again.
 */
import { describe, expect, test } from 'vitest';
import {
  formatDiagnostic,
  type Names,
  readSetkey,
  type SetkeyProgram,
} from '../../src/config/index.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { whyInvalidSpiRequest } from '../../src/ipsec/spi-request.ts';
import { whyInvalid } from '../../src/ipsec/validity.ts';
import { parseIpAddress } from '../../src/net/ip-address.ts';
import { parseServices } from '../../src/net/services.ts';
import { type Draw, KEY_OCTET, randomScript } from '../support/setkey-grammar.ts';

const ROUNDS = 10_000;

const NAMES: Names = {
  hosts: new Map([
    [
      'localhost',
      { addresses: ['127.0.0.1', '::1'].flatMap((text) => parseIpAddress(text) ?? []) },
    ],
    ['alice.example', { addresses: ['10.9.0.1'].flatMap((text) => parseIpAddress(text) ?? []) }],
  ]),
  services: parseServices('http 80/tcp\n'),
};

/** Numbers below `bound`, the same every time (mulberry32). */
function numbers(seed: number): Draw {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** `text` after one to four changes of its octets. */
function mutated(text: string, draw: Draw): string {
  let octets = Buffer.from(text);
  for (let changes = 1 + draw(4); changes > 0; changes--) {
    const at = draw(octets.length + 1);
    const end = Math.min(octets.length, at + draw(8));
    const [before, part, after] = [
      octets.subarray(0, at),
      octets.subarray(at, end),
      octets.subarray(end),
    ];
    const pieces = [
      [before],
      [before, after],
      [before, part, part, after],
      [after, before],
      [before, Buffer.of(draw(256)), after],
      [before, Buffer.from(EDGES[draw(EDGES.length)] ?? ''), part, after],
    ][draw(6)];
    octets = Buffer.concat(pieces ?? []);
  }
  return octets.toString('utf8');
}

const EDGES = [
  '"',
  ';',
  '#',
  '\n',
  '-P',
  '[',
  '/',
  ',',
  '-',
  '0x',
  '\u0000',
  'é',
  '\u001b[2J',
  'add ',
];

/** Reads `text` and checks what every result has in common. */
function check(text: string, key: RegExp, names?: Names): SetkeyProgram {
  const program = readSetkey({ name: 'a', text }, names === undefined ? {} : { names });
  const lines = text.split('\n');
  for (const diagnostic of program.diagnostics) {
    const { line, column, sourceLine, mark } = diagnostic;
    const length = lines[line - 1]?.length ?? -1;
    if (column < 1 || column > length + 1 || mark.start > sourceLine.length) {
      throw new Error(`${line}:${column} of ${length}: ${diagnostic.code}`);
    }
    const shown = formatDiagnostic(diagnostic);
    if (key.test(shown)) throw new Error(`shows a key: ${diagnostic.code}`);
    if (/\p{Cc}(?<!\n)/u.test(shown))
      throw new Error(`shows a control character: ${diagnostic.code}`);
  }
  if (key.test(JSON.stringify(program.steps))) throw new Error('a step shows a key');
  if (program.wantedNames.hosts.some((name) => key.test(name))) throw new Error('asks for a key');
  if (program.diagnostics.some(({ severity }) => severity === 'error')) {
    expect(program.steps).toEqual([]);
  }
  return program;
}

/**
 * What a key looks like. Of one in digits, a run shorter than any key may be left over where a change
 * went through it; one in quotes is a word like any other once a change took its first quote away.
 */
const KEYS = {
  whole: new RegExp(`(?:${KEY_OCTET.hex}){4}|${KEY_OCTET.quoted}{4}`),
  changed: new RegExp(`(?:${KEY_OCTET.hex}){8}`),
};

function changesOf({ steps }: SetkeyProgram): Change[] {
  return steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
}

/** Says which text did it. */
function during<T>(text: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new Error(`on ${JSON.stringify(text)}`, { cause });
  }
}

describe(`${ROUNDS} files from the grammar`, () => {
  test('are read, and what they ask for makes sense', () => {
    const draw = numbers(0x19950809);
    const kinds = new Set<string>();
    const codes = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const text = randomScript(draw, 2);
      const program = during(text, () => check(text, KEYS.whole, NAMES));
      for (const change of changesOf(program)) {
        kinds.add(change.kind);
        during(text, () => expect(whyInvalid(change)).toBeNull());
      }
      for (const step of program.steps) {
        if (step.kind !== 'allocate-spi') continue;
        during(text, () => expect(whyInvalidSpiRequest(step.request)).toBeNull());
      }
      for (const step of program.steps) kinds.add(step.kind);
      for (const { code } of program.diagnostics) codes.add(code);
    }
    expect([...kinds].sort()).toEqual(EVERY_KIND);
    expect(codes.size).toBeGreaterThan(30);
  });

  test('are read with changes in them, whether names are known or not', () => {
    const draw = numbers(0x20050715);
    for (let round = 0; round < ROUNDS; round++) {
      const text = mutated(randomScript(draw, 4), draw);
      during(text, () => check(text, KEYS.changed, round % 2 === 0 ? NAMES : undefined));
    }
  });
});

const EVERY_KIND = [
  'add-policy',
  'add-sa',
  'allocate-spi',
  'change',
  'delete-policy',
  'delete-sa',
  'delete-sas-between',
  'dump-policies',
  'dump-sas',
  'flush-policies',
  'flush-sas',
  'get-sas',
  'update-policy',
];
