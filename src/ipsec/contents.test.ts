import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ahSa, espSa, layer, opposite, policy, protect } from '../../test/support/sas.ts';
import { ChangeRefused, collect } from './backend.ts';
import type { Change } from './change.ts';
import { type Contents, contentsOf, NOTHING, outcomeOf, without } from './contents.ts';
import { MemoryBackend } from './memory-backend.ts';
import type { Policy } from './policy.ts';
import type { SaParameters } from './sa-parameters.ts';

const SAS = [espSa(), espSa({ spi: 0x202 }), ahSa(), opposite(ahSa())];
const POLICIES = (['outbound', 'inbound'] as const).flatMap((direction) =>
  ([6, 17] as const).map((nextLayerProtocol) =>
    policy(direction, protect(layer('esp')), { nextLayerProtocol }),
  ),
);

const sa = fc.constantFrom(...SAS);
const aPolicy = fc.constantFrom(...POLICIES);
const protocol = fc.option(fc.constantFrom('esp' as const, 'ah' as const));

const change: Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: sa.map((one): Change => ({ kind: 'add-sa', sa: one })) },
  sa.map((id): Change => ({ kind: 'delete-sa', id })),
  fc
    .tuple(sa, protocol)
    .map(([one, of]): Change => ({ kind: 'delete-sas-between', pair: { ...one, protocol: of } })),
  protocol.map((of): Change => ({ kind: 'flush-sas', protocol: of })),
  { weight: 4, arbitrary: aPolicy.map((one): Change => ({ kind: 'add-policy', policy: one })) },
  aPolicy.map((one): Change => ({ kind: 'update-policy', policy: one })),
  aPolicy.map((one): Change => ({ kind: 'delete-policy', policy: one })),
  fc.constant<Change>({ kind: 'flush-policies' }),
);

type Names = { readonly sas: number[]; readonly policies: number[] } | readonly [number, string];

/** By their numbers, in their order; or which change was refused, and as what. */
async function namesOf(make: () => Contents | Promise<Contents>): Promise<Names> {
  try {
    const { sas, policies } = await make();
    return { sas: sas.map(saNumber), policies: policies.map(policyNumber) };
  } catch (error) {
    if (error instanceof ChangeRefused) return [error.index, error.refusal];
    throw error;
  }
}

function saNumber({ spi, protocol: of }: SaParameters): number {
  return SAS.findIndex((one) => one.spi === spi && one.protocol === of);
}

function policyNumber({ direction, selector }: Policy): number {
  return POLICIES.findIndex(
    (one) =>
      one.direction === direction && one.selector.nextLayerProtocol === selector.nextLayerProtocol,
  );
}

describe('outcomeOf()', () => {
  test('says what a backend says, order and refusals included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        const made = await namesOf(async () => {
          const backend = new MemoryBackend(() => 0);
          await backend.commit(changes);
          const policies = await collect(backend.policies());
          return contentsOf(await collect(backend.sas()), policies);
        });
        expect(await namesOf(() => outcomeOf(changes))).toEqual(made);
      }),
    );
  });

  test('goes on from what was there', () => {
    const before = outcomeOf([{ kind: 'add-sa', sa: espSa() }]);
    expect(outcomeOf([{ kind: 'delete-sa', id: espSa() }], before)).toEqual(NOTHING);
    expect(() => outcomeOf([{ kind: 'add-sa', sa: espSa() }], before)).toThrow(
      'there is an SA esp 0x00000201 to 10.9.0.2',
    );
  });
});

test('without() takes away by name, whatever the rest says', () => {
  const contents = { sas: SAS, policies: POLICIES };
  const others = {
    sas: [espSa({ reqid: 9 })],
    policies: POLICIES.map((one): Policy => ({ ...one, action: { kind: 'discard' } })),
  };
  expect(without(contents, others)).toEqual({ sas: SAS.slice(1), policies: [] });
});

test('contentsOf() leaves larval SAs out', async () => {
  const backend = new MemoryBackend(() => 0);
  await backend.allocateSpi({ ...espSa(), least: 300, most: 300 });
  expect(contentsOf(await collect(backend.sas()), [])).toEqual(NOTHING);
});
