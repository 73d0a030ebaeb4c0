/**
 * The rules of `ipseal firewall` where the kernel does the work: what came out of its SAs has a
 * security path, and what came in the clear has none.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parseRequirements } from '../../../src/firewall/requirement.ts';
import { rulesForRequirements } from '../../../src/firewall/rule.ts';
import { IKE_PORTS, installText } from '../../../src/firewall/table.ts';
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
const TEXT = installText(RULES, { kernel: true, device: 'ipseal0', udpPorts: IKE_PORTS });

beforeAll(() => {
  hosts = makeTwoHosts();
  sh(`ip netns exec bob nft -f - <<'END'\n${TEXT}END`);
});

afterEach(() => emptyTwoHosts(hosts));

afterAll(() => disposeTwoHosts(hosts));

function dropped(): number {
  const listed = sh('ip netns exec bob nft list table inet ipseal_firewall');
  return [...listed.matchAll(/counter packets (\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
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
