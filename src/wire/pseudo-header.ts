/**
 * The pseudo-header that the checksums of UDP, TCP and ICMPv6 begin with (RFC 768, RFC 9293 §3.1,
 * RFC 8200 §8.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Source Address, Destination Address: 8 or 32 octets      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |              zero and Protocol, then Length                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * The two versions of IP lay the last part out differently, to the same sum.
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import { sumOctets } from '../octets/checksum.ts';

/** The running sum over the pseudo-header of `length` octets of `protocol`. */
export function pseudoHeaderSum(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  length: number,
): number {
  const sum = sumOctets(source.octets, 0, source.octets.length, protocol + length);
  return sumOctets(destination.octets, 0, destination.octets.length, sum);
}
