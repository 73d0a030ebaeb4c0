/**
 * The rules of `ipseal firewall` where the kernel does the work: what came out of its SAs has a
 * security path, and what came in the clear has none. In the form for iptables: the guest's nf_tables
 * has no tables of the family inet.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { iptablesText } from '../../../src/firewall/iptables.ts';
import { parseRequirements } from '../../../src/firewall/requirement.ts';
import { rulesForRequirements } from '../../../src/firewall/rule.ts';
import { IKE_PORTS, type Protection } from '../../../src/firewall/table.ts';
import { address } from '../../support/packets.ts';
import { ahSa, espSa, ipcompSa } from '../../support/sas.ts';
import { sh } from './commands.ts';
import {
  disposeTwoHosts,
  emptyTwoHosts,
  makeTwoHosts,
  ping,
  protectPings,
  type TwoHosts,
  WIRE,
} from './two-hosts.ts';

let hosts: TwoHosts;

const RULES = rulesForRequirements(parseRequirements(['icmp', 'ipv6-icmp'], new Map()));
const PROTECTION: Protection = { kernel: true, device: 'ipseal0', udpPorts: IKE_PORTS };

beforeAll(() => {
  hosts = makeTwoHosts();
  for (const [version, restore] of [
    [4, 'iptables-legacy-restore'],
    [6, 'ip6tables-legacy-restore'],
  ] as const) {
    const text = iptablesText(version, RULES, PROTECTION);
    sh(`ip netns exec bob ${restore} --noflush <<'END'\n${text}END`);
  }
});

afterEach(() => emptyTwoHosts(hosts));

afterAll(() => disposeTwoHosts(hosts));

function dropped(): number {
  const saved = ['iptables-legacy-save', 'ip6tables-legacy-save'].map((save) =>
    sh(`ip netns exec bob ${save} -c -t filter`),
  );
  const counted = saved.join('').matchAll(/^\[(\d+):\d+\].*only through IPsec.*DROP$/gm);
  return [...counted].reduce((sum, [, packets]) => sum + Number(packets), 0);
}

test.each([4, 6] as const)('drops pings in the clear over IPv%i', (version) => {
  const before = dropped();
  expect(() => ping(WIRE[version][1])).toThrow();
  expect(dropped()).toBeGreaterThan(before);
});

const SIX = { source: address(WIRE[6][0]), destination: address(WIRE[6][1]) };

test.each([
  ['ESP', espSa()],
  ['AH', ahSa()],
  ['ESP in tunnel mode', espSa({ mode: 'tunnel' })],
  ['ESP over IPv6', espSa(SIX)],
  ['AH over IPv6', ahSa(SIX)],
  ['IPComp', ipcompSa()],
])('lets pass pings that %s protects', async (_, sa) => {
  const before = dropped();
  const { to } = await protectPings(hosts, sa);
  ping(to, 400);
  expect(dropped()).toBe(before);
});
