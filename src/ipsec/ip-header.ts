/**
 * Moving a packet's IP header: how transport mode makes room for AH or ESP behind it, and takes that
 * room away again, while the payload stays where it is.
 *
 * @module
 */
import { type IpHeader, setIpProtocol, setIpTotalLength } from '../wire/ip.ts';
import type { Packet } from './packet.ts';

/**
 * Moves the first `length` octets of `packet`, the header and those extension headers that stay in
 * front, by `distance` octets and has them say that `protocol` follows in a packet of `totalLength`
 * octets. `header` goes along, save for what it says of the next layer. The checksum is left wrong:
 * more layers may be to come.
 */
export function moveIpHeader(
  packet: Packet,
  header: IpHeader,
  distance: number,
  totalLength: number,
  protocol: number,
): void {
  const { octets } = packet.memory;
  octets.copyWithin(packet.at + distance, packet.at, packet.at + header.length);
  header.at += distance;
  header.protocolAt += distance;
  header.sourceAt += distance;
  header.destinationAt += distance;
  setIpTotalLength(octets, header, totalLength);
  setIpProtocol(octets, header, protocol);
  packet.at = header.at;
  packet.length = totalLength;
}
