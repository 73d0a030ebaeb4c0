/**
 * Packets of this host that come back in ICMP errors of routers, as far as these quote them.
 *
 * Nobody authenticates what a router says (RFC 4301 §8.2): it is believed about a packet that an SA of
 * ours can have made, and about no other.
 *
 * @module
 */
import { addressStandsAt } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u32 } from '../octets/octets.ts';
import { ahSpi } from '../wire/ah.ts';
import { espSpi } from '../wire/esp.ts';
import type { IpHeader } from '../wire/ip.ts';
import { IPCOMP_HEADER_LENGTH, ipcompCpi } from '../wire/ipcomp.ts';
import { UDP_HEADER_LENGTH, udpDestinationPort, udpSourcePort } from '../wire/udp.ts';
import type { IpsecProtocol } from './policy.ts';
import type { Sa } from './sa.ts';
import type { Sad } from './sad.ts';

/** Of a header's first octets every error quotes as many (RFC 792): they show the SPI. */
const LEAST_QUOTE_LENGTH = 8;
const SPI_LENGTH = 4;

/**
 * Whether the packet with `header`, quoted up to `end` in `octets`, is one that an SA sends: from its
 * source to its destination, with its SPI. Of ESP in UDP a short quote shows the ports alone.
 */
export function isOfOutboundSa(
  sad: Sad,
  header: Readonly<IpHeader>,
  octets: Uint8Array,
  end: number,
): boolean {
  const { nextLayerProtocol, nextLayerAt: at, fragmentOffset } = header;
  const length = end - at;
  if (fragmentOffset > 0) return false;
  switch (nextLayerProtocol) {
    case IP_PROTOCOL.esp:
      return length >= SPI_LENGTH && find(sad, 'esp', espSpi(octets, at), header, octets) !== null;
    case IP_PROTOCOL.ah:
      if (length < LEAST_QUOTE_LENGTH) return false;
      return find(sad, 'ah', ahSpi(octets, at), header, octets) !== null;
    case IP_PROTOCOL.ipcomp:
      if (length < IPCOMP_HEADER_LENGTH) return false;
      return find(sad, 'ipcomp', ipcompCpi(octets, at), header, octets) !== null;
    case IP_PROTOCOL.udp:
      return isEspInUdp(sad, header, octets, at, length);
    case IP_PROTOCOL.ipencap:
    case IP_PROTOCOL.ipv6: {
      // What did not get shorter (RFC 3173 §2.2).
      const { version, sourceAt, destinationAt } = header;
      return sad.compressedTunnel(version, octets, sourceAt, destinationAt) !== undefined;
    }
    default:
      return false;
  }
}

function isEspInUdp(
  sad: Sad,
  header: Readonly<IpHeader>,
  octets: Uint8Array,
  at: number,
  length: number,
): boolean {
  if (length < UDP_HEADER_LENGTH) return false;
  const port = udpDestinationPort(octets, at);
  const spiAt = at + UDP_HEADER_LENGTH;
  if (length < UDP_HEADER_LENGTH + SPI_LENGTH) {
    return sad.isUdpEnd(header.version, octets, header.destinationAt, port);
  }
  const encapsulation = find(sad, 'esp', u32(octets, spiAt), header, octets)?.parameters
    .encapsulation;
  return (
    encapsulation?.destinationPort === port &&
    encapsulation.sourcePort === udpSourcePort(octets, at)
  );
}

/** The SA of that SPI between the addresses of `header`. */
function find(
  sad: Sad,
  protocol: IpsecProtocol,
  spi: number,
  header: Readonly<IpHeader>,
  octets: Uint8Array,
): Sa | null {
  const { version, sourceAt, destinationAt } = header;
  // The destination's SPI names the SA, whichever end looks at it (RFC 4301 §4.1).
  const sa = sad.inbound(protocol, spi, octets, destinationAt, version);
  return sa !== undefined && addressStandsAt(sa.parameters.source, octets, sourceAt) ? sa : null;
}
