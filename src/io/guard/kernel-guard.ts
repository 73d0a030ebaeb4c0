/**
 * The {@link Guard} of a Linux host: nf_tables rules that follow the SPD (`ruleset.ts`), and a way to the TUN
 * device for the packets that they capture (`captured-route.ts`).
 *
 * Both are where all programs of a host have their rules, and some flush all there are: what is missing is put
 * back at once.
 *
 * @module
 */
import type { Guard } from '../../dataplane/guard.ts';
import type { DiscardCounters } from '../../ipsec/backend.ts';
import type { Policy } from '../../ipsec/policy.ts';
import type { Carriers } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import {
  deleteTable,
  dumpCounters,
  dumpRules,
  isNewRule,
  nftBatch,
  parseCounter,
} from '../../netlink/nftables.ts';
import { type NetlinkRequest, NLM_F } from '../../netlink/nlmsg.ts';
import { Malformed } from '../../octets/malformed.ts';
import { SystemError, tolerate } from '../libc.ts';
import { NETLINK, NetlinkSocket } from '../netlink-socket.ts';
import type { Readiness } from '../readiness.ts';
import { leadCaptured, removeLead } from './captured-route.ts';
import { GUARD_TABLE } from './numbers.ts';
import { RuleChanges } from './rule-changes.ts';
import { rulesetFor } from './ruleset.ts';

export class KernelGuard implements Guard {
  readonly #netfilter = new NetlinkSocket(NETLINK.NETFILTER);
  readonly #changes = new RuleChanges();
  readonly #tunIndex: number;
  /** What is in force by this guard. */
  #installed: Installed | null = null;

  /**
   * Leads captured packets to the interface with index `tunIndex`. Rules that an earlier process
   * left stay in force until the first {@link install}. Throws a `SystemError`.
   */
  constructor(tunIndex: number) {
    requireNfTables(this.#netfilter);
    this.#tunIndex = tunIndex;
    leadCaptured(tunIndex);
  }

  /** To wait for, and {@link heed}. */
  get descriptors(): readonly number[] {
    return this.#changes.descriptors;
  }

  /**
   * Puts back what others took away, if `readiness` found that rules were changed; whether anything was
   * missing. Throws a `SystemError`.
   */
  heed(readiness: Pick<Readiness, 'found'>): boolean {
    const ofRouting = this.#changes.ofRouting(readiness) && leadCaptured(this.#tunIndex);
    const ofFiltering = this.#changes.ofFiltering(readiness) && this.#putBack();
    return ofRouting || ofFiltering;
  }

  install(policies: readonly Policy[], carriers: Carriers): void {
    const name = textOf(carriers);
    if (this.#installed?.policies === policies && this.#installed.name === name) return;
    const ruleset = rulesetFor(policies, carriers);
    this.#changes.unheard(() => this.#commit(ruleset));
    this.#installed = { policies, carriers, name, rules: ruleset.filter(isNewRule).length };
    this.#putBack();
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
    this.#changes.close();
  }

  /** Whether rules were missing; then all are put in their places again. */
  #putBack(): boolean {
    if (this.#installed === null) return false;
    const { policies, carriers, rules } = this.#installed;
    if (this.#present() >= rules) return false;
    // Who flushes again meanwhile is heard of.
    this.#commit(rulesetFor(policies, carriers));
    return true;
  }

  /** How many rules are in the guard's table; many while rules change too fast to be counted: that is heard of. */
  #present(): number {
    let count = Number.POSITIVE_INFINITY;
    tolerate(['EINTR'], () => {
      count = this.#netfilter.dump(dumpRules(GUARD_TABLE), 'look for the nf_tables rules').length;
    });
    return count;
  }

  #commit(ruleset: readonly NetlinkRequest[]): void {
    commitNft(this.#netfilter, ruleset, 'install the nf_tables rules of the policies');
  }
}

interface Installed {
  readonly policies: readonly Policy[];
  readonly carriers: Carriers;
  /** The same for carriers that are written the same. */
  readonly name: string;
  /** How many rules of nf_tables these are. */
  readonly rules: number;
}

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
  try {
    tolerate(['ENOENT'], () => {
      commitNft(netfilter, [deleteTable(GUARD_TABLE)], 'remove the nf_tables table');
    });
  } finally {
    netfilter.close();
  }
  removeLead();
}

/** As {@link Installed.name}. */
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
