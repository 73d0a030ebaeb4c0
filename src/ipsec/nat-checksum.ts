/**
 * Checksums of transport mode behind a NAT (RFC 3948 §3.1.2).
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { checkTcp, updateTcpChecksum } from '../wire/tcp.ts';
import { checkUdp, udpChecksum, udpLength, updateUdpChecksum } from '../wire/udp.ts';

/**
 * Makes right the checksum of the `length` octets of `protocol` at `at`, which counts the addresses
 * that were there before a NAT changed them. Those of `version` that there are now stand at `sourceAt`. The
 * ICV has vouched for what it covers.
 */
export function mendChecksum(
  octets: Uint8Array,
  version: 4 | 6,
  sourceAt: number,
  at: number,
  length: number,
  protocol: number,
): void {
  const addressesLength = version === 4 ? 8 : 32;
  if (protocol === IP_PROTOCOL.tcp && checkTcp(octets, at, length) === null) {
    updateTcpChecksum(octets, at, length, sourceAt, addressesLength);
  } else if (protocol === IP_PROTOCOL.udp && checkUdp(octets, at, length) === null) {
    if (udpChecksum(octets, at) === 0) return;
    updateUdpChecksum(octets, at, udpLength(octets, at), sourceAt, addressesLength);
  }
}
