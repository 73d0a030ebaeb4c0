/**
 * The {@link Guard} of a Linux host: nf_tables rules that follow the SPD, and a routing table for
 * the packets they capture.
 *
 *   rule      mark CAPTURED ──► routing table 4301
 *   table     default through ipseal0
 *             else refused, so that the sender learns of it when the device is gone
 *
 * What leaves by another way all the same, the rules drop (`ruleset.ts`).
 *
 * @module
 */
import type { Guard } from '../../dataplane/guard.ts';
import type { DiscardCounters } from '../../ipsec/backend.ts';
import type { Policy } from '../../ipsec/policy.ts';
import type { Carriers } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { deleteTable, dumpCounters, nftBatch, parseCounter } from '../../netlink/nftables.ts';
import { type NetlinkRequest, NLM_F } from '../../netlink/nlmsg.ts';
import {
  type DefaultRoute,
  deleteDefaultRoute,
  deleteMarkRule,
  type MarkRule,
  newDefaultRoute,
  newMarkRule,
} from '../../netlink/route.ts';
import { Malformed } from '../../octets/malformed.ts';
import { SystemError } from '../libc.ts';
import { NETLINK, NetlinkSocket } from '../netlink-socket.ts';
import { GUARD_TABLE, MARK_CAPTURED, MARK_MASK, ROUTING_TABLE, RULE_PRIORITY } from './numbers.ts';
import { rulesetFor } from './ruleset.ts';

const RULE: MarkRule = {
  priority: RULE_PRIORITY,
  mark: MARK_CAPTURED,
  mask: MARK_MASK,
  table: ROUTING_TABLE,
};
const REFUSAL: DefaultRoute = { table: ROUTING_TABLE, metric: 4301, index: null };

export class KernelGuard implements Guard {
  readonly #netfilter = new NetlinkSocket(NETLINK.NETFILTER);
  /** What is in force by this guard. */
  #installed: { readonly policies: readonly Policy[]; readonly carriers: string } | null = null;

  /**
   * Leads captured packets to the interface with index `tunIndex`. Rules that an earlier process
   * left stay in force until the first {@link install}. Throws a `SystemError`.
   */
  constructor(tunIndex: number) {
    requireNfTables(this.#netfilter);
    const route = new NetlinkSocket(NETLINK.ROUTE);
    try {
      lead(route, 4, tunIndex);
      unless(NO_IPV6, () => lead(route, 6, tunIndex));
    } finally {
      route.close();
    }
  }

  install(policies: readonly Policy[], carriers: Carriers): void {
    const known = textOf(carriers);
    if (this.#installed?.policies === policies && this.#installed.carriers === known) return;
    this.#commit(rulesetFor(policies, carriers), 'install the nf_tables rules of the policies');
    this.#installed = { policies, carriers: known };
  }

  discards(): DiscardCounters {
    const counters: Record<string, number> = {};
    for (const message of this.#netfilter.dump(dumpCounters(GUARD_TABLE), 'read the counters')) {
      const counter = parseCounter(message);
      if (!(counter instanceof Malformed)) counters[counter.name] = counter.packets;
    }
    return counters;
  }

  close(): void {
    this.#netfilter.close();
  }

  #commit(requests: readonly NetlinkRequest[], doing: string): void {
    commitNft(this.#netfilter, requests, doing);
  }
}

/**
 * Leads captured packets of one IP version to the TUN device, and nowhere when that is gone. The rule
 * comes first: a kernel that has none has no other routing tables either, and would take the routes
 * for its only one.
 */
function lead(route: NetlinkSocket, version: 4 | 6, tunIndex: number): void {
  unless(['EEXIST'], () => route.request(newMarkRule(version, RULE), 'add the routing rule'));
  route.request(newDefaultRoute(version, REFUSAL), 'add the refusing route');
  const toTun: DefaultRoute = { table: ROUTING_TABLE, metric: 1, index: tunIndex };
  route.request(newDefaultRoute(version, toTun), 'add the route to the TUN device');
}

/** How kernels without IPv6, and those where it is switched off, refuse what is for it. */
const NO_IPV6 = ['EAFNOSUPPORT', 'EOPNOTSUPP', 'EACCES', 'ENODEV'];

/** Whether the rules of a guard are in force. Throws a `SystemError` where that cannot be known. */
export function isGuardInForce(): boolean {
  const netfilter = new NetlinkSocket(NETLINK.NETFILTER);
  try {
    return netfilter.dump(dumpCounters(GUARD_TABLE), 'look for the nf_tables rules').length > 0;
  } finally {
    netfilter.close();
  }
}

/** Takes away all that a guard left in force; what is not there is not missed. */
export function removeKernelGuard(): void {
  const netfilter = new NetlinkSocket(NETLINK.NETFILTER);
  const route = new NetlinkSocket(NETLINK.ROUTE);
  try {
    unless(['ENOENT'], () => {
      commitNft(netfilter, [deleteTable(GUARD_TABLE)], 'remove the nf_tables table');
    });
    for (const version of [4, 6] as const) {
      unless([...NO_IPV6, 'ENOENT'], () =>
        route.request(deleteMarkRule(version, RULE), 'remove the routing rule'),
      );
      unless([...NO_IPV6, 'ESRCH'], () =>
        route.request(deleteDefaultRoute(version, REFUSAL), 'remove the route'),
      );
    }
  } finally {
    netfilter.close();
    route.close();
  }
}

/** The same for carriers that are written the same. */
function textOf({ udpEnds, compressedTunnels }: Carriers): string {
  return [
    ...udpEnds.map(({ address, port }) => `${formatIpAddress(address)} ${port}`),
    ...compressedTunnels.map(
      ({ source, destination }) => `${formatIpAddress(source)} ${formatIpAddress(destination)}`,
    ),
  ].join();
}

/** Asks something harmless: better to fail at start than when policies are to be enforced. */
function requireNfTables(netfilter: NetlinkSocket): void {
  try {
    netfilter.dump(dumpCounters(GUARD_TABLE), 'use nf_tables');
  } catch (error) {
    if (error instanceof SystemError && error.code !== 'EPERM') {
      const missing = 'this kernel has no nf_tables (CONFIG_NF_TABLES), which the guard needs';
      throw new SystemError('enforce policies', error.errno, missing);
    }
    throw error;
  }
}

/** One transaction; the last request is the one that the kernel acknowledges. */
function commitNft(
  netfilter: NetlinkSocket,
  requests: readonly NetlinkRequest[],
  doing: string,
): void {
  const acknowledged = requests.map((request, place) =>
    place === requests.length - 1 ? { ...request, flags: request.flags | NLM_F.ACK } : request,
  );
  netfilter.transact(nftBatch(acknowledged), doing);
}

/** Does `action`, and is content when it fails for one of these reasons. */
function unless(codes: readonly string[], action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SystemError && codes.includes(error.code))) throw error;
  }
}
