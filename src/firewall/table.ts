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
import { IP_PROTOCOL, ipProtocolName } from '../net/ip-protocol.ts';
import {
  ACCEPT,
  COUNTER,
  DROP,
  field,
  is,
  meta,
  type NftChain,
  type NftRule,
  type NftScript,
  type NftStatement,
  type NftTable,
} from './nft-json.ts';
import { nftMatches } from './nft-match.ts';
import { tableLines } from './nft-text.ts';
import { shapeOf } from './packet-shape.ts';
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
          ? rule(
              hook,
              [...nftMatches(shapeOf(selector, 'inbound')), COUNTER, DROP],
              'only through IPsec',
            )
          : rule(hook, [...nftMatches(shapeOf(selector, 'inbound')), ACCEPT]),
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
