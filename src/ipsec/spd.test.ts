import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ALICE,
  ALICE6,
  address,
  BOB,
  BOB6,
  ipv4Packet,
  udpPacket,
} from '../../test/support/packets.ts';
import { layer, policy, protect } from '../../test/support/sas.ts';
import { hasMessages, hasPorts } from '../net/ip-protocol.ts';
import { ANY_PORT, isAnyPort } from '../net/port-range.ts';
import type { Prefix } from '../net/prefix.ts';
import { type IpHeader, newIpHeader, readIp } from '../wire/ip.ts';
import type { Action, Policy } from './policy.ts';
import {
  type Direction,
  OPAQUE,
  type Selector,
  type SelectorAddresses,
  selectorMatches,
  selectorMatchesButDetail,
  type Traffic,
} from './selector.ts';
import { Spd } from './spd.ts';
import { SpdEntry } from './spd-entry.ts';
import { newTraffic, readTraffic } from './traffic.ts';

const DISCARD: Action = { kind: 'discard' };
const BYPASS: Action = { kind: 'bypass' };

/** Few values, so that selectors and traffic meet often. */
const hosts = {
  4: [ALICE, BOB, address('10.9.0.3'), address('192.0.2.1')],
  6: [ALICE6, BOB6, address('2001:db8:9:0:8000::'), address('2001:db8:a::1')],
} as const;
const lengths = { 4: [0, 8, 24, 31, 32], 6: [0, 32, 47, 64, 65, 127, 128] } as const;
const protocols = fc.constantFrom(1, 6, 17, 47, 50, 135);
const ranges = fc
  .tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 }))
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const ports = fc.oneof(ranges, fc.constantFrom(ANY_PORT, { first: 4, last: 0xffff }));
const octet = fc.option(fc.nat({ max: 2 }));
const greKeys = [0, 7, 0xffffffff];

const selectors: fc.Arbitrary<Selector> = fc
  .constantFrom(4 as const, 6 as const)
  .chain((version) => {
    const prefix = fc.record({
      address: fc.constantFrom(...hosts[version]),
      length: fc.constantFrom(...lengths[version]),
    });
    return fc
      .record({
        localAddress: prefix,
        remoteAddress: prefix,
        nextLayerProtocol: fc.oneof(fc.constant<'any'>('any'), protocols),
        localPort: fc.oneof({ weight: 2, arbitrary: fc.constant(ANY_PORT) }, ports),
        remotePort: ports,
        message: fc.record({ type: octet, code: octet }),
        greKey: fc.option(fc.constantFrom(...greKeys)),
      })
      .map(({ nextLayerProtocol: protocol, message, greKey, ...rest }) => ({
        ...rest,
        nextLayerProtocol: protocol,
        message: hasMessages(protocol) ? message : null,
        greKey: protocol === 47 ? greKey : null,
        securityContext: null,
      }));
  });

const policies: fc.Arbitrary<Policy> = fc.record({
  direction: fc.constantFrom('outbound', 'inbound', 'forward'),
  action: fc.constantFrom(DISCARD, BYPASS, protect(layer('esp'))),
  priority: fc.constantFrom(0, 1, 0x80000000, 0xffffffff),
  selector: selectors,
});

/** What `readTraffic` makes of packets: each protocol shows its own, all of it or nothing. */
const traffics: fc.Arbitrary<Traffic> = fc.constantFrom(4 as const, 6 as const).chain((version) =>
  fc
    .record({
      local: fc.constantFrom(...hosts[version]),
      remote: fc.constantFrom(...hosts[version]),
      protocol: fc.oneof({ weight: 9, arbitrary: protocols }, fc.constant(OPAQUE)),
      hides: fc.boolean(),
      localPort: fc.nat({ max: 10 }),
      remotePort: fc.nat({ max: 10 }),
      messageType: fc.nat({ max: 3 }),
      messageCode: fc.nat({ max: 3 }),
      greKey: fc.constantFrom(OPAQUE, ...greKeys),
    })
    .map(({ local, remote, protocol, hides, ...shown }) => {
      const traffic = newTraffic();
      traffic.version = version;
      traffic.octets = Uint8Array.of(0xa5, ...local.octets, ...remote.octets);
      traffic.localAddressAt = 1;
      traffic.remoteAddressAt = 1 + local.octets.length;
      traffic.nextLayerProtocol = protocol;
      const mayHide = hasPorts(protocol) || hasMessages(protocol) || protocol === 47;
      traffic.hidesDetail = protocol === OPAQUE || (hides && mayHide);
      if (traffic.hidesDetail) return traffic;
      if (hasPorts(protocol)) {
        traffic.localPort = shown.localPort;
        traffic.remotePort = shown.remotePort;
      } else if (hasMessages(protocol)) {
        traffic.messageType = shown.messageType;
        if (protocol !== 135) traffic.messageCode = shown.messageCode;
      } else if (protocol === 47) traffic.greKey = shown.greKey;
      return traffic;
    }),
);

/** A flat list, in the order of insertion, sorted anew for each question. */
function linearScan(
  entries: readonly SpdEntry[],
  direction: Direction,
  traffic: Traffic,
): SpdEntry | 'hidden' | undefined {
  const ordered = entries
    .filter(({ policy }) => policy.direction === direction)
    .toSorted((a, b) => a.policy.priority - b.policy.priority);
  for (const entry of ordered) {
    const { selector, action } = entry.policy;
    if (selectorMatches(selector, traffic)) return entry;
    if (
      traffic.hidesDetail &&
      action.kind !== 'bypass' &&
      asksForHidden(selector, traffic.nextLayerProtocol) &&
      selectorMatchesButDetail(selector, traffic)
    ) {
      return 'hidden';
    }
  }
  return undefined;
}

/** Whether `selector` is about what packets of `protocol` may hide, or may be of one that is hidden. */
function asksForHidden(selector: Selector, protocol: number): boolean {
  if (protocol === OPAQUE) return true;
  if (hasPorts(protocol)) return !isAnyPort(selector.localPort) || !isAnyPort(selector.remotePort);
  return hasMessages(protocol) ? selector.message !== null : selector.greKey !== null;
}

/** Whether `inner` begins with the bits that count in `outer`. */
function beginsAs(outer: Prefix, inner: Prefix): boolean {
  const bitsOf = ({ address, length }: Prefix) =>
    Array.from(address.octets, (octet) => octet.toString(2).padStart(8, '0'))
      .join('')
      .slice(0, length);
  const isOneVersion = outer.address.version === inner.address.version;
  return isOneVersion && bitsOf(inner).startsWith(bitsOf(outer));
}

type Step =
  | { readonly kind: 'add'; readonly policy: Policy }
  | { readonly kind: 'remove'; readonly pick: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'look'; readonly traffic: Traffic }
  | { readonly kind: 'ask'; readonly addresses: SelectorAddresses };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: policies.map((each) => ({ kind: 'add' as const, policy: each })) },
  { weight: 15, arbitrary: fc.nat().map((pick) => ({ kind: 'remove' as const, pick })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  { weight: 40, arbitrary: traffics.map((traffic) => ({ kind: 'look' as const, traffic })) },
  { weight: 10, arbitrary: selectors.map((each) => ({ kind: 'ask' as const, addresses: each })) },
);

const DIRECTIONS = ['outbound', 'inbound', 'forward'] as const;

describe('the SPD', () => {
  test('finds what a linear scan finds, while entries come and go', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 80, size: 'max' }), (several) => {
        const spd = new Spd();
        const entries: SpdEntry[] = [];
        for (const step of several) {
          if (step.kind === 'add') {
            const entry = new SpdEntry(step.policy, 0, 0);
            entries.push(entry);
            spd.add(entry);
          } else if (step.kind === 'remove') {
            const [entry] = entries.splice(step.pick % Math.max(1, entries.length), 1);
            if (entry !== undefined) spd.remove(entry);
          } else if (step.kind === 'clear') {
            entries.length = 0;
            spd.clear();
          } else if (step.kind === 'ask') {
            const { localAddress, remoteAddress } = step.addresses;
            const expected = entries.filter(
              ({ policy: { selector } }) =>
                beginsAs(selector.localAddress, localAddress) &&
                beginsAs(selector.remoteAddress, remoteAddress),
            );
            const ordinals = spd.including(step.addresses).map(({ ordinal }) => ordinal);
            expect(ordinals.sort((a, b) => a - b)).toEqual(expected.map(({ ordinal }) => ordinal));
          } else {
            for (const direction of DIRECTIONS) {
              const expected = linearScan(entries, direction, step.traffic);
              expect(spd.lookup(direction, step.traffic)).toBe(expected);
              // From the cache, now.
              expect(spd.lookup(direction, step.traffic)).toBe(expected);
            }
          }
        }
        expect(new Set(spd.all)).toEqual(new Set(entries));
      }),
      { numRuns: 400 },
    );
  });

  test('finds what a linear scan finds among thousands', () => {
    const entries = fc
      .sample(policies, { numRuns: 3000, seed: 4301 })
      .map((each) => new SpdEntry(each, 0, 0));
    const spd = new Spd(entries);
    const packets = fc.sample(traffics, { numRuns: 300, seed: 4301 });
    let entriesLeft = entries;
    for (let round = 0; round < 3; round++) {
      for (const traffic of packets) {
        for (const direction of DIRECTIONS) {
          const found = spd.lookup(direction, traffic);
          expect(found).toBe(linearScan(entriesLeft, direction, traffic));
        }
      }
      for (const [k, entry] of entriesLeft.entries()) if (k % 3 > 0) spd.remove(entry);
      entriesLeft = entriesLeft.filter((_, k) => k % 3 === 0);
    }
  });

  test('gives its policies as one array until something changes', () => {
    const entry = new SpdEntry(policy('inbound', DISCARD), 1, 0);
    const spd = new Spd([entry, new SpdEntry(policy('outbound', BYPASS), 2, 0)]);
    const { policies: before } = spd;
    expect(before.map(({ direction }) => direction)).toEqual(['outbound', 'inbound']);
    expect(spd.policies).toBe(before);
    spd.remove(entry);
    expect(spd.policies).toEqual([policy('outbound', BYPASS)]);
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
