/**
 * Which packets a policy is about: from `10.9.0.0/24 10.9.0.2[5901] tcp` to a selector.
 *
 * @module
 */
import { type Direction, NO_DETAIL, type Selector } from '../../ipsec/selector.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { hasPorts, ipProtocolName } from '../../net/ip-protocol.ts';
import { ANY_PORT, onePort, type PortRange } from '../../net/port-range.ts';
import { addressBits, type Prefix } from '../../net/prefix.ts';
import type { Report } from '../diagnostic.ts';
import { readNumber } from '../read-word.ts';
import type { CompileContext } from './compile-context.ts';
import { readOneEnds } from './compile-host.ts';
import { compileSecurityContext } from './compile-security-context.ts';
import { compileDetail, hasDetail } from './compile-selector-detail.ts';
import { readPort, readUpper } from './compile-word.ts';
import type { Range, SelectorText } from './syntax.ts';

/**
 * Compiles the selector of a policy; `undefined` when something is wrong and was reported. The
 * source is local to outbound packets, the destination to all others.
 */
export function compileSelector(
  text: SelectorText,
  direction: Direction,
  context: CompileContext,
): Selector | undefined {
  const { report } = context;
  const ends = readOneEnds(text.source.address, text.destination.address, text.flags, context);
  const source = ends && compilePrefix(text.source, ends.source, report);
  const destination = ends && compilePrefix(text.destination, ends.destination, report);
  const nextLayerProtocol = readUpper(text.upper, report);
  const contexts = text.securityContext === null ? [] : [text.securityContext];
  const securityContext = compileSecurityContext(contexts, report);
  if (nextLayerProtocol === undefined) return undefined;
  const rest = compileRest(text, nextLayerProtocol, context);
  if (source === undefined || destination === undefined) return undefined;
  if (rest === undefined || securityContext === undefined) return undefined;
  const { sourcePort, destinationPort, detail } = rest;
  const from = { address: source, port: sourcePort };
  const to = { address: destination, port: destinationPort };
  const [local, remote] = direction === 'outbound' ? [from, to] : [to, from];
  return {
    localAddress: local.address,
    remoteAddress: remote.address,
    nextLayerProtocol,
    localPort: local.port,
    remotePort: remote.port,
    message: detail.message,
    greKey: detail.greKey,
    securityContext,
  };
}

function compilePrefix(range: Range, address: IpAddress, report: Report): Prefix | undefined {
  const most = addressBits(address.version);
  if (range.prefixLength === null) return { address, length: most };
  const bounds = { what: `an IPv${address.version} prefix length`, least: 0, most };
  const length = readNumber(range.prefixLength, bounds, report);
  return length === undefined ? undefined : { address, length };
}

/** What a selector says of packets beyond their addresses and their protocol. */
interface Rest {
  readonly sourcePort: PortRange;
  readonly destinationPort: PortRange;
  readonly detail: Pick<Selector, 'message' | 'greKey'>;
}

function compileRest(
  text: SelectorText,
  protocol: number | 'any',
  context: CompileContext,
): Rest | undefined {
  const { report } = context;
  if (hasDetail(protocol)) {
    const detail = compileDetail(text, protocol, report);
    return detail && { sourcePort: ANY_PORT, destinationPort: ANY_PORT, detail };
  }
  if (text.misc !== null) {
    const { shown, span } = text.misc;
    return report.error('unexpected-token', span, `found ${shown} in the place of -P`, {
      expected:
        '-P and a policy; a type and code go with icmp, ipv6-icmp and mobility-header, a key with gre',
    });
  }
  const source = readPort(text.source.port, protocol, context);
  const destination = readPort(text.destination.port, protocol, context);
  if (source === undefined || destination === undefined) return undefined;
  const port = source === 0 ? text.destination.port : text.source.port;
  if (port !== null && (source !== 0 || destination !== 0) && !bearsPorts(protocol)) {
    const message = `packets of ${ipProtocolName(protocol)} have no ports`;
    return report.error('unexpected-port', port.span, message, {
      fix: 'write [any], or tcp or udp for the protocol',
    });
  }
  return { sourcePort: rangeOf(source), destinationPort: rangeOf(destination), detail: NO_DETAIL };
}

function bearsPorts(protocol: number | 'any'): protocol is 'any' {
  return protocol === 'any' || hasPorts(protocol);
}

function rangeOf(port: number): PortRange {
  return port === 0 ? ANY_PORT : onePort(port);
}
