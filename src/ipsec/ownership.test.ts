import { describe, expect, test } from 'vitest';
import { addPolicy, addSa, espSa, opposite, policy } from '../../test/support/sas.ts';
import { type Contents, contentsSaid, NOTHING, namesOf } from './contents.ts';
import { takeOver } from './ownership.ts';

const SA = espSa();
const OTHER_SA = opposite(SA);
const DISCARD = { kind: 'discard' } as const;
const OUT = policy('outbound', DISCARD);
const IN = policy('inbound', DISCARD);
const PASSING_OUT = policy('outbound', { kind: 'bypass' });
const ICMP = policy('outbound', DISCARD, { nextLayerProtocol: 1 });

function holding(sas: Contents['sas'], policies: Contents['policies'] = []): Contents {
  return { sas, policies };
}

describe('takeOver()', () => {
  test('brings what is wanted, and owns it', () => {
    const wanted = holding([SA], [OUT]);
    const { changes, owned, outcome } = takeOver(NOTHING, NOTHING, wanted, false);
    expect(changes).toEqual([addSa(SA), addPolicy(OUT)]);
    expect(owned).toEqual(namesOf(wanted));
    expect(outcome).toEqual(wanted);
  });

  test('removes what is owned and wanted no more, and nothing of others', () => {
    const present = holding([SA, OTHER_SA], [OUT, IN]);
    const owned = namesOf(holding([SA], [IN]));
    const { changes, outcome } = takeOver(present, owned, NOTHING, false);
    expect(changes).toEqual([
      { kind: 'delete-sa', id: SA },
      { kind: 'delete-policy', policy: IN },
    ]);
    expect(outcome).toEqual(holding([OTHER_SA], [OUT]));
  });

  test('leaves what others have that is the same, without owning it', () => {
    const wanted = holding([SA], [OUT, IN]);
    const { changes, owned, left, conflicts } = takeOver(
      holding([SA], [OUT]),
      NOTHING,
      wanted,
      false,
    );
    expect(changes).toEqual([addPolicy(IN)]);
    expect(owned).toEqual(namesOf(holding([], [IN])));
    expect(left).toEqual(namesOf(holding([SA], [OUT])));
    expect(conflicts).toEqual([]);
  });

  test('is in conflict with what others have that differs, and with nothing else', () => {
    const present = holding([{ ...SA, reqid: 7 }], [PASSING_OUT, IN]);
    const { changes, conflicts } = takeOver(present, NOTHING, holding([SA], [OUT, ICMP]), false);
    expect(changes).toEqual([addPolicy(ICMP)]);
    expect(conflicts).toEqual([
      { kind: 'sa', there: { ...SA, reqid: 7 }, wanted: SA },
      { kind: 'policy', there: PASSING_OUT, wanted: OUT },
    ]);
  });

  test('adopts what it is told to: what differs is replaced, and what is the same is owned', () => {
    const wanted = holding([SA], [OUT]);
    const present = holding([SA], [IN, PASSING_OUT]);
    const { changes, owned, conflicts } = takeOver(present, NOTHING, wanted, true);
    expect(changes).toEqual([{ kind: 'update-policy', policy: OUT }]);
    expect(owned).toEqual(namesOf(wanted));
    expect(conflicts).toEqual([]);
  });

  test('does not mind that others came in between: the second time nothing changes', () => {
    const owned = namesOf(holding([], [ICMP]));
    const present = holding([], [ICMP, OUT]);
    expect(takeOver(present, owned, holding([], [ICMP]), false).changes).toEqual([]);
  });
});

describe('contentsSaid()', () => {
  test('takes no notice of what a file deletes to make room', () => {
    const said = contentsSaid([
      { kind: 'flush-policies' },
      { kind: 'delete-sa', id: SA },
      { kind: 'delete-policy', policy: OUT },
      addSa(SA),
      addPolicy(OUT),
      addPolicy(IN),
      { kind: 'delete-policy', policy: IN },
    ]);
    expect(said).toEqual(holding([SA], [OUT]));
  });

  test('refuses what is added twice', () => {
    expect(() => contentsSaid([addSa(SA), addSa(SA)])).toThrow('there is an SA');
  });
});
