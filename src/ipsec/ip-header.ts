/**
 * Moving a packet's IP header: how transport mode makes room for ESP or AH behind it, and takes that
 * room away again, while the payload stays where it is.
 *
 * @module
 */
import { setIpv4Protocol, setIpv4TotalLength } from '../wire/ipv4.ts';
import type { Packet } from './packet.ts';

/**
 * Moves the IP header of `ipLength` octets to `at` and has it say that `protocol` follows in a packet
 * of `length` octets. Its checksum is left wrong: more layers may be to come.
 */
export function moveIpHeader(
  packet: Packet,
  ipLength: number,
  at: number,
  length: number,
  protocol: number,
): void {
  const { octets } = packet.memory;
  octets.copyWithin(at, packet.at, packet.at + ipLength);
  setIpv4TotalLength(octets, at, length);
  setIpv4Protocol(octets, at, protocol);
  packet.at = at;
  packet.length = length;
}
