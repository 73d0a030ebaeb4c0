/**
 * "Too big" as routers tell it (RFC 792, RFC 1191 §4, RFC 4443 §3.2): reading what `too-big.ts` makes
 * for others.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { u8 } from '../octets/octets.ts';
import {
  ICMP_HEADER_LENGTH,
  ICMP_TYPE,
  ICMP_UNREACHABLE,
  icmpChecksumHolds,
  icmpCode,
  icmpNextHopMtu,
  icmpSecondWord,
  icmpType,
} from '../wire/icmp.ts';
import { ICMPV6_TYPE } from '../wire/icmpv6.ts';
import { type IpHeader, newIpHeader, readIp, readQuotedIp } from '../wire/ip.ts';

/** What a router says; one object serves for report after report. */
export interface TooBigReport {
  /** The packet that was too big, as far as it is quoted. */
  readonly quoted: IpHeader;
  /** Where the quote ends. */
  end: number;
  /** Octets that the next link carries; 0 of a router that does not know (RFC 1191 §5). */
  mtu: number;
}

/** A {@link TooBigReport} to be filled by {@link readTooBig}. */
export function newTooBigReport(): TooBigReport {
  return { quoted: newIpHeader(), end: 0, mtu: 0 };
}

const header = newIpHeader();

/**
 * Fills `report` from the IP packet of `length` octets at `at`. `false` when that is no such error,
 * is not as its sender summed it, or is not told to the sender of what it quotes.
 */
export function readTooBig(
  report: TooBigReport,
  octets: Uint8Array,
  at: number,
  length: number,
): boolean {
  if (!readIp(header, octets, at, length) || header.isFragment) return false;
  const icmpAt = header.nextLayerAt;
  const icmpLength = at + header.totalLength - icmpAt;
  if (icmpLength < ICMP_HEADER_LENGTH || !saysTooBig(octets, icmpAt)) return false;
  if (!checksumHolds(octets, icmpAt, icmpLength)) return false;
  const { quoted } = report;
  const quotedAt = icmpAt + ICMP_HEADER_LENGTH;
  report.end = icmpAt + icmpLength;
  report.mtu =
    header.version === 4 ? icmpNextHopMtu(octets, icmpAt) : icmpSecondWord(octets, icmpAt);
  if (!readQuotedIp(quoted, octets, quotedAt, report.end - quotedAt)) return false;
  if (quoted.version !== header.version) return false;
  return sameAddressAt(octets, quoted.sourceAt, header.destinationAt, header.version);
}

function saysTooBig(octets: Uint8Array, at: number): boolean {
  const type = icmpType(octets, at);
  if (header.version === 6) {
    return (
      header.nextLayerProtocol === IP_PROTOCOL['ipv6-icmp'] && type === ICMPV6_TYPE.PACKET_TOO_BIG
    );
  }
  return (
    header.nextLayerProtocol === IP_PROTOCOL.icmp &&
    type === ICMP_TYPE.DESTINATION_UNREACHABLE &&
    icmpCode(octets, at) === ICMP_UNREACHABLE.FRAGMENTATION_NEEDED
  );
}

function checksumHolds(octets: Uint8Array, at: number, length: number): boolean {
  if (header.version === 4) return icmpChecksumHolds(octets, at, length);
  // The pseudo-header of IPv6 (RFC 8200 §8.1): both addresses stand together.
  const addresses = sumOctets(octets, header.sourceAt, 32, IP_PROTOCOL['ipv6-icmp'] + length);
  return checksumOf(sumOctets(octets, at, length, addresses)) === 0;
}

function sameAddressAt(octets: Uint8Array, a: number, b: number, version: 4 | 6): boolean {
  const length = version === 4 ? 4 : 16;
  for (let k = 0; k < length; k++) if (u8(octets, a + k) !== u8(octets, b + k)) return false;
  return true;
}
