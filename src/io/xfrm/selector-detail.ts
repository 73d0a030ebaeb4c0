/**
 * What Linux looks at in the place of ports where a protocol has none, whichever way the packet
 * goes:
 *
 *                              source port      destination port
 *     ICMP, ICMPv6             type             code
 *     mobility header          type             0
 *     GRE                      key, high 16     key, low 16 bits
 *
 * @module
 */
import type { MessageSelector, Selector } from '../../ipsec/selector.ts';
import { hasMessages, IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { ALL_PORT_BITS, ANY_MASKED_PORT, type MaskedPort } from './port-mask.ts';

export type SelectorDetail = Pick<Selector, 'message' | 'greKey'>;

/** Source and destination port, as a packet has them. */
export type MaskedPorts = readonly [source: MaskedPort, destination: MaskedPort];

/** Whether packets of `protocol` have something else that Linux calls ports. */
export function hasDetail(protocol: Selector['nextLayerProtocol']): boolean {
  return hasMessages(protocol) || protocol === IP_PROTOCOL.gre;
}

/** `detail` as the kernel has it. */
export function detailToKernel({ message, greKey }: SelectorDetail): MaskedPorts {
  if (message !== null) return [part(message.type), part(message.code)];
  if (greKey !== null) return [part(greKey >>> HALF_BITS), part(greKey & ALL_PORT_BITS)];
  return [ANY_MASKED_PORT, ANY_MASKED_PORT];
}

/** The way back, for a protocol that {@link hasDetail}; `null` when we have no words for it. */
export function detailFromKernel(
  protocol: number,
  [source, destination]: MaskedPorts,
): SelectorDetail | null {
  const first = partOf(source);
  const second = partOf(destination);
  if (first === undefined || second === undefined) return null;
  if (first === null && second === null) return { message: null, greKey: null };
  if (protocol === IP_PROTOCOL.gre) {
    if (first === null || second === null) return null;
    return { message: null, greKey: first * 2 ** HALF_BITS + second };
  }
  const message: MessageSelector = { type: first, code: second };
  return Math.max(first ?? 0, second ?? 0) > LARGEST_TYPE ? null : { message, greKey: null };
}

function part(value: number | null): MaskedPort {
  return value === null ? ANY_MASKED_PORT : { port: value, portMask: ALL_PORT_BITS };
}

/** `null` is any, `undefined` what only some bits count of. */
function partOf({ port, portMask }: MaskedPort): number | null | undefined {
  if (portMask === 0) return null;
  return portMask === ALL_PORT_BITS ? port : undefined;
}

const HALF_BITS = 16;
const LARGEST_TYPE = 0xff;
