/**
 * Selectors: which packets a policy is about (RFC 4301 §4.4.1.1).
 *
 * "Local" and "remote" are seen from the host that holds the policy, in both directions: for an
 * outbound packet the local address is the source, for an inbound or forwarded one the destination.
 *
 * @module
 */
import { formatPortRange, isAnyPort, type PortRange } from '../net/port-range.ts';
import { formatPrefix, includesPrefix, type Prefix, prefixCovers } from '../net/prefix.ts';
import type { SecurityContext } from './security-context.ts';

/** Which way a policy looks. `forward` is Linux's third direction: inbound and passing through. */
export type Direction = 'outbound' | 'inbound' | 'forward';

/** What a packet must look like to match. */
export interface Selector {
  readonly localAddress: Prefix;
  readonly remoteAddress: Prefix;
  /** An IP protocol number, or any protocol. */
  readonly nextLayerProtocol: number | 'any';
  readonly localPort: PortRange;
  readonly remotePort: PortRange;
  /** Of ICMP, ICMPv6 and the mobility header; `null` is any. */
  readonly message: MessageSelector | null;
  /** The key of RFC 2890; `null` is any, and packets without one. */
  readonly greKey: number | null;
  /** Matches no packet by what it looks like: Linux asks its security module. */
  readonly securityContext: SecurityContext | null;
}

/** The addresses of both sides. */
export type SelectorAddresses = Pick<Selector, 'localAddress' | 'remoteAddress'>;

/** Whether all addresses of `inner` are of `outer`, those of either side. */
export function includesAddresses(outer: SelectorAddresses, inner: SelectorAddresses): boolean {
  return (
    includesPrefix(outer.localAddress, inner.localAddress) &&
    includesPrefix(outer.remoteAddress, inner.remoteAddress)
  );
}

/** Which messages of ICMP (RFC 4301 §4.4.1.1); `null` is any. A mobility header has no code. */
export interface MessageSelector {
  readonly type: number | null;
  readonly code: number | null;
}

/** What most selectors have none of. */
export const NO_DETAIL: Pick<Selector, 'message' | 'greKey' | 'securityContext'> = {
  message: null,
  greKey: null,
  securityContext: null,
};

/**
 * What a packet offers to a selector. One object is filled again for each packet: the addresses
 * stand in `octets`, nothing is copied.
 */
export interface Traffic {
  version: 4 | 6;
  octets: Uint8Array;
  localAddressAt: number;
  remoteAddressAt: number;
  /** {@link OPAQUE} when an extension header that the packet does not have would tell. */
  nextLayerProtocol: number;
  /** `OPAQUE` when the packet does not show its ports (RFC 4301 §4.4.1.1). */
  localPort: number;
  remotePort: number;
  /** Of ICMP and the like; {@link OPAQUE} in others. A mobility header has no code. */
  messageType: number;
  messageCode: number;
  /** {@link OPAQUE} where there is none. */
  greKey: number;
  /**
   * The packet has a protocol, ports, a message type or the like, but does not show them: a later
   * fragment, or one cut short.
   */
  hidesDetail: boolean;
}

/**
 * The protocol, port, type or key of a packet that has none to show: another protocol, or a fragment
 * that is not the first. Matches only selectors for any.
 */
export const OPAQUE = -1;

/** Whether `traffic` is what `selector` is about. */
export function selectorMatches(selector: Selector, traffic: Traffic): boolean {
  return (
    portMatches(selector.localPort, traffic.localPort) &&
    portMatches(selector.remotePort, traffic.remotePort) &&
    (selector.message === null || messageMatches(selector.message, traffic)) &&
    (selector.greKey === null || selector.greKey === traffic.greKey) &&
    protocolMatches(selector, traffic) &&
    addressesMatch(selector, traffic)
  );
}

/**
 * Whether `traffic` is what `selector` is about, whatever its ports, messages and keys, and its
 * protocol if that is {@link OPAQUE}.
 */
export function selectorMatchesButDetail(selector: Selector, traffic: Traffic): boolean {
  return (
    (traffic.nextLayerProtocol === OPAQUE || protocolMatches(selector, traffic)) &&
    addressesMatch(selector, traffic)
  );
}

function protocolMatches({ nextLayerProtocol }: Selector, traffic: Traffic): boolean {
  return nextLayerProtocol === 'any' || nextLayerProtocol === traffic.nextLayerProtocol;
}

function addressesMatch(selector: Selector, traffic: Traffic): boolean {
  return (
    selector.localAddress.address.version === traffic.version &&
    prefixCovers(selector.remoteAddress, traffic.octets, traffic.remoteAddressAt) &&
    prefixCovers(selector.localAddress, traffic.octets, traffic.localAddressAt)
  );
}

/** A text for hash tables: the same for selectors that are written the same. */
export function selectorKey(selector: Selector): string {
  const addresses = formatSelectorAddresses(selector, 'outbound');
  const { nextLayerProtocol, securityContext: context } = selector;
  const label = context === null ? '' : ` ${context.doi} ${context.algorithm} ${context.label}`;
  return `${addresses} ${nextLayerProtocol}${formatSelectorDetail(selector)}${label}`;
}

/** ` 8,0` for ICMP, ` 1234` for GRE, nothing where all are meant; 0 stands for any. */
export function formatSelectorDetail({ message, greKey }: Selector): string {
  if (message !== null) return ` ${message.type ?? 0},${message.code ?? 0}`;
  return greKey === null ? '' : ` ${greKey}`;
}

/** `10.9.0.1[5901] 10.9.0.2[any]`: source first, as the packet has them. */
export function formatSelectorAddresses(selector: Selector, direction: Direction): string {
  const local = `${formatPrefix(selector.localAddress)}[${formatPortRange(selector.localPort)}]`;
  const remote = `${formatPrefix(selector.remoteAddress)}[${formatPortRange(selector.remotePort)}]`;
  return direction === 'outbound' ? `${local} ${remote}` : `${remote} ${local}`;
}

function messageMatches(
  { type, code }: MessageSelector,
  { messageType, messageCode }: Traffic,
): boolean {
  return (type === null || type === messageType) && (code === null || code === messageCode);
}

function portMatches(range: PortRange, port: number): boolean {
  return isAnyPort(range) || (port >= range.first && port <= range.last);
}
