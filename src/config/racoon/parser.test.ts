import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDiagnostic, Report } from '../diagnostic.ts';
import { SourceText } from '../source.ts';
import { STATEMENTS } from './grammar.ts';
import { Lexer } from './lexer.ts';
import { parseFile } from './parser.ts';
import { readRacoon } from './read.ts';
import type { Statement } from './syntax.ts';

const GOOD = `path pre_shared_key "/etc/psk.txt";
remote 10.9.0.2
{
  exchange_mode main;
  lifetime time 1 hour;
  proposal {
    encryption_algorithm aes 256;
    hash_algorithm sha256;
    authentication_method pre_shared_key;
    dh_group 14;
  }
  nat_traversal on;
}
sainfo anonymous
{
  lifetime time 30 min;
  encryption_algorithm aes 256;
  authentication_algorithm hmac_sha256;
  compression_algorithm deflate;
}
timer {
  natt_keepalive 20 sec;
}
`;

function parse(text: string) {
  const source = new SourceText('a', text, 'name');
  const report = new Report();
  const statements = parseFile(new Lexer(source), report);
  return { statements, diagnostics: report.diagnostics(source) };
}

/** Place and code of all that is said when the whole text is read. */
function said(text: string): string[] {
  const { diagnostics } = readRacoon({ name: 'a', text });
  return diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

function outline({ keyword, words, block }: Statement): string {
  const inside = block === null ? ';' : ` {${block.statements.map(outline).join(' ')}}`;
  return [keyword.text, ...words.map(({ text }) => text)].join(' ') + inside;
}

test('statements are keywords, words and blocks', () => {
  const { statements, diagnostics } = parse(
    'path include "a b"; # a comment\nremote anonymous[500]{proposal{dh_group 2;}mode_cfg on;}\r\n' +
      'sainfo address 10.0.0.0/8[any] any address 10.1.0.1-10.1.0.2 tcp { }',
  );
  expect(diagnostics).toEqual([]);
  expect(statements.map(outline)).toEqual([
    'path include "a b";',
    'remote anonymous [ 500 ] {proposal {dh_group 2;} mode_cfg on;}',
    'sainfo address 10.0.0.0 / 8 [ any ] any address 10.1.0.1 - 10.1.0.2 tcp {}',
  ]);
});

test('the text that the tests break is good', () => expect(said(GOOD)).toEqual([]));

describe('what is missing costs one diagnostic', () => {
  test('every semicolon', () => {
    const places = Array.from(GOOD.matchAll(/;\n/g), ({ index }) => index);
    expect(places.length).toBe(13);
    for (const place of places) {
      const { diagnostics } = readRacoon({
        name: 'a',
        text: GOOD.slice(0, place) + GOOD.slice(place + 1),
      });
      expect(diagnostics.map(({ code }) => code)).toEqual(['missing-semicolon']);
      expect(diagnostics[0]).toMatchObject(new SourceText('a', GOOD).place(place));
    }
  });

  test('every brace that opens a block', () => {
    for (const { index } of GOOD.matchAll(/\{/g)) {
      const { diagnostics } = readRacoon({
        name: 'a',
        text: `${GOOD.slice(0, index)} ${GOOD.slice(index + 1)}`,
      });
      expect(diagnostics.map(({ code }) => code)).toEqual(['missing-brace']);
    }
  });

  test('every brace that closes a block', () => {
    for (const { index } of GOOD.matchAll(/\}/g)) {
      const { diagnostics } = readRacoon({
        name: 'a',
        text: `${GOOD.slice(0, index)} ${GOOD.slice(index + 1)}`,
      });
      expect(diagnostics.map(({ code }) => code)).toEqual(['missing-brace']);
    }
  });
});

describe('what is too much costs one diagnostic', () => {
  for (const [text, ...expected] of [
    ['}', '1:1 stray-brace'],
    [';', '1:1 empty-statement'],
    ['{ log info; }', '1:1 unexpected-token'],
    ['log info {', '1:10 unexpected-block', '1:11 missing-semicolon'],
    ['log { a { b } } info;', '1:5 unexpected-block'],
    ['log $level;', '1:5 stray-character'],
    ['log = info;', '1:5 stray-character'],
    ['"a" b;', '1:1 unexpected-token'],
    ['path include "a;', '1:14 unterminated-quote', '1:17 missing-semicolon'],
    ['foo bar;', '1:1 unknown-statement'],
    ['foo { bar; baz { } }', '1:1 unknown-statement'],
    ['remotes anonymous { }', '1:1 unknown-statement'],
    ['exchange_mode main;', '1:1 unknown-statement'],
    ['listen;', '1:1 missing-block'],
  ] as const) {
    test(text, () => expect(said(text)).toEqual(expected));
  }
});

test('a section that is named like a statement of the block before it ends that block', () => {
  const text = GOOD.replace(/\}\nsainfo/, '\nmode_cfg {\n}\nsainfo');
  expect(said(text)).toEqual(['3:1 missing-brace']);
});

test('unknown words are told with what was meant and where they belong', () => {
  const [first, second] = readRacoon({
    name: 'a',
    text: 'remote anonymous { exchange_mod main;\npfs_group 2; }',
  }).diagnostics.filter(({ code }) => code === 'unknown-statement');
  expect(first?.fix).toBe('write exchange_mode');
  expect(second?.fix).toBe('put it into the block of sainfo, or the block of mode_cfg');
});

test('passwords are not shown', () => {
  const text =
    'ldapcfg { bind_pw "SECRET" oops }\nradiuscfg { auth "host" "SECRET" }\nldapcfg { bind_pw "SECRET';
  const shown = readRacoon({ name: 'a', text }).diagnostics.map(formatDiagnostic).join('\n');
  expect(shown).toContain('missing-semicolon');
  expect(shown).not.toContain('SECRET');
});

test('names of files are shown', () => {
  const [said] = readRacoon({ name: 'a', text: 'include "missing.conf";' }).diagnostics;
  expect(said?.sourceLine).toBe('include "missing.conf";');
});

const WORDS = [
  ...Object.values(STATEMENTS).flat(),
  ...[
    '{',
    '}',
    ';',
    ',',
    '/',
    '[',
    ']',
    '-',
    '=',
    '"',
    '"a"',
    '\n',
    '#',
    '$',
    '0x',
    '10.9.0.1',
    '::1',
    '7',
  ],
  ...['anonymous', 'inherit', 'address', 'any', 'time', 'hour', 'on', 'aes', 'asn1dn', 'main'],
];

describe('whatever the text is', () => {
  test('nothing throws, and what is wrong is told', () => {
    const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 60 });
    const texts = fc.oneof(
      words.map((each) => each.join(' ')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { configuration, diagnostics } = readRacoon({ name: 'a', text });
        const errors = diagnostics.filter(({ severity }) => severity === 'error');
        expect(configuration === null).toBe(errors.length > 0);
        for (const diagnostic of diagnostics) formatDiagnostic(diagnostic);
      }),
      { numRuns: 500 },
    );
  });

  test('every part of a good text is read', () => {
    for (let end = 0; end <= GOOD.length; end++) {
      readRacoon({ name: 'a', text: GOOD.slice(0, end) });
      readRacoon({ name: 'a', text: GOOD.slice(end) });
    }
  });

  test.each([
    '{',
    '}',
    'a {',
    'remote {',
    'remote { proposal {',
    'log {}',
    'log ',
    '"',
    ';',
    'a=',
    '[1]',
  ])('a long text of %j takes time that grows no faster than it', (piece) => {
    const started = performance.now();
    readRacoon({ name: 'a', text: piece.repeat(30_000) });
    // A square of that length would take many minutes.
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});
