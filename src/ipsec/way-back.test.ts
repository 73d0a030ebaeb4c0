import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { espSa, policy, testKey } from '../../test/support/sas.ts';
import { type Contents, namesOf, outcomeOf, without } from './contents.ts';
import { takeOver } from './ownership.ts';
import type { Policy } from './policy.ts';
import { reconcile } from './reconcile.ts';
import type { SaParameters } from './sa-parameters.ts';
import { changesBack, wayBackFrom } from './way-back.ts';

const DISCARD = { kind: 'discard' } as const;
const OUT = policy('outbound', DISCARD);
const ICMP = policy('outbound', DISCARD, { nextLayerProtocol: 1 });
const TCP = policy('outbound', DISCARD, { nextLayerProtocol: 6 });

function back(before: Contents, owned: Contents, wanted: Contents, later?: Contents): Contents {
  const { changes, outcome } = takeOver(before, namesOf(owned), wanted, false);
  const way = wayBackFrom(changes, before, namesOf(owned));
  const now = later ?? outcome;
  return outcomeOf(changesBack(now, way), now);
}

describe('the way back', () => {
  test('leads to the same policies in the same order', () => {
    const before = { sas: [], policies: [ICMP, OUT, TCP] };
    const wanted = { sas: [], policies: [TCP, { ...OUT, priority: 7 }] };
    expect(back(before, before, wanted)).toEqual(before);
  });

  test('keeps no key of an SA that was not touched', () => {
    const sas = [espSa({ spi: 0x201 }), espSa({ spi: 0x202 })];
    const { changes } = takeOver(
      { sas, policies: [] },
      namesOf({ sas, policies: [] }),
      { sas: sas.slice(1), policies: [] },
      false,
    );
    const { before } = wayBackFrom(changes, { sas, policies: [] }, namesOf({ sas, policies: [] }));
    expect(before.sas.map(({ spi }) => spi)).toEqual([0x201]);
  });

  test('leaves alone what came or went meanwhile and was not touched', () => {
    const before = { sas: [], policies: [OUT, ICMP] };
    const later = { sas: [espSa()], policies: [TCP] };
    const wanted = { sas: [], policies: [{ ...OUT, priority: 7 }, ICMP] };
    expect(back(before, before, wanted, later)).toEqual({ sas: [espSa()], policies: [TCP, OUT] });
  });
});

const someSa: Arbitrary<SaParameters> = fc
  .record({ spi: fc.integer({ min: 0x201, max: 0x204 }), seed: fc.nat({ max: 1 }) })
  .map(({ spi, seed }) =>
    espSa({ spi, encryption: { ...espSa().encryption, key: testKey(256, seed) } as never }),
  );

const somePolicy: Arbitrary<Policy> = fc
  .record({
    nextLayerProtocol: fc.constantFrom('any' as const, 1, 6),
    priority: fc.constantFrom(1, 2),
    action: fc.constantFrom(DISCARD, { kind: 'bypass' as const }),
  })
  .map(({ action, ...parts }) => policy('outbound', action, parts));

const someContents: Arbitrary<Contents> = fc.record({
  sas: fc.uniqueArray(someSa, { selector: ({ spi }) => spi }),
  policies: fc.uniqueArray(somePolicy, { selector: ({ selector }) => selector.nextLayerProtocol }),
});

test('from wherever files lead, the way back leads to where they began', () => {
  const bySpi = (a: SaParameters, b: SaParameters) => a.spi - b.spi;
  fc.assert(
    fc.property(someContents, someContents, someContents, (mine, others, wanted) => {
      const theirs = without(others, namesOf(mine));
      const before = {
        sas: [...theirs.sas, ...mine.sas],
        policies: [...theirs.policies, ...mine.policies],
      };
      const after = back(before, mine, wanted);
      expect(after.sas.toSorted(bySpi)).toEqual(before.sas.toSorted(bySpi));
      // Of what is of others, the place among ours is left as it is.
      const names = namesOf(theirs);
      expect(reconcile(without(after, names), { ...mine, sas: without(after, names).sas })).toEqual(
        [],
      );
      expect(without(after, namesOf(mine)).policies).toEqual(theirs.policies);
    }),
  );
});
