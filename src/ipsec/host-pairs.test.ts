import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/packets.ts';
import { policy } from '../../test/support/sas.ts';
import { hostPrefix } from '../net/prefix.ts';
import { LEAST_PAIRS, runsOf } from './host-pairs.ts';
import type { Policy } from './policy.ts';

const DISCARD = { kind: 'discard' } as const;
const pairs = (first: number, count: number): Policy[] =>
  Array.from({ length: count }, (_, k) =>
    policy('outbound', DISCARD, { remoteAddress: hostPrefix(address(`10.20.0.${first + k}`)) }),
  );
const UDP = policy('outbound', DISCARD, { nextLayerProtocol: 17 });
const NET = policy('outbound', DISCARD, {
  remoteAddress: { address: address('10.20.0.0'), length: 24 },
});

function shapeOf(policies: readonly Policy[]): [boolean, number][] {
  const runs = runsOf(policies, ({ selector }) => selector);
  // Nothing is lost, and nothing changes its place.
  expect(runs.flatMap(({ items }) => items)).toEqual(policies);
  return runs.map((run) => [run.pairs, run.items.length]);
}

describe('runsOf()', () => {
  test('gathers policies between single hosts that stand together', () => {
    expect(shapeOf([])).toEqual([]);
    expect(shapeOf(pairs(1, LEAST_PAIRS))).toEqual([[true, LEAST_PAIRS]]);
    expect(shapeOf([UDP, ...pairs(1, LEAST_PAIRS), NET])).toEqual([
      [false, 1],
      [true, LEAST_PAIRS],
      [false, 1],
    ]);
  });

  test('leaves few of them among the others', () => {
    const few = LEAST_PAIRS - 1;
    expect(shapeOf([UDP, ...pairs(1, few), NET, ...pairs(20, few)])).toEqual([
      [false, 2 * few + 2],
    ]);
  });

  test('gathers none that is about a protocol, a port or a network', () => {
    expect(shapeOf(Array.from({ length: 20 }, () => UDP))).toEqual([[false, 20]]);
    expect(shapeOf(Array.from({ length: 20 }, () => NET))).toEqual([[false, 20]]);
  });
});
