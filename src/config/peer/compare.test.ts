import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../diagnostic.ts';
import { checkSetkey } from '../lint/setkey/check-setkey.ts';
import { comparePeers } from './compare.ts';
import { PEER_ENTRIES } from './difference.ts';

function key(name: string, bits = 256): string {
  return `0x${createHash('sha256')
    .update(name)
    .digest('hex')
    .slice(0, bits / 4)}`;
}

const THERE = '10.9.0.1 10.9.0.2';
const BACK = '10.9.0.2 10.9.0.1';

function sa(ends: string, spi: string): string {
  return `add ${ends} esp ${spi} -E aes-cbc ${key(`e${spi}`)} -A hmac-sha256 ${key(`a${spi}`)};`;
}

const SAS = [sa(THERE, '0x201'), sa(BACK, '0x301')];
const ALICE = [
  ...SAS,
  'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec esp/transport//require;',
  'spdadd 10.9.0.2 10.9.0.1 any -P in ipsec esp/transport//require;',
];
const BOB = [
  ...SAS,
  'spdadd 10.9.0.1 10.9.0.2 any -P in ipsec esp/transport//require;',
  'spdadd 10.9.0.2 10.9.0.1 any -P out ipsec esp/transport//require;',
];

function differences(a: readonly string[], b: readonly string[]) {
  const [alice, bob] = [a, b].map((lines, at) => {
    const source = { name: ['alice', 'bob'][at] ?? '', text: lines.join('\n') };
    return checkSetkey(source, { mode: null }).file ?? expect.unreachable();
  });
  if (alice === undefined || bob === undefined) return expect.unreachable();
  return comparePeers(alice, bob);
}

/** `code here/there`, each a line and column, `-` where the file says nothing of it. */
function found(a: readonly string[], b: readonly string[]): string[] {
  return differences(a, b).map(({ code, here, there }) => {
    const [one, two] = [here, there].map((place) => place && `${place.line}:${place.column}`);
    return `${code} ${one ?? '-'} ${two ?? '-'}`;
  });
}

/** Bob's lines, with one of them changed. */
function bob(line: number, from: string | RegExp, to: string): string[] {
  const changed = BOB[line - 1]?.replace(from, to) ?? '';
  expect(changed).not.toBe(BOB[line - 1]);
  return BOB.with(line - 1, changed);
}

const TUNNEL = ALICE.slice(0, 2).map((add) =>
  add.replace('esp 0x', 'esp 0x').replace(' -E', ' -m tunnel -E'),
);
const ALICE_NET = [
  ...TUNNEL,
  'spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec esp/tunnel/10.9.0.1-10.9.0.2/require;',
  'spdadd 10.2.0.0/16 10.1.0.0/16 any -P in ipsec esp/tunnel/10.9.0.2-10.9.0.1/require;',
];
const BOB_NET = [
  ...TUNNEL,
  'spdadd 10.1.0.0/16 10.2.0.0/16 any -P in ipsec esp/tunnel/10.9.0.1-10.9.0.2/require;',
  'spdadd 10.2.0.0/16 10.1.0.0/16 any -P out ipsec esp/tunnel/10.9.0.2-10.9.0.1/require;',
];

describe('no difference is found', () => {
  test('between files that mirror each other', () => {
    expect(found(ALICE, BOB)).toEqual([]);
    expect(found(BOB, ALICE)).toEqual([]);
    expect(found(ALICE_NET, BOB_NET)).toEqual([]);
  });

  test('in what is each host’s own: windows, lifetimes, reqids, priorities, order', () => {
    const own = [
      BOB[3],
      BOB[2]?.replace('-P in', '-P in prio 7').replace('require', 'unique:9'),
      ...SAS.map((add) => add.replace(' -E', ' -r 64 -u 9 -lh 3600 -ls 3000 -E')).toReversed(),
    ].map((line) => line ?? '');
    expect(found(ALICE, own)).toEqual([]);
  });

  test('in how a key, an SPI or an algorithm is written', () => {
    const written = BOB.map((line) =>
      line
        .replace('0x201', '513')
        .replace('aes-cbc', 'rijndael-cbc')
        .replace('hmac-sha256', 'hmac-sha256-96'),
    );
    expect(found(ALICE, written)).toEqual([]);
    expect(
      found(
        ALICE,
        BOB.map((line) =>
          line.replace(/0x[\da-f]{64}/g, (all) => `0x${all.slice(2).toUpperCase()}`),
        ),
      ),
    ).toEqual([]);
  });

  test('about hosts that only one of them knows', () => {
    const more = ALICE.map((line) => line.replaceAll('10.9.0.2', '10.9.0.3'));
    expect(found([...ALICE, ...more], BOB)).toEqual([]);
    expect(found(BOB, [...ALICE, ...more])).toEqual([]);
  });

  test('between keys of DES that differ in parity alone', () => {
    const des = (digits: string) =>
      `add ${THERE} esp 0x201 -E des-cbc 0x${digits} -A hmac-sha256 ${key('m')};`;
    expect(found([des('5b2ae61f90c74d38')], [des('5a2be71e91c64c39')])).toEqual([]);
    expect(found([des('5b2ae61f90c74d38')], [des('592be71e91c64c39')])).toEqual([
      'peer-key 1:44 1:44',
    ]);
  });
});

const CASES: Readonly<
  Record<string, readonly [readonly string[], readonly string[], readonly string[]]>
> = {
  'peer-missing-sa': [['peer-missing-sa 2:1 -'], ALICE, BOB.toSpliced(1, 1)],
  'peer-spi': [['peer-spi 1:27 1:27'], ALICE, bob(1, '0x201', '0x202')],
  'peer-mode': [['peer-mode 1:1 1:1'], ALICE, bob(1, ' -E', ' -m tunnel -E')],
  'peer-algorithm': [['peer-algorithm 1:36 1:36'], ALICE, bob(1, 'aes-cbc', 'camellia-cbc')],
  'peer-icv-length': [['peer-icv-length 2:114 2:114'], ALICE, bob(2, 'sha256', 'sha256-128')],
  'peer-key': [['peer-key 2:126 2:126'], ALICE, bob(2, key('a0x301'), key('other'))],
  'peer-encapsulation': [['peer-encapsulation 1:23 1:23'], ALICE, bob(1, 'esp', 'esp-udp')],
  'peer-missing-policy': [['peer-missing-policy 3:1 -'], ALICE, BOB.toSpliced(2, 1)],
  'peer-direction': [['peer-direction 3:1 3:1', 'peer-direction 4:1 4:1'], ALICE, ALICE],
  'peer-action': [['peer-action 3:1 3:1'], ALICE, bob(3, /ipsec.*/, 'none;')],
  'peer-rules': [
    ['peer-rules 3:1 3:1'],
    ALICE,
    bob(3, 'esp/transport//require', 'ah/transport//require esp/transport//require'),
  ],
  'peer-level': [['peer-level 3:1 3:1'], ALICE, bob(3, 'require', 'use')],
};

describe('every code', () => {
  test('has a case here', () => {
    expect(Object.keys(CASES).sort()).toEqual(PEER_ENTRIES.map(({ code }) => code).sort());
  });

  test.each(Object.entries(CASES))('%s', (_, [expected, a, b]) => {
    expect(found(a, b)).toEqual(expected);
  });
});

test('what is missing in the first file is found from the second', () => {
  expect(found(ALICE.toSpliced(1, 1), BOB)).toEqual(['peer-missing-sa - 2:1']);
  expect(found(ALICE.toSpliced(2, 1), BOB)).toEqual(['peer-missing-policy - 3:1']);
});

test('ends of tunnels are compared as each host sees them', () => {
  const turned = BOB_NET.with(
    2,
    BOB_NET[2]?.replace('10.9.0.1-10.9.0.2', '10.9.0.2-10.9.0.1') ?? '',
  );
  expect(found(ALICE_NET, turned)).toEqual(['peer-rules 3:1 3:1']);
});

test('a fix says what to write in which file, and no key is shown', () => {
  const all = [
    ...differences(ALICE, BOB.toSpliced(1, 1)),
    ...differences(ALICE, BOB.toSpliced(2, 1)),
    ...differences(ALICE, bob(2, key('a0x301'), key('other'))),
  ];
  expect(all.map(({ fix }) => fix)).toEqual([
    expect.stringMatching(/^add it to bob, with the same keys: add 10\.9\.0\.2 10\.9\.0\.1 esp /),
    'add to bob spdadd 10.9.0.1 10.9.0.2 any -P in ipsec esp/transport//require;',
    'copy the key from one file to the other',
  ]);
  const text = all
    .flatMap(({ here, there }) =>
      [here, there].flatMap((place) => (place ? formatDiagnostic(place) : [])),
    )
    .join('\n');
  expect(`${text}${JSON.stringify(all)}`).not.toMatch(/[\da-f]{32}/);
});
