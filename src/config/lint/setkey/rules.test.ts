/**
 * A file that has it and one that has not, for every code; and files that have nothing.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../edits.ts';
import { checkSetkey } from './check-setkey.ts';
import { SETKEY_RULES } from './rules.ts';

/** A key of `bits` that looks random, another for each `name`. */
function key(bits: number, name: string): string {
  const digits = ['', '+'].map((more) =>
    createHash('sha512')
      .update(name + more)
      .digest('hex'),
  );
  return `0x${digits.join('').slice(0, bits / 4)}`;
}

const FLUSH = 'flush; spdflush;';
const OUT = 'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec esp/transport//require;';
const IN = 'spdadd 10.9.0.2 10.9.0.1 any -P in ipsec esp/transport//require;';

function sa(ends: string, spi: string, more = ''): string {
  const cipher = `-E aes-cbc ${key(256, `e${spi}`)}`;
  return `add ${ends} esp ${spi} ${more}${cipher} -A hmac-sha256 ${key(256, `a${spi}`)};`;
}

const THERE = '10.9.0.1 10.9.0.2';
const BACK = '10.9.0.2 10.9.0.1';
/** ESP both ways with keys of their own, required both ways. */
const SANE = [FLUSH, sa(THERE, '0x201'), sa(BACK, '0x301'), OUT, IN];

interface Options {
  readonly mode?: number;
  readonly fwdTwins?: boolean;
}

function check(lines: readonly string[], { mode = 0o600, fwdTwins = true }: Options = {}) {
  const text = lines.join('\n');
  const checked = checkSetkey({ name: 't', text }, { mode }, { fwdTwins });
  expect(checked.file, JSON.stringify(checked.diagnostics)).not.toBeNull();
  return checked.diagnostics;
}

function found(lines: readonly string[], options?: Options): string[] {
  return check(lines, options).map(({ line, severity, code }) => `${line} ${severity} ${code}`);
}

/** `lines` with `line`, counted from 1, replaced. */
function swapping(line: number, ...instead: string[]): string[] {
  return [...SANE.slice(0, line - 1), ...instead, ...SANE.slice(line)];
}

describe('nothing is found in', () => {
  const tunnel = 'esp/tunnel/192.0.2.1-192.0.2.2/require';
  const back = 'esp/tunnel/192.0.2.2-192.0.2.1/require';
  test.each([
    ['a host pair', SANE],
    [
      'one with a replay window on each SA',
      [FLUSH, sa(THERE, '0x201', '-r 64 '), sa(BACK, '0x301', '-r 64 '), OUT, IN],
    ],
    [
      'AH around ESP',
      [
        FLUSH,
        `add ${THERE} esp 0x201 -E aes-cbc ${key(128, '1')};`,
        `add ${BACK} esp 0x301 -E aes-cbc ${key(128, '2')};`,
        `add ${THERE} ah 0x200 -A hmac-sha512 ${key(512, '3')};`,
        `add ${BACK} ah 0x300 -A hmac-sha512 ${key(512, '4')};`,
        OUT.replace(';', ' ah/transport//require;'),
        IN.replace(';', ' ah/transport//require;'),
      ],
    ],
    [
      'a tunnel between networks, with AH around it',
      [
        FLUSH,
        sa('192.0.2.1 192.0.2.2', '0x1001', '-m tunnel '),
        sa('192.0.2.2 192.0.2.1', '0x1002', '-m tunnel '),
        `add 192.0.2.1 192.0.2.2 ah 0x1003 -A hmac-sha256 ${key(256, '3')};`,
        `add 192.0.2.2 192.0.2.1 ah 0x1004 -A hmac-sha256 ${key(256, '4')};`,
        `spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec ${tunnel} ah/transport//require;`,
        `spdadd 10.2.0.0/16 10.1.0.0/16 any -P in ipsec ${back} ah/transport//require;`,
      ],
    ],
    [
      'IPv6, with IPComp that packets may do without',
      [
        FLUSH,
        sa('2001:db8::1 2001:db8::2', '0x201'),
        sa('2001:db8::2 2001:db8::1', '0x301'),
        'add 2001:db8::1 2001:db8::2 ipcomp 0x11 -C deflate;',
        'add 2001:db8::2 2001:db8::1 ipcomp 0x12 -C deflate;',
        'spdadd 2001:db8::1 2001:db8::2 any -P out ipsec ipcomp/transport//use esp/transport//require;',
        'spdadd 2001:db8::2 2001:db8::1 any -P in ipsec ipcomp/transport//use esp/transport//require;',
      ],
    ],
    [
      'one port alone, and exceptions before what they are excepted from',
      [
        ...SANE.slice(0, 3),
        'spdadd 10.9.0.1 10.9.0.2 icmp -P out none;',
        'spdadd 10.9.0.2 10.9.0.1 icmp -P in none;',
        OUT,
        IN,
      ],
    ],
    ['policies for a daemon, that a reload clears away', ['spdflush;', OUT, IN]],
    [
      'three hosts',
      [
        ...SANE,
        sa('10.9.0.1 10.9.0.3', '0x401'),
        sa('10.9.0.3 10.9.0.1', '0x402'),
        OUT.replace('10.9.0.2', '10.9.0.3'),
        IN.replace('10.9.0.2', '10.9.0.3'),
      ],
    ],
    ['nothing', []],
  ] as const)('%s', (_, lines) => {
    expect(found(lines)).toEqual([]);
  });
});

/** For each code: what is found, in which file; and a file like it in which nothing is. */
const CASES: Readonly<
  Record<string, readonly [readonly string[], readonly string[], readonly string[], Options?]>
> = {
  'missing-inbound-policy': [
    ['4 error missing-inbound-policy', '3 warning sa-without-policy'],
    SANE.slice(0, 4),
    SANE,
  ],
  'missing-outbound-policy': [
    ['2 warning sa-without-policy', '4 error missing-outbound-policy'],
    [...SANE.slice(0, 3), IN],
    SANE,
  ],
  'policy-without-sa': [['3 warning policy-without-sa'], [...SANE.slice(0, 2), IN, OUT], SANE],
  'esp-without-integrity': [
    ['2 error esp-without-integrity'],
    swapping(2, `add ${THERE} esp 0x201 -E aes-cbc ${key(256, '1')};`),
    SANE,
  ],
  'replay-without-integrity': [
    [
      '2 error esp-without-integrity',
      '2 warning replay-without-integrity',
      '3 warning replay-window-off',
    ],
    swapping(2, `add ${THERE} esp 0x201 -r 64 -E aes-cbc ${key(256, '1')};`),
    SANE,
  ],
  'counter-mode-with-static-key': [
    ['2 error counter-mode-with-static-key'],
    swapping(2, `add ${THERE} esp 0x201 -E aes-gcm-16 ${key(288, '1')};`),
    SANE,
  ],
  'weak-algorithm': [
    ['2 warning weak-algorithm', '2 error weak-algorithm'],
    swapping(
      2,
      `add ${THERE} esp 0x201 -E 3des-cbc ${key(192, '1')} -A hmac-md5 ${key(128, '2')};`,
    ),
    SANE,
  ],
  'missing-forward-policy': [
    ['5 error missing-forward-policy'],
    [
      FLUSH,
      sa('192.0.2.1 192.0.2.2', '0x1001', '-m tunnel '),
      sa('192.0.2.2 192.0.2.1', '0x1002', '-m tunnel '),
      'spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec esp/tunnel/192.0.2.1-192.0.2.2/require;',
      'spdadd 10.2.0.0/16 10.1.0.0/16 any -P in ipsec esp/tunnel/192.0.2.2-192.0.2.1/require;',
    ],
    [
      FLUSH,
      sa('192.0.2.1 192.0.2.2', '0x1001', '-m tunnel '),
      sa('192.0.2.2 192.0.2.1', '0x1002', '-m tunnel '),
      'spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec esp/tunnel/192.0.2.1-192.0.2.2/require;',
      'spdadd 10.2.0.0/16 10.1.0.0/16 any -P in ipsec esp/tunnel/192.0.2.2-192.0.2.1/require;',
      'spdadd 10.2.0.0/16 10.1.0.0/16 any -P fwd ipsec esp/tunnel/192.0.2.2-192.0.2.1/require;',
    ],
    { fwdTwins: false },
  ],
  'optional-protection': [
    ['5 error optional-protection'],
    swapping(5, IN.replace('require', 'use')),
    SANE,
  ],
  'shadowed-policy': [
    ['6 error shadowed-policy'],
    [...SANE.slice(0, 3), 'spdadd 10.9.0.1 10.9.0.0/24 any -P out none;', IN, OUT],
    [...SANE.slice(0, 3), OUT, IN, 'spdadd 10.9.0.1 10.9.0.0/24 any -P out none;'],
  ],
  'overlapping-policies': [
    ['5 warning overlapping-policies'],
    [
      ...SANE.slice(0, 3),
      'spdadd 10.9.0.1 10.9.0.0/24 tcp -P out discard;',
      'spdadd 10.9.0.1[22] 10.9.0.0/16 any -P out none;',
      OUT.replace('-P out', '-P out prio 1'),
      IN,
    ],
    [
      ...SANE.slice(0, 3),
      'spdadd 10.9.0.1 10.9.0.0/24 tcp -P out discard;',
      'spdadd 10.9.0.1[22] 10.9.0.0/16 any -P out prio 2 none;',
      OUT.replace('-P out', '-P out prio 3'),
      IN,
    ],
  ],
  'lock-out': [
    ['4 warning lock-out', '5 warning lock-out'],
    [
      ...SANE.slice(0, 3),
      'spdadd 0.0.0.0/0 0.0.0.0/0 any -P out discard;',
      'spdadd 0.0.0.0/0 0.0.0.0/0 any -P in discard;',
      OUT.replace('-P out', '-P out prio 1'),
      IN.replace('-P in', '-P in prio 1'),
    ],
    [
      ...SANE.slice(0, 3),
      'spdadd 10.0.0.0/8 10.0.0.0/8 any -P out discard;',
      'spdadd 10.0.0.0/8 10.0.0.0/8 any -P in discard;',
      OUT.replace('-P out', '-P out prio 1'),
      IN.replace('-P in', '-P in prio 1'),
    ],
  ],
  'sa-without-policy': [
    ['6 warning sa-without-policy'],
    [...SANE, sa('10.9.0.1 10.9.0.3', '0x401')],
    [FLUSH, sa('10.9.0.1 10.9.0.3', '0x401')],
  ],
  'duplicate-sa': [
    ['6 error duplicate-sa'],
    [
      ...SANE,
      `add ${THERE} esp 0x201 -E aes-cbc ${key(256, '7')} -A hmac-sha256 ${key(256, '8')};`,
    ],
    [
      ...SANE,
      `delete ${THERE} esp 0x201;`,
      `add ${THERE} esp 0x201 -E aes-cbc ${key(256, '7')} -A hmac-sha256 ${key(256, '8')};`,
    ],
  ],
  'duplicate-policy': [
    ['6 error duplicate-policy'],
    [...SANE, OUT],
    [...SANE, OUT.replace('spdadd', 'spdupdate')],
  ],
  'missing-flush': [
    ['1 warning missing-flush'],
    SANE.slice(1),
    [
      `deleteall ${THERE}; delete ${BACK} esp 0x301;`,
      'spddelete 10.9.0.1 10.9.0.2 any -P out; spddelete 10.9.0.2 10.9.0.1 any -P in;',
      ...SANE.slice(1),
    ],
  ],
  'published-key': [
    ['2 error published-key'],
    swapping(
      2,
      sa(THERE, '0x201').replace(
        /0x[\da-f]{64}/,
        '0xa3993b3dfc41ef0a1aa8d168a8bf2c27e48249ac17b61e09',
      ),
    ),
    SANE,
  ],
  'low-entropy-key': [
    ['2 error low-entropy-key', '2 error low-entropy-key'],
    swapping(
      2,
      `add ${THERE} esp 0x201 -E aes-cbc 0x${'c3'.repeat(16)} -A hmac-sha256 "correct horse battery and a nail";`,
    ),
    SANE,
  ],
  'hex-in-quotes': [
    ['2 warning hex-in-quotes'],
    swapping(2, sa(THERE, '0x201').replace(/0x[\da-f]{64}/, `"${key(128, '9').slice(2)}"`)),
    SANE,
  ],
  'text-key': [
    ['2 warning text-key'],
    swapping(2, sa(THERE, '0x201').replace(/0x[\da-f]{64}/, '"q8Zk+3fWp/0sVxT2Jd7Lm1Rb"')),
    SANE,
  ],
  'reused-key': [
    ['3 warning reused-key'],
    swapping(3, sa(BACK, '0x301').replace(key(256, 'e0x301'), key(256, 'e0x201'))),
    SANE,
  ],
  'two-key-3des': [
    ['2 warning weak-algorithm', '2 warning two-key-3des'],
    swapping(
      2,
      `add ${THERE} esp 0x201 -E 3des-cbc ${key(128, '1')}${key(64, '1').slice(2)} -A hmac-sha256 ${key(256, '2')};`,
    ),
    SANE,
  ],
  'mixed-icv-length': [
    ['3 warning mixed-icv-length'],
    swapping(3, sa(BACK, '0x301').replace('hmac-sha256', 'hmac-sha256-128')),
    [
      FLUSH,
      ...[sa(THERE, '0x201'), sa(BACK, '0x301')].map((add) => add.replace('sha256', 'sha256-128')),
      OUT,
      IN,
    ],
  ],
  'replay-window-off': [
    ['3 warning replay-window-off'],
    swapping(2, sa(THERE, '0x201', '-r 32 ')),
    // What is sent needs none.
    swapping(3, sa(BACK, '0x301', '-r 32 ')),
  ],
  'world-readable-keys': [['2 error world-readable-keys'], SANE, [FLUSH, OUT, IN], { mode: 0o644 }],
  'world-writable-file': [['1 error world-writable-file'], SANE, [], { mode: 0o602 }],
};

describe('every code', () => {
  test('has a case here, and every case a code', () => {
    expect(Object.keys(CASES).sort()).toEqual(SETKEY_RULES.map(({ code }) => code).sort());
  });

  test.each(Object.entries(CASES))('%s', (code, [expected, bad, good, options]) => {
    expect(expected.some((each) => each.endsWith(` ${code}`))).toBe(true);
    expect(found(bad, options).toSorted()).toEqual([...expected].toSorted());
    expect(found(good, options)).toEqual([]);
  });

  test('says why, and ends with a full stop', () => {
    for (const { reason, title } of SETKEY_RULES) {
      expect(reason).toMatch(/\.$/);
      expect(title).not.toMatch(/\.$/);
    }
  });
});

test('a rule tells nothing of a file that cannot be loaded', () => {
  const { file, diagnostics } = checkSetkey(
    { name: 't', text: `${OUT}\nspdadd 10.9.0.1` },
    { mode: 0o666 },
  );
  expect(file).toBeNull();
  expect(diagnostics.map(({ code }) => code)).toEqual(['incomplete-statement']);
});

test('what is ignored is not told, be it of a rule or of the language', () => {
  const text = [...SANE.slice(0, 4), 'spdadd ::1 ::2 any -P out none esp/transport//require;'].join(
    '\n',
  );
  const all = checkSetkey({ name: 't', text }, { mode: 0o600 });
  const codes = all.diagnostics.map(({ code }) => code);
  expect(codes).toContain('rules-ignored');
  for (const code of codes) {
    const { diagnostics } = checkSetkey({ name: 't', text }, { mode: 0o600 }, {}, new Set([code]));
    expect(diagnostics.map((each) => each.code)).toEqual(codes.filter((each) => each !== code));
  }
});

test('a key that is told of is not shown, nor told twice', () => {
  const secret = '0x46915c30ed7e2465b42861b6ab19f2772813020c';
  const lines = [THERE, BACK].map((ends) => `add ${ends} ah 0x200 -A hmac-sha1 ${secret};`);
  const diagnostics = check([FLUSH, ...lines]);
  expect(diagnostics.map(({ line, code }) => `${line} ${code}`)).toEqual([
    '2 weak-algorithm',
    '2 published-key',
    '3 reused-key',
  ]);
  expect(JSON.stringify(diagnostics)).not.toContain('46915c30');
});

test('DES keys that differ in parity alone are the same key', () => {
  const des = (digits: string, ends: string) =>
    `add ${ends} esp 0x201 -E des-cbc 0x${digits} -A hmac-sha256 ${key(256, ends)};`;
  const codes = found([FLUSH, des('5b2ae61f90c74d38', THERE), des('5a2be71e91c64c39', BACK)]);
  expect(codes).toEqual(['2 error weak-algorithm', '3 warning reused-key']);
});

test('a policy that is excepted from one for everything is no lock-out', () => {
  const open = ['-P out', '-P in'].map((direction) => `${direction} prio 5 none;`);
  const all = '0.0.0.0/0';
  const lines = [
    FLUSH,
    `spdadd ${all} ${all} any -P in discard;`,
    `spdadd ${all} ${all}[22] tcp ${open[1]}`,
  ];
  const [first] = check(lines);
  expect(first?.code).toBe('lock-out');
  expect(first?.message).not.toContain('SSH');
  expect(first?.message).toContain('IKE');
  expect(first?.fix).toContain('-P in prio 1 none;');
});

describe('an edit', () => {
  test.each([
    ['missing-inbound-policy', SANE.slice(0, 4)],
    ['missing-outbound-policy', [...SANE.slice(0, 3), IN]],
    ['optional-protection', swapping(5, IN.replace('require', 'use'))],
    ['missing-flush', SANE.slice(1)],
  ])('for %s ends it, and changes what is protected', (code, lines) => {
    const diagnostic = check(lines).find((each) => each.code === code);
    expect(diagnostic?.edit?.changesProtection).toBe(true);
    const edits = diagnostic?.edit ? [diagnostic.edit] : [];
    expect(found(applyEdits(lines.join('\n'), edits).split('\n'))).toEqual([]);
  });

  test('that changes nothing in force is marked so, and leaves a file that does the same', () => {
    const lines = [
      FLUSH,
      `add ${THERE} esp 0x201 -E simple -A hmac-sha256 ${key(256, '1')};`,
      'add 10.9.0.1 10.9.0.2 ipcomp 0x11 -C deflate -R;',
      'spdadd 10.9.0.1 10.9.0.3 any -P out none esp/transport//require ah/transport//require;',
    ];
    const diagnostics = check(lines);
    expect(diagnostics.map(({ code, edit }) => `${code} ${edit?.changesProtection}`)).toEqual([
      'obsolete-name false',
      'no-effect false',
      'rules-ignored false',
    ]);
    const text = lines.join('\n');
    const fixed = applyEdits(
      text,
      diagnostics.flatMap(({ edit }) => edit ?? []),
    );
    const [before, after] = [text, fixed].map((each) =>
      checkSetkey({ name: 't', text: each }, { mode: null }),
    );
    expect(after?.diagnostics).toEqual([]);
    const changes = [before, after].map((each) =>
      each?.file?.steps.map((step) => (step.kind === 'change' ? step.changes : [])),
    );
    expect(JSON.stringify(changes[1])).toBe(JSON.stringify(changes[0]));
  });
});
