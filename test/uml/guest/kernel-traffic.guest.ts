/**
 * Two hosts whose kernels our backend sets up reach each other, protected.
 *
 *     ┌─ guest: alice ──────────────┐          ┌─ namespace "bob" ───────────┐
 *     │ lo     10.1.0.1  fd01::1    │          │ lo     10.2.0.1  fd02::1    │
 *     │ wire0  10.9.0.1  fd09::1  ──┼── veth ──┼─ wire0 10.9.0.2  fd09::2    │
 *     └─────────────────────────────┘          └─────────────────────────────┘
 *
 * @module
 */

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import { collect } from '../../../src/ipsec/backend.ts';
import type { Change } from '../../../src/ipsec/change.ts';
import type { Policy, Template } from '../../../src/ipsec/policy.ts';
import type { SaParameters } from '../../../src/ipsec/sa-parameters.ts';
import { GAZETTE } from '../../support/examples.ts';
import { address } from '../../support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  espSa,
  layer,
  opposite,
  policy,
  protect,
  selector,
} from '../../support/sas.ts';
import { inNamespace } from '../../support/thread.ts';
import { changesOf, sh } from './commands.ts';

let alice: KernelBackend;
let bob: KernelBackend;

beforeAll(() => {
  sh(`ip netns add bob
    ip link add wire0 type veth peer name wire0 netns bob
    ip address add 10.9.0.1/24 dev wire0
    ip address add fd09::1/64 dev wire0 nodad
    ip address add 10.1.0.1/32 dev lo
    ip address add fd01::1/128 dev lo
    ip link set wire0 up
    ip -n bob address add 10.9.0.2/24 dev wire0
    ip -n bob address add fd09::2/64 dev wire0 nodad
    ip -n bob address add 10.2.0.1/32 dev lo
    ip -n bob address add fd02::1/128 dev lo
    ip -n bob link set lo up
    ip -n bob link set wire0 up
    ip route add 10.2.0.0/16 via 10.9.0.2 src 10.1.0.1
    ip route add fd02::/32 via fd09::2 src fd01::1
    ip -n bob route add 10.1.0.0/16 via 10.9.0.1 src 10.2.0.1
    ip -n bob route add fd01::/32 via fd09::1 src fd02::1
    ping -c 1 -W 5 10.9.0.2
    ping -c 1 -W 5 fd09::2`);
  alice = new KernelBackend();
  bob = inNamespace('bob', () => new KernelBackend());
});

afterEach(async () => {
  for (const host of [alice, bob]) {
    await host.commit([{ kind: 'flush-sas', protocol: null }, { kind: 'flush-policies' }]);
  }
});

afterAll(async () => {
  await alice.close();
  await bob.close();
  sh('ip netns delete bob');
});

const PINGS = 3;

test('AH and ESP in transport mode, as the gazette had it', async () => {
  await alice.commit(changesOf(GAZETTE.alice));
  await bob.commit(changesOf(GAZETTE.bob));
  ping('10.9.0.2');
  for (const host of [alice, bob]) await expectUsed(host, [0x301, 0x201, 0x300, 0x200]);
  await bob.commit([
    { kind: 'delete-sa', id: ahSa({ spi: 0x200, destination: address('10.9.0.2') }) },
  ]);
  expect(() => ping('10.9.0.2')).toThrow();
  expect(sh('ip netns exec bob cat /proc/net/xfrm_stat')).toMatch(/XfrmInNoStates\s+3\n/);
});

test('an SA that is missing is counted in the backend’s namespace', async () => {
  const before = (await alice.discards())['out-no-states'] ?? 0;
  await alice.commit([addPolicy(policy('outbound', protect(layer('esp', 'require', 99))))]);
  expect(() => ping('10.9.0.2')).toThrow();
  const after = await alice.discards();
  expect((after['out-no-states'] ?? 0) + (after['acquire-error'] ?? 0)).toBeGreaterThan(before);
});

test('AH and ESP over IPv6, with a wide replay window', async () => {
  const [from, to] = [address('fd09::1'), address('fd09::2')];
  const sas = [espSa, ahSa].flatMap((make) => {
    const sa = make({ source: from, destination: to, replayWindow: 128 });
    return [sa, opposite(sa)];
  });
  const guarded = { ...selector(from, to), nextLayerProtocol: 58 };
  const both = protect(layer('esp'), layer('ah'));
  await commitBoth(sas, { ...policy('outbound', both), selector: guarded });
  ping('fd09::2');
  for (const host of [alice, bob]) {
    for (const record of await collect(host.sas()))
      expect(record.packets).toBeGreaterThanOrEqual(PINGS);
  }
});

test.each([
  ['IPv4', '10.1.0.1', '10.2.0.1'],
  ['IPv6', 'fd01::1', 'fd02::1'],
])('an ESP tunnel between IPv4 hosts that carries %s', async (_, inner, far) => {
  const sa = espSa({ mode: 'tunnel', reqid: 7 });
  const tunnel: Template = {
    ...layer('esp', 'require', 7),
    mode: 'tunnel',
    endpoints: { local: sa.source, remote: sa.destination },
  };
  const guarded = selector(address(inner), address(far));
  await commitBoth([sa, opposite(sa)], {
    ...policy('outbound', protect(tunnel)),
    selector: guarded,
  });
  ping(far);
  for (const host of [alice, bob]) await expectUsed(host, [opposite(sa).spi, sa.spi]);
});

/** Alice's outbound policy, and all that follows from it on both hosts. */
async function commitBoth(sas: readonly SaParameters[], outbound: Policy): Promise<void> {
  const inbound: Policy = { ...outbound, direction: 'inbound' };
  const added = sas.map(addSa);
  await alice.commit([...added, addPolicy(outbound), addPolicy(inbound)]);
  const mirrored = [outbound, inbound].map((one): Change => addPolicy(seenFromBob(one)));
  await bob.commit([...added, ...mirrored]);
}

function seenFromBob(one: Policy): Policy {
  const { selector: theirs, action } = one;
  return {
    ...one,
    selector: { ...theirs, localAddress: theirs.remoteAddress, remoteAddress: theirs.localAddress },
    action:
      action.kind !== 'protect'
        ? action
        : protect(
            ...action.templates.map(({ endpoints, ...template }) => ({
              ...template,
              endpoints: endpoints && { local: endpoints.remote, remote: endpoints.local },
            })),
          ),
  };
}

/** Each SA carried every ping, and says so. */
async function expectUsed(host: KernelBackend, spis: readonly number[]): Promise<void> {
  const records = await collect(host.sas());
  expect(records.map(({ parameters }) => parameters.spi)).toEqual(spis);
  for (const { packets, octets, usedAt } of records) {
    expect(packets).toBe(PINGS);
    expect(octets).toBeGreaterThanOrEqual(PINGS * 64);
    expect(usedAt).toBeGreaterThan(0);
  }
}

function ping(to: string): void {
  sh(`ping -c ${PINGS} -i 0.1 -W 1 ${to}`);
}
