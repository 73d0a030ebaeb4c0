/**
 * Every algorithm in one mode, and every mode with a few algorithms, between two kernels that our
 * backend sets up: see `two-hosts.ts`.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AES_CBC } from '../../../src/crypto/aes-cbc.ts';
import { AES_GCM_16 } from '../../../src/crypto/aes-gcm.ts';
import { HMAC_SHA256 } from '../../../src/crypto/hmac-sha2.ts';
import { NULL_INTEGRITY } from '../../../src/crypto/null.ts';
import { AEADS, CIPHERS, INTEGRITY_ALGORITHMS } from '../../../src/crypto/registry.ts';
import { collect } from '../../../src/ipsec/backend.ts';
import type { SaParameters } from '../../../src/ipsec/sa-parameters.ts';
import { address } from '../../support/packets.ts';
import { ahSa, cipherOf, espSa, integrityOf, testKey } from '../../support/sas.ts';
import { sh } from './commands.ts';
import {
  disposeTwoHosts,
  emptyTwoHosts,
  makeTwoHosts,
  openEncapsulationSockets,
  protectPings,
  type TwoHosts,
  WIRE,
} from './two-hosts.ts';

let hosts: TwoHosts;
let holders: readonly ChildProcess[] = [];

beforeAll(async () => {
  hosts = makeTwoHosts();
  holders = await openEncapsulationSockets();
});

afterEach(() => emptyTwoHosts(hosts));

afterAll(async () => {
  for (const holder of holders) holder.kill();
  await disposeTwoHosts(hosts);
});

/** A ping and its answer are carried by one SA each. */
async function expectCarried(sa: SaParameters, inner?: 4 | 6): Promise<void> {
  const { to } = await protectPings(hosts, sa, inner);
  sh(`ping -c 1 -W 20 -s 1100 ${to}`);
  for (const host of [hosts.alice, hosts.bob]) {
    expect((await collect(host.sas())).map(({ packets }) => packets)).toEqual([1, 1]);
  }
}

describe('every algorithm', () => {
  test.each(
    CIPHERS.flatMap((algorithm) =>
      (algorithm.keyBits.length === 0 ? [0] : algorithm.keyBits.filter(isOfInterest)).map(
        (bits) => ({ name: `${algorithm.name}-${bits}`, algorithm, bits }),
      ),
    ),
  )('cipher $name', async ({ algorithm, bits }) => {
    await expectCarried(espSa({ encryption: { algorithm, key: testKey(bits) } }));
  });

  test.each(
    AEADS.flatMap((algorithm) =>
      algorithm.keyBits.map((bits) => ({ name: `${algorithm.name}-${bits}`, algorithm, bits })),
    ),
  )('AEAD $name', async ({ algorithm, bits }) => {
    const encryption = { algorithm, key: testKey(bits) };
    await expectCarried(espSa({ encryption, integrity: null }));
  });

  test.each(
    INTEGRITY_ALGORITHMS.flatMap((algorithm) =>
      [...new Set([algorithm.classicIcvLength, algorithm.icvLength])].map((length) => ({
        name: `${algorithm.name}-${length * 8}`,
        integrity: integrityOf(algorithm, length),
      })),
    ),
  )('integrity $name, of ESP and of AH', async ({ integrity }) => {
    await expectCarried(espSa({ integrity }));
    await emptyTwoHosts(hosts);
    await expectCarried(ahSa({ integrity }));
  });

  test('no integrity, and integrity in name only', async () => {
    await expectCarried(espSa({ integrity: null, replayWindow: 0 }));
    await emptyTwoHosts(hosts);
    const integrity = { algorithm: NULL_INTEGRITY, key: testKey(0), icvLength: 0 };
    await expectCarried(espSa({ integrity, replayWindow: 0 }));
  });
});

/** The ends of a list of key lengths. */
function isOfInterest(_: number, at: number, all: readonly number[]): boolean {
  return at === 0 || at === all.length - 1;
}

const NAT = { sourcePort: 4500, destinationPort: 4500, originalAddress: null };
const ALGORITHMS: readonly Pick<SaParameters, 'encryption' | 'integrity'>[] = [
  { encryption: cipherOf(AES_CBC), integrity: integrityOf(HMAC_SHA256) },
  { encryption: cipherOf(AES_GCM_16), integrity: null },
];

describe('every mode', () => {
  const modes = (['transport', 'tunnel'] as const).flatMap((mode) =>
    ([4, 6] as const).flatMap((version) =>
      [null, NAT].flatMap((encapsulation) =>
        [false, true].map((extendedSequenceNumbers) => ({
          ...{ mode, version, encapsulation, extendedSequenceNumbers },
          wire: encapsulation === null ? 'ESP' : 'ESP in UDP',
          numbers: extendedSequenceNumbers ? 'extended' : 'plain',
        })),
      ),
    ),
  );

  test.each(modes)('$mode mode, IPv$version, $wire, $numbers sequence numbers', async (row) => {
    const { mode, version, encapsulation, extendedSequenceNumbers } = row;
    const [source, destination] = WIRE[version].map(address);
    if (source === undefined || destination === undefined) throw new Error('Bug: no wire');
    for (const algorithms of ALGORITHMS) {
      const ends = { source, destination, mode, encapsulation, extendedSequenceNumbers };
      await expectCarried(espSa({ ...ends, ...algorithms }));
      await emptyTwoHosts(hosts);
    }
  });

  test.each([
    ['IPv6 in IPv4', 4, 6],
    ['IPv4 in IPv6', 6, 4],
  ] as const)('a tunnel carries %s, in UDP or not', async (_, outer, inner) => {
    const [source, destination] = WIRE[outer].map(address);
    if (source === undefined || destination === undefined) throw new Error('Bug: no wire');
    for (const encapsulation of [null, NAT]) {
      await expectCarried(espSa({ source, destination, mode: 'tunnel', encapsulation }), inner);
      await emptyTwoHosts(hosts);
    }
  });
});
