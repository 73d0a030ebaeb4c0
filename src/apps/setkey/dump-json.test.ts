import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../../test/support/packets.ts';
import {
  ahSa,
  espSa,
  integrityOf,
  ipcompSa,
  layer,
  policy,
  protect,
} from '../../../test/support/sas.ts';
import { joined, streamOf } from '../../../test/support/streams.ts';
import { HMAC_SHA256 } from '../../crypto/hmac-sha2.ts';
import { NULL } from '../../crypto/null.ts';
import { Secret } from '../../crypto/secret.ts';
import type { PolicyRecord, SaRecord } from '../../ipsec/backend.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import { dumpForm } from './dump.ts';
import { policyToDump, saToDump } from './dump-json.ts';
import { parseCommand } from './options.ts';

const PAGE = readFileSync(new URL('../../../docs/setkey.md', import.meta.url), 'utf8');
const ADDED = Date.UTC(2026, 10, 21, 16, 14, 23, 456);

const SA: SaRecord = {
  parameters: espSa({
    replayWindow: 64,
    reqid: 16,
    softLifetime: { ...UNLIMITED, seconds: 3000 },
    hardLifetime: { ...UNLIMITED, seconds: 3600 },
  }),
  state: 'mature',
  sequenceNumber: 26,
  addedAt: ADDED,
  usedAt: ADDED + 5000,
  octets: 2184,
  packets: 26,
  window: null,
  discards: {},
};

const POLICY: PolicyRecord = {
  policy: policy('outbound', protect(layer('esp', 'require', 16), layer('ah')), {
    nextLayerProtocol: 6,
    localPort: { first: 5901, last: 5901 },
  }),
  index: 9,
  addedAt: ADDED,
  usedAt: null,
};

/** The first line of the page that is an object of `type`. */
function documented(type: 'sa' | 'policy'): unknown {
  const start = `{"version":1,"type":"${type}"`;
  return JSON.parse(PAGE.split('\n').find((line) => line.startsWith(start)) ?? 'null');
}

describe('setkey --json', () => {
  test('writes what docs/setkey.md shows', () => {
    expect(saToDump(SA, false)).toEqual(documented('sa'));
    expect(policyToDump(POLICY)).toEqual(documented('policy'));
  });

  test('has every field of an object in the tables of docs/setkey.md', () => {
    const fields = [...Object.keys(saToDump(SA, true)), ...Object.keys(policyToDump(POLICY))];
    for (const field of fields) expect.soft(PAGE).toMatch(new RegExp(`^\\| .*\`${field}\``, 'm'));
  });

  test('leaves keys out, whatever they are, unless asked for them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        const integrity = { ...integrityOf(HMAC_SHA256), key: new Secret(key.slice()) };
        const record = { ...SA, parameters: espSa({ integrity }) };
        const digits = Buffer.from(key).toString('hex');
        expect(JSON.stringify(saToDump(record, false))).not.toContain(digits);
        expect(saToDump(record, true).integrity?.key).toBe(digits);
      }),
    );
    expect(saToDump(SA, false).encryption).toEqual({ algorithm: 'aes-cbc', keyBits: 256 });
  });

  test('tells apart what an SA does not have', () => {
    const ah = saToDump({ ...SA, usedAt: null, parameters: ahSa() }, true);
    expect(ah).toMatchObject({ protocol: 'ah', encryption: null, usedAt: null });
    expect(ah.hardLifetime).toEqual({ seconds: null, octets: null, packets: null });
    const encryption = { algorithm: NULL, key: new Secret(new Uint8Array(0)) };
    const plain = saToDump({ ...SA, parameters: espSa({ encryption, integrity: null }) }, true);
    expect(plain.encryption).toEqual({ algorithm: 'null', keyBits: 0, key: '' });
    expect(plain.integrity).toBeNull();
  });

  test('tells of every limit of a lifetime', () => {
    const softLifetime = { seconds: 1, octets: 2, packets: 3 };
    const hardLifetime = { ...UNLIMITED, packets: 4 };
    const told = saToDump({ ...SA, parameters: espSa({ softLifetime, hardLifetime }) }, false);
    expect(told.softLifetime).toEqual(softLifetime);
    expect(told.hardLifetime).toEqual({ seconds: null, octets: null, packets: 4 });
  });

  test('writes policies of every action, tunnels and IPv6', () => {
    const of = (one: PolicyRecord['policy']) => policyToDump({ ...POLICY, policy: one });
    expect(of(policy('inbound', { kind: 'bypass' }))).toMatchObject({
      direction: 'inbound',
      action: 'bypass',
      templates: [],
      nextLayerProtocol: 'any',
      localPort: null,
    });
    const tunnel = {
      ...layer('esp'),
      mode: 'tunnel' as const,
      endpoints: { local: address('2001:db8::1'), remote: address('2001:db8::2') },
    };
    const net = { address: address('2001:db8:1::'), length: 48 };
    expect(of(policy('forward', protect(tunnel), { localAddress: net }))).toMatchObject({
      localAddress: '2001:db8:1::/48',
      templates: [{ mode: 'tunnel', localEndpoint: '2001:db8::1', remoteEndpoint: '2001:db8::2' }],
    });
  });

  test('writes an object a line, and nothing at all for what is empty', async () => {
    const form = dumpForm(parseCommand(['-D', '--json']));
    expect(await joined(form.sad(streamOf([])))).toBe('');
    expect(await joined(form.spd(streamOf([])))).toBe('');
    const twice = `${JSON.stringify(saToDump(SA, false))}\n`.repeat(2);
    expect(await joined(form.sad(streamOf([SA, SA])))).toBe(twice);
    const policies = await joined(form.spd(streamOf([POLICY])));
    expect(policies).toBe(`${JSON.stringify(policyToDump(POLICY))}\n`);
    expect(JSON.parse(form.sa(SA))).toEqual(saToDump(SA, false));
    const shown = dumpForm(parseCommand(['-D', '--json', '--show-keys']));
    expect(JSON.parse(shown.sa(SA))).toEqual(saToDump(SA, true));
  });

  test('leaves dead SAs out, unless -a asks for them', async () => {
    const both = [SA, { ...SA, state: 'dead' as const }];
    const states = async (...words: string[]) => {
      const form = dumpForm(parseCommand(['-D', '--json', ...words]));
      const text = await joined(form.sad(streamOf(both)));
      return text.match(/"state":"\w+"/g);
    };
    expect(await states()).toEqual(['"state":"mature"']);
    expect(await states('-a')).toEqual(['"state":"mature"', '"state":"dead"']);
  });

  test('writes what IPComp, NAT and labels add', () => {
    const securityContext = { doi: 1, algorithm: 1, label: 'a_u:b_r:c_t:s0' };
    const originalAddress = address('192.0.2.7');
    const encapsulation = { sourcePort: 4500, destinationPort: 4501, originalAddress };
    const parameters = espSa({ encapsulation, extendedSequenceNumbers: true, securityContext });
    expect(saToDump({ ...SA, parameters }, false)).toMatchObject({
      compression: null,
      encapsulation: { sourcePort: 4500, destinationPort: 4501, originalAddress: '192.0.2.7' },
      extendedSequenceNumbers: true,
      securityContext,
    });
    const ipcomp = saToDump({ ...SA, parameters: ipcompSa() }, false);
    expect(ipcomp).toMatchObject({ protocol: 'ipcomp', compression: 'deflate', integrity: null });
    const message = { type: 8, code: null };
    const icmp = policy('outbound', { kind: 'bypass' }, { message, securityContext });
    expect(policyToDump({ ...POLICY, policy: icmp })).toMatchObject({ message, securityContext });
    const gre = policy('outbound', { kind: 'bypass' }, { greKey: 1234 });
    expect(policyToDump({ ...POLICY, policy: gre })).toMatchObject({ greKey: 1234 });
  });
});
