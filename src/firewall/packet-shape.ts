/**
 * Packets as a filter sees them, which knows no local and remote: a source and a destination.
 *
 * @module
 */
import type { Direction, MessageSelector, Selector } from '../ipsec/selector.ts';
import type { PortRange } from '../net/port-range.ts';
import type { Prefix } from '../net/prefix.ts';

export interface PacketShape {
  readonly source: Prefix;
  readonly destination: Prefix;
  readonly protocol: number | 'any';
  readonly sourcePort: PortRange;
  readonly destinationPort: PortRange;
  /** Of ICMP and the like; `null` is any. */
  readonly message: MessageSelector | null;
}

/** The packets of `direction` that `selector` picks. */
export function shapeOf(selector: Selector, direction: Direction): PacketShape {
  const { localAddress, remoteAddress, localPort, remotePort, message } = selector;
  const rest = { protocol: selector.nextLayerProtocol, message };
  return direction === 'outbound'
    ? {
        ...{ source: localAddress, destination: remoteAddress },
        ...{ sourcePort: localPort, destinationPort: remotePort },
        ...rest,
      }
    : {
        ...{ source: remoteAddress, destination: localAddress },
        ...{ sourcePort: remotePort, destinationPort: localPort },
        ...rest,
      };
}
