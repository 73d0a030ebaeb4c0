/**
 * What every {@link Backend} does, whatever carries it out: one suite for all of them.
 *
 * Uses nothing but the interface. What every backend does is IPv4 and transport mode; the rest it
 * does whole, or refuses as unsupported. Every test begins by emptying both
 * databases, and so destroys what the backend held before.
 *
 * @module
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../src/crypto/insecure/hmac-md5.ts';
import { NULL, NULL_INTEGRITY } from '../../src/crypto/null.ts';
import { AEADS, CIPHERS, INTEGRITY_ALGORITHMS } from '../../src/crypto/registry.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { loadOpenssl } from '../../src/io/openssl/bindings.ts';
import { loadLegacyProvider } from '../../src/io/openssl/legacy.ts';
import { type Backend, ChangeRefused, collect } from '../../src/ipsec/backend.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { DEFLATE } from '../../src/ipsec/compression.ts';
import type { BackendEvent, EventStream } from '../../src/ipsec/events.ts';
import { UNLIMITED } from '../../src/ipsec/lifetime.ts';
import type { Policy, Template } from '../../src/ipsec/policy.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { Selector } from '../../src/ipsec/selector.ts';
import type { SpiRequest } from '../../src/ipsec/spi-request.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { ALICE, address, BOB } from './packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  ipcompSa,
  layer,
  opposite,
  policy,
  protect,
  saOutline,
  selector,
  testKey,
} from './sas.ts';

// For backends on node:crypto, which offers no DES, Blowfish and CAST-128 by itself.
loadLegacyProvider(loadOpenssl());

const EMPTY: readonly Change[] = [
  { kind: 'flush-sas', protocol: null },
  { kind: 'flush-policies' },
];
const CAROL = address('10.9.0.3');
const ESP = espSa();
const AH = ahSa();
const NO_INTEGRITY = { algorithm: NULL_INTEGRITY, key: testKey(0), icvLength: 0 };
const PROTECT = protect(layer('esp'));
const OUT = policy('outbound', PROTECT);
const IN = policy('inbound', PROTECT);
const TCP = { nextLayerProtocol: 6 };
const MISSING: Change = { kind: 'delete-sa', id: espSa({ spi: 0xdead }) };
const TUNNEL: Template = {
  ...layer('esp', 'require', 16),
  mode: 'tunnel',
  endpoints: { local: ALICE, remote: BOB },
};
const [ALICE6, BOB6] = [address('fd09::1'), address('fd09::2')];
const NAT = { sourcePort: 4500, destinationPort: 50000, originalAddress: null };

/** What a backend takes as it is, or refuses as unsupported. */
export const SAS_BEYOND_SOME: readonly (readonly [string, SaParameters])[] = [
  ['IPComp', ipcompSa()],
  ['IPComp with the well-known CPI of deflate', ipcompSa({ spi: 2 })],
  ['IPComp in a tunnel', ipcompSa({ mode: 'tunnel', reqid: 3 })],
  ['ESP in a tunnel', espSa({ spi: 0x300, mode: 'tunnel' })],
  ['AH over IPv6', ahSa({ spi: 0x300, source: ALICE6, destination: BOB6 })],
  ['IPComp over IPv6', ipcompSa({ source: ALICE6, destination: BOB6, mode: 'tunnel' })],
  ['ESP in UDP', espSa({ spi: 0x300, encapsulation: NAT })],
  [
    'ESP in UDP over IPv6, of a peer that has another address',
    espSa({
      ...{ spi: 0x300, source: ALICE6, destination: BOB6 },
      encapsulation: { ...NAT, originalAddress: address('fd01::7') },
    }),
  ],
  ['extended sequence numbers', espSa({ spi: 0x300, extendedSequenceNumbers: true })],
  [
    'extended sequence numbers and a small window, for AH',
    ahSa({ spi: 0x300, extendedSequenceNumbers: true, replayWindow: 1 }),
  ],
  ['integrity in name only', espSa({ spi: 0x300, integrity: NO_INTEGRITY })],
];

/** As {@link SAS_BEYOND_SOME}. */
export const POLICIES_BEYOND_SOME: readonly (readonly [string, Policy])[] = [
  ['IPComp inside ESP', policy('outbound', protect(layer('ipcomp', 'use'), layer('esp')), TCP)],
  ['a tunnel', policy('inbound', protect(TUNNEL), TCP)],
  ['a tunnel around AH, for what is forwarded', policy('forward', protect(layer('ah'), TUNNEL))],
  [
    'IPv6 in a tunnel over IPv4',
    { ...policy('outbound', protect(TUNNEL)), selector: selector(ALICE6, BOB6) },
  ],
  ['echo requests', policy('outbound', PROTECT, ofMessage(1, 8, null))],
  ['inbound echo replies', policy('inbound', PROTECT, ofMessage(1, 0, 0))],
  ['forwarded ICMP of one code', policy('forward', PROTECT, ofMessage(1, null, 3))],
  [
    'neighbour solicitations',
    {
      ...policy('inbound', { kind: 'bypass' }),
      selector: selector(ALICE6, BOB6, ofMessage(58, 135, 0)),
    },
  ],
  [
    'binding updates',
    { ...policy('outbound', PROTECT), selector: selector(ALICE6, BOB6, ofMessage(135, 5, null)) },
  ],
  ['a GRE key', policy('outbound', PROTECT, { nextLayerProtocol: 47, greKey: 1234 })],
  ['a large GRE key', policy('inbound', PROTECT, { nextLayerProtocol: 47, greKey: 0xfffefffd })],
];

function ofMessage(
  nextLayerProtocol: number,
  type: number | null,
  code: number | null,
): Partial<Selector> {
  return { nextLayerProtocol, message: { type, code } };
}

/** How far the backend's clock may be from ours. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Runs the contract on what `make` makes. `clock` is what the backend tells time by, if it is not
 * the machine's.
 */
export function backendContract(
  name: string,
  make: () => Promise<Backend>,
  clock: () => number = Date.now,
): void {
  describe(`${name} as a backend`, () => {
    let backend: Backend;

    beforeEach(async () => {
      backend = await make();
      await backend.commit(EMPTY);
    });

    afterEach(async () => {
      await backend.commit(EMPTY);
      await backend.close();
    });

    const commit = (...changes: Change[]) => backend.commit(changes);
    const sas = async () =>
      (await collect(backend.sas())).map(({ parameters }) => comparable(parameters));
    const spis = async () => (await collect(backend.sas())).map(({ parameters }) => parameters.spi);
    const policies = async () => (await collect(backend.policies())).map((record) => record.policy);
    const all = async () => [await sas(), await collect(backend.policies())];
    const refusal = async (...changes: Change[]) => {
      const error: unknown = await commit(...changes).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (error === null) return 'none';
      expect(error).toBeInstanceOf(ChangeRefused);
      return error instanceof ChangeRefused ? [error.index, error.refusal] : 'another error';
    };

    test('says what it can do', async () => {
      const can = await backend.capabilities();
      expect(['kernel', 'userspace', 'memory']).toContain(can.backend);
      expect(can.protocols).toEqual(expect.arrayContaining(['esp', 'ah']));
      expect(can.ciphers).toEqual(expect.arrayContaining([AES_CBC.name, NULL.name]));
      expect(can.integrity).toEqual(expect.arrayContaining([HMAC_SHA256.name, HMAC_SHA1.name]));
    });

    test('counts discards by reason', async () => {
      for (const [reason, packets] of Object.entries(await backend.discards())) {
        expect(reason).toMatch(/^(in|out|fwd)-[a-z-]+$/);
        expect(packets).toBeGreaterThanOrEqual(0);
      }
    });

    test('is empty after both databases were flushed, and takes an empty commit', async () => {
      await commit();
      expect(await all()).toEqual([[], []]);
    });

    describe('SAs', () => {
      test('are reported with everything they were made from', async () => {
        const full = espSa({
          spi: 0xfffffffe,
          reqid: 16385,
          replayWindow: 128,
          softLifetime: { ...UNLIMITED, seconds: 3600, octets: 1_000_000, packets: 1000 },
          hardLifetime: { ...UNLIMITED, seconds: 7200, octets: 2_000_000, packets: 2 ** 33 },
        });
        await commit(addSa(full));
        expect(await sas()).toEqual([comparable(full)]);
      });

      test('are reported fresh', async () => {
        await commit(addSa(ESP));
        const [record] = await collect(backend.sas());
        expect(record).toMatchObject({
          state: 'mature',
          sequenceNumber: 0,
          usedAt: null,
          octets: 0,
          packets: 0,
          window: { highest: 0, missing: 0 },
          discards: {},
        });
        expect(Math.abs((record?.addedAt ?? 0) - clock())).toBeLessThan(CLOCKS_DIFFER_MS);
      });

      test.each([0, 1, 32, 33, 64, 4096])(
        'count from where they are told, with a window of %i',
        async (replayWindow) => {
          const sending = espSa({ spi: 0x1001, replayWindow });
          const receiving = espSa({ spi: 0x1002, replayWindow });
          await commit(
            { kind: 'add-sa', sa: sending, from: { sent: 0xfffffff0, received: 0 } },
            { kind: 'add-sa', sa: receiving, from: { sent: 0, received: 70 } },
          );
          expect(await backend.sa(sending)).toMatchObject({ sequenceNumber: 0xfffffff0 });
          if (replayWindow === 0) return;
          expect(await backend.sa(receiving)).toMatchObject({
            sequenceNumber: 70,
            window: { highest: 70, missing: 0 },
          });
        },
      );

      test('are reported newest first', async () => {
        await commit(addSa(espSa({ spi: 0x1003 })), addSa(espSa({ spi: 0x1001 })));
        await commit(addSa(ahSa({ spi: 0x1002 })));
        expect(await spis()).toEqual([0x1002, 0x1001, 0x1003]);
      });

      test.each<[string, Partial<SaParameters>]>([
        ['AES-128', { encryption: { algorithm: AES_CBC, key: testKey(128) } }],
        ['AES-192', { encryption: { algorithm: AES_CBC, key: testKey(192) } }],
        ['AES-256', { encryption: { algorithm: AES_CBC, key: testKey(256) } }],
        [
          '3DES and HMAC-MD5',
          {
            encryption: cipherOf(INSECURE_3DES_CBC),
            integrity: integrityOf(INSECURE_HMAC_MD5),
          },
        ],
        ['NULL and HMAC-SHA-1', { encryption: cipherOf(NULL), integrity: integrityOf(HMAC_SHA1) }],
        ['HMAC-SHA-256-96', { integrity: integrityOf(HMAC_SHA256, 12) }],
        ['HMAC-SHA-256-128', { integrity: integrityOf(HMAC_SHA256, 16) }],
        ...CIPHERS.filter(({ keyBits }) => keyBits.length > 0).map(
          (algorithm): [string, Partial<SaParameters>] => [
            algorithm.name,
            { encryption: cipherOf(algorithm) },
          ],
        ),
        ...AEADS.map((algorithm): [string, Partial<SaParameters>] => [
          algorithm.name,
          { encryption: cipherOf(algorithm), integrity: null },
        ]),
        ...INTEGRITY_ALGORITHMS.map((algorithm): [string, Partial<SaParameters>] => [
          algorithm.name,
          { integrity: integrityOf(algorithm) },
        ]),
        ['no integrity', { integrity: null }],
        ['no replay window', { replayWindow: 0 }],
      ])('with %s come back as they went in', async (_, parts) => {
        const sa = espSa(parts);
        await commit(addSa(sa));
        expect(await sas()).toEqual([comparable(sa)]);
      });

      test('of one SPI are told apart by protocol and destination', async () => {
        const three = [
          espSa({ spi: 0x300 }),
          ahSa({ spi: 0x300 }),
          espSa({ spi: 0x300, destination: CAROL }),
        ];
        await commit(...three.map(addSa));
        await commit({ kind: 'delete-sa', id: ahSa({ spi: 0x300 }) });
        expect((await sas()).map(({ protocol }) => protocol)).toEqual(['esp', 'esp']);
      });

      test('may have one name only, whatever their source', async () => {
        await commit(addSa(ESP));
        expect(await refusal(addSa(espSa({ source: CAROL })))).toEqual([0, 'exists']);
        expect(await refusal(addSa(AH), addSa(AH))).toEqual([1, 'exists']);
        expect(await spis()).toEqual([ESP.spi]);
      });

      test('are deleted by name, once', async () => {
        await commit(addSa(ESP), addSa(AH));
        await commit({ kind: 'delete-sa', id: ESP });
        expect(await spis()).toEqual([AH.spi]);
        expect(await refusal({ kind: 'delete-sa', id: ESP })).toEqual([0, 'missing']);
      });

      test('are deleted between two addresses, one way', async () => {
        const back = opposite(ESP);
        const other = espSa({ spi: 0x400, destination: CAROL });
        await commit(...[ESP, AH, back, other].map(addSa));
        const pair = { source: ALICE, destination: BOB };
        await commit({ kind: 'delete-sas-between', pair: { ...pair, protocol: 'ah' } });
        expect(await spis()).toEqual([other.spi, back.spi, ESP.spi]);
        await commit({ kind: 'delete-sas-between', pair: { ...pair, protocol: null } });
        expect(await spis()).toEqual([other.spi, back.spi]);
        await commit({ kind: 'delete-sas-between', pair: { ...pair, protocol: null } });
      });

      test('are flushed by protocol', async () => {
        await commit(addSa(ESP), addSa(AH), addSa(opposite(ESP)));
        await commit({ kind: 'flush-sas', protocol: 'ah' });
        expect(await spis()).toEqual([opposite(ESP).spi, ESP.spi]);
        await commit({ kind: 'flush-sas', protocol: 'esp' });
        expect(await spis()).toEqual([]);
      });

      test('may take the place of those deleted in the same commit', async () => {
        await commit(addSa(ESP));
        const again = espSa({ reqid: 5 });
        await commit({ kind: 'delete-sa', id: ESP }, addSa(again));
        expect(await sas()).toEqual([comparable(again)]);
      });

      test.each(SAS_BEYOND_SOME)('%s: as it went in, or not at all', async (_, sa) => {
        await commit(addSa(AH));
        const refused = await refusal(addSa(sa), addSa(ESP));
        if (refused === 'none') {
          expect(await sas()).toEqual([ESP, sa, AH].map(comparable));
          await commit({ kind: 'delete-sa', id: sa });
          expect(await refusal({ kind: 'delete-sa', id: sa })).toEqual([0, 'missing']);
        } else {
          expect([refused, await spis()]).toEqual([[0, 'unsupported'], [AH.spi]]);
        }
      });

      test('of IPComp are flushed with all others, or by themselves', async () => {
        const tunnel = ipcompSa({ spi: 0x1003, mode: 'tunnel' });
        const refused = await refusal(addSa(ESP), addSa(ipcompSa()), addSa(tunnel));
        if (refused !== 'none') return expect(refused).toEqual([1, 'unsupported']);
        await commit({ kind: 'flush-sas', protocol: 'ipcomp' });
        expect(await spis()).toEqual([ESP.spi]);
        await commit(addSa(tunnel), { kind: 'flush-sas', protocol: null });
        expect(await spis()).toEqual([]);
      });

      const single = { algorithm: INSECURE_3DES_CBC, key: new Secret(new Uint8Array(24)) };
      test.each<[string, SaParameters]>([
        ['SPI 0', espSa({ spi: 0 })],
        ['a reserved SPI', espSa({ spi: 255 })],
        ['no cipher', espSa({ encryption: null })],
        ['a compression algorithm beside a cipher', espSa({ compression: DEFLATE })],
        ['IPComp without a compression algorithm', ipcompSa({ compression: null })],
        ['a CPI of more than 16 bits', ipcompSa({ spi: 0x10000 })],
        ['AH and NULL integrity', ahSa({ integrity: { ...NO_INTEGRITY } })],
        [
          'a key of the wrong length',
          espSa({ encryption: { algorithm: AES_CBC, key: testKey(64) } }),
        ],
        [
          'an HMAC key of the wrong length',
          ahSa({ integrity: { algorithm: HMAC_SHA1, key: testKey(128), icvLength: 12 } }),
        ],
        ['a 3DES key that is one DES key thrice', espSa({ encryption: single })],
        ['AH and a cipher', ahSa({ encryption: cipherOf(AES_CBC) })],
        ['AH and no integrity', ahSa({ integrity: null })],
        ['too large a replay window', espSa({ replayWindow: 4097 })],
      ])('with %s are invalid', async (_, sa) => {
        expect(await refusal(addSa(AH), addSa(sa))).toEqual([1, 'invalid']);
        expect(await spis()).toEqual([]);
      });
    });

    describe('policies', () => {
      const full: Policy = policy(
        'outbound',
        protect(layer('esp', 'use', 9), layer('ah', 'require')),
        {
          priority: 0x7fffff00,
          remoteAddress: { address: address('10.9.0.77'), length: 24 },
          nextLayerProtocol: 6,
          localPort: { first: 5901, last: 5901 },
        },
      );

      test('are reported with everything they were made from', async () => {
        const three = [
          full,
          policy('inbound', { kind: 'discard' }),
          policy('forward', { kind: 'bypass' }),
        ];
        await commit(...three.map(addPolicy));
        expect(await policies()).toEqual(three.toReversed());
      });

      test('are reported unused, newest first, under numbers of their own', async () => {
        await commit(addPolicy(OUT), addPolicy(IN));
        await commit(addPolicy(full));
        const records = await collect(backend.policies());
        expect(records.map((record) => record.policy)).toEqual([full, IN, OUT]);
        expect(new Set(records.map(({ index }) => index)).size).toBe(3);
        for (const { usedAt, addedAt } of records) {
          expect(usedAt).toBeNull();
          expect(Math.abs(addedAt - clock())).toBeLessThan(CLOCKS_DIFFER_MS);
        }
      });

      test('are told of that have some addresses, whatever their direction', async () => {
        const prefix = (text: string) => parsePrefix(text) ?? expect.unreachable();
        const between = (local: string, remote: string) => ({
          localAddress: prefix(local),
          remoteAddress: prefix(remote),
        });
        const wide = policy('inbound', PROTECT, between('10.0.0.0/8', '0.0.0.0/0'));
        const narrow = policy('outbound', PROTECT, between('10.1.2.0/24', '10.9.0.0/16'));
        const port = { localPort: { first: 80, last: 80 } };
        const passing = policy('forward', PROTECT, {
          ...between('10.1.0.0/16', '10.9.0.0/16'),
          ...TCP,
          ...port,
        });
        const six = policy('outbound', PROTECT, between('::/0', '::/0'));
        await commit(...[wide, narrow, passing, six].map(addPolicy));
        const including = async (local: string, remote: string) =>
          (await collect(backend.policies(between(local, remote)))).map((record) => record.policy);
        expect(await including('10.1.2.3', '10.9.8.7')).toEqual([passing, narrow, wide]);
        expect(await including('10.1.2.0/23', '10.9.0.0/16')).toEqual([passing, wide]);
        expect(await including('10.1.2.0/24', '192.0.2.1')).toEqual([wide]);
        expect(await including('192.0.2.1', '10.9.8.7')).toEqual([]);
        expect(await including('2001:db8::/32', '2001:db8::1')).toEqual([six]);
        await commit({ kind: 'delete-policy', policy: passing });
        expect(await including('10.1.2.3', '10.9.8.7')).toEqual([narrow, wide]);
      });

      test('may have one name only', async () => {
        await commit(addPolicy(OUT));
        expect(await refusal(addPolicy(policy('outbound', { kind: 'bypass' })))).toEqual([
          0,
          'exists',
        ]);
        await commit(addPolicy(policy('forward', PROTECT)), addPolicy(IN));
        expect(await policies()).toHaveLength(3);
      });

      test('are updated, or added where there is none', async () => {
        await commit({ kind: 'update-policy', policy: OUT }, addPolicy(IN));
        const [, before] = await collect(backend.policies());
        const updated = policy('outbound', { kind: 'discard' });
        await commit({ kind: 'update-policy', policy: updated });
        expect(before?.policy).toEqual(OUT);
        expect((await policies()).toSorted(byDirection)).toEqual([IN, updated]);
      });

      test('are deleted by direction and selector, whatever else they say', async () => {
        await commit(addPolicy(OUT), addPolicy(IN), addPolicy(full));
        const { direction, selector } = full;
        await commit({ kind: 'delete-policy', policy: { direction, selector } });
        expect(await policies()).toEqual([IN, OUT]);
        expect(await refusal({ kind: 'delete-policy', policy: full })).toEqual([0, 'missing']);
        expect(
          await refusal({ kind: 'delete-policy', policy: policy('forward', PROTECT) }),
        ).toEqual([0, 'missing']);
      });

      test('are flushed, and SAs are not', async () => {
        await commit(addPolicy(OUT), addPolicy(IN), addSa(ESP));
        await commit({ kind: 'flush-policies' });
        expect([await policies(), await spis()]).toEqual([[], [ESP.spi]]);
      });

      test.each(POLICIES_BEYOND_SOME)('%s: as it went in, or not at all', async (_, one) => {
        await commit(addPolicy(IN));
        const refused = await refusal(addPolicy(one), addPolicy(OUT));
        if (refused !== 'none') {
          expect([refused, await policies()]).toEqual([[0, 'unsupported'], [IN]]);
          return;
        }
        expect(await policies()).toEqual([OUT, one, IN]);
        expect(await refusal(addPolicy(one))).toEqual([0, 'exists']);
        const discarding: Policy = { ...one, action: { kind: 'discard' } };
        await commit({ kind: 'update-policy', policy: discarding });
        expect(await policies()).toContainEqual(discarding);
        await commit({ kind: 'delete-policy', policy: one });
        expect((await policies()).toSorted(byDirection)).toEqual([IN, OUT]);
      });

      test('that protect by nothing are invalid', async () => {
        const empty = policy('outbound', protect());
        expect(await refusal(addPolicy(empty))).toEqual([0, 'invalid']);
        expect(await refusal({ kind: 'update-policy', policy: empty })).toEqual([0, 'invalid']);
      });
    });

    describe('a dump', () => {
      test('may be left in the middle, and asked for again', async () => {
        await commit(addSa(ESP), addSa(AH), addPolicy(OUT), addPolicy(IN));
        for await (const { parameters } of backend.sas()) {
          expect(parameters.spi).toBe(AH.spi);
          break;
        }
        for await (const record of backend.policies()) {
          expect(record.policy).toEqual(IN);
          break;
        }
        expect([await spis(), await policies()]).toEqual([
          [AH.spi, ESP.spi],
          [IN, OUT],
        ]);
      });

      test('lets other things be asked, dumps among them, and changes be made', async () => {
        await commit(addSa(ESP), addSa(AH));
        const seen: number[] = [];
        for await (const { parameters } of backend.sas()) {
          seen.push(parameters.spi);
          expect(await spis()).toContain(parameters.spi);
          expect(await backend.sa(parameters)).not.toBeNull();
          await commit(addSa(espSa({ spi: 0x5000 + seen.length })));
        }
        expect(seen).toEqual([AH.spi, ESP.spi]);
        expect(await spis()).toHaveLength(4);
      });

      test('tells everything that stays once, whatever is removed and added meanwhile', async () => {
        const all = Array.from({ length: 500 }, (_, k) => 0x10000 + k);
        await commit(...all.map((spi) => addSa(espSa({ spi }))));
        const seen: number[] = [];
        for await (const { parameters } of backend.sas()) {
          seen.push(parameters.spi);
          if (seen.length !== 10) continue;
          const odd = all.filter((spi) => spi % 2 === 1);
          await commit(...odd.map((spi): Change => ({ kind: 'delete-sa', id: espSa({ spi }) })));
          await commit(addSa(espSa({ spi: 0x9999 })));
        }
        const even = all.filter((spi) => spi % 2 === 0);
        expect(seen.filter((spi) => spi % 2 === 0)).toEqual(even.toReversed());
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).not.toContain(0x9999);
      });
    });

    describe('one SA', () => {
      test('is told by its name, whatever its source', async () => {
        await commit(addSa(ESP), addSa(AH));
        const record = await backend.sa({ destination: BOB, protocol: 'esp', spi: ESP.spi });
        expect(record && comparable(record.parameters)).toEqual(comparable(ESP));
      });

      test('is null where there is none', async () => {
        await commit(addSa(ESP));
        expect(await backend.sa({ ...ESP, spi: 0x999 })).toBeNull();
        expect(await backend.sa({ ...ESP, protocol: 'ah' })).toBeNull();
        expect(await backend.sa({ ...ESP, destination: CAROL })).toBeNull();
      });
    });

    describe('an SPI', () => {
      const request: SpiRequest = {
        source: ALICE,
        destination: BOB,
        protocol: 'esp',
        mode: 'transport',
        reqid: 7,
        least: 0x1000,
        most: 0x1003,
      };

      test('is reserved by a larval SA, within its range', async () => {
        const record = await backend.allocateSpi(request);
        expect(record).toMatchObject({ state: 'larval', usedAt: null, octets: 0, packets: 0 });
        const { spi } = record.parameters;
        expect(spi).toBeGreaterThanOrEqual(request.least);
        expect(spi).toBeLessThanOrEqual(request.most);
        expect(record.parameters).toMatchObject({
          source: ALICE,
          destination: BOB,
          protocol: 'esp',
          mode: 'transport',
          reqid: 7,
          encryption: null,
          integrity: null,
          hardLifetime: { ...UNLIMITED, seconds: 30 },
        });
        expect(await backend.sa(record.parameters)).toMatchObject({ state: 'larval' });
        expect(await spis()).toEqual([spi]);
      });

      test('is another one each time, until the range has no more', async () => {
        const taken = new Set<number>();
        for (let reqid = 1; reqid <= 4; reqid++) {
          const { parameters } = await backend.allocateSpi({ ...request, reqid });
          taken.add(parameters.spi);
        }
        expect([...taken].toSorted()).toEqual([0x1000, 0x1001, 0x1002, 0x1003]);
        const refused = backend.allocateSpi({ ...request, reqid: 5 });
        await expect(refused).rejects.toMatchObject({ name: 'ChangeRefused', refusal: 'exists' });
      });

      test('may be a single one, and not one in use', async () => {
        await commit(addSa(ESP));
        const one = { ...request, least: ESP.spi, most: ESP.spi };
        await expect(backend.allocateSpi(one)).rejects.toMatchObject({ refusal: 'exists' });
        const next = { ...request, least: ESP.spi, most: ESP.spi + 1 };
        expect((await backend.allocateSpi(next)).parameters.spi).toBe(ESP.spi + 1);
      });

      test('becomes an SA by an add of the same name, alone in its commit or not', async () => {
        const one = await backend.allocateSpi(request);
        const first = espSa({ spi: one.parameters.spi, reqid: 7 });
        await commit(addSa(first));
        expect(await sas()).toEqual([comparable(first)]);
        expect(await refusal(addSa(first))).toEqual([0, 'exists']);
        const other = await backend.allocateSpi({ ...request, reqid: 8 });
        const second = espSa({ spi: other.parameters.spi, reqid: 8 });
        await commit(addSa(AH), addSa(second));
        expect(await spis()).toEqual(expect.arrayContaining([AH.spi, first.spi, second.spi]));
        expect((await backend.sa(second))?.state).toBe('mature');
      });

      test('is given back by delete and flush', async () => {
        const one = await backend.allocateSpi(request);
        await commit({ kind: 'delete-sa', id: one.parameters });
        expect(await spis()).toEqual([]);
        await backend.allocateSpi(request);
        await commit({
          kind: 'delete-sas-between',
          pair: { source: ALICE, destination: BOB, protocol: 'esp' },
        });
        expect(await spis()).toEqual([]);
        await backend.allocateSpi(request);
        await commit({ kind: 'flush-sas', protocol: null });
        expect(await spis()).toEqual([]);
      });

      test.each<[string, Partial<SpiRequest>]>([
        ['its ends swapped', { least: 0x2000, most: 0x1000 }],
        ['reserved SPIs', { least: 1, most: 0x1000 }],
        ['more than 32 bits', { most: 2 ** 32 }],
        ['CPIs of more than 16 bits', { protocol: 'ipcomp', most: 0x10000 }],
        ['addresses of both IP versions', { source: address('fd09::1') }],
      ])('of a range with %s is invalid', async (_, parts) => {
        const asked = Promise.resolve().then(() => backend.allocateSpi({ ...request, ...parts }));
        await expect(asked).rejects.toMatchObject({ name: 'ChangeRefused' });
        expect(await spis()).toEqual([]);
      });
    });

    describe('events', () => {
      let events: EventStream;

      beforeEach(async () => {
        events = await backend.events();
      });

      afterEach(() => {
        events.close();
      });

      /** The next events, as many as that. */
      const next = async (count: number): Promise<BackendEvent[]> => {
        const told: BackendEvent[] = [];
        for await (const event of events) {
          told.push(event);
          if (told.length === count) break;
        }
        return told;
      };

      test('tell of SAs, without their keys', async () => {
        await commit(addSa(ESP));
        await commit({ kind: 'delete-sa', id: ESP });
        const told = await next(2);
        expect(told).toMatchObject([
          { kind: 'sa-added', state: 'mature', usedAt: null, parameters: saOutline(ESP) },
          { kind: 'sa-deleted', octets: 0, parameters: saOutline(ESP) },
        ]);
        for (const event of told) {
          const { encryption, integrity } = 'parameters' in event ? event.parameters : {};
          expect(encryption?.algorithm).toBe(ESP.encryption?.algorithm);
          expect(encryption?.key.expose()).toEqual(new Uint8Array(ESP.encryption?.key.length ?? 0));
          expect(integrity?.key.expose()).toEqual(new Uint8Array(ESP.integrity?.key.length ?? 0));
        }
        // What is told is a copy.
        await commit(addSa(ESP));
        const { encryption } = (await backend.sa(ESP))?.parameters ?? {};
        expect(encryption?.key.expose()).toEqual(ESP.encryption?.key.expose());
      });

      test('tell of policies', async () => {
        await commit(addPolicy(OUT));
        const [record] = await collect(backend.policies());
        await commit({ kind: 'update-policy', policy: OUT });
        await commit({ kind: 'delete-policy', policy: OUT });
        const told = await next(3);
        expect(told[0]).toEqual({ kind: 'policy-added', ...record });
        expect(told[2]).toMatchObject({ policy: OUT, addedAt: expect.any(Number) });
        expect(told.map(({ kind }) => kind)).toEqual([
          'policy-added',
          'policy-updated',
          'policy-deleted',
        ]);
      });

      test('tell of larval SAs when they are completed', async () => {
        const range = { least: 0x1000, most: 0x1fff };
        const names = {
          source: ALICE,
          destination: BOB,
          protocol: 'esp',
          mode: 'transport',
        } as const;
        const { parameters } = await backend.allocateSpi({ ...names, reqid: 3, ...range });
        const sa = espSa({ spi: parameters.spi, reqid: 3 });
        await commit(addSa(sa));
        expect(await next(1)).toMatchObject([
          { kind: 'sa-updated', parameters: saOutline(sa), state: 'mature' },
        ]);
      });

      test('tell of flushes that found something', async () => {
        await commit({ kind: 'flush-sas', protocol: null });
        await commit(addSa(AH));
        await commit({ kind: 'flush-sas', protocol: 'ah' });
        expect((await next(2))[1]).toEqual({ kind: 'sas-flushed', protocol: 'ah' });
      });

      test('tell all listeners, and of what others do', async () => {
        const other = await make();
        const others = await other.events();
        await other.commit([addSa(ESP)]);
        // A backend in memory has its tables to itself.
        if ((await backend.capabilities()).backend === 'memory') await commit(addSa(ESP));
        const [mine] = await next(1);
        expect(mine).toMatchObject({ kind: 'sa-added' });
        for await (const event of others) {
          expect(event).toEqual(mine);
          break;
        }
        await other.close();
      });

      test('end when they are closed, for who waits as well', async () => {
        const waiting = collect(events);
        await new Promise((resolve) => setTimeout(resolve, 20));
        events.close();
        events.close();
        expect(await waiting).toEqual([]);
        await commit(addSa(ESP));
      });
    });

    describe('a commit', () => {
      test('sees its own changes in their order', async () => {
        await commit(
          addSa(ESP),
          { kind: 'delete-sa', id: ESP },
          addSa(ESP),
          { kind: 'flush-sas', protocol: null },
          addSa(AH),
          addPolicy(OUT),
          { kind: 'delete-policy', policy: OUT },
          addPolicy(IN),
        );
        expect([await spis(), await policies()]).toEqual([[AH.spi], [IN]]);
      });

      test.each<[string, Change, number]>([
        ['what is missing', MISSING, 6],
        ['what exists', addSa(espSa({ spi: 0x555, reqid: 3 })), 6],
        ['what is invalid', addSa(espSa({ spi: 3 })), 6],
      ])('that is refused for %s changes nothing at all', async (_, bad, index) => {
        await commit(addSa(ESP), addSa(AH), addPolicy(OUT), addPolicy(IN));
        const before = await all();
        const refused = await refusal(
          { kind: 'delete-sa', id: AH },
          addSa(espSa({ spi: 0x555 })),
          { kind: 'update-policy', policy: policy('outbound', { kind: 'discard' }) },
          { kind: 'flush-sas', protocol: 'ah' },
          { kind: 'delete-policy', policy: IN },
          addPolicy(policy('forward', PROTECT)),
          bad,
          { kind: 'flush-sas', protocol: null },
        );
        expect(refused).toEqual([index, expect.any(String)]);
        expect(await all()).toEqual(before);
      });

      test('tells of the first change that cannot be made', async () => {
        expect(await refusal(addSa(ESP), MISSING, addSa(ESP))).toEqual([1, 'missing']);
      });

      test('says in words why it was refused, and shows no key', async () => {
        await commit(addSa(ESP));
        const error: unknown = await commit(addSa(ESP)).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(Error);
        const text = error instanceof Error ? error.message : '';
        expect(text).toContain('0x00000201');
        expect(text).toContain('10.9.0.2');
        expect(text).not.toMatch(/[0-9a-f]{16}/i);
      });

      test('of many changes is made whole', async () => {
        const many = Array.from({ length: 300 }, (_, k) => addSa(espSa({ spi: 0x10000 + k })));
        await commit(...many);
        const found = await spis();
        expect(found).toHaveLength(300);
        expect([found[0], found.at(-1)]).toEqual([0x10000 + 299, 0x10000]);
      });
    });
  });
}

/** `parameters` with the octets of its keys where they can be compared. */
function comparable(parameters: SaParameters) {
  const { encryption, integrity } = parameters;
  return {
    ...parameters,
    encryption: encryption && { ...encryption, key: Array.from(encryption.key.expose()) },
    integrity: integrity && { ...integrity, key: Array.from(integrity.key.expose()) },
  };
}

function byDirection(a: Policy, b: Policy): number {
  return a.direction < b.direction ? -1 : 1;
}
