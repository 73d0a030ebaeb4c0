import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeProvider } from '../crypto/node-provider.ts';
import { encryptionByName } from '../crypto/registry.ts';
import { bulkOctets, trainsOver } from '../octets/bulk.ts';
import { ivSource } from './iv.ts';

const GCM = encryptionByName('aes-gcm-16');

function setUp() {
  const octets = new Uint8Array(4096);
  const view = new DataView(octets.buffer);
  const crypto = nodeProvider({ octets });
  if (GCM === undefined) throw new Error('there is no AES-GCM');
  return { algorithm: GCM, crypto, ivAt: (at: number) => view.getBigUint64(at) };
}

test('the IV of a counter mode is the sequence number, counted from the origin', () => {
  const { algorithm, crypto, ivAt } = setUp();
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(u32, u32, fc.maxSafeNat(), (high, low, sequenceNumber) => {
      ivSource(algorithm, crypto, { high, low }).put(64, sequenceNumber);
      const origin = (BigInt(high) << 32n) | BigInt(low);
      expect(ivAt(64)).toBe(BigInt.asUintN(64, origin + BigInt(sequenceNumber)));
    }),
  );
});

test('without an origin it begins anywhere, and goes on with the sequence number', () => {
  const { algorithm, crypto, ivAt } = setUp();
  const firsts = new Set<bigint>();
  for (let k = 0; k < 100; k++) {
    const ivs = ivSource(algorithm, crypto, null);
    ivs.put(64, 7);
    const first = ivAt(64);
    firsts.add(first);
    for (const sequenceNumber of [8, 1, 0xffffffff, 2 ** 32, 2 ** 52 + 5]) {
      ivs.put(72, sequenceNumber);
      expect(ivAt(72)).toBe(BigInt.asUintN(64, first + BigInt(sequenceNumber - 7)));
    }
  }
  expect(firsts.size).toBe(100);
});

test('those of a train are those of its packets', () => {
  const octets = bulkOctets(0x10000);
  const steps = trainsOver(octets);
  if (GCM === undefined || steps === null) throw new Error('no trains');
  const ivs = ivSource(GCM, nodeProvider({ octets }), { high: 0xfffffffe, low: 0xffffffe0 });
  for (const from of [1, 31, 32, 2 ** 32 - 3, 2 ** 32]) {
    ivs.putTrain(steps, 0x1000, 100, 50, from);
    for (let k = 0; k < 50; k++) {
      ivs.put(64, from + k);
      const at = 0x1000 + k * 100;
      expect(octets.slice(at, at + 8)).toEqual(octets.slice(64, 72));
    }
  }
});
