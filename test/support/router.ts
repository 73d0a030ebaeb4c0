/**
 * What a router says about a packet that is too big for its next link.
 *
 * @module
 */
import { type IpAddress, ipAddressAt } from '../../src/net/ip-address.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { emitFragmentationNeeded, ICMP_HEADER_LENGTH } from '../../src/wire/icmp.ts';
import { emitPacketTooBig } from '../../src/wire/icmpv6.ts';
import { newIpHeader, readIp } from '../../src/wire/ip.ts';
import { address, ipPacket } from './packets.ts';

/** Whom the errors are from. */
export const ROUTER: Readonly<Record<4 | 6, IpAddress>> = {
  4: address('10.77.0.1'),
  6: address('2001:db8:77::1'),
};

export interface TooBigParts {
  /** How much of the packet is quoted; as much as may be when absent. */
  readonly quoteLength?: number;
  /** Who is told; the packet's sender when absent. */
  readonly destination?: IpAddress;
}

/** The error of {@link ROUTER} about `packet`, for which its next link has an MTU of `mtu` octets. */
export function tooBig(packet: Uint8Array, mtu: number, parts: TooBigParts = {}): Uint8Array {
  const header = newIpHeader();
  if (!readIp(header, packet, 0, packet.length)) throw new Error('Bug: not a packet');
  const { version, sourceAt } = header;
  const { quoteLength = packet.length } = parts;
  const destination = parts.destination ?? ipAddressAt(version, packet, sourceAt);
  const source = ROUTER[version];
  const message = new Uint8Array(ICMP_HEADER_LENGTH + packet.length);
  const length =
    version === 4
      ? emitFragmentationNeeded(mtu, packet, 0, quoteLength, message, 0)
      : emitPacketTooBig(mtu, packet, 0, quoteLength, source, destination, message, 0);
  const protocol = IP_PROTOCOL[version === 4 ? 'icmp' : 'ipv6-icmp'];
  return ipPacket({ source, destination, protocol, payload: message.slice(0, length) });
}
