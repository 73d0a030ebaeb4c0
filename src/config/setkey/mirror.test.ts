import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharedExample, sharedPath } from '../../../test/support/examples.ts';
import { randomScript } from '../../../test/support/setkey-grammar.ts';
import { mirror } from './mirror.ts';
import { readSetkey } from './read.ts';
import { formatChange } from './statement-text.ts';

function mirrored(text: string, ...hosts: string[]): string {
  const { text: result, diagnostics } = mirror({ name: 't', text }, hosts);
  expect(diagnostics.map(({ code }) => code)).toEqual([]);
  return result;
}

function codes(text: string, ...hosts: string[]): string[] {
  return mirror({ name: 't', text }, hosts).diagnostics.map(({ line, code }) => `${line} ${code}`);
}

/** What a file makes, in whatever order. */
function meaning(text: string): readonly string[] {
  const { steps } = readSetkey({ name: 't', text });
  return steps
    .flatMap((step) => (step.kind === 'change' ? step.changes : []))
    .map((change) => formatChange(change, 'shown'))
    .sort();
}

test('directions are swapped, and all else is left as it is', () => {
  const text = [
    '#!/usr/sbin/setkey -f',
    '# in and out of alice',
    'flush;\tspdflush; # -P in',
    'add 10.9.0.1 10.9.0.2 esp 0x201 -E aes-cbc "in;-P out# -P in" ;',
    'spdadd 10.9.0.1 10.9.0.2[80] tcp',
    '\t-P out  prio 100 ipsec   esp/tunnel/10.9.0.1-10.9.0.2/require; # out',
    'spdadd 10.9.0.2[80] 10.9.0.1 tcp -Pin none;',
    'spddelete 10.9.0.2 10.9.0.1 any -P in;',
    '',
  ];
  expect(mirrored(text.join('\n'))).toBe(
    text
      .join('\n')
      .replace('-P out  prio', '-P in  prio')
      .replace('-Pin none', '-Pout none')
      .replace('any -P in;', 'any -P out;'),
  );
});

test('what is forwarded out of the tunnel comes from the other side, and both ends turn round', () => {
  expect(
    mirrored(
      'spdadd 10.2.0.0/16[any] 10.1.0.0/16 any -P fwd ipsec esp/tunnel/192.0.2.2[4500]-192.0.2.1[4501]/require;',
    ),
  ).toBe(
    'spdadd 10.1.0.0/16 10.2.0.0/16[any] any -P fwd ipsec esp/tunnel/192.0.2.1[4501]-192.0.2.2[4500]/require;',
  );
});

test('the three policies of a tunnel become those of the other end', () => {
  const rule = (ends: string) => `ipsec esp/tunnel/${ends}/require;`;
  const policy = (ends: string, way: string, tunnel: string) =>
    `spdadd ${ends} any -P ${way} ${rule(tunnel)}`;
  const [there, back] = ['10.1.0.0/16 10.2.0.0/16', '10.2.0.0/16 10.1.0.0/16'];
  const [outer, inner] = ['192.0.2.1-192.0.2.2', '192.0.2.2-192.0.2.1'];
  const alice = [
    policy(there, 'out', outer),
    policy(back, 'in', inner),
    policy(back, 'fwd', inner),
  ];
  const bob = [policy(there, 'in', outer), policy(back, 'out', inner), policy(there, 'fwd', outer)];
  expect(mirrored(alice.join('\n'))).toBe(bob.join('\n'));
  expect(mirrored(bob.join('\n'))).toBe(alice.join('\n'));
});

test("KAME's me-any becomes any-me", () => {
  expect(mirrored('spdadd ::/0 ::/0 any -P out ipsec esp/transport/me-any/use;')).toBe(
    'spdadd ::/0 ::/0 any -P in ipsec esp/transport/any-me/use;',
  );
});

test('of a shell script, what is handed to setkey is mirrored, whatever the shell puts in', () => {
  const script = (out: string, back: string) =>
    [
      '#!/bin/sh',
      'echo "spdadd a b any -P out none;" # $NOT_THIS',
      'setkey -c <<EOF',
      `spdadd $A \${B}/32 any -P ${out} ipsec`,
      `    \${ESP:+esp/$MODE/\${TUNNEL:+$A-$B}/require};`,
      `\${EXTRA:+spdadd $B $A any -P ${back} none;}`,
      'EOF',
      'echo done -P in',
      "setkey -c <<-'END'",
      `\tspdadd 10.9.0.1 10.9.0.2 any -P ${out} none;`,
      '\tEND',
      '',
    ].join('\n');
  expect(mirrored(script('out', 'in'))).toBe(script('in', 'out'));
});

describe('statements about others than the peer', () => {
  const text = [
    'flush;',
    'add 10.9.0.1 10.9.0.2 esp 0x201 -E null -A hmac-md5 "0123456789abcdef";',
    '# carol',
    '\tadd 10.9.0.1 10.9.0.3 esp 0x202 -E null -A hmac-md5 "fedcba9876543210";  ',
    'spdadd 10.9.0.1 10.9.0.2 any -P out none; spdadd 10.9.0.1 10.9.0.3 any -P out none;',
    'spdadd 10.9.0.0/24 10.9.0.1 icmp -P in none;',
    'spdadd 10.1.0.0/16 10.3.0.0/16 any -P out ipsec esp/tunnel/10.9.0.1-10.9.0.3/require;',
    'spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec esp/tunnel/10.9.0.1-10.9.0.2/require;',
  ].join('\n');

  test('are left out where the peer is named', () => {
    expect(mirror({ name: 't', text }, ['10.9.0.2'])).toEqual({
      text: [
        'flush;',
        'add 10.9.0.1 10.9.0.2 esp 0x201 -E null -A hmac-md5 "0123456789abcdef";',
        '# carol',
        'spdadd 10.9.0.1 10.9.0.2 any -P in none; ',
        'spdadd 10.9.0.0/24 10.9.0.1 icmp -P out none;',
        'spdadd 10.1.0.0/16 10.2.0.0/16 any -P in ipsec esp/tunnel/10.9.0.1-10.9.0.2/require;',
      ].join('\n'),
      diagnostics: [],
      kept: 4,
      leftOut: 3,
    });
  });

  test('are an error where it is not, as the peer must not learn their keys', () => {
    const { diagnostics } = mirror({ name: 't', text });
    expect(diagnostics).toMatchObject([
      { severity: 'error', code: 'several-peers', line: 4, column: 2 },
    ]);
    expect(JSON.stringify(diagnostics)).not.toContain('fedcba');
  });

  test('may be about further addresses of the peer', () => {
    const both = 'add ::1 ::2 esp 300 -E null; add 10.9.0.1 10.9.0.2 esp 300 -E null;';
    expect(codes(both)).toEqual(['1 several-peers']);
    expect(mirrored(both, '0:0::2', '10.9.0.2')).toBe(both);
  });
});

test.each([
  ['spdadd 10.1.0.0/16 10.1.0.0/16 any -P out none;', '1 own-traffic'],
  ['add 10.9.0.1 10.9.0.2 esp-udp 192.0.2.7 0x201 -E null;', '1 translated-address'],
  [
    'spdadd 10.2.0.0/16 10.1.0.0/16 any -P fwd ipsec esp/tunnel/10.9.0.2-10.9.0.1/unique:7;',
    '1 numbered-forward',
  ],
  ['flush;\nspdadd 10.9.0.1 10.9.0.2 -P out none;', '2 unexpected-token'],
])('%s is told: %s', (text, code) => {
  expect(codes(text)).toEqual([code]);
});

describe('the mirror image of the mirror image is the file', () => {
  function twice(text: string): string {
    return mirror({ name: 't', text: mirror({ name: 't', text }).text }).text;
  }

  test('for files drawn from the grammar', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat({ max: 2 ** 31 - 1 })), (numbers) => {
        const text = randomScript((bound) => numbers.next().value % bound, 12);
        expect(twice(text)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  const roots = [sharedPath('examples'), sharedPath('vectors', 'G_configs', 'setkey')];
  const files = roots.flatMap((root) => (root === null ? [] : filesUnder(root)));

  test.skipIf(files.length === 0)('there are files that people wrote', () => {
    expect(files.length).toBeGreaterThan(80);
  });

  test.each(files)('%s', (path) => {
    const text = readFileSync(path, 'utf8');
    expect(twice(text)).toBe(text);
    const isTurned = /^(?!\s*#).*-P\s*(?:in|out)\b/m.test(text);
    const { diagnostics, text: once } = mirror({ name: 't', text });
    const isWrong = diagnostics.some(({ severity }) => severity === 'error');
    if (!isWrong) expect(once !== text).toBe(isTurned);
  });
});

function filesUnder(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => join(root, path))
    .filter((path) => statSync(path).isFile() && !/\.(?:json|md)$/.test(path));
}

for (const name of ['gazette', 'howto', 'lartc', 'per-port']) {
  const pair = sharedExample(name);
  test.skipIf(pair === null)(`the files of ${name} are each other's mirror images`, () => {
    if (pair === null) return;
    const [alice, bob] = [pair.alice, pair.bob].map((path) => readFileSync(path, 'utf8'));
    expect(meaning(mirrored(alice ?? ''))).toEqual(meaning(bob ?? ''));
    expect(meaning(mirrored(bob ?? ''))).toEqual(meaning(alice ?? ''));
  });
}

test('a file in another language is told once, and nothing is made of it', () => {
  const { kept, diagnostics } = mirror({ name: 'psk.txt', text: '10.9.0.2 correcthorse\n' });
  expect(kept).toBe(0);
  expect(diagnostics.map(({ code }) => code)).toEqual(['wrong-language']);
  const script = 'path=/sbin\nsetkey -c <<EOF\nflush;\nEOF\n';
  expect(mirror({ name: 'ipsec.sh', text: script }).diagnostics).toEqual([]);
});
