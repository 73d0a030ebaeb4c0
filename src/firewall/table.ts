/**
 * Our own table of nftables: rules as libnftables has them.
 *
 * ```text
 *   to this host     input    ─┬─ protected, or what carries protection ─► accepted
 *   passing through  forward  ─┼─ the rules ─────────────────────────────► accepted or dropped
 *                              └─ all else ──────────────────────────────► as ever
 * ```
 *
 * What comes out of the kernel's SAs has a security path (`meta ipsec`); what comes out of the
 * userspace data plane has none, but comes by its device. To accept ends this table alone: other
 * tables are asked as well, so nothing is let in that they drop.
 *
 * @module
 */
import { formatIpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL, ipProtocolName } from '../net/ip-protocol.ts';
import { isAnyPort, type PortRange } from '../net/port-range.ts';
import { isHostPrefix, type Prefix, prefixOctets } from '../net/prefix.ts';
import {
  ACCEPT,
  COUNTER,
  DROP,
  field,
  is,
  type Json,
  meta,
  type NftChain,
  type NftRule,
  type NftScript,
  type NftStatement,
  type NftTable,
} from './nft-json.ts';
import { tableLines } from './nft-text.ts';
import type { FirewallRule, Hook } from './rule.ts';

/** Whose packets count as protected. */
export interface Protection {
  /** By a security path; a kernel without XFRM knows none, and refuses to be asked. */
  readonly kernel: boolean;
  /** The device of the userspace data plane; `null` to trust none. */
  readonly device: string | null;
  /** UDP ports where IKE, and ESP in UDP, come to. */
  readonly udpPorts: readonly number[];
}

/** The UDP ports of IKE (RFC 7296 §2), and of IKE and ESP behind a NAT (RFC 3948 §2.1). */
export const IKE_PORTS: readonly number[] = [500, 4500];

export const FIREWALL_TABLE: NftTable = { family: 'inet', name: 'ipseal_firewall' };

/** Puts `rules` into our table, in place of whatever is there, in one transaction. */
export function installScript(rules: readonly FirewallRule[], protection: Protection): NftScript {
  return {
    nftables: [
      ...removeScript().nftables,
      { add: { table: FIREWALL_TABLE } },
      ...chainsOf(rules).map((chain) => ({ add: { chain } })),
      ...nftRules(rules, protection).map((rule) => ({ add: { rule } })),
    ],
  };
}

/** Takes our table away, and is content where there is none. */
export function removeScript(): NftScript {
  return { nftables: [{ add: { table: FIREWALL_TABLE } }, { delete: { table: FIREWALL_TABLE } }] };
}

/** As {@link installScript}, for `nft -f -` and for people. */
export function installText(rules: readonly FirewallRule[], protection: Protection): string {
  const name = `${FIREWALL_TABLE.family} ${FIREWALL_TABLE.name}`;
  const table = tableLines(FIREWALL_TABLE, chainsOf(rules), nftRules(rules, protection));
  return `${[`table ${name}`, `delete table ${name}`, ...table].join('\n')}\n`;
}

function chainsOf(rules: readonly FirewallRule[]): NftChain[] {
  return HOOKS.filter((hook) => rules.some((rule) => rule.hook === hook)).map((hook) => ({
    family: FIREWALL_TABLE.family,
    table: FIREWALL_TABLE.name,
    name: hook,
    type: 'filter',
    hook,
    prio: 0,
    policy: 'accept',
  }));
}

const HOOKS: readonly Hook[] = ['input', 'forward'];

function nftRules(rules: readonly FirewallRule[], protection: Protection): NftRule[] {
  const rule = (chain: Hook, expr: readonly NftStatement[], comment?: string): NftRule => ({
    family: FIREWALL_TABLE.family,
    table: FIREWALL_TABLE.name,
    chain,
    expr,
    ...(comment === undefined ? {} : { comment }),
  });
  return HOOKS.flatMap((hook) => {
    const own = rules.filter((each) => each.hook === hook);
    if (own.length === 0) return [];
    const before = hook === 'input' ? inputExemptions(protection) : exemptions(protection);
    return [
      ...before.map((matches) => rule(hook, [...matches, ACCEPT])),
      ...own.map(({ selector, outcome }) =>
        outcome === 'drop'
          ? rule(hook, [...matchesOf(selector), COUNTER, DROP], 'only through IPsec')
          : rule(hook, [...matchesOf(selector), ACCEPT]),
      ),
    ];
  });
}

/** What was protected, and what never leaves the host. */
function exemptions({ kernel, device }: Protection): NftStatement[][] {
  const matches = [[is(meta('iifname'), device === null ? 'lo' : { set: ['lo', device] })]];
  if (kernel) matches.push([is(meta('ipsec'), true)]);
  return matches;
}

/** Those; what carries protected packets; and what makes the link work that they go over. */
function inputExemptions(protection: Protection): NftStatement[][] {
  return [
    ...exemptions(protection),
    [is(meta('l4proto'), { set: CARRIERS.map(ipProtocolName) })],
    // Under IPv6 AH is an extension header, and what is behind it counts as the protocol.
    [is(field('ip6', 'nexthdr'), 'ah')],
    [is({ exthdr: { name: 'frag', field: 'nexthdr' } }, 'ah')],
    [is(field('udp', 'dport'), { set: [...protection.udpPorts] })],
    // Neighbour Discovery reaches no further than the link (RFC 4861 §7.1).
    [
      is(field('icmpv6', 'type'), { range: [ROUTER_SOLICITATION, REDIRECT] }),
      is(field('ip6', 'hoplimit'), 255),
    ],
  ];
}

const CARRIERS: readonly number[] = [IP_PROTOCOL.esp, IP_PROTOCOL.ah, IP_PROTOCOL.ipcomp];
/** The first and the last type of RFC 4861 §4. */
const ROUTER_SOLICITATION = 133;
const REDIRECT = 137;

function matchesOf(selector: FirewallRule['selector']): NftStatement[] {
  const { remoteAddress, localAddress, nextLayerProtocol: protocol, message } = selector;
  const { version } = remoteAddress.address;
  const ip = version === 4 ? 'ip' : 'ip6';
  const matches: NftStatement[] = [];
  if (remoteAddress.length > 0) matches.push(is(field(ip, 'saddr'), prefixJson(remoteAddress)));
  if (localAddress.length > 0) matches.push(is(field(ip, 'daddr'), prefixJson(localAddress)));
  if (matches.length === 0) matches.push(is(meta('nfproto'), `ipv${version}`));
  if (protocol === 'any') return matches;
  const name = NFT_NAMES.get(protocol);
  const details = [
    ...portMatch(name, 'sport', selector.remotePort),
    ...portMatch(name, 'dport', selector.localPort),
    ...messageMatch(protocol, 'type', message?.type ?? null),
    ...messageMatch(protocol, 'code', message?.code ?? null),
  ];
  return details.length > 0
    ? [...matches, ...details]
    : [...matches, is(meta('l4proto'), name ?? protocol)];
}

function portMatch(protocol: string | undefined, side: string, ports: PortRange): NftStatement[] {
  if (isAnyPort(ports) || protocol === undefined) return [];
  const { first, last } = ports;
  return [is(field(protocol, side), first === last ? first : { range: [first, last] })];
}

function messageMatch(
  protocol: number,
  name: 'type' | 'code',
  value: number | null,
): NftStatement[] {
  if (value === null) return [];
  if (protocol === IP_PROTOCOL['mobility-header']) {
    return [is({ exthdr: { name: 'mh', field: name } }, value)];
  }
  return [is(field(protocol === IP_PROTOCOL.icmp ? 'icmp' : 'icmpv6', name), value)];
}

/** Names that nft has for headers. */
const NFT_NAMES: ReadonlyMap<number, string> = new Map([
  [IP_PROTOCOL.tcp, 'tcp'],
  [IP_PROTOCOL.udp, 'udp'],
  [IP_PROTOCOL.dccp, 'dccp'],
  [IP_PROTOCOL.sctp, 'sctp'],
  [IP_PROTOCOL.udplite, 'udplite'],
  [IP_PROTOCOL.icmp, 'icmp'],
]);

function prefixJson(prefix: Prefix): Json {
  const { version } = prefix.address;
  const addr = formatIpAddress({ version, octets: prefixOctets(prefix) });
  return isHostPrefix(prefix) ? addr : { prefix: { addr, len: prefix.length } };
}
