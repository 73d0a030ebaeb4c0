import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  espSa,
  layer,
  opposite,
  policy,
  protect,
  testKey,
} from '../../test/support/sas.ts';
import { hostPrefix, type Prefix } from '../net/prefix.ts';
import { collect } from './backend.ts';
import type { Change } from './change.ts';
import { type Contents, contentsOf, NOTHING, outcomeOf, policyKey, saKey } from './contents.ts';
import { UNLIMITED } from './lifetime.ts';
import { MemoryBackend } from './memory-backend.ts';
import type { Policy } from './policy.ts';
import { reconcile } from './reconcile.ts';
import type { SaParameters } from './sa-parameters.ts';
import { samePolicy, sameSa } from './sameness.ts';
import { selectorsOverlap } from './selector-overlap.ts';

const PROTECT = protect(layer('esp'));
const SA = espSa();
const OUT = policy('outbound', PROTECT);
const ICMP = policy('outbound', { kind: 'bypass' }, { nextLayerProtocol: 1 });
const TCP = policy('outbound', { kind: 'discard' }, { nextLayerProtocol: 6 });

function holding(sas: readonly SaParameters[], policies: readonly Policy[] = []): Contents {
  return { sas, policies };
}

function kinds(changes: readonly Change[]): string[] {
  return changes.map(({ kind }) => kind);
}

describe('reconcile()', () => {
  test('adds all of it to nothing, and removes all of it again', () => {
    const all = holding([SA, opposite(SA)], [ICMP, OUT]);
    expect(reconcile(NOTHING, all)).toEqual([
      addSa(SA),
      addSa(opposite(SA)),
      addPolicy(ICMP),
      addPolicy(OUT),
    ]);
    expect(reconcile(all, NOTHING)).toEqual([
      { kind: 'delete-sa', id: SA },
      { kind: 'delete-sa', id: opposite(SA) },
      { kind: 'delete-policy', policy: ICMP },
      { kind: 'delete-policy', policy: OUT },
    ]);
  });

  test('does nothing where all is the same, in values and not in objects', () => {
    const again = espSa({ encryption: { ...SA.encryption, key: testKey(256) } as never });
    expect(reconcile(holding([SA], [OUT]), holding([again], [{ ...OUT }]))).toEqual([]);
  });

  test.each<[string, Partial<SaParameters>]>([
    ['the key', { encryption: { ...SA.encryption, key: testKey(256, 9) } as never }],
    ['the ICV', { integrity: { ...SA.integrity, icvLength: 12 } as never }],
    ['integrity', { integrity: null }],
    ['the source', { source: address('10.9.0.7') }],
    ['the mode', { mode: 'tunnel' }],
    ['the reqid', { reqid: 5 }],
    ['the window', { replayWindow: 32 }],
    ['sequence numbers', { extendedSequenceNumbers: true }],
    ['a lifetime', { hardLifetime: { ...UNLIMITED, octets: 1 } }],
    ['a hard lifetime in packets', { hardLifetime: { ...UNLIMITED, packets: 1 } }],
    ['a soft lifetime in packets', { softLifetime: { ...UNLIMITED, packets: 1 } }],
    ['ports', { encapsulation: { sourcePort: 1, destinationPort: 2, originalAddress: null } }],
    ['a label', { securityContext: { doi: 1, algorithm: 1, label: 'a' } }],
  ])('puts another SA in the place of one that differs in %s', (_, parts) => {
    const other = espSa(parts);
    expect(reconcile(holding([SA]), holding([other]))).toEqual([
      { kind: 'delete-sa', id: SA },
      addSa(other),
    ]);
  });

  test('updates a policy that says something else, or with another priority', () => {
    for (const other of [{ ...OUT, priority: 7 }, policy('outbound', { kind: 'discard' })]) {
      expect(reconcile(holding([], [OUT]), holding([], [other]))).toEqual([
        { kind: 'update-policy', policy: other },
      ]);
    }
  });

  test('puts a policy behind a new one that comes before it and overlaps', () => {
    expect(kinds(reconcile(holding([], [OUT]), holding([], [ICMP, OUT])))).toEqual([
      'add-policy',
      'update-policy',
    ]);
  });

  test('leaves a policy alone before which one comes of other packets, or of another priority', () => {
    expect(reconcile(holding([], [TCP]), holding([], [ICMP, TCP]))).toEqual([addPolicy(ICMP)]);
    const first = { ...ICMP, priority: 1 };
    expect(reconcile(holding([], [OUT]), holding([], [first, OUT]))).toEqual([addPolicy(first)]);
  });

  test('moves policies that change places if they overlap, and as few as need be', () => {
    expect(reconcile(holding([], [OUT, ICMP, TCP]), holding([], [ICMP, TCP, OUT]))).toEqual([
      { kind: 'update-policy', policy: OUT },
    ]);
    expect(reconcile(holding([], [TCP, ICMP]), holding([], [ICMP, TCP]))).toEqual([]);
  });

  test('holds the very objects that were wanted', () => {
    const [first] = reconcile(NOTHING, holding([SA]));
    expect(first?.kind === 'add-sa' && first.sa).toBe(SA);
  });

  test('a file of ten thousand policies, turned round, takes no longer than a moment', () => {
    const policies = Array.from({ length: 10_000 }, (_, k) =>
      policy('outbound', PROTECT, { remotePort: { first: k, last: k } }),
    );
    const changes = reconcile(holding([], policies), holding([], policies.toReversed()));
    expect(changes.every(({ kind }) => kind === 'update-policy')).toBe(true);
  });
});

const PREFIXES: readonly Prefix[] = [
  { address: address('10.0.0.0'), length: 8 },
  { address: address('10.9.0.0'), length: 24 },
  hostPrefix(address('10.9.0.2')),
  { address: address('0.0.0.0'), length: 0 },
];

const somePolicy: Arbitrary<Policy> = fc
  .record({
    direction: fc.constantFrom('outbound' as const, 'inbound' as const),
    action: fc.constantFrom(PROTECT, { kind: 'bypass' as const }),
    remoteAddress: fc.constantFrom(...PREFIXES),
    nextLayerProtocol: fc.constantFrom('any' as const, 6, 17),
    remotePort: fc.constantFrom({ first: 0, last: 0xffff }, { first: 80, last: 80 }),
    priority: fc.constantFrom(1, 2),
  })
  .map(({ direction, action, ...parts }) => policy(direction, action, parts));

const someSa: Arbitrary<SaParameters> = fc
  .record({ spi: fc.integer({ min: 0x201, max: 0x206 }), reqid: fc.nat({ max: 1 }) })
  .map((parts) => espSa(parts));

const someContents: Arbitrary<Contents> = fc.record({
  sas: fc.uniqueArray(someSa, { selector: saKey }),
  policies: fc.uniqueArray(somePolicy, { selector: policyKey, maxLength: 12 }),
});

async function backendWith(contents: Contents): Promise<MemoryBackend> {
  const backend = new MemoryBackend(() => 0);
  await backend.commit(reconcile(NOTHING, contents));
  return backend;
}

async function told(backend: MemoryBackend): Promise<Contents> {
  return contentsOf(await collect(backend.sas()), await collect(backend.policies()));
}

/** Pairs of policies of which the first decides about packets of both. */
function precedences({ policies }: Contents): string[] {
  return policies
    .flatMap((first, place) =>
      policies
        .slice(place + 1)
        .filter(
          (second) =>
            first.direction === second.direction &&
            first.priority === second.priority &&
            selectorsOverlap(first.selector, second.selector),
        )
        .map((second) => `${policyKey(first)} before ${policyKey(second)}`),
    )
    .sort();
}

describe('whatever was there and is wanted', () => {
  test('the changes lead from one to the other', async () => {
    await fc.assert(
      fc.asyncProperty(someContents, someContents, async (present, wanted) => {
        const backend = await backendWith(present);
        await backend.commit(reconcile(await told(backend), wanted));
        const after = await told(backend);
        expect(after.sas.map(saKey).sort()).toEqual(wanted.sas.map(saKey).sort());
        for (const sa of wanted.sas) {
          expect(after.sas.some((each) => sameSa(each, sa))).toBe(true);
        }
        expect(after.policies.length).toBe(wanted.policies.length);
        for (const one of wanted.policies) {
          expect(after.policies.some((each) => samePolicy(each, one))).toBe(true);
        }
        expect(precedences(after)).toEqual(precedences(wanted));
      }),
    );
  });

  test('they touch no SA that is the same, and come to an end', async () => {
    await fc.assert(
      fc.asyncProperty(someContents, someContents, async (present, wanted) => {
        const backend = await backendWith(present);
        const changes = reconcile(present, wanted);
        const touched = changes.flatMap((change) =>
          change.kind === 'delete-sa' ? saKey(change.id) : [],
        );
        for (const sa of present.sas) {
          const same = wanted.sas.some((each) => sameSa(each, sa));
          expect(touched.includes(saKey(sa))).toBe(!same);
        }
        await backend.commit(changes);
        expect(reconcile(await told(backend), wanted)).toEqual([]);
      }),
    );
  });

  test('a change alone is made by itself', () => {
    fc.assert(
      fc.property(someContents, someSa, somePolicy, (contents, sa, one) => {
        const changes: Change[] = [
          { kind: 'delete-sas-between', pair: { ...SA, protocol: null } },
          addSa(sa),
          { kind: 'update-policy', policy: one },
        ];
        const after = outcomeOf(changes, contents);
        expect(after.sas).toEqual([sa]);
        expect(after.policies.at(-1)).toBe(one);
      }),
    );
  });
});
