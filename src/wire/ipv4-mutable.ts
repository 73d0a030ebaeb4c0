/**
 * What may change in an IPv4 header on its way, and so counts as zero in AH's ICV
 * (RFC 4302 §3.3.3.1.1, Appendix A).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version|  IHL  |#DSCP#####|#ECN|          Total Length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Identification        |#Flags###Fragment Offset#######|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |#Time to Live##|    Protocol   |########Header Checksum########|   # is zeroed
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Source Address, Destination Address                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Options, each kept whole or zeroed whole              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * An option is one unit: if it is mutable, its type and length are zeroed too (§3.3.3.1.1.2). A
 * sender with a source route has to put the route's last address into the destination before it
 * computes the ICV, for that is what the receiver finds there; here the route itself is zeroed and
 * the destination is left as it stands.
 *
 * @module
 */
import { setU8, setU16, u8 } from '../octets/octets.ts';
import { IPV4_HEADER_LENGTH, ipv4HeaderLength } from './ipv4.ts';

const TYPE_OF_SERVICE = 1;
const FLAGS_AND_OFFSET = 6;
const TIME_TO_LIVE = 8;
const CHECKSUM = 10;

/** End of Options List: ends the walk; what follows is padding and stays. */
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;

/** The options that Appendix A1 calls immutable; all others are zeroed, unknown ones included. */
const IMMUTABLE: ReadonlySet<number> = new Set([
  130, // Security, RFC 1108
  133, // Extended Security, RFC 1108
  134, // Commercial Security
  148, // Router Alert, RFC 2113
  149, // Sender Directed Multi-Destination Delivery, RFC 1770
]);

/**
 * Zeroes in place whatever is mutable in the checked IPv4 header at `at`. Returns `false` when the
 * options are malformed; the header is then half done, and the packet is to be discarded.
 */
export function zeroMutableIpv4(octets: Uint8Array, at: number): boolean {
  setU8(octets, at + TYPE_OF_SERVICE, 0);
  setU16(octets, at + FLAGS_AND_OFFSET, 0);
  setU8(octets, at + TIME_TO_LIVE, 0);
  setU16(octets, at + CHECKSUM, 0);
  return zeroMutableOptions(octets, at + IPV4_HEADER_LENGTH, at + ipv4HeaderLength(octets, at));
}

function zeroMutableOptions(octets: Uint8Array, from: number, end: number): boolean {
  let option = from;
  while (option < end) {
    const type = u8(octets, option);
    if (type === END_OF_OPTIONS) return true;
    if (type === NO_OPERATION) {
      option++;
      continue;
    }
    if (option + 2 > end) return false;
    const length = u8(octets, option + 1);
    if (length < 2 || option + length > end) return false;
    if (!IMMUTABLE.has(type)) octets.fill(0, option, option + length);
    option += length;
  }
  return true;
}
