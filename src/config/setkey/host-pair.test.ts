import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { exposed } from '../../../test/support/arbitrary.ts';
import { pairPlan } from '../../../test/support/pair-plans.ts';
import { AES_CBC } from '../../crypto/aes-cbc.ts';
import { AES_CTR } from '../../crypto/aes-ctr.ts';
import { AES_GCM_16 } from '../../crypto/aes-gcm.ts';
import { HMAC_SHA256, HMAC_SHA512 } from '../../crypto/hmac-sha2.ts';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../../crypto/registry.ts';
import type { Change } from '../../ipsec/change.ts';
import { contentsLeft } from '../../ipsec/contents.ts';
import { toHex } from '../../octets/hex.ts';
import { checkSetkey } from '../lint/setkey/check-setkey.ts';
import { comparePeers } from '../peer/compare.ts';
import { hostPair, type PairPlan } from './host-pair.ts';
import { hostFileText } from './host-pair-text.ts';
import { readSetkey } from './read.ts';
import { CLASSIC, layerOf, MODERN, type Suite } from './suite.ts';

function textsOf(of: PairPlan): readonly [string, string] {
  const [a, b] = hostPair(of, (length) => new Uint8Array(randomBytes(length)));
  return [hostFileText(a), hostFileText(b)];
}

function changesOf(text: string): readonly Change[] {
  const { steps, diagnostics } = readSetkey({ name: 'a.conf', text });
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  return steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
}

const NETS = { 4: ['10.1.0.0/16', '10.2.0.0/16'], 6: ['fd01::/32', 'fd02::/32'] } as const;

const plans: [string, PairPlan][] = ([4, 6] as const).flatMap((version) =>
  (['transport', 'tunnel'] as const).flatMap((mode) =>
    [
      ['modern', { suite: MODERN }] as const,
      ['classic', { suite: CLASSIC }] as const,
      ['modern in UDP', { suite: MODERN, udp: true }] as const,
      ...(mode === 'tunnel' ? [['modern between networks', {}, NETS[version]] as const] : []),
    ].map(([name, parts, nets = null]): [string, PairPlan] => [
      `IPv${version}, ${mode} mode, ${name}`,
      pairPlan(version, { ...parts, mode }, nets),
    ]),
  ),
);

describe.each(plans)('%s', (_, of) => {
  test('both files read without a warning, and both hosts have the same SAs', () => {
    const [a, b] = textsOf(of).map((text) => contentsLeft(changesOf(text)));
    const sorted = (tables: typeof a) =>
      tables?.sas.toSorted((x, y) => x.spi - y.spi).map((sa) => exposed(sa));
    expect(sorted(a)).toEqual(sorted(b));
    expect(a?.sas).toHaveLength(of.suite.length * 2);
  });

  test('ipseal check finds nothing in either, and no difference between them', () => {
    const [a, b] = textsOf(of).map((text) =>
      checkSetkey({ name: 'a.conf', text }, { mode: 0o600 }, {}, new Set()),
    );
    expect([a, b].map((check) => check?.diagnostics)).toEqual([[], []]);
    if (!a?.file || !b?.file) throw new Error('the files cannot be loaded');
    expect(comparePeers(a.file, b.file)).toEqual([]);
  });

  test('the policies of one are the mirror image of those of the other', () => {
    const [a, b] = textsOf(of).map((text) =>
      text
        .replaceAll(/^#.*\n/gm, '')
        .split(/;\n/)
        .filter((statement) => /^\s*spdadd/.test(statement)),
    );
    const turned = a?.map((statement) =>
      statement.replace(/-P (in|out)/, (_whole, way) => `-P ${way === 'in' ? 'out' : 'in'}`),
    );
    expect(turned?.map((one) => one.trim()).sort()).toEqual(b?.map((one) => one.trim()).sort());
  });

  test('no key and no SPI is there twice', () => {
    const { sas } = contentsLeft(changesOf(textsOf(of)[0]));
    const keys = sas.flatMap(({ encryption, integrity }) =>
      [encryption, integrity].flatMap((one) => (one === null ? [] : [toHex(one.key.expose())])),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(sas.map(({ spi }) => spi)).size).toBe(sas.length);
    expect(sas.every(({ spi }) => spi >= 0x1000)).toBe(true);
  });

  test('every statement is one that setkey 0.8 has in its grammar', () => {
    for (const text of textsOf(of)) {
      const statements = text
        .replaceAll(/^#.*\n/gm, '')
        .split(';')
        .map((statement) => statement.trim().replaceAll(/\s+/g, ' '))
        .filter((statement) => statement !== '');
      expect(statements.slice(0, 2)).toEqual(['flush', 'spdflush']);
      for (const statement of statements.slice(2)) expect(statement).toMatch(OLD_STATEMENT);
    }
  });
});

/** `token.l` and `parse.y` of ipsec-tools, as far as the files go: no name that is ours alone. */
const OLD_STATEMENT = new RegExp(
  [
    /^spdadd [\da-f.:]+(\/\d+)? [\da-f.:]+(\/\d+)? (any|ipv6-icmp 13[56],0) -P (in|out) (none|ipsec( (esp|ah)\/(transport\/|tunnel\/[\da-f.:]+-[\da-f.:]+)\/require)+)$/,
    /^add [\da-f.:]+ [\da-f.:]+ ah 0x[\da-f]{8} -m (transport|tunnel) -A hmac-sha256 0x[\da-f]{64}$/,
    /^add [\da-f.:]+(\[4500\])? [\da-f.:]+(\[4500\])? esp(-udp)? 0x[\da-f]{8} -m (transport|tunnel) -E aes-cbc 0x[\da-f]{64}( -A hmac-sha256 0x[\da-f]{64})?$/,
  ]
    .map(({ source }) => `(${source})`)
    .join('|'),
);

describe('a suite of algorithms', () => {
  test.each(
    ENCRYPTION_ALGORITHMS.flatMap((encryption) =>
      INTEGRITY_ALGORITHMS.map(
        (integrity) => [encryption.name, integrity.name, encryption, integrity] as const,
      ),
    ),
  )('%s and %s make files that are read', (_encryption, _integrity, encryption, integrity) => {
    const layer = layerOf(encryption.kind === 'aead' ? [encryption] : [encryption, integrity]);
    if (typeof layer === 'string') throw new Error(layer);
    const suite: Suite = [layer];
    const [text] = textsOf(pairPlan(4, { suite }));
    const { diagnostics, steps } = readSetkey({ name: 'a.conf', text });
    expect(steps).not.toEqual([]);
    const codes = diagnostics.map(({ code }) => code);
    expect(codes.filter((code) => !EXPECTED_OF_CHOICES.has(code))).toEqual([]);
  });

  test('is refused when it only enciphers, or has two of a kind, or an ICV too many', () => {
    const choices = [
      [AES_CBC],
      [AES_CTR],
      [AES_CBC, AES_CTR],
      [AES_GCM_16, HMAC_SHA256],
      [HMAC_SHA256, HMAC_SHA512],
    ];
    for (const choice of choices) expect(typeof layerOf(choice)).toBe('string');
    expect(layerOf([HMAC_SHA256])).toEqual({ encryption: null, integrity: HMAC_SHA256 });
  });
});

/** What whoever names such algorithms has been told. */
const EXPECTED_OF_CHOICES = new Set(['weak-algorithm', 'counter-mode-with-static-key']);

test('hosts of IPv6 find each other in the clear, and say nothing else so', () => {
  const { policies } = contentsLeft(changesOf(textsOf(pairPlan(6))[0]));
  const open = policies.filter(({ action }) => action.kind === 'bypass');
  expect(
    open
      .filter(({ direction }) => direction !== 'forward')
      .map(({ direction, selector }) => [direction, selector.nextLayerProtocol, selector.message]),
  ).toEqual([
    ['outbound', 58, { type: 135, code: null }],
    ['outbound', 58, { type: 136, code: null }],
    ['inbound', 58, { type: 135, code: null }],
    ['inbound', 58, { type: 136, code: null }],
  ]);
});
