import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPrefix } from '../../net/prefix.ts';
import { toHex } from '../../octets/hex.ts';
import { formatDiagnostic } from '../diagnostic.ts';
import { type KeyOwner, readPlainRsa } from './read.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 3 });
const jwk = privateKey.export({ format: 'jwk' });
const hex = (number: string | undefined) => Buffer.from(number ?? '', 'base64url').toString('hex');
const NUMBERS = [
  `Modulus: 0x${hex(jwk.n)}`,
  `PublicExponent: 0x${hex(jwk.e)}`,
  `PrivateExponent: 0x${hex(jwk.d)}`,
  `Prime1: 0x${hex(jwk.p)}`,
  `Prime2: 0x${hex(jwk.q)}`,
  `Exponent1: 0x${hex(jwk.dp)}`,
  `Exponent2: 0x${hex(jwk.dq)}`,
  `Coefficient: 0x${hex(jwk.qi)}`,
];
const PRIVATE = `# a comment\n: RSA {\n\t# another\n\t${NUMBERS.join('\n\t')}\n}\n`;
const OCTETS = Buffer.from(`0103${hex(jwk.n)}`, 'hex');
const PUBLIC = `0s${OCTETS.toString('base64')}`;

const read = (text: string, owner: KeyOwner = 'peer') =>
  readPlainRsa({ name: 'keys', text }, owner);
const codes = (text: string, owner?: KeyOwner) =>
  read(text, owner)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);

describe('readPlainRsa()', () => {
  test('reads a private key', () => {
    const { keys, diagnostics } = read(PRIVATE, 'own');
    expect(diagnostics.map(({ code }) => code)).toEqual(['weak-key']);
    const [key] = keys;
    expect(toHex(key?.modulus ?? OCTETS)).toBe(hex(jwk.n));
    expect(toHex(key?.publicExponent ?? OCTETS)).toBe('03');
    const { d, p, q, dP, dQ, qInv } = key?.secrets ?? {};
    const shown = [d, p, q, dP, dQ, qInv].map((secret) => secret && toHex(secret.expose()));
    expect(shown).toEqual(
      [jwk.d, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].map((it) => hex(it).replace(/^(?:00)+/, '')),
    );
    expect(key?.at).toMatchObject({ file: 'keys', line: 2, column: 1, text: ': RSA {' });
  });

  test('reads public keys in base64 and in hexadecimal digits, and where they are used', () => {
    const long = Buffer.concat([Buffer.of(0, 0, 1), OCTETS.subarray(1)]);
    const { keys } = read(
      `: PUB ${PUBLIC}\n10.9.0.2 : PUB 0x${OCTETS.toString('hex')}\n` +
        `any 2001:db8::/32 : PUB 0s${long.toString('base64')}\n10.9.0.0/24 any:PUB ${PUBLIC} # ours\n`,
    );
    expect(keys.map(({ modulus }) => toHex(modulus))).toEqual(Array(4).fill(hex(jwk.n)));
    expect(keys.map(({ publicExponent }) => toHex(publicExponent))).toEqual(Array(4).fill('03'));
    const shown = (prefix: (typeof keys)[0]['local']) => prefix && formatPrefix(prefix);
    expect(keys.map(({ local, remote }) => [shown(local), shown(remote)])).toEqual([
      [null, null],
      [null, '10.9.0.2'],
      [null, '2001:db8::/32'],
      ['10.9.0.0/24', null],
    ]);
  });

  test('forgets what is private of a key that is a peer’s', () => {
    const { keys, diagnostics } = read(PRIVATE, 'peer');
    expect(keys.map(({ secrets }) => secrets)).toEqual([null]);
    expect(diagnostics.map(({ code }) => code)).toEqual(['private-key', 'weak-key']);
  });

  test.each<[string, string, KeyOwner]>([
    ['no-key', '# nothing\n', 'own'],
    ['public-key', `: PUB ${PUBLIC}`, 'own'],
    ['unknown-key-type', `: PSK "secret"`, 'own'],
    ['syntax', `alice : PUB ${PUBLIC}`, 'peer'],
    ['syntax', ': RSA Modulus: 0x3', 'own'],
    ['syntax', `: RSA { Modulus 0x${hex(jwk.n)} }`, 'own'],
    ['not-a-public-key', ': PUB 0s!!!!', 'peer'],
    ['not-a-public-key', ': PUB 0sAQ', 'peer'],
    ['not-a-public-key', ': PUB 3', 'peer'],
    ['modulus-length', ': PUB 0sAQPo', 'peer'],
    ['public-exponent', `: PUB 0x0104${hex(jwk.n)}`, 'peer'],
    ['public-exponent', `: PUB 0x0101${hex(jwk.n)}`, 'peer'],
    ['unknown-number', ': RSA { Prime3: 0x3 }', 'own'],
    ['unknown-number', ': RSA { Modulus: 0x3', 'own'],
    ['not-hexadecimal', ': RSA { Modulus: 0xno }', 'own'],
    ['not-hexadecimal', ': RSA { Modulus: 0x00 }', 'own'],
    ['incomplete-key', `: RSA { ${NUMBERS[0]} ${NUMBERS[1]} }`, 'own'],
    ['repeated', PRIVATE.replace('{', `{ ${NUMBERS[0]}`), 'own'],
  ])('finds %s in %s', (code, text, owner) => {
    expect(codes(text, owner)).toEqual([code]);
    expect(read(text, owner).keys).toEqual([]);
  });

  test('finds every key that is wrong, and takes none', () => {
    const text = `: PUB 0sAQPo\n10.9.0.2 : PUP ${PUBLIC}\n: RSA {\n  Modulos: 0x3\n}\n: PUB ${PUBLIC}\n`;
    const { keys, diagnostics } = read(text);
    expect(keys).toEqual([]);
    expect(diagnostics.map(({ line, code, fix }) => [line, code, fix])).toEqual([
      [1, 'modulus-length', null],
      [2, 'unknown-key-type', 'write PUB'],
      [4, 'unknown-number', 'write Modulus'],
      [6, 'weak-key', 'make a key of 2048 bits or more: plainrsa-gen -b 2048'],
    ]);
  });

  test('never shows a number', () => {
    const text = PRIVATE.replace('Prime1', 'Prime9').replace('Exponent1', 'Coefficient');
    for (const owner of ['own', 'peer'] as const) {
      const told = read(text, owner).diagnostics.map(formatDiagnostic).join('\n');
      expect(told).toContain('…');
      expect(told).not.toMatch(/[\da-f]{8}/);
    }
  });

  test('never throws', () => {
    const word = fc.constantFrom(
      ...PRIVATE.split(/\s+/).slice(0, 12),
      'PUB',
      PUBLIC,
      '10.9.0.2',
      'any',
      '\n',
      '}',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          for (const owner of ['own', 'peer'] as const) read(text, owner);
        },
      ),
    );
  });

  test('takes a time that grows with the text and no faster', () => {
    const begun = performance.now();
    read(': RSA { Modulus: 0x3 '.repeat(30_000));
    read(`: PUB 0s${'A'.repeat(1_000_000)}`);
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});
