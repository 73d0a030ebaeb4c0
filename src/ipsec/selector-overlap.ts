/**
 * Whether two selectors may be about the same packet, and about which.
 *
 * @module
 */
import type { PortRange } from '../net/port-range.ts';
import { type Prefix, prefixCovers } from '../net/prefix.ts';
import type { MessageSelector, Selector } from './selector.ts';

/**
 * `false` when no packet matches both `a` and `b`, of one direction. Labels are not compared: what they
 * match is their security module's affair. Packets that hide their ports match neither of two
 * selectors for different ones, and meet the same fate whichever is asked first.
 */
export function selectorsOverlap(a: Selector, b: Selector): boolean {
  return (
    prefixesOverlap(a.localAddress, b.localAddress) &&
    prefixesOverlap(a.remoteAddress, b.remoteAddress) &&
    (a.nextLayerProtocol === 'any' ||
      b.nextLayerProtocol === 'any' ||
      a.nextLayerProtocol === b.nextLayerProtocol) &&
    rangesOverlap(a.localPort, b.localPort) &&
    rangesOverlap(a.remotePort, b.remotePort) &&
    messagesOverlap(a.message, b.message) &&
    agree(a.greKey, b.greKey)
  );
}

/**
 * The selector of the packets that match both `a` and `b`, which overlap. A label comes from either,
 * from `a` first.
 */
export function commonSelector(a: Selector, b: Selector): Selector {
  return {
    localAddress: longer(a.localAddress, b.localAddress),
    remoteAddress: longer(a.remoteAddress, b.remoteAddress),
    nextLayerProtocol: a.nextLayerProtocol === 'any' ? b.nextLayerProtocol : a.nextLayerProtocol,
    localPort: commonRange(a.localPort, b.localPort),
    remotePort: commonRange(a.remotePort, b.remotePort),
    message: commonMessages(a.message, b.message),
    greKey: a.greKey ?? b.greKey,
    securityContext: a.securityContext ?? b.securityContext,
  };
}

function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  if (a.address.version !== b.address.version) return false;
  return a.length <= b.length
    ? prefixCovers(a, b.address.octets, 0)
    : prefixCovers(b, a.address.octets, 0);
}

function rangesOverlap(a: PortRange, b: PortRange): boolean {
  return a.first <= b.last && b.first <= a.last;
}

function messagesOverlap(a: MessageSelector | null, b: MessageSelector | null): boolean {
  if (a === null || b === null) return true;
  return agree(a.type, b.type) && agree(a.code, b.code);
}

/** `null` is any. */
function agree(a: number | null, b: number | null): boolean {
  return a === null || b === null || a === b;
}

/** Of two prefixes that overlap, the one inside the other. */
function longer(a: Prefix, b: Prefix): Prefix {
  return a.length >= b.length ? a : b;
}

function commonRange(a: PortRange, b: PortRange): PortRange {
  return { first: Math.max(a.first, b.first), last: Math.min(a.last, b.last) };
}

function commonMessages(
  a: MessageSelector | null,
  b: MessageSelector | null,
): MessageSelector | null {
  if (a === null || b === null) return a ?? b;
  return { type: a.type ?? b.type, code: a.code ?? b.code };
}
