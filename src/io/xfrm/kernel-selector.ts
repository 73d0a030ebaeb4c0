/**
 * Selectors as the kernel has them, and back.
 *
 *     policy       local           remote
 *     outbound     source          destination
 *     inbound      destination     source
 *     forward      destination     source
 *
 * @module
 */
import { ChangeRefused } from '../../ipsec/backend.ts';
import { type Direction, NO_DETAIL, type Selector } from '../../ipsec/selector.ts';
import { IP_PROTOCOL, ipProtocolName } from '../../net/ip-protocol.ts';
import { ANY_PORT, formatPortRange, isAnyPort, type PortRange } from '../../net/port-range.ts';
import { addressBits, type Prefix } from '../../net/prefix.ts';
import { emitXfrmAddress, parseXfrmAddress, XFRM_FAMILY } from '../../netlink/xfrm-address.ts';
import {
  XFRM_ANY_SELECTOR,
  type XfrmSelector,
  type XfrmSelectorEnd,
} from '../../netlink/xfrm-selector.ts';
import { type MaskedPort, maskedPort, portRangeOf } from './port-mask.ts';
import {
  detailFromKernel,
  detailToKernel,
  hasDetail,
  type MaskedPorts,
} from './selector-detail.ts';

/** The selector of change `index`, but for its security context; throws `ChangeRefused`. */
export function selectorToKernel(
  selector: Selector,
  direction: Direction,
  index: number,
): XfrmSelector {
  const { localAddress, remoteAddress, nextLayerProtocol } = selector;
  if (nextLayerProtocol === 0) {
    throw unsupported(index, 'Linux does not tell protocol 0 from any protocol');
  }
  const [source, destination] = inOrder(direction, localAddress, remoteAddress);
  const [sourcePort, destinationPort] = portsToKernel(selector, direction, index);
  const { interfaceIndex, user } = XFRM_ANY_SELECTOR;
  return {
    family: XFRM_FAMILY[localAddress.address.version],
    source: endToKernel(source, sourcePort),
    destination: endToKernel(destination, destinationPort),
    protocol: nextLayerProtocol === 'any' ? 0 : nextLayerProtocol,
    interfaceIndex,
    user,
  };
}

/** The way back; `null` when we have no words for it. */
export function selectorFromKernel(selector: XfrmSelector, direction: Direction): Selector | null {
  const { family, protocol, source, destination } = selector;
  const [local, remote] = inOrder(direction, source, destination);
  const localAddress = prefixFromKernel(family, local);
  const remoteAddress = prefixFromKernel(family, remote);
  const ports = portsFromKernel(selector, direction);
  if (localAddress === null || remoteAddress === null || ports === null) return null;
  const nextLayerProtocol = protocol === 0 ? 'any' : protocol;
  return { localAddress, remoteAddress, nextLayerProtocol, ...NO_DETAIL, ...ports };
}

/** Local and remote as source and destination, and the same the other way round. */
export function inOrder<T>(direction: Direction, first: T, second: T): readonly [T, T] {
  return direction === 'outbound' ? [first, second] : [second, first];
}

function endToKernel(prefix: Prefix, { port, portMask }: MaskedPort): XfrmSelectorEnd {
  return { address: emitXfrmAddress(prefix.address), prefixLength: prefix.length, port, portMask };
}

function prefixFromKernel(family: number, end: XfrmSelectorEnd): Prefix | null {
  const address = parseXfrmAddress(family, end.address);
  if (address === undefined || end.prefixLength > addressBits(address.version)) return null;
  return { address, length: end.prefixLength };
}

function portsToKernel(selector: Selector, direction: Direction, index: number): MaskedPorts {
  const { nextLayerProtocol, localPort, remotePort, message } = selector;
  if (!hasDetail(nextLayerProtocol)) {
    return inOrder(direction, portToKernel(localPort, index), portToKernel(remotePort, index));
  }
  if (!isAnyPort(localPort) || !isAnyPort(remotePort)) {
    const name = ipProtocolName(Number(nextLayerProtocol));
    throw unsupported(index, `packets of ${name} have no ports`);
  }
  // RFC 6275 §6.1.1
  if (nextLayerProtocol === IP_PROTOCOL['mobility-header'] && message && message.code !== null) {
    throw unsupported(index, 'a mobility header has a type and no code');
  }
  return detailToKernel(selector);
}

function portToKernel(ports: PortRange, index: number): MaskedPort {
  const masked = maskedPort(ports);
  if (masked !== undefined) return masked;
  const range = formatPortRange(ports);
  throw unsupported(index, `Linux has no policies for a range of ports such as ${range}`);
}

function portsFromKernel(
  { protocol, source, destination }: XfrmSelector,
  direction: Direction,
): Pick<Selector, 'localPort' | 'remotePort' | 'message' | 'greKey'> | null {
  if (hasDetail(protocol)) {
    const detail = detailFromKernel(protocol, [source, destination]);
    return detail && { localPort: ANY_PORT, remotePort: ANY_PORT, ...detail };
  }
  const [localPort, remotePort] = inOrder(direction, portRangeOf(source), portRangeOf(destination));
  if (localPort === undefined || remotePort === undefined) return null;
  return { localPort, remotePort, message: null, greKey: null };
}

function unsupported(index: number, reason: string): ChangeRefused {
  return new ChangeRefused(index, 'unsupported', reason);
}
