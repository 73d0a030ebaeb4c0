import { expect, test } from 'vitest';
import type { IkeHost } from '../support/ike-hosts.ts';
import { pairOf, wantToSend } from '../support/ike-pair.ts';

/** Alice has policies, and bob makes those that she asks for. */
function gateway() {
  const pair = pairOf({
    remote: 'generate_policy unique;',
    sainfo: 'lifetime time 100 sec;',
    layers: 'esp/tunnel',
  });
  pair.bob.databases.commit([{ kind: 'flush-policies' }], 0, () => undefined);
  return pair;
}

/** In which directions `host` has policies. */
function directions(host: IkeHost): readonly string[] {
  return [...host.databases.policies()].map(({ policy }) => policy.direction).sort();
}

test('policies that are made for a peer stay while its keys are replaced', () => {
  const { net, alice, bob } = gateway();
  wantToSend(net, alice);
  net.run(5000);
  const made = directions(bob);
  expect(made).toEqual(['forward', 'inbound', 'outbound']);
  // At 80 and at 160 seconds the keys are replaced, at 100 and at 180 the old ones end.
  for (const until of [90_000, 120_000, 200_000]) {
    net.run(until);
    expect(directions(bob)).toEqual(made);
  }
  expect(alice.told('phase2-established')).toHaveLength(3);
  expect(bob.told('policy-generated')).toHaveLength(3);
  expect(bob.told('policy-removed')).toEqual([]);
});

test('policies that are made for a peer go when the last of its SAs has gone', () => {
  const { net, alice, bob } = gateway();
  wantToSend(net, alice);
  net.run(90_000);
  net.soon(alice, { kind: 'command', command: { kind: 'shut-down' } });
  net.run(95_000);
  expect(directions(bob)).toEqual([]);
  expect([...bob.databases.sas(net.now)]).toEqual([]);
  expect(bob.told('policy-removed')).toHaveLength(3);
});
