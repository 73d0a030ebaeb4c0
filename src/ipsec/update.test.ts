import fc from 'fast-check';
import { expect, test } from 'vitest';
import { espSa, policy } from '../../test/support/sas.ts';
import { onePort } from '../net/port-range.ts';
import { joined, partsOf, type Update } from './update.ts';

const MADE_AT = 1234;
const KINDS = ['removedSas', 'addedSas', 'removedPolicies', 'addedPolicies'] as const;

function some<T>(make: (k: number) => T): fc.Arbitrary<T[]> {
  return fc.nat({ max: 9 }).map((length) => Array.from({ length }, (_, k) => make(k)));
}

function somePolicy(k: number) {
  return policy('outbound', { kind: 'discard' }, { remotePort: onePort(k) });
}

const anyUpdate: fc.Arbitrary<Update> = fc.record({
  madeAt: fc.constant(MADE_AT),
  removedSas: some((k) => espSa({ spi: 0x1000 + k })),
  addedSas: some((k) => ({
    parameters: espSa({ spi: 0x2000 + k }),
    counts: new SharedArrayBuffer(8),
  })),
  removedPolicies: some(somePolicy),
  addedPolicies: some((k) => ({
    policy: somePolicy(k),
    index: k,
    usedAt: new SharedArrayBuffer(8),
  })),
});

test('the parts of an update are small, none is empty, and together they are the update', () => {
  fc.assert(
    fc.property(anyUpdate, fc.integer({ min: 1, max: 10 }), (update, most) => {
      const parts = partsOf(update, most);
      for (const part of parts) {
        const lengths = KINDS.map((kind) => part[kind].length);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(most);
        expect(Math.max(...lengths)).toBeGreaterThan(0);
      }
      if (parts.length > 0) expect(joined(parts)).toEqual(update);
      else expect(KINDS.flatMap((kind) => [...update[kind]])).toEqual([]);
    }),
  );
});

test('what is shared stays shared', () => {
  const counts = new SharedArrayBuffer(8);
  const added = { parameters: espSa(), counts };
  const update: Update = {
    madeAt: MADE_AT,
    removedSas: [],
    addedSas: [added, added],
    removedPolicies: [],
    addedPolicies: [],
  };
  expect(joined(partsOf(update, 1)).addedSas[1]?.counts).toBe(counts);
});
