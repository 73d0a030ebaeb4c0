import { expect, test } from 'vitest';
import { readSetkey } from '../../setkey/read.ts';

function warnings(...lines: string[]): { code: string; line: number; fix: string | null }[] {
  const { diagnostics } = readSetkey({ name: 't', text: lines.join('\n') });
  return diagnostics.map(({ code, line, fix }) => ({ code, line, fix }));
}

function codes(...lines: string[]): string[] {
  return warnings(...lines).map(({ code, line }) => `${line} ${code}`);
}

const OUT = 'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec esp/transport//require;';
const IN = 'spdadd 10.9.0.2 10.9.0.1 any -P in ipsec esp/transport//require;';

test('a policy with its mirror image is no cause for a warning', () => {
  expect(codes(OUT, IN)).toEqual([]);
  expect(codes(IN, OUT)).toEqual([]);
});

test('an outbound policy alone is warned of, and the statement that is missing given', () => {
  expect(warnings(OUT)).toEqual([
    { code: 'missing-inbound-policy', line: 1, fix: `add the statement ${IN}` },
  ]);
});

test('an inbound policy alone is warned of, and the statement that is missing given', () => {
  expect(warnings(IN)).toEqual([
    { code: 'missing-outbound-policy', line: 1, fix: `add the statement ${OUT}` },
  ]);
});

test('the statement that a warning gives is one that ends the warning', () => {
  const alone =
    'spdadd 10.1.0.0/16[80] 2.0.0.0/8 tcp -P out prio low - 5 ipsec ' +
    'esp/tunnel/192.0.2.1-192.0.2.2/unique:16 ah/transport//use esp/transport//unique;';
  const [warning] = warnings(alone);
  const missing = warning?.fix?.replace('add the statement ', '') ?? '';
  expect(missing).toBe(
    'spdadd 2.0.0.0/8 10.1.0.0/16[80] tcp -P in prio -1073741829 ipsec ' +
      'esp/tunnel/192.0.2.2-192.0.2.1/unique:16 ah/transport//use esp/transport//unique;',
  );
  expect(codes(alone, missing)).toEqual([]);
});

test('a wider policy of the other direction will do if it protects or discards', () => {
  const wide = 'spdadd 10.0.0.0/8 0.0.0.0/0 any -P in';
  expect(codes(OUT, `${wide} ipsec esp/tunnel/10.9.0.2-10.9.0.1/require;`)[0]).not.toMatch(/^1/);
  expect(codes(OUT, `${wide} discard;`)).toEqual([]);
  expect(codes(OUT, `${wide} none;`)).toEqual(['1 missing-inbound-policy']);
  expect(codes(OUT, 'spdadd 10.9.0.2 10.9.0.1 tcp -P in discard;')).toEqual([
    '1 missing-inbound-policy',
  ]);
  expect(codes(OUT, 'spdadd 11.0.0.0/8 0.0.0.0/0 any -P in discard;')).toEqual([
    '1 missing-inbound-policy',
  ]);
});

test('what the same packets are expressly told to do is not warned of', () => {
  expect(codes(OUT, 'spdadd 10.9.0.2 10.9.0.1 any -P in none;')).toEqual([]);
});

test('only what the file leaves behind counts', () => {
  expect(codes(OUT, 'spdflush;')).toEqual([]);
  expect(codes(OUT, 'spddelete 10.9.0.1 10.9.0.2 any -P out;')).toEqual([]);
  expect(codes(OUT, IN, 'spddelete 10.9.0.2 10.9.0.1 any -P in;')).toEqual([
    '1 missing-inbound-policy',
  ]);
});

const KEY = '-E aes-cbc 0x000102030405060708090a0b0c0d0e0f';
const MAC = '-A hmac-sha256 0x000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f';
const SA_OUT = `add 10.9.0.1 10.9.0.2 esp 0x201 ${KEY} ${MAC};`;
const SA_IN = `add 10.9.0.2 10.9.0.1 esp 0x301 ${KEY} ${MAC};`;

test('a rule without an SA is warned of where the file adds any', () => {
  expect(codes(SA_OUT, SA_IN, OUT, IN)).toEqual([]);
  expect(codes(SA_OUT, OUT, IN)).toEqual(['3 policy-without-sa']);
  expect(codes(OUT, IN)).toEqual([]);
});

test('an SA serves a rule of its protocol, mode and reqid alone', () => {
  const unique = OUT.replace('require', 'unique:7');
  const reqid = SA_OUT.replace('0x201', '0x202 -u 7');
  expect(codes(SA_OUT, SA_IN, unique, IN)).toEqual(['3 policy-without-sa']);
  expect(codes(reqid, SA_IN, unique, IN)).toEqual([]);
  expect(codes(reqid, SA_IN, OUT, IN)).toEqual([]);
  expect(codes(SA_OUT.replace('0x201', '0x201 -m tunnel'), SA_IN, OUT, IN)).toEqual([
    '3 policy-without-sa',
  ]);
  expect(codes(SA_OUT, SA_IN, OUT, IN.replace('esp', 'ah'))).toEqual(['4 policy-without-sa']);
});

test('a tunnel needs an SA between its ends, a subnet one between any of its hosts', () => {
  const out =
    'spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec esp/tunnel/10.9.0.1-10.9.0.2/require;';
  const back = 'spdadd 10.2.0.0/16 10.1.0.0/16 any -P in discard;';
  expect(codes(SA_OUT.replace('0x201', '0x201 -m tunnel'), out, back)).toEqual([]);
  expect(codes(SA_IN.replace('0x301', '0x301 -m tunnel'), out, back)).toEqual([
    '2 policy-without-sa',
  ]);
  const subnet = 'spdadd 10.9.0.0/24 10.9.0.0/24 any -P out ipsec esp/transport//require;';
  const rest = 'spdadd 10.9.0.0/24 10.9.0.0/24 any -P in discard;';
  expect(codes(SA_OUT, subnet, rest)).toEqual([]);
  expect(
    codes(
      SA_OUT.replace('esp 0x201 -E', 'esp 0x201 -u 3 -E'),
      subnet.replace('require', 'unique:4'),
      rest,
    ),
  ).toEqual(['2 policy-without-sa']);
});

test('each weak algorithm is told once, where it is first used', () => {
  const weak = 'add 10.9.0.1 10.9.0.2 esp 0x201 -E 3des-cbc "123456789012123456789012" -A hmac-md5';
  const diagnostics = readSetkey({
    name: 't',
    text: `${weak} "1234567890123456";\n${weak.replace('0x201', '0x202')} "1234567890123456";`,
  }).diagnostics;
  expect(diagnostics.map(({ code, line, column }) => `${line}:${column} ${code}`)).toEqual([
    '1:36 weak-algorithm',
    '1:75 weak-algorithm',
  ]);
  expect(diagnostics[0]?.message).toMatch(/^3des-cbc is weak: /);
});

test('a file with an error is not warned about what may be missing', () => {
  expect(codes(OUT, 'spdadd 10.9.0.2 10.9.0.1 any -P inn none;')).toEqual(['2 unknown-direction']);
});

test('ESP that only enciphers is warned of, unless AH goes around it', () => {
  const bare = `add 10.9.0.1 10.9.0.2 esp 0x201 ${KEY};`;
  const ah = `add 10.9.0.1 10.9.0.2 ah 0x200 ${MAC};`;
  expect(codes(bare)).toEqual(['1 esp-without-integrity']);
  expect(codes(bare, ah)).toEqual([]);
  expect(codes(bare, ah.replace('10.9.0.2', '10.9.0.3'))).toEqual(['1 esp-without-integrity']);
});

test('a replay window without integrity is warned of', () => {
  const window = `add 10.9.0.1 10.9.0.2 esp 0x201 -r 64 ${KEY}`;
  expect(codes(`${window};`)).toEqual(['1 esp-without-integrity', '1 replay-without-integrity']);
  expect(codes(`${window} ${MAC};`)).toEqual([]);
});

test('a key from a file under a counter mode is warned of, and a replay window there is none', () => {
  const key = (octets: number) => `0x${'5a'.repeat(octets)}`;
  const add = (words: string) => `add 10.9.0.1 10.9.0.2 esp 0x201 -r 64 -E ${words};`;
  for (const [name, octets] of [
    ['aes-gcm-16', 20],
    ['aes-gmac', 28],
    ['aes-ccm-16', 19],
    ['chacha20-poly1305', 36],
  ] as const) {
    expect(codes(add(`${name} ${key(octets)}`))).toEqual(['1 counter-mode-with-static-key']);
    expect(codes(add(`${name} ${key(octets)} -A null`))).toEqual([
      '1 counter-mode-with-static-key',
    ]);
  }
  expect(codes(add(`aes-ctr ${key(36)} ${MAC}`))).toEqual(['1 counter-mode-with-static-key']);
});

test('a policy for some messages or one key guards nothing beyond them', () => {
  const out = OUT.replace('any', 'icmp 8,0');
  expect(codes(out, IN.replace('any', 'icmp 3,0'))).toEqual([
    '1 missing-inbound-policy',
    '2 missing-outbound-policy',
  ]);
  expect(codes(out, IN.replace('any', 'icmp 8,0'))).toEqual([]);
  expect(codes(OUT.replace('any', 'gre 7'), IN.replace('any', 'gre'))).toEqual([
    '2 missing-outbound-policy',
  ]);
  const [warning] = warnings(OUT.replace('any', 'gre 7 -ctx 1 1 "a:b"'));
  expect(warning?.fix).toContain('10.9.0.2 10.9.0.1 gre 0.0.0.7 -ctx 1 1 "a:b" -P in');
});
