import fc from 'fast-check';
import { expect, test } from 'vitest';
import { address } from '../../../../test/support/packets.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';
import { AddressPool } from './address-pool.ts';

const bob = (place: string) => ({ user: 'bob', place });
const eve = (place: string) => ({ user: 'eve', place });

function taken(pool: AddressPool, holder: { user: string; place: string }): string | null {
  const given = pool.take(holder);
  return given && formatIpAddress(given);
}

test('gives addresses from the first on, until there are none', () => {
  const pool = new AddressPool(address('10.99.0.254'), 3);
  expect(['a', 'b', 'c', 'd'].map((place) => taken(pool, bob(place)))).toEqual([
    '10.99.0.254',
    '10.99.0.255',
    '10.99.1.0',
    null,
  ]);
});

test('a user gets back what he had, though others are free', () => {
  const pool = new AddressPool(address('10.99.0.1'), 3);
  taken(pool, eve('a'));
  expect(taken(pool, bob('a'))).toBe('10.99.0.2');
  pool.release(eve('a'));
  pool.release(bob('a'));
  expect(taken(pool, bob('elsewhere'))).toBe('10.99.0.2');
});

test('what was released the longest ago is given away first, once all were', () => {
  const pool = new AddressPool(address('10.99.0.1'), 2);
  taken(pool, bob('a'));
  taken(pool, eve('a'));
  pool.release(eve('a'));
  pool.release(bob('a'));
  expect(taken(pool, { user: 'mallory', place: 'a' })).toBe('10.99.0.2');
  // It is not hers any more.
  expect(taken(pool, eve('a'))).toBe('10.99.0.1');
  expect(taken(pool, bob('a'))).toBeNull();
});

test('who takes twice has to release twice', () => {
  const pool = new AddressPool(address('10.99.0.1'), 1);
  expect([taken(pool, bob('a')), taken(pool, bob('a'))]).toEqual(['10.99.0.1', '10.99.0.1']);
  pool.release(bob('a'));
  expect(taken(pool, eve('a'))).toBeNull();
  pool.release(bob('a'));
  pool.release(bob('a'));
  expect(taken(pool, eve('a'))).toBe('10.99.0.1');
});

test('ends where addresses end', () => {
  const pool = new AddressPool(address('255.255.255.254'), 2 ** 31 - 1);
  expect(pool.size).toBe(2);
  expect(['a', 'b', 'c'].map((place) => taken(pool, bob(place)))).toEqual([
    '255.255.255.254',
    '255.255.255.255',
    null,
  ]);
});

test('no two have the same, nobody is turned away while there is one, whatever they do', () => {
  const holder = fc.record({
    user: fc.constantFrom('a', 'b', 'c', ''),
    place: fc.constantFrom('x', 'y', 'z'),
  });
  const action = fc.record({ holder, takes: fc.boolean() });
  fc.assert(
    fc.property(fc.nat({ max: 6 }), fc.array(action, { maxLength: 60 }), (size, actions) => {
      const pool = new AddressPool(address('10.0.0.0'), size);
      const held = new Map<string, { given: string; uses: number }>();
      for (const { holder, takes } of actions) {
        const key = `${holder.place}/${holder.user}`;
        const lease = held.get(key);
        if (takes) {
          const given = taken(pool, holder);
          if (lease !== undefined) expect(given).toBe(lease.given);
          else expect(given === null).toBe(held.size === size);
          if (given !== null) held.set(key, { given, uses: (lease?.uses ?? 0) + 1 });
        } else {
          pool.release(holder);
          if (lease !== undefined && lease.uses > 1)
            held.set(key, { ...lease, uses: lease.uses - 1 });
          else held.delete(key);
        }
        expect(new Set([...held.values()].map(({ given }) => given)).size).toBe(held.size);
      }
    }),
  );
});
