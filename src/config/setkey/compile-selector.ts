/**
 * Which packets a policy is about: from `10.9.0.0/24 10.9.0.2[5901] tcp` to a selector.
 *
 * @module
 */
import { type Direction, NO_DETAIL, type Selector } from '../../ipsec/selector.ts';
import { hasPorts, IP_PROTOCOL, ipProtocolName } from '../../net/ip-protocol.ts';
import { isAnyPort } from '../../net/port-range.ts';
import { addressBits, type Prefix } from '../../net/prefix.ts';
import type { Report } from '../diagnostic.ts';
import type { CompileContext } from './compile-context.ts';
import { readAddress, readNumber, readPort, readUpper, refuseFamily } from './compile-word.ts';
import type { Range, SelectorText, Word } from './syntax.ts';

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
  const source = compilePrefix(text.source, text.flags, context);
  const destination = compilePrefix(text.destination, text.flags, context);
  const sourcePort = readPort(text.source.port, report);
  const destinationPort = readPort(text.destination.port, report);
  const nextLayerProtocol = readUpper(text.upper, report);
  if (nextLayerProtocol !== undefined && text.misc !== null) {
    return refuseMisc(text.misc, nextLayerProtocol, report);
  }
  if (source === undefined || destination === undefined) return undefined;
  if (source.address.version !== destination.address.version) {
    return refuseFamily(source.address, destination.address, text.destination.address, report);
  }
  if (sourcePort === undefined || destinationPort === undefined) return undefined;
  if (nextLayerProtocol === undefined) return undefined;
  const port = isAnyPort(sourcePort) ? text.destination.port : text.source.port;
  const portsMean = nextLayerProtocol === 'any' || hasPorts(nextLayerProtocol);
  if (!portsMean && port !== null && !(isAnyPort(sourcePort) && isAnyPort(destinationPort))) {
    return refusePort(port, nextLayerProtocol, report);
  }
  const from = { address: source, port: sourcePort };
  const to = { address: destination, port: destinationPort };
  const [local, remote] = direction === 'outbound' ? [from, to] : [to, from];
  return {
    localAddress: local.address,
    remoteAddress: remote.address,
    nextLayerProtocol,
    localPort: local.port,
    remotePort: remote.port,
    ...NO_DETAIL,
  };
}

function compilePrefix(
  range: Range,
  flags: readonly Word[],
  context: CompileContext,
): Prefix | undefined {
  const address = readAddress(range.address, context, flags);
  if (address === undefined) return undefined;
  const most = addressBits(address.version);
  if (range.prefixLength === null) return { address, length: most };
  const bounds = { what: `an IPv${address.version} prefix length`, least: 0, most };
  const length = readNumber(range.prefixLength, bounds, context.report);
  return length === undefined ? undefined : { address, length };
}

function refuseMisc(misc: Word, protocol: number | 'any', report: Report): undefined {
  const what = protocol === 'any' ? undefined : MISC.get(protocol);
  if (what !== undefined) {
    const message = `the ${what} ${misc.shown} is not supported yet`;
    return report.error('not-supported', misc.span, message);
  }
  return report.error('unexpected-token', misc.span, `found ${misc.shown} in the place of -P`, {
    expected: '-P and a policy',
  });
}

function refusePort(port: Word, protocol: number, report: Report): undefined {
  const name = ipProtocolName(protocol);
  const what = MISC.get(protocol);
  if (what !== undefined) {
    const message = `the ${what} in the place of a port is not supported yet`;
    return report.error('not-supported', port.span, message);
  }
  return report.error('unexpected-port', port.span, `packets of ${name} have no ports`, {
    fix: 'write [any], or tcp or udp for the protocol',
  });
}

/** What may follow the name of a protocol, in the full language. */
const MISC: ReadonlyMap<number, string> = new Map([
  [IP_PROTOCOL.icmp, 'ICMP type and code'],
  [IP_PROTOCOL['ipv6-icmp'], 'ICMPv6 type and code'],
  [IP_PROTOCOL['mobility-header'], 'mobility header type'],
  [IP_PROTOCOL.gre, 'GRE key'],
]);
