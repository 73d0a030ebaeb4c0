import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALICE, address, BOB, ipv4Packet, udpPacket } from '../../test/support/packets.ts';
import { layer, policy, protect } from '../../test/support/sas.ts';
import { type IpHeader, newIpHeader, readIp } from '../wire/ip.ts';
import type { Action, Policy } from './policy.ts';
import { OPAQUE, selectorMatches, type Traffic } from './selector.ts';
import { Spd, SpdEntry } from './spd.ts';
import { newTraffic, readTraffic } from './traffic.ts';

const DISCARD: Action = { kind: 'discard' };
const BYPASS: Action = { kind: 'bypass' };

/** Few values, so that selectors and traffic meet often. */
const hosts = fc.constantFrom(ALICE, BOB, address('10.9.0.3'), address('192.0.2.1'));
const lengths = fc.constantFrom(0, 8, 24, 31, 32);
const protocols = fc.constantFrom(1, 6, 17, 47);
const ranges = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }))
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const anyOr = <T>(values: fc.Arbitrary<T>, any: T) => fc.oneof(fc.constant(any), values);
const ports = anyOr(ranges, { first: 0, last: 0xffff });

const policies: fc.Arbitrary<Policy> = fc.record({
  direction: fc.constantFrom('outbound', 'inbound', 'forward'),
  action: fc.constantFrom(DISCARD, BYPASS, protect(layer('esp'))),
  priority: fc.constantFrom(0, 1, 0x80000000, 0xffffffff),
  selector: fc.record({
    localAddress: fc.record({ address: hosts, length: lengths }),
    remoteAddress: fc.record({ address: hosts, length: lengths }),
    nextLayerProtocol: fc.oneof(fc.constant<'any'>('any'), protocols),
    localPort: ports,
    remotePort: ports,
    message: fc.constant(null),
    greKey: fc.constant(null),
    securityContext: fc.constant(null),
  }),
});

const traffics: fc.Arbitrary<Traffic> = fc
  .record({
    local: hosts,
    remote: hosts,
    nextLayerProtocol: protocols,
    localPort: fc.constantFrom(OPAQUE, 0, 1, 2, 3, 4),
    remotePort: fc.constantFrom(OPAQUE, 0, 1, 2, 3, 4),
  })
  .map(({ local, remote, ...rest }) => ({
    ...newTraffic(),
    ...rest,
    version: 4 as const,
    octets: Uint8Array.of(...local.octets, ...remote.octets),
    localAddressAt: 0,
    remoteAddressAt: 4,
    hidesDetail: false,
  }));

/** A flat list, in the order of insertion, sorted anew for each question. */
function linearScan(entries: readonly SpdEntry[], direction: string, traffic: Traffic) {
  return entries
    .filter(({ policy }) => policy.direction === direction)
    .toSorted((a, b) => a.policy.priority - b.policy.priority)
    .find(({ policy }) => selectorMatches(policy.selector, traffic));
}

describe('the SPD', () => {
  test('finds what a linear scan finds, while entries come and go', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: policies.map((policy) => ({ policy, remove: -1, traffic: null })) },
      { weight: 1, arbitrary: fc.nat().map((remove) => ({ policy: null, remove, traffic: null })) },
      { weight: 3, arbitrary: traffics.map((traffic) => ({ policy: null, remove: -1, traffic })) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        let spd = new Spd();
        const entries: SpdEntry[] = [];
        for (const { policy, remove, traffic } of steps) {
          if (policy !== null) {
            const entry = new SpdEntry(policy, entries.length, 0);
            entries.push(entry);
            spd.add(entry);
          } else if (traffic !== null) {
            for (const direction of ['outbound', 'inbound', 'forward'] as const) {
              expect(spd.lookup(direction, traffic)).toBe(linearScan(entries, direction, traffic));
            }
          } else {
            const [entry] = entries.splice(remove % Math.max(1, entries.length), 1);
            if (entry !== undefined) spd.remove(entry);
            // A copy is as good.
            spd = new Spd(spd.all);
          }
          expect(new Set(spd.all)).toEqual(new Set(entries));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('finds what a linear scan finds among many policies between single hosts', () => {
    const host = (k: number) => ({ address: address(`10.20.0.${k}`), length: 32 });
    const pair = fc.record({
      remoteAddress: fc.integer({ min: 1, max: 20 }).map(host),
      priority: fc.constantFrom(1, 1, 1, 2),
    });
    const other = fc.record({
      remoteAddress: fc.constant({ address: address('10.20.0.0'), length: 28 }),
      nextLayerProtocol: fc.constantFrom<'any' | number>('any', 17),
      priority: fc.constantFrom(0, 1, 2),
    });
    const parts = fc.oneof({ weight: 12, arbitrary: pair }, { weight: 1, arbitrary: other });
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40, size: 'max' }), (several) => {
        const entries = several.map(
          (each, k) => new SpdEntry(policy('outbound', DISCARD, each), k, 0),
        );
        const spd = new Spd(entries);
        for (let k = 1; k <= 20; k++) {
          const traffic: Traffic = {
            ...newTraffic(),
            version: 4,
            octets: Uint8Array.of(...ALICE.octets, ...host(k).address.octets),
            localAddressAt: 0,
            remoteAddressAt: 4,
            nextLayerProtocol: k % 2 === 0 ? 17 : 6,
            localPort: 1,
            remotePort: 2,
            hidesDetail: false,
          };
          expect(spd.lookup('outbound', traffic)).toBe(linearScan(entries, 'outbound', traffic));
        }
      }),
    );
  });

  test('names entries by direction and selector, whatever their priority', () => {
    const spd = new Spd();
    const entry = new SpdEntry(policy('outbound', DISCARD, { priority: 1 }), 1, 0);
    spd.add(entry);
    expect(spd.find(policy('outbound', BYPASS, { priority: 3 }))).toBe(entry);
    expect(spd.find(policy('inbound', DISCARD, { priority: 1 }))).toBeUndefined();
  });
});

describe('a packet that hides its ports (RFC 4301 §7)', () => {
  const later = ipv4Packet({ payload: new Uint8Array(16), fragment: { offset: 8, more: false } });
  const short = ipv4Packet({ payload: new Uint8Array(3) });
  const whole = udpPacket(new Uint8Array(4), { destinationPort: 5000 });
  const port = { first: 5000, last: 5000 };

  function lookup(packet: Uint8Array, ...listed: Policy[]): SpdEntry | 'hidden' | undefined {
    const traffic = newTraffic();
    readTraffic(traffic, packet, headerOf(packet), true);
    const spd = new Spd();
    for (const [k, each] of listed.entries()) spd.add(new SpdEntry(each, k, 0));
    return spd.lookup('outbound', traffic);
  }
  const about = (action: Action, parts = {}) =>
    policy('outbound', action, { remotePort: port, nextLayerProtocol: 17, ...parts });

  test.each([
    ['a later fragment', later],
    ['a packet cut short', short],
  ])('%s does not slip past a policy for ports', (_, packet) => {
    expect(lookup(packet, about(protect(layer('esp'))))).toBe('hidden');
    expect(lookup(packet, about(DISCARD))).toBe('hidden');
    expect(lookup(packet, about(DISCARD, { nextLayerProtocol: 'any' }))).toBe('hidden');
    expect(lookup(packet, about(BYPASS))).toBeUndefined();
  });

  test('is decided by an earlier entry for any port', () => {
    const any = policy('outbound', BYPASS, { priority: 1 });
    expect(lookup(later, about(DISCARD), any)).toMatchObject({ policy: any });
  });

  test('is no concern of a policy for other addresses or protocols', () => {
    expect(lookup(later, about(DISCARD, { nextLayerProtocol: 6 }))).toBeUndefined();
    const elsewhere = { address: address('10.9.0.3'), length: 32 };
    expect(lookup(later, about(DISCARD, { remoteAddress: elsewhere }))).toBeUndefined();
  });

  test('is neither one that shows them nor one that has none', () => {
    expect(lookup(whole, about(DISCARD))).toMatchObject({ policy: about(DISCARD) });
    const icmp = ipv4Packet({ protocol: 1, payload: new Uint8Array(3) });
    expect(lookup(icmp, about(DISCARD, { nextLayerProtocol: 'any' }))).toBeUndefined();
  });
});

describe('readTraffic()', () => {
  test('sees the packet from the host that holds the policy', () => {
    const packet = udpPacket(new Uint8Array(4), { sourcePort: 1, destinationPort: 2 });
    const octets = Uint8Array.of(0xa5, ...packet);
    const traffic = newTraffic();
    readTraffic(traffic, octets, headerOf(octets, 1), true);
    expect(traffic).toMatchObject({ localAddressAt: 13, remoteAddressAt: 17, localPort: 1 });
    readTraffic(traffic, octets, headerOf(octets, 1), false);
    expect(traffic).toMatchObject({ localAddressAt: 17, remoteAddressAt: 13, localPort: 2 });
    expect(traffic).toMatchObject({ remotePort: 1, nextLayerProtocol: 17, version: 4 });
  });

  test('reads ports behind IP options', () => {
    const options = Uint8Array.of(1, 1, 1, 0);
    const packet = udpPacket(new Uint8Array(0), { sourcePort: 7, destinationPort: 8, options });
    const traffic = newTraffic();
    readTraffic(traffic, packet, headerOf(packet), true);
    expect(traffic).toMatchObject({ localPort: 7, remotePort: 8, hidesDetail: false });
  });

  test('reads the ports of a first fragment', () => {
    const fragment = { offset: 0, more: true };
    const packet = udpPacket(new Uint8Array(8), { sourcePort: 7, destinationPort: 8, fragment });
    const traffic = newTraffic();
    readTraffic(traffic, packet, headerOf(packet), true);
    expect(traffic).toMatchObject({ localPort: 7, remotePort: 8, hidesDetail: false });
  });
});

function headerOf(octets: Uint8Array, at = 0): IpHeader {
  const header = newIpHeader();
  expect(readIp(header, octets, at, octets.length - at)).toBe(true);
  return header;
}
