import fc from 'fast-check';
import { expect, test } from 'vitest';
import { address } from '../../../test/support/packets.ts';
import { hasMessages, hasPorts } from '../../net/ip-protocol.ts';
import type { PortRange } from '../../net/port-range.ts';
import { type Prefix, prefixCovers } from '../../net/prefix.ts';
import { type PacketMatch, packetsBetween } from './packet-match.ts';
import { groupRules, type Rule } from './rule-groups.ts';

/** A packet as nf_tables sees it. */
interface Shown {
  readonly version: 4 | 6;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly later: boolean;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly type: number;
}

/** What the expressions of `match` would say. */
function matches(match: PacketMatch, packet: Shown): boolean {
  const covers = (prefix: Prefix, octets: Uint8Array) =>
    prefix.address.version === packet.version && prefixCovers(prefix, octets, 0);
  const holds = (range: PortRange | null, port: number) =>
    range === null || (!packet.later && port >= range.first && port <= range.last);
  const { message } = match;
  return (
    covers(match.source, packet.source) &&
    covers(match.destination, packet.destination) &&
    (match.protocol === null || match.protocol === packet.protocol) &&
    holds(match.sourcePort, packet.sourcePort) &&
    holds(match.destinationPort, packet.destinationPort) &&
    (message === null ||
      message.type === null ||
      (!packet.later && message.type === packet.type)) &&
    (!match.later || packet.later)
  );
}

const HOSTS = {
  4: ['10.9.0.1', '10.9.0.2', '10.9.128.1', '192.0.2.1'].map(address),
  6: ['fd09::1', 'fd09::2', 'fd09:0:8000::1', '2001:db8::1'].map(address),
};
const LENGTHS = { 4: [0, 8, 16, 17, 31, 32], 6: [0, 16, 33, 127, 128] };
const versions = fc.constantFrom(4 as const, 6 as const);
const protocols = fc.constantFrom(1, 6, 17);
const port = fc.nat({ max: 3 });
const range = fc.oneof(
  port.map((each) => ({ first: each, last: each })),
  fc.tuple(port, port).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) })),
);

const rules: fc.Arbitrary<Rule<string>> = versions.chain((version) => {
  const prefix = fc.record({
    address: fc.constantFrom(...HOSTS[version]),
    length: fc.constantFrom(...LENGTHS[version]),
  });
  return fc
    .record({
      source: prefix,
      destination: prefix,
      protocol: fc.option(protocols),
      sourcePort: fc.option(range),
      destinationPort: fc.option(range),
      type: fc.option(fc.nat({ max: 1 })),
      later: fc.boolean(),
      outcome: fc.constantFrom('accept', 'capture', 'refuse'),
    })
    .map(({ source, destination, protocol, type, later, outcome, ...ports }) => {
      const between = { ...packetsBetween(source, destination), protocol, later };
      if (later || protocol === null) return { match: between, outcome };
      if (hasPorts(protocol)) return { match: { ...between, ...ports }, outcome };
      const message = hasMessages(protocol) && type !== null ? { type, code: null } : null;
      return { match: { ...between, message }, outcome };
    });
});

const packets: fc.Arbitrary<Shown> = versions.chain((version) => {
  const host = fc.constantFrom(...HOSTS[version]).map(({ octets }) => octets);
  return fc.record({
    version: fc.constant(version),
    source: host,
    destination: host,
    protocol: protocols,
    later: fc.boolean(),
    sourcePort: port,
    destinationPort: port,
    type: fc.nat({ max: 2 }),
  });
});

test('groups decide about every packet as the rules one after the other do', () => {
  const some = fc.array(rules, { maxLength: 40, size: 'max' });
  fc.assert(
    fc.property(some, fc.array(packets, { minLength: 20, maxLength: 40 }), (several, shown) => {
      const groups = groupRules(several);
      expect(groups.length).toBeLessThanOrEqual(several.length);
      for (const packet of shown) {
        const first = several.find(({ match }) => matches(match, packet));
        const group = groups.find((each) => each.matches.some((match) => matches(match, packet)));
        expect(group?.outcome).toBe(first?.outcome);
      }
    }),
    { numRuns: 1000 },
  );
});

test('one that ends otherwise parts those around it only where a packet may meet both', () => {
  const net = (text: string, length = 16): Prefix => ({ address: address(text), length });
  const rule = (to: string, outcome: string, parts: Partial<PacketMatch> = {}) => ({
    match: { ...packetsBetween(net('10.1.0.0'), net(to)), ...parts },
    outcome,
  });
  const shapeOf = (...several: Rule<string>[]) =>
    groupRules(several).map((group) => group.matches.length);
  const [a, b] = [rule('10.2.0.0', 'capture'), rule('10.3.0.0', 'capture')];
  expect(shapeOf(a, rule('10.4.0.0', 'accept'), b)).toEqual([2, 1]);
  expect(shapeOf(a, rule('10.3.0.0', 'accept', { protocol: 1 }), b)).toEqual([1, 1, 1]);
  const host = net('10.3.7.7', 32);
  expect(shapeOf(a, rule('10.9.0.0', 'accept', { destination: host }), b)).toEqual([1, 1, 1]);
  const [tcp, udp] = [6, 17].map((protocol) => rule('10.2.0.0', 'accept', { protocol }));
  if (tcp === undefined || udp === undefined) throw new Error('Bug: no rules');
  const dropsUdp = rule('10.2.0.0', 'refuse', { protocol: 17 });
  expect(shapeOf(tcp, dropsUdp, tcp)).toEqual([1, 1]);
  expect(shapeOf(udp, dropsUdp, udp)).toEqual([1, 1, 1]);
});
