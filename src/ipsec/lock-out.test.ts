import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALICE, address, BOB } from '../../test/support/packets.ts';
import {
  espSa,
  layer,
  network,
  opposite,
  policy,
  protect,
  tunnel,
} from '../../test/support/sas.ts';
import { formatSpdadd } from '../config/setkey/statement-text.ts';
import { everywhere } from '../net/prefix.ts';
import { NOTHING } from './contents.ts';
import { ESSENTIAL_FLOWS, type EssentialTraffic, sessionFlow } from './essential-flows.ts';
import { type LockOut, lockOuts } from './lock-out.ts';
import type { Policy } from './policy.ts';
import type { SaParameters } from './sa-parameters.ts';
import { Spd } from './spd.ts';
import { SpdEntry } from './spd-entry.ts';
import { newTraffic } from './traffic.ts';

const SSH = sessionFlow({ address: ALICE, port: 22 }, { address: BOB, port: 51234 });
const ESP = protect(layer('esp'));
const DISCARD = { kind: 'discard' } as const;
const BYPASS = { kind: 'bypass' } as const;
const PORT_22 = { first: 22, last: 22 };
const TCP = { nextLayerProtocol: 6 };

function ofSession(policies: readonly Policy[], sas: readonly SaParameters[] = []): LockOut[] {
  return lockOuts({ sas, policies }, [SSH]);
}

function fates(found: readonly LockOut[]): string[] {
  return found.map(({ policy, fate }) => `${policy.direction} ${fate}`);
}

/** The kinds of essential traffic that `policies` discard or protect, without repetition. */
function kinds(...policies: Policy[]): EssentialTraffic[] {
  const found = lockOuts({ ...NOTHING, policies }, ESSENTIAL_FLOWS);
  return [...new Set(found.map(({ flow }) => flow.kind))];
}

describe('lockOuts()', () => {
  test('tells of each direction that a policy discards', () => {
    expect(fates(ofSession([policy('outbound', DISCARD), policy('inbound', DISCARD)]))).toEqual([
      'outbound discarded',
      'inbound discarded',
    ]);
    expect(ofSession([policy('forward', DISCARD)])).toEqual([]);
    expect(ofSession([policy('outbound', BYPASS)])).toEqual([]);
  });

  test('tells whether SAs could serve what a policy protects, in each direction', () => {
    const policies = [policy('outbound', ESP), policy('inbound', ESP)];
    const sa = espSa();
    expect(fates(ofSession(policies))).toEqual(['outbound unserved', 'inbound unserved']);
    expect(fates(ofSession(policies, [sa]))).toEqual(['outbound served', 'inbound unserved']);
    expect(fates(ofSession(policies, [opposite(sa)]))).toEqual([
      'outbound unserved',
      'inbound served',
    ]);
  });

  test('lets pass what a policy only would like to protect, as long as it cannot', () => {
    const use = policy('outbound', protect(layer('esp', 'use')));
    expect(ofSession([use])).toEqual([]);
    expect(fates(ofSession([use], [espSa()]))).toEqual(['outbound served']);
  });

  test('sees that layers around a tunnel go between its ends', () => {
    const near = address('192.0.2.1');
    const far = address('192.0.2.2');
    const around = policy('outbound', protect(tunnel('esp', near, far), layer('ah')));
    const inner = espSa({ mode: 'tunnel', source: near, destination: far });
    const outer = espSa({ protocol: 'ah', spi: 0x300, source: near, destination: far });
    expect(fates(ofSession([around], [inner, outer]))).toEqual(['outbound served']);
    const stray = { ...outer, source: ALICE, destination: BOB };
    expect(fates(ofSession([around], [inner, stray]))).toEqual(['outbound unserved']);
  });

  test('asks policies by their priority, then the oldest first', () => {
    const pass = policy('outbound', BYPASS, { ...TCP, localPort: { first: 1, last: 1023 } });
    const stop = policy('outbound', DISCARD);
    expect(ofSession([pass, stop])).toEqual([]);
    expect(fates(ofSession([stop, pass]))).toEqual(['outbound discarded']);
    expect(ofSession([stop, { ...pass, priority: 7 }])).toEqual([]);
  });

  test('fixes it by a policy for the service, whatever port the next session comes from', () => {
    const [found] = ofSession([policy('inbound', ESP)]);
    expect(found?.fix && formatSpdadd(found.fix)).toBe(
      'spdadd 10.9.0.2 10.9.0.1[22] tcp -P in prio 1 none;',
    );
  });

  test('puts the fix ahead of every policy that would swallow it', () => {
    const first = policy('inbound', ESP, { ...TCP, priority: 100 });
    const found = ofSession([policy('inbound', DISCARD), first]);
    expect(found.map(({ policy, fix }) => [policy.priority, fix?.priority])).toEqual([[100, 99]]);
  });

  test('has no fix for a policy about nothing else', () => {
    const [found] = ofSession([policy('inbound', DISCARD, { ...TCP, localPort: PORT_22 })]);
    expect(found?.fix).toBe(null);
  });

  test('the fixes for everything, added, leave nothing to fix', () => {
    for (const version of [4, 6] as const) {
      const all = { localAddress: everywhere(version), remoteAddress: everywhere(version) };
      const policies = [policy('outbound', ESP, all), policy('inbound', DISCARD, all)];
      const flows = [SSH, ...ESSENTIAL_FLOWS];
      const fixes = lockOuts({ ...NOTHING, policies }, flows).flatMap(({ fix }) => fix ?? []);
      expect(fixes.length).toBeGreaterThan(10);
      expect(lockOuts({ ...NOTHING, policies: [...policies, ...fixes] }, flows)).toEqual([]);
    }
  });

  test('a long file takes no longer than a moment', () => {
    const policies = Array.from({ length: 10_000 }, (_, k) =>
      policy('outbound', ESP, { remoteAddress: network(`10.${k >> 8}.${k & 0xff}.0/24`) }),
    );
    expect(lockOuts({ ...NOTHING, policies }, ESSENTIAL_FLOWS).length).toBeGreaterThan(10_000);
  });
});

describe('ESSENTIAL_FLOWS', () => {
  const everything = (version: 4 | 6) =>
    policy('outbound', DISCARD, {
      localAddress: everywhere(version),
      remoteAddress: everywhere(version),
    });

  test('are what a policy for everything swallows', () => {
    expect(kinds(everything(4))).toEqual(['ike', 'loopback', 'dhcp']);
    expect(kinds(everything(6))).toEqual(['ike', 'loopback', 'neighbour-discovery', 'dhcp']);
  });

  test('are found where a policy is about a few of their packets', () => {
    expect(kinds(policy('inbound', DISCARD, { nextLayerProtocol: 17 }))).toEqual(['ike', 'dhcp']);
    expect(kinds(policy('inbound', DISCARD, TCP))).toEqual([]);
    const redirects = {
      localAddress: everywhere(6),
      remoteAddress: network('fe80::/10'),
      nextLayerProtocol: 58,
    };
    const message = { type: 137, code: 0 };
    expect(kinds(policy('inbound', DISCARD, { ...redirects, message }))).toEqual([
      'neighbour-discovery',
    ]);
    const echo = { type: 128, code: null };
    expect(kinds(policy('inbound', DISCARD, { ...redirects, message: echo }))).toEqual([]);
  });

  test('tell which backend lets them pass by itself', () => {
    const asked = ESSENTIAL_FLOWS.filter(({ exemptBy }) => !exemptBy.includes('kernel'));
    const found = lockOuts({ ...NOTHING, policies: [everything(4), everything(6)] }, asked);
    expect(new Set(found.map(({ flow }) => flow.kind))).toEqual(
      new Set(['ike', 'loopback', 'neighbour-discovery', 'dhcp']),
    );
    expect(found.some(({ flow }) => flow.selector.localAddress.length === 8)).toBe(false);
  });
});

const somePolicy: Arbitrary<Policy> = fc
  .record({
    direction: fc.constantFrom('outbound' as const, 'inbound' as const),
    action: fc.constantFrom(DISCARD, BYPASS),
    nextLayerProtocol: fc.constantFrom('any' as const, 6, 17),
    localAddress: fc.constantFrom(network('10.9.0.0/24'), network('10.8.0.0/13')),
    localPort: fc.constantFrom(PORT_22, { first: 0, last: 0xffff }, { first: 20, last: 30 }),
    remotePort: fc.constantFrom({ first: 51234, last: 51234 }, { first: 0, last: 0xffff }),
    priority: fc.constantFrom(1, 2),
  })
  .map(({ direction, action, ...parts }) => policy(direction, action, parts));

test('the SPD has a packet of the session discarded where lockOuts() says so, and nowhere else', () => {
  const traffic = newTraffic();
  Object.assign(traffic, {
    octets: Uint8Array.of(...ALICE.octets, ...BOB.octets),
    remoteAddressAt: 4,
    nextLayerProtocol: 6,
    localPort: 22,
    remotePort: 51234,
  });
  fc.assert(
    fc.property(fc.array(somePolicy, { maxLength: 6 }), (policies) => {
      const spd = new Spd(policies.map((each, index) => new SpdEntry(each, index, 0)));
      const found = ofSession(policies);
      for (const direction of ['outbound', 'inbound'] as const) {
        const answer = spd.lookup(direction, traffic);
        const policy = answer instanceof SpdEntry ? answer.policy : null;
        const told = found.filter((each) => each.policy.direction === direction);
        expect(told.map((each) => each.policy)).toEqual(
          policy?.action.kind === 'discard' ? [policy] : [],
        );
      }
    }),
  );
});
