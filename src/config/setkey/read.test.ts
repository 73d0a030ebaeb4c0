import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDiagnostic, readSetkey, type SetkeyProgram } from '../index.ts';

/** Example files stand beside the repository; without them their tests are skipped. */
const SHARED = `${process.cwd()}/../shared`;
const EXAMPLES = `${SHARED}/examples`;

function read(path: string): SetkeyProgram {
  return readSetkey({ name: path.split('/').at(-1) ?? '', text: readFileSync(path, 'utf8') });
}

function summary({ steps, diagnostics }: SetkeyProgram): unknown {
  return {
    steps: steps.map((step) =>
      step.kind === 'change' ? step.changes.map(({ kind }) => kind).join() : step.kind,
    ),
    diagnostics: diagnostics.map(({ line, code }) => `${line} ${code}`),
  };
}

test('a file becomes steps, each with its place and without its keys', () => {
  const text = [
    '#!/usr/sbin/setkey -f',
    'flush; spdflush;',
    '\tadd 10.9.0.1 10.9.0.2 esp 0x201 -E aes-cbc',
    '  0x000102030405060708090a0b0c0d0e0f -A hmac-sha256 "0123456789abcdef0123456789abcdef" ;',
    'add 10.9.0.2 10.9.0.1 ah 0x301 -A hmac-sha256 "0123456789abcdef0123456789abcdef"; dump esp;',
    'exit; this is not read',
  ].join('\r\n');
  const { steps, diagnostics } = readSetkey({ name: 'a.conf', text });
  expect(diagnostics).toEqual([]);
  expect(steps.map(({ at }) => `${at.file}:${at.line}:${at.column} ${at.text}`)).toEqual([
    'a.conf:2:1 flush',
    'a.conf:2:8 spdflush',
    'a.conf:3:2 add 10.9.0.1 10.9.0.2 esp 0x201 -E aes-cbc',
    'a.conf:5:1 add 10.9.0.2 10.9.0.1 ah 0x301 -A hmac-sha256 "…"',
    'a.conf:5:83 dump esp',
  ]);
  expect(JSON.stringify(steps)).not.toMatch(/0123|00010203/);
});

test('nothing is done when anything is wrong', () => {
  const { steps, diagnostics } = readSetkey({ name: 'a', text: 'flush; flsuh; spdflush;' });
  expect(steps).toEqual([]);
  expect(diagnostics).toHaveLength(1);
});

test('a misspelt algorithm is shown with what to write instead', () => {
  const text = 'flush;\nadd 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-sha-256 0x5d3ea0b8;\n';
  const { diagnostics } = readSetkey({ name: 'alice.conf', text });
  expect(diagnostics.map(formatDiagnostic)).toEqual([
    [
      'alice.conf:2:35: error: "hmac-sha-256" is not an algorithm for -A [unknown-algorithm]',
      '    add 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-sha-256 0x…;',
      '                                      ^^^^^^^^^^^^',
      '  expected: hmac-sha256, hmac-sha384, hmac-sha512, hmac-sha1, aes-cmac, aes-xcbc-mac, hmac-ripemd160, hmac-md5 (or hmac-sha256-96, hmac-sha256-128)',
      '  fix: write hmac-sha256',
    ].join('\n'),
  ]);
});

test('a key in a comment is not shown either', () => {
  const text =
    'flush # -A hmac-md5 "an old key, 128 b"; or 0x00112233445566778899aabbccddeeff\n& ;';
  const [first] = readSetkey({ name: 'a', text }).diagnostics;
  expect(first?.sourceLine).toBe('& ;');
  const { diagnostics } = readSetkey({ name: 'a', text: text.replace('flush', 'flsuh') });
  expect(diagnostics[0]?.sourceLine).toBe('flsuh # -A hmac-md5 "…"; or 0x…');
});

test('an empty file has no steps and no errors', () => {
  expect(readSetkey({ name: 'a', text: '' })).toMatchObject({ steps: [], diagnostics: [] });
});

test('ten thousand statements, and as many errors, are read', () => {
  const KEY = '0x000102030405060708090a0b0c0d0e0f';
  const hosts = Array.from({ length: 2500 }, (_, k) => `10.${k >> 8}.${k & 255}.1`);
  const statements = hosts.flatMap((host, k) => [
    `add 10.9.0.1 ${host} esp ${0x1000 + k} -E aes-cbc ${KEY} -A hmac-sha256 ${KEY}${KEY.slice(2)};`,
    `add ${host} 10.9.0.1 esp ${0x1000 + k} -E aes-cbc ${KEY} -A hmac-sha256 ${KEY}${KEY.slice(2)};`,
    `spdadd 10.9.0.1 ${host} any -P out ipsec esp/transport//require;`,
    `spdadd ${host} 10.9.0.1 any -P in ipsec esp/transport//require;`,
  ]);
  for (const separator of ['\n', ' ']) {
    const { steps, diagnostics } = readSetkey({ name: 'a', text: statements.join(separator) });
    expect(diagnostics).toEqual([]);
    expect(steps).toHaveLength(10_000);
  }
  const broken = statements.join('\n').replaceAll('esp', 'psp');
  expect(readSetkey({ name: 'a', text: broken }).diagnostics).toHaveLength(101);
  for (const character of ['"', '-', '/', '[', '&', ';', '#', '\n', 'a', '0x', ' -P ']) {
    expect(readSetkey({ name: 'a', text: character.repeat(100_000) }).steps).toEqual([]);
  }
});

describe.runIf(existsSync(EXAMPLES))('examples', () => {
  const bothWays = ['flush-sas', 'flush-policies', ...Array(4).fill('add-sa')];
  const outIn = ['add-policy', 'add-policy,add-policy'];
  const inOut = outIn.toReversed();
  const lartc = ['6 weak-algorithm', '10 weak-algorithm'];
  for (const [file, steps, diagnostics] of [
    ['gazette/alice', [...bothWays, ...outIn], ['7 weak-algorithm']],
    ['gazette/bob', [...bothWays, ...inOut], ['7 weak-algorithm']],
    ['howto/alice', [...bothWays, ...outIn], []],
    ['howto/bob', [...bothWays, ...inOut], []],
    ['lartc/alice', [...bothWays, ...outIn], lartc],
    ['lartc/bob', [...bothWays, ...inOut], lartc],
    [
      'lartc/one-way-dangerous',
      ['add-sa', 'add-sa', 'add-policy'],
      ['3 weak-algorithm', '4 weak-algorithm', '6 missing-inbound-policy'],
    ],
    ['per-port/alice', [...bothWays.slice(0, 4), ...outIn], ['4 weak-algorithm']],
    ['per-port/bob', [...bothWays.slice(0, 4), ...outIn], ['4 weak-algorithm']],
  ] as const) {
    test(`${file} loads`, () => {
      expect(summary(read(`${EXAMPLES}/${file}.setkey.conf`))).toEqual({ steps, diagnostics });
    });
  }
});

describe('any text', () => {
  const pieces = [
    ...'add get delete deleteall flush dump spdadd spdupdate spddelete spdflush exit'.split(' '),
    ...'10.9.0.1 10.9.0.2 ::1 fe80::1%lo /24 [any] [80] any tcp icmp 8,0 esp ah 0x201 513'.split(
      ' ',
    ),
    ...'-E -A -P -m -u -lh -ctx -4 aes-cbc null hmac-sha256 "k;\n" " in out fwd prio high + -'.split(
      ' ',
    ),
    ...'ipsec none esp/transport//require ah/tunnel/1::1-2::2/unique:7 / ; # \n & \u0000 é'.split(
      ' ',
    ),
    `0x${'5a'.repeat(32)}`,
    ';',
    '\n',
  ];
  const scripts = fc
    .array(fc.constantFrom(...pieces), { maxLength: 60 })
    .chain((words) => fc.constantFrom(' ', '', '\n').map((blank) => words.join(blank)));

  /** Reads `text`, which must not throw, and checks what every result has in common. */
  function check(text: string): void {
    const { steps, diagnostics } = readSetkey({ name: 'a', text });
    const lines = text.split('\n');
    for (const diagnostic of diagnostics) {
      const { line, column, sourceLine, mark } = diagnostic;
      expect(line).toBeGreaterThan(0);
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeGreaterThan(0);
      expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
      expect(mark.start).toBeLessThanOrEqual(sourceLine.length);
      expect(formatDiagnostic(diagnostic)).not.toMatch(/5a5a5a|\p{Cc}(?<!\n)/u);
    }
    if (diagnostics.some(({ severity }) => severity === 'error')) expect(steps).toEqual([]);
  }

  test('is read without a throw: random characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), check));
  });

  test('is read without a throw: random words of the language', () => {
    fc.assert(fc.property(scripts, check), { numRuns: 1000 });
  });

  const example = `${EXAMPLES}/lartc/alice.setkey.conf`;
  test.runIf(existsSync(example))('is read without a throw: an example with a change in it', () => {
    const text = existsSync(example) ? readFileSync(example, 'utf8') : '';
    fc.assert(
      fc.property(
        fc.nat(text.length),
        fc.nat(20),
        fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })),
        (at, length, instead) => check(text.slice(0, at) + instead + text.slice(at + length)),
      ),
      { numRuns: 1000 },
    );
  });
});

test.each([
  ['racoon.conf', '# ours\npath pre_shared_key "/etc/racoon/psk.txt";\nremote anonymous { }\n', 2],
  ['10.9.0.2.conf', 'remote 10.9.0.2 {\n  exchange_mode main;\n}\n', 1],
  ['/etc/racoon/psk.txt', '10.9.0.2 correcthorse\n10.9.0.3 correcthorse\n', 1],
  ['keys-ipsec0', '\nIKE_PSK=correcthorse\n', 2],
])('%s is told once to be in another language, and shows nothing', (name, text, line) => {
  const { steps, diagnostics } = readSetkey({ name, text });
  expect(steps).toEqual([]);
  expect(diagnostics.map(({ code, line }) => ({ code, line }))).toEqual([
    { code: 'wrong-language', line },
  ]);
  expect(diagnostics.map(formatDiagnostic).join()).not.toMatch(/correct|horse|psk\.txt"/);
});

test('a file of policies may be called after racoon, and a statement be misspelt in it', () => {
  const name = 'racoon-policies.conf';
  expect(readSetkey({ name, text: 'flush;' }).diagnostics).toEqual([]);
  const { diagnostics } = readSetkey({ name, text: 'spdad;' });
  expect(diagnostics.map(({ code }) => code)).toEqual(['unknown-statement']);
});
