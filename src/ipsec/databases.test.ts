import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALICE, BOB } from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  layer,
  policy,
  protect,
} from '../../test/support/sas.ts';
import { type CryptoProvider, UnsupportedError } from '../crypto/context.ts';
import { INSECURE_3DES_CBC } from '../crypto/insecure/3des-cbc.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { NULL } from '../crypto/null.ts';
import { ChangeRefused } from './backend.ts';
import type { Change } from './change.ts';
import { Databases } from './databases.ts';
import type { Policy } from './policy.ts';
import { Sa } from './sa.ts';
import type { Spd } from './spd.ts';

/** A provider that knows how many of its contexts are in use. */
function countingProvider(lacks?: 'cipher' | 'integrity'): {
  crypto: CryptoProvider;
  inUse: () => number;
} {
  const real = nodeProvider({ octets: new Uint8Array(0) });
  let inUse = 0;
  const counted = <T extends { destroy(): void }>(context: T): T => {
    inUse += 1;
    const { destroy } = context;
    return Object.assign(context, {
      destroy: () => {
        inUse -= 1;
        destroy.call(context);
      },
    });
  };
  const missing = (kind: string) => {
    if (kind === lacks) throw new UnsupportedError(`Cannot use ${kind}`);
  };
  const crypto: CryptoProvider = {
    ...real,
    cipher: (algorithm, key) => {
      missing('cipher');
      return counted(real.cipher(algorithm, key));
    },
    integrity: (algorithm, key, icvLength) => {
      missing('integrity');
      return counted(real.integrity(algorithm, key, icvLength));
    },
  };
  return { crypto, inUse: () => inUse };
}

const PROTECT = protect(layer('esp'));
const OUT = policy('outbound', PROTECT);
const IN = policy('inbound', PROTECT);
const BAD: Change = { kind: 'delete-sa', id: espSa({ spi: 0x999 }) };

function commit(databases: Databases, ...changes: Change[]): void {
  databases.commit(changes, 1_000, () => undefined);
}

/** Has every SA key its contexts, as its first packet would. */
function keyAll(databases: Databases): void {
  for (const sa of databases.sad.all) if (sa instanceof Sa) expect(sa.transform).toBeDefined();
}

function refusalOf(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ChangeRefused)) throw error;
    return [error.index, error.refusal];
  }
  return null;
}

describe('Databases.commit()', () => {
  test('leaves both databases and no context behind when a change is refused', () => {
    const { crypto, inUse } = countingProvider();
    const databases = new Databases(crypto);
    commit(databases, addSa(espSa()), addPolicy(OUT));
    const before = [[...databases.sas(0)], [...databases.policies()]];
    keyAll(databases);
    expect(inUse()).toBe(2);
    const refused = refusalOf(() =>
      commit(
        databases,
        addSa(ahSa()),
        addPolicy(IN),
        { kind: 'flush-sas', protocol: 'esp' },
        { kind: 'flush-policies' },
        addSa(espSa({ spi: 0x777 })),
        BAD,
        addSa(espSa({ spi: 0x778 })),
      ),
    );
    expect(refused).toEqual([5, 'missing']);
    expect([[...databases.sas(0)], [...databases.policies()]]).toEqual(before);
    expect(inUse()).toBe(2);
  });

  test('keys no context before the first packet, whatever is committed', () => {
    const { crypto, inUse } = countingProvider();
    const databases = new Databases(crypto);
    commit(databases, addSa(espSa()), addSa(espSa({ spi: 0x202 })), addSa(ahSa()));
    expect(inUse()).toBe(0);
  });

  test('puts everything back to its place when a change is refused', () => {
    const spis = fc.integer({ min: 0x301, max: 0x305 });
    const policies = fc.record({
      nextLayerProtocol: fc.constantFrom(1, 6, 17, 50),
      priority: fc.constantFrom(1, 2),
    });
    const change: fc.Arbitrary<Change> = fc.oneof(
      { weight: 4, arbitrary: spis.map((spi) => addSa(espSa({ spi }))) },
      {
        weight: 2,
        arbitrary: spis.map((spi) => ({ kind: 'delete-sa' as const, id: espSa({ spi }) })),
      },
      { weight: 4, arbitrary: policies.map((each) => addPolicy(policy('inbound', PROTECT, each))) },
      {
        weight: 2,
        arbitrary: policies.map((each) => ({
          kind: 'update-policy' as const,
          policy: policy('inbound', PROTECT, each),
        })),
      },
      {
        weight: 2,
        arbitrary: policies.map((each) => ({
          kind: 'delete-policy' as const,
          policy: policy('inbound', PROTECT, each),
        })),
      },
      fc.constantFrom<Change>(
        { kind: 'flush-sas', protocol: null },
        { kind: 'flush-policies' },
        { kind: 'delete-sas-between', pair: { source: ALICE, destination: BOB, protocol: null } },
      ),
    );
    const several = fc.array(change, { maxLength: 12 });
    const seen = (databases: Databases) => ({
      sas: [...databases.sas(0)],
      policies: [...databases.policies()],
      order: databases.spd.policies,
      newest: databases.sad.outbound(layer('esp'), 4, ALICE.octets, 0, BOB.octets, 0, 0),
      entries: new Set(databases.sad.all),
    });
    fc.assert(
      fc.property(fc.array(several, { maxLength: 6 }), (commits) => {
        const databases = new Databases(countingProvider().crypto);
        for (const changes of commits) {
          const before = seen(databases);
          try {
            commit(databases, ...changes);
          } catch (error) {
            expect(error).toBeInstanceOf(ChangeRefused);
            expect(seen(databases)).toEqual(before);
          }
        }
      }),
    );
  });

  test('destroys the contexts of SAs that go, those of the same commit included', () => {
    const { crypto, inUse } = countingProvider();
    const databases = new Databases(crypto);
    commit(databases, addSa(espSa()), addSa(ahSa()));
    keyAll(databases);
    expect(inUse()).toBe(3);
    commit(databases, { kind: 'delete-sa', id: ahSa() });
    expect(inUse()).toBe(2);
    commit(databases, addSa(ahSa()), { kind: 'flush-sas', protocol: null });
    expect(inUse()).toBe(0);
    expect([...databases.sas(0)]).toEqual([]);
  });

  test.each(['cipher', 'integrity'] as const)(
    'leaves no context behind when the provider lacks the %s',
    (lacks) => {
      const { crypto, inUse } = countingProvider(lacks);
      const databases = new Databases(crypto);
      expect(refusalOf(() => commit(databases, addSa(espSa())))).toEqual([0, 'unsupported']);
      expect(inUse()).toBe(0);
    },
  );

  test('changes nothing when the guard cannot be installed', () => {
    const { crypto, inUse } = countingProvider();
    const databases = new Databases(crypto);
    const failure = new Error('no nf_tables');
    const changes = [addSa(espSa()), addPolicy(OUT)];
    const act = () =>
      databases.commit(changes, 0, () => {
        throw failure;
      });
    expect(act).toThrow(failure);
    expect([[...databases.sas(0)], [...databases.policies()], inUse()]).toEqual([[], [], 0]);
  });

  test('tells of the policies to come in order of precedence, and that they did not change', () => {
    const databases = new Databases(countingProvider().crypto);
    commit(databases, addPolicy(OUT));
    const first = policy('outbound', { kind: 'bypass' }, { priority: 1, nextLayerProtocol: 17 });
    const told: (readonly Policy[])[] = [];
    const note = ({ policies }: Pick<Spd, 'policies'>) => told.push(policies);
    databases.commit([addPolicy(IN), addPolicy(first)], 0, note);
    databases.commit([addSa(espSa())], 0, note);
    expect(told).toEqual([
      [first, OUT, IN],
      [first, OUT, IN],
    ]);
    expect(told[0]).toBe(told[1]);
  });

  test('replaces an SA in one commit', () => {
    const { crypto, inUse } = countingProvider();
    const databases = new Databases(crypto);
    commit(databases, addSa(espSa()));
    commit(databases, { kind: 'delete-sa', id: espSa() }, addSa(espSa({ reqid: 9 })));
    expect([...databases.sas(0)].map((sa) => sa.parameters.reqid)).toEqual([9]);
    keyAll(databases);
    expect(inUse()).toBe(2);
  });

  test('numbers policies as Linux does: eights, and the direction below', () => {
    const databases = new Databases(countingProvider().crypto);
    commit(databases, addPolicy(OUT), addPolicy(IN));
    commit(databases, addPolicy(policy('forward', PROTECT)));
    const indexes = [...databases.policies()].map(({ index }) => index);
    expect(indexes.map((index) => index % 8)).toEqual([2, 0, 1]);
    expect(indexes).toEqual(indexes.toSorted((a, b) => b - a));
    commit(databases, { kind: 'flush-policies' }, addPolicy(OUT));
    expect([...databases.policies()][0]?.index).toBeGreaterThan(indexes[0] ?? 0);
  });

  test('keeps what an SA has done when others come and go', () => {
    const databases = new Databases(countingProvider().crypto);
    commit(databases, addSa(espSa()));
    const sa = databases.sad.find(espSa());
    if (sa instanceof Sa) sa.use(100, 5);
    commit(databases, addSa(ahSa()), { kind: 'delete-sa', id: ahSa() });
    expect([...databases.sas(0)]).toMatchObject([{ octets: 100, packets: 1, usedAt: 5 }]);
  });

  test('deletes the SAs between two addresses, one way', () => {
    const databases = new Databases(countingProvider().crypto);
    const back = espSa({ source: BOB, destination: ALICE, spi: 0x301 });
    commit(databases, addSa(espSa()), addSa(ahSa()), addSa(back));
    const pair = { source: ALICE, destination: BOB };
    commit(databases, { kind: 'delete-sas-between', pair: { ...pair, protocol: 'ah' } });
    expect([...databases.sas(0)].map((sa) => sa.parameters.spi)).toEqual([0x301, 0x201]);
    commit(databases, { kind: 'delete-sas-between', pair: { ...pair, protocol: null } });
    expect([...databases.sas(0)].map((sa) => sa.parameters.spi)).toEqual([0x301]);
  });

  test('a duplicate within one commit is refused', () => {
    const databases = new Databases(countingProvider().crypto);
    expect(refusalOf(() => commit(databases, addSa(espSa()), addSa(espSa())))).toEqual([
      1,
      'exists',
    ]);
    expect(refusalOf(() => commit(databases, addPolicy(OUT), addPolicy(OUT)))).toEqual([
      1,
      'exists',
    ]);
  });

  test('loads the published keys that look weak and are not', () => {
    const databases = new Databases(countingProvider().crypto);
    const keyed = (spi: number, text: string) => {
      const encryption = cipherOf(INSECURE_3DES_CBC);
      encryption.key.expose().set(new TextEncoder().encode(text));
      return addSa(espSa({ spi, encryption, integrity: null }));
    };
    commit(databases, keyed(15701, '123456789012123456789012'));
    commit(databases, keyed(80085, 'twentyfourcharactersecrt'));
    expect([...databases.sas(0)]).toHaveLength(2);
  });

  test('takes NULL with integrity', () => {
    const databases = new Databases(countingProvider().crypto);
    commit(databases, addSa(espSa({ encryption: cipherOf(NULL) })));
    const { integrity } = espSa();
    expect(integrity && integrityOf(integrity.algorithm).icvLength).toBe(16);
    expect([...databases.sas(0)]).toHaveLength(1);
  });
});
