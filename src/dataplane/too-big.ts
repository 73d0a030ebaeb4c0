/**
 * "Fragmentation needed" told to the host's own sender (RFC 1191 §4, RFC 4301 §8.2): its packet,
 * protected, would exceed the path MTU and must not be fragmented.
 *
 * @module
 */

import type { Packet } from '../ipsec/packet.ts';
import { ipAddressAt } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { emitFragmentationNeeded } from '../wire/icmp.ts';
import { emitIpv4Header, IPV4_DESTINATION, IPV4_HEADER_LENGTH, IPV4_SOURCE } from '../wire/ipv4.ts';

const TIME_TO_LIVE = 64;

/**
 * Makes `answer` the message for `packet`, which is still in the clear: packets up to `mtu` octets
 * would do. It bears the remote host's address, for the host refuses its own from a device.
 */
export function makeTooBig(packet: Packet, mtu: number, answer: Packet): void {
  const from = packet.memory.octets;
  const { octets } = answer.memory;
  const icmpLength = emitFragmentationNeeded(
    mtu,
    from,
    packet.at,
    packet.length,
    octets,
    answer.at + IPV4_HEADER_LENGTH,
  );
  answer.length = IPV4_HEADER_LENGTH + icmpLength;
  emitIpv4Header(
    {
      typeOfService: 0,
      totalLength: answer.length,
      identification: 0,
      dontFragment: true,
      ttl: TIME_TO_LIVE,
      protocol: IP_PROTOCOL.icmp,
      source: ipAddressAt(4, from, packet.at + IPV4_DESTINATION),
      destination: ipAddressAt(4, from, packet.at + IPV4_SOURCE),
    },
    octets,
    answer.at,
  );
}
