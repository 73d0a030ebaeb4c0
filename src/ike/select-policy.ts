/**
 * Which of the quick mode policies is for some traffic with some peer.
 *
 * @module
 */

import type { Selector } from '../ipsec/selector.ts';
import { type IpAddress, sameAddress } from '../net/ip-address.ts';
import { hostPrefix, type Prefix, prefixOctets } from '../net/prefix.ts';
import { sameOctets } from '../octets/octets.ts';
import type { Identity, Traffic, TrafficIdentity } from './identity.ts';
import type { QuickModePolicy } from './quick-mode-policy.ts';

/** What a policy is looked for. */
export interface PolicyQuestion {
  /** The traffic, as the identities of quick mode tell it. */
  readonly selector: Selector;
  /** The `phase1Id` of the peer. */
  readonly phase1Id: number;
  /** Whether `identity` is that of the peer in phase 1. */
  isPeer(identity: Identity): boolean;
  /** The address that the peer was given, or else the one that it speaks from. */
  readonly clientAddress: IpAddress;
  /** The groups that the peer's user is in; none where nobody logged in. */
  readonly groups: readonly string[];
}

/** What a policy says that the question does not. */
export type PolicyPoint = 'remoteid' | 'from' | 'local' | 'remote' | 'group';

/** A policy that was not it, and the first point that kept it from being so. */
export interface NearMiss {
  readonly policy: QuickModePolicy;
  readonly differs: PolicyPoint;
}

export interface NoPolicy {
  readonly kind: 'no-quick-mode-policy';
  readonly wanted: Selector;
  /** All that there are, in the order in which they were asked. */
  readonly nearMisses: readonly NearMiss[];
}

/**
 * The first of `policies`, the most specific of which come first, that is for what is asked. One that is, but
 * for a group of people that the peer's user is not in, ends the search: a wider one must not let in whom it
 * keeps out.
 */
export function selectQuickModePolicy(
  policies: readonly QuickModePolicy[],
  question: PolicyQuestion,
): QuickModePolicy | NoPolicy {
  const nearMisses: NearMiss[] = [];
  for (const policy of policies) {
    const differs = firstDifference(policy, question);
    if (differs === null) return policy;
    nearMisses.push({ policy, differs });
    if (differs === 'group') break;
  }
  return { kind: 'no-quick-mode-policy', wanted: question.selector, nearMisses };
}

function firstDifference(policy: QuickModePolicy, question: PolicyQuestion): PolicyPoint | null {
  const { selector, clientAddress } = question;
  const { nextLayerProtocol, localAddress, remoteAddress, localPort, remotePort } = selector;
  const protocol = nextLayerProtocol === 'any' ? 0 : nextLayerProtocol;
  if (policy.remoteId !== question.phase1Id) return 'remoteid';
  if (policy.from !== null && !question.isPeer(policy.from)) return 'from';
  if (policy.local !== 'anonymous') {
    const own = { protocol, port: onlyPort(localPort) };
    if (!isFor(policy.local, localAddress, own)) return 'local';
  }
  if (policy.remote === 'client-address') {
    if (!samePrefixes(remoteAddress, hostPrefix(clientAddress))) return 'remote';
  } else if (policy.remote !== 'anonymous') {
    const peers = { protocol, port: onlyPort(remotePort) };
    if (!isFor(policy.remote, remoteAddress, peers)) return 'remote';
  }
  return policy.group === null || question.groups.includes(policy.group) ? null : 'group';
}

/** Addresses must be the same, not a part; names are for nothing that has addresses. */
function isFor(identity: TrafficIdentity, prefix: Prefix, { protocol, port }: Traffic): boolean {
  if (identity.kind !== 'network' && identity.kind !== 'range') return false;
  if (identity.protocol !== protocol) return false;
  // Not RFC: racoon sends no port in transport mode.
  if (identity.port !== 0 && port !== 0 && identity.port !== port) return false;
  return identity.kind === 'network'
    ? samePrefixes(identity.prefix, prefix)
    : isRange(prefix, identity.first, identity.last);
}

/** Whether both cover the same addresses: host bits count for nothing. */
function samePrefixes(a: Prefix, b: Prefix): boolean {
  return (
    a.length === b.length &&
    a.address.version === b.address.version &&
    sameOctets(prefixOctets(a), prefixOctets(b))
  );
}

/** Whether `prefix` is the addresses from `first` to `last`. */
function isRange(prefix: Prefix, first: IpAddress, last: IpAddress): boolean {
  const { version, octets } = prefix.address;
  if (first.version !== version || last.version !== version) return false;
  const start = prefixOctets(prefix);
  const mask = prefixOctets({
    address: { version, octets: octets.map(() => 0xff) },
    length: prefix.length,
  });
  const end = start.map((octet, at) => octet | (~(mask[at] ?? 0) & 0xff));
  return (
    sameAddress(first, { version, octets: start }) && sameAddress(last, { version, octets: end })
  );
}

function onlyPort({ first, last }: Selector['localPort']): number {
  return first === last ? first : 0;
}
