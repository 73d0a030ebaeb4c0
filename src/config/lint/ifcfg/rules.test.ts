/**
 * The files of network scripts: an interface that has it and one that has not, for every code.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sharedPath } from '../../../../test/support/examples.ts';
import { PROJECT } from '../../../../test/support/hosts.ts';
import { formatDiagnostic } from '../../diagnostic.ts';
import { IFCFG_WARNINGS } from '../../ifcfg/language-warnings.ts';
import { filesOf } from '../../ifcfg/read.ts';
import type { CheckedText } from '../checked-text.ts';
import { checkIfcfg, type KnownFile } from './check-ifcfg.ts';
import { IFCFG_RULES } from './rules.ts';

const KEY = [
  '8a1f5c03d97e42b6e01d7b942f68c35a90be17d4c2536e8f4ba8710d39f6e25c',
  'c74b0e91a52d386f1be8d0437a96f25c6de3097ba1845fc2087d93b64e1f5ac8',
  '3d90c6f71ab4528e67f0219dc8b35e04f2a76b1895de4c30a9617ef8d0423bc5',
  'e5278fb90d6143ca9b7e30f4582ad16c01c9e68d74fb325a9de8160b37a4cf52',
];
const [A = '', B = '', C = '', D = ''] = KEY;

const MANUAL = `TYPE=IPSEC
DST=192.0.2.2
SPI_ESP_IN=0x1001
SPI_ESP_OUT=0x1002
AH_PROTO=none
ESP_PROTO=aes-cbc
AESP_PROTO=hmac-sha256
`;
const MANUAL_KEYS = `KEY_ESP_IN=0x${A}
KEY_ESP_OUT=0x${B}
KEY_AESP_IN=0x${C}
KEY_AESP_OUT=0x${D}
`;
const IKE = `TYPE=IPsec
DST=192.0.2.2
IKE_METHOD=PSK
IKE_MODE=main
IKE_ENC="aes 256"
IKE_AUTH=sha256
IKE_DHGROUP=14
AH_PROTO=none
`;
const IKE_KEYS = `IKE_PSK=0x${A}\n`;

type Modes = readonly [number, number];

function check(
  ifcfg: string,
  keys: string | null,
  [mode, keysMode]: Modes = [0o644, 0o600],
  ignored?: ReadonlySet<string>,
): CheckedText {
  const files: KnownFile[] = [{ name: 'ifcfg-x', text: ifcfg, facts: { mode } }];
  if (keys !== null) files.push({ name: 'keys-x', text: keys, facts: { mode: keysMode } });
  return checkIfcfg('x', files, {}, ignored);
}

function told({ diagnostics }: CheckedText): string[] {
  return diagnostics.map(({ file, line, severity, code }) => `${file}:${line} ${severity} ${code}`);
}

/** The first text with each of `changes` made, which has to change something. */
function but(text: string, ...changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((result, [from, to]) => {
    expect(result).toContain(from);
    return result.replace(from, to);
  }, text);
}

test('nothing is found in sane files, manual or with IKE', () => {
  expect(told(check(MANUAL, MANUAL_KEYS))).toEqual([]);
  expect(told(check(IKE, IKE_KEYS))).toEqual([]);
  expect(
    told(check(but(MANUAL, ['IPSEC', 'IPsec'], ['DST', 'ONBOOT=yes\nDST']), MANUAL_KEYS)),
  ).toEqual([]);
});

describe('is told, and not when ignored', () => {
  const CBC: readonly (readonly [string, string])[] = [['ESP_PROTO=aes-cbc', 'ESP_PROTO=3des-cbc']];
  const des = (thirds: readonly string[]) => thirds.join('');
  const TWO_KEYS = des(['8a1f5c03d97e42b6', 'e01d7b942f68c35a', '8a1f5c03d97e42b6']);
  const THREE_KEYS = des(['90be17d4c2536e8f', '4ba8710d39f6e25c', 'c74b0e91a52d386f']);
  const CASES: Readonly<
    Record<string, readonly [readonly string[], string, string | null, Modes?]>
  > = {
    'published-key': [['keys-x:1 error published-key'], IKE, 'IKE_PSK=foobarbaz\n'],
    'low-entropy-key': [
      ['keys-x:2 error low-entropy-key'],
      MANUAL,
      but(MANUAL_KEYS, [B, '0123456789abcdef'.repeat(4)]),
    ],
    'text-key': [
      ['keys-x:1 warning text-key'],
      MANUAL,
      but(MANUAL_KEYS, [`0x${A}`, "'q8Zk+3fWp/0sVxT2Jd7LhYbRmQzLpWkT'"]),
    ],
    'reused-key': [['keys-x:4 warning reused-key'], MANUAL, but(MANUAL_KEYS, [D, A])],
    'two-key-3des': [
      ['ifcfg-x:6 warning weak-algorithm', 'keys-x:1 warning two-key-3des'],
      but(MANUAL, ...CBC),
      but(MANUAL_KEYS, [A, TWO_KEYS], [B, THREE_KEYS]),
    ],
    'duplicate-spi': [
      ['ifcfg-x:4 warning duplicate-spi'],
      but(MANUAL, ['0x1002', '4097']),
      MANUAL_KEYS,
    ],
    'weak-proposal': [['ifcfg-x:7 warning weak-proposal'], but(IKE, ['=14', '=2']), IKE_KEYS],
    'offline-guessing': [
      ['ifcfg-x:4 warning offline-guessing'],
      but(IKE, ['=main', '=aggressive']),
      IKE_KEYS,
    ],
    'open-keys-file': [['keys-x:1 error open-keys-file'], MANUAL, MANUAL_KEYS, [0o644, 0o640]],
    'world-writable-file': [
      ['ifcfg-x:1 error world-writable-file'],
      MANUAL,
      MANUAL_KEYS,
      [0o666, 0o600],
    ],
    'esp-without-integrity': [
      ['keys-x:1 error esp-without-integrity'],
      but(MANUAL, ['AESP_PROTO=hmac-sha256\n', '']),
      `KEY_ESP_IN=0x${A}\nKEY_ESP_OUT=0x${B}\n`,
    ],
    'counter-mode-with-static-key': [
      ['ifcfg-x:6 error counter-mode-with-static-key'],
      but(MANUAL, ['aes-cbc', 'aes-gcm-16'], ['AESP_PROTO=hmac-sha256\n', '']),
      `KEY_ESP_IN=0x${A}00c3f19a\nKEY_ESP_OUT=0x${B}5de1027b\n`,
    ],
    'weak-algorithm': [
      ['ifcfg-x:7 warning weak-algorithm'],
      but(MANUAL, ['hmac-sha256', 'hmac-sha1']),
      but(MANUAL_KEYS, [C, C.slice(0, 40)], [D, D.slice(0, 40)]),
    ],
    'missing-psk': [['ifcfg-x:3 warning missing-psk'], IKE, null],
    'no-effect': [['ifcfg-x:8 warning no-effect'], `${MANUAL}SRCGW=10.0.0.1\n`, MANUAL_KEYS],
    'unknown-variable': [
      ['ifcfg-x:8 warning unknown-variable'],
      `${MANUAL}SCR=192.0.2.1\n`,
      MANUAL_KEYS,
    ],
    'duplicate-variable': [
      ['ifcfg-x:8 warning duplicate-variable'],
      `${MANUAL}DST=192.0.2.2\n`,
      MANUAL_KEYS,
    ],
  };

  test('every code has a case here', () => {
    const codes = [...IFCFG_RULES, ...IFCFG_WARNINGS].map(({ code }) => code);
    expect(Object.keys(CASES).sort()).toEqual(codes.sort());
  });

  test.each(Object.entries(CASES))('%s', (code, [expected, ifcfg, keys, modes]) => {
    expect(told(check(ifcfg, keys, modes))).toEqual(expected);
    expect(told(check(ifcfg, keys, modes, new Set([code])))).toEqual(
      expected.filter((line) => !line.endsWith(code)),
    );
  });
});

describe('keys', () => {
  test('for both directions are told as one, once', () => {
    const { diagnostics } = check(MANUAL, `KEY_ESP=0x${A}\nKEY_AESP=0x${B}\n`);
    expect(diagnostics.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '1 KEY_ESP is for both directions',
      '2 KEY_AESP is for both directions',
    ]);
  });

  test('in which one direction overrides the other are two', () => {
    const keys = `KEY_ESP=0x${A}\nKEY_ESP_OUT=0x${B}\nKEY_AESP_IN=0x${C}\nKEY_AESP_OUT=0x${D}\n`;
    expect(told(check(MANUAL, keys))).toEqual([]);
  });

  test('that another file of the interface overrides are not looked at', () => {
    const files = [
      { name: 'ifcfg-x', text: MANUAL, facts: { mode: 0o644 } },
      { name: 'keys-x', text: MANUAL_KEYS.replace(A, '00'.repeat(32)), facts: { mode: 0o600 } },
      { name: 'ifcfg-x-y', text: 'DST=192.0.2.3\n', facts: { mode: 0o644 } },
      { name: 'keys-x-y', text: `KEY_ESP_IN=0x${A}\n`, facts: { mode: 0o644 } },
    ];
    expect(told(checkIfcfg('x-y', files))).toEqual(['keys-x-y:1 error open-keys-file']);
    expect(told(checkIfcfg('x', files.slice(0, 2)))).toEqual(['keys-x:1 error low-entropy-key']);
  });

  test('that are short for IKE are told, however they were drawn', () => {
    expect(told(check(IKE, 'IKE_PSK=q8Zk+3fWp/0s\n'))).toEqual(['keys-x:1 error low-entropy-key']);
    expect(told(check(IKE, 'IKE_PSK=q8Zk+3fWp/0sVxT2Jd7L\n'))).toEqual([]);
    // Digits behind 0x are half as many octets.
    expect(told(check(IKE, `IKE_PSK=0x${A.slice(0, 24)}\n`))).toEqual([
      'keys-x:1 error low-entropy-key',
    ]);
  });

  test('are never shown', () => {
    const { diagnostics } = check(MANUAL, but(MANUAL_KEYS, [D, A]), [0o666, 0o644]);
    expect(diagnostics.length).toBeGreaterThan(2);
    for (const diagnostic of diagnostics) {
      expect(formatDiagnostic(diagnostic)).not.toMatch(/[\da-f]{17}/i);
    }
  });
});

test('a default that is weak is told where the kind of keying stands', () => {
  const { diagnostics } = check('TYPE=IPSEC\nDST=192.0.2.2\nIKE_METHOD=PSK\n', IKE_KEYS);
  expect(
    diagnostics.map(({ line, code, message }) => `${line} ${code} ${message.split(',')[0]}`),
  ).toEqual([
    '3 weak-proposal 3des-cbc',
    '3 weak-proposal modp1024',
    '3 offline-guessing aggressive mode shows a hash of the pre-shared key to whoever asks',
  ]);
});

test('or else where the peer does, which is no file of keys', () => {
  expect(told(check('TYPE=IPSEC\nDST=192.0.2.2\nIKE_MODE=main\n', IKE_KEYS))).toEqual([
    'ifcfg-x:2 warning weak-proposal',
    'ifcfg-x:2 warning weak-proposal',
  ]);
});

test('an error of one file stands alone, such as an SPI that is reserved', () => {
  const checked = check(but(MANUAL, ['0x1001', '255']), MANUAL_KEYS, [0o666, 0o666]);
  expect(checked.loads).toBe(false);
  expect(told(checked)).toEqual(['ifcfg-x:3 error spi-reserved']);
});

/** `line code` of each finding in the files of `host` in `directory`, which the owner alone may read. */
function foundIn(directory: string, host: string): string[] {
  const files = filesOf('ipsec0').map((file) => {
    const path = join(directory, `${host}.${file}`);
    expect(existsSync(path)).toBe(true);
    return { name: file, text: readFileSync(path, 'utf8'), facts: { mode: 0o600 } };
  });
  return told(checkIfcfg('ipsec0', files));
}

const HOSTS = ['alice', 'bob'];

test.each(HOSTS)('what is found in the example that is shipped: %s', (host) => {
  expect(foundIn(join(PROJECT, 'examples', 'ifcfg'), host)).toEqual(
    [2, 3, 4, 5].map((line) => `keys-ipsec0:${line} error published-key`),
  );
});

const examples = sharedPath('examples');

describe.skipIf(examples === null)('what is found in the examples', () => {
  test.each(HOSTS)('manual keys: %s', (host) => {
    expect(foundIn(join(examples ?? '', 'redhat-manual'), host)).toEqual([
      'ifcfg-ipsec0:9 warning weak-algorithm',
      'ifcfg-ipsec0:10 warning weak-algorithm',
      'keys-ipsec0:1 error published-key',
      'keys-ipsec0:1 warning reused-key',
      'keys-ipsec0:2 error published-key',
      'keys-ipsec0:2 warning reused-key',
    ]);
  });

  test.each(HOSTS)('IKE: %s', (host) => {
    expect(foundIn(join(examples ?? '', 'redhat-psk'), host)).toEqual([
      'ifcfg-ipsec0:4 warning weak-proposal',
      'ifcfg-ipsec0:4 warning weak-proposal',
      'ifcfg-ipsec0:4 warning offline-guessing',
      'keys-ipsec0:1 error published-key',
    ]);
  });
});
