import { expect, test } from 'vitest';
import { Report } from '../diagnostic.ts';
import { SourceText } from '../source.ts';
import { tokenize } from './lexer.ts';
import { parseScript } from './parser.ts';
import type { SpdStatement, Statement } from './syntax.ts';

function parse(text: string): { statements: readonly Statement[]; errors: string[] } {
  const report = new Report();
  const statements = parseScript(tokenize(text), report);
  const errors = report
    .diagnostics(new SourceText('t', text, []))
    .map(({ line, column, code, message }) => `${line}:${column} ${code}: ${message}`);
  return { statements, errors };
}

function only(text: string): Statement | undefined {
  const { statements, errors } = parse(text);
  expect(errors).toEqual([]);
  expect(statements).toHaveLength(1);
  return statements[0];
}

/** The rules of a policy, each as protocol, mode, endpoints and level. */
function rules(policy: string): (string | null)[][] {
  const statement = only(`spdadd ::1 ::1 any -P ${policy};`) as SpdStatement;
  return statement.policy.rules.map(({ protocol, mode, endpoints, level }) => [
    protocol.text,
    mode.text,
    endpoints && `${endpoints.source.address.text} ${endpoints.destination.address.text}`,
    level?.text ?? null,
  ]);
}

test('add is parsed with everything that it may say', () => {
  const text =
    'add -4n 10.9.0.1[500] 10.9.0.2 esp 0x201 -m tunnel -u 5 -lh 60 -E aes-cbc 0x0102 -A hmac-md5 "k y";';
  expect(only(text)).toMatchObject({
    kind: 'add',
    span: { start: 0, end: text.length - 1 },
    flags: [{ text: '-4n' }],
    source: { address: { text: '10.9.0.1', span: { start: 8, end: 16 } }, port: { text: '500' } },
    destination: { address: { text: '10.9.0.2' }, port: null },
    protocol: { name: { text: 'esp' }, originalAddress: null },
    spi: { text: '0x201' },
    extensions: [
      { option: { text: '-m' }, value: { text: 'tunnel' } },
      { option: { text: '-u' }, value: { text: '5' } },
      { option: { text: '-lh' }, value: { text: '60' } },
    ],
    encryption: { name: { text: 'aes-cbc' }, key: { form: 'hex', text: '0102' } },
    integrity: { name: { text: 'hmac-md5' }, key: { form: 'quoted', text: 'k y' } },
    compression: null,
  });
});

test('compression, UDP encapsulation and security contexts are parsed', () => {
  expect(
    only('add a[4500] b[4501] esp-udp 192.0.2.7 300 -ctx 1 2 "a:b" -esp_frag 552 -C deflate -R;'),
  ).toMatchObject({
    source: { address: { text: 'a' }, port: { text: '4500' } },
    protocol: { name: { text: 'esp-udp' }, originalAddress: { text: '192.0.2.7' } },
    spi: { text: '300' },
    extensions: [{ option: { text: '-esp_frag' }, value: { text: '552' } }],
    securityContexts: [{ doi: { text: '1' }, algorithm: { text: '2' }, label: { text: 'a:b' } }],
    compression: { name: { text: 'deflate' }, raw: { text: '-R' } },
  });
  expect(only('spdadd ::1 ::2 icmp 8,0 -ctx 1 1 "x" -P out none;')).toMatchObject({
    selector: { misc: { text: '8,0' }, securityContext: { label: { text: 'x' } } },
  });
  expect(only('getspi ::1 ::2 esp 0 -m tunnel;')).toMatchObject({ kind: 'getspi' });
  expect(only('flush esp-udp;')).toMatchObject({ protocol: { name: { text: 'esp-udp' } } });
});

test('a selector is parsed with prefixes, ports and blanks between them', () => {
  expect(
    only('spdupdate 10.0.0.0 / 8 [any] 10.9.0.2[80] tcp -P out prio high + 3 none;'),
  ).toMatchObject({
    kind: 'spdupdate',
    selector: {
      source: { address: { text: '10.0.0.0' }, prefixLength: { text: '8' }, port: { text: 'any' } },
      destination: { prefixLength: null, port: { text: '80' } },
      upper: { text: 'tcp' },
      misc: null,
    },
    policy: {
      direction: { text: 'out' },
      priority: { base: { text: 'high' }, sign: '+', offset: { text: '3' } },
      action: { text: 'none' },
      rules: [],
    },
  });
});

test('a rule may stop behind any of its parts', () => {
  expect(rules('out ipsec esp/transport')).toEqual([['esp', 'transport', null, null]]);
  expect(rules('out ipsec esp/transport/')).toEqual([['esp', 'transport', null, null]]);
  expect(rules('out ipsec esp/transport//')).toEqual([['esp', 'transport', null, null]]);
  expect(rules('out ipsec esp/transport//use')).toEqual([['esp', 'transport', null, 'use']]);
  expect(rules('out ipsec esp/tunnel/1::1-2::2')).toEqual([['esp', 'tunnel', '1::1 2::2', null]]);
  expect(rules('out ipsec esp/tunnel/1::1-2::2/')).toEqual([['esp', 'tunnel', '1::1 2::2', null]]);
});

test('rules follow each other with blanks, lines or comments between them', () => {
  expect(rules('out ipsec esp/transport/ ah/transport//\n # x\n esp/transport//use')).toEqual([
    ['esp', 'transport', null, null],
    ['ah', 'transport', null, null],
    ['esp', 'transport', null, 'use'],
  ]);
});

test('every error of a file is told in one run', () => {
  expect(
    parse(
      [
        'ad 10.9.0.1;',
        'add 10.9.0.1 10.9.0.2 esp;',
        'flush',
        'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec esp/transport/require;',
        'dump & ;',
        'spdflush',
      ].join('\n'),
    ).errors,
  ).toEqual([
    '1:1 unknown-statement: "ad" is not a statement',
    '2:26 unexpected-token: found ";" in the place of an SPI',
    '3:6 missing-semicolon: the statement has no end',
    '4:57 missing-slash: found "require" in the place of endpoints',
    '5:6 stray-character: "&" has no meaning here',
    '6:9 missing-semicolon: the statement has no end',
  ]);
});

test('a statement whose semicolon is missing does not take the next one with it', () => {
  const { statements, errors } = parse('spdadd ::1 ::1 any -P out none\nflush;');
  expect(errors).toEqual(['1:31 missing-semicolon: the statement has no end']);
  expect(statements.map(({ kind }) => kind)).toEqual(['flush']);
});

test('parsing stops at exit, and does not look at the rest', () => {
  for (const word of ['exit', 'quit', 'bye']) {
    expect(parse(`flush; ${word}; & " nonsense`)).toMatchObject({
      statements: [{ kind: 'flush' }],
      errors: [],
    });
  }
});

for (const [text, error] of [
  ['spdadd tagged "x" -P out none;', 'packets have no tags on Linux'],
  ['spdadd ::1 ::1 any -ctx 1 1 x -P out none;', 'found "x" in the place of a security label'],
  ['add ::1 ::1 esp 256 -ctx 1 "x" -E null;', 'found a text in quotes in the place of the number'],
  ['add ::1 ::1 ipcomp 3 -R;', 'found -R without -C before it'],
  ['add ::1 ::1 ipcomp 3 -C deflate -C deflate;', '-C is given twice'],
  ['spdadd ::1 ::1 -P out none;', 'found "-P" in the place of a protocol'],
  ['spdadd ::1 ::1 any;', 'found ";" in the place of -P and a policy'],
  ['spdadd ::1 ::1 any -P out esp/transport//use;', 'found a rule in the place of an action'],
  ['spdadd ::1 ::1 any -P out ipsec esp;', '"esp" alone is not a rule'],
  [
    'spdadd ::1 ::1 any -P out ipsec esp/tunnel/1::1/use;',
    'found "/" in the place of "-" and the address of the other end',
  ],
  ['spdadd ::1 ::1 any -P out ipsec esp/transport//use, ah/transport//use;', null],
  ['add ::1 ::1 256 -E null;', 'found "256" in the place of a protocol'],
  ['add ::1 ::1 esp 256 -A hmac-md5 "x" -E null;', 'found -E behind -A'],
  ['add ::1 ::1 esp 256 -E null -E null;', '-E is given twice'],
  ['add ::1 ::1 esp 256 -E null -m any;', 'found -m behind the algorithm'],
  ['add ::1 ::1 esp 256 -x 3;', '"-x" is not an option of add'],
  [
    'add ::1 ::1 esp 256 -E "secret";',
    'found a text in quotes in the place of the name of an algorithm',
  ],
  ['add ::1 ::1 esp 256 -E null', 'the statement has no end'],
  ['add ::1 ::1 esp', 'the statement ends before an SPI'],
  ['add ::1 ::1\nflush;', 'the statement ends before a protocol'],
  ['add ::1 ::1 esp 1 -E aes-cbc "abc', 'the quote is never closed'],
  [';', 'found ";" in the place of a statement'],
] as const) {
  test(`${JSON.stringify(text)} is an error of its own`, () => {
    const { errors } = parse(text);
    expect(errors).toHaveLength(error === null ? 0 : 1);
    if (error !== null) expect(errors[0]).toContain(`: ${error}`);
  });
}
