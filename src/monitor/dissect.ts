/**
 * Dissection: octets in, layers out.
 *
 * Captures may be cut short, so a dissector asks what was captured, reads as far as that goes, and
 * ends the chain in a `truncated` layer; the checks of `wire/`, which want whole packets, are for
 * the data path. No octets make it throw, and {@link MAX_LAYERS} bounds its depth.
 *
 * @module
 */
import { ipAddressAt } from '../net/ip-address.ts';
import { u8 } from '../octets/octets.ts';
import {
  ARP_LENGTH,
  ARP_SENDER_HARDWARE,
  ARP_SENDER_PROTOCOL,
  ARP_TARGET_HARDWARE,
  ARP_TARGET_PROTOCOL,
  arpOpcode,
  checkArp,
} from '../wire/arp.ts';
import {
  ETHER_TYPE_OF,
  ETHERNET_ADDRESS_LENGTH,
  ETHERNET_DESTINATION,
  ETHERNET_HEADER_LENGTH,
  ETHERNET_SOURCE,
  ethernetHeaderLength,
  ethernetIsTagged,
  ethernetType,
  ethernetVlanId,
} from '../wire/ethernet.ts';
import { LINK_TYPE_OF } from '../wire/pcap.ts';
import { dissectIpv4, dissectIpv6 } from './dissect-ip.ts';
import type { Layer } from './layer.ts';
import { malformed, type Part, payloadOf, placeOf, truncated, viewOf } from './part.ts';

/**
 * The layers of a captured packet that begins as `linkType` (a `LINK_TYPE_OF`) says.
 * `originalLength` counts what was on the wire when the capture kept less. Views in the result
 * point into `octets`.
 *
 * @example
 * const layer = dissect(packet, LINK_TYPE_OF.RAW);
 * if (layer.kind === 'ipv4' && layer.payload.kind === 'esp') console.log(layer.payload.spi);
 */
export function dissect(
  octets: Uint8Array,
  linkType: number,
  originalLength: number = octets.length,
): Layer {
  const length = Math.max(originalLength, octets.length);
  const part = { octets, at: 0, length, captured: octets.length, depth: 0 };
  switch (linkType) {
    case LINK_TYPE_OF.ETHERNET:
      return ethernet(part);
    case LINK_TYPE_OF.RAW:
      return raw(part);
    case LINK_TYPE_OF.IPV4:
      return dissectIpv4(part);
    case LINK_TYPE_OF.IPV6:
      return dissectIpv6(part);
    default:
      return malformed(part, 'link', `unknown link type ${linkType}`);
  }
}

/** IP of either version, told apart by the version field. */
function raw(part: Part): Layer {
  if (part.captured === 0) return truncated(part, 'ip');
  const version = u8(part.octets, part.at) >>> 4;
  if (version === 4) return dissectIpv4(part);
  if (version === 6) return dissectIpv6(part);
  return malformed(part, 'link', `unknown ip ${version}`);
}

function ethernet(part: Part): Layer {
  const { octets, at } = part;
  if (part.captured < ETHERNET_HEADER_LENGTH) return truncated(part, 'ether');
  const headerLength = ethernetHeaderLength(octets, at);
  if (part.captured < headerLength) return truncated(part, 'vlan');
  const etherType = ethernetType(octets, at);
  return {
    kind: 'ethernet',
    ...placeOf(part),
    destination: viewOf(part, ETHERNET_DESTINATION, ETHERNET_ADDRESS_LENGTH),
    source: viewOf(part, ETHERNET_SOURCE, ETHERNET_ADDRESS_LENGTH),
    vlanId: ethernetIsTagged(octets, at) ? ethernetVlanId(octets, at) : null,
    etherType,
    payload: etherPayload(payloadOf(part, headerLength), etherType),
  };
}

function etherPayload(part: Part, etherType: number): Layer {
  switch (etherType) {
    case ETHER_TYPE_OF.IPV4:
      return dissectIpv4(part);
    case ETHER_TYPE_OF.IPV6:
      return dissectIpv6(part);
    case ETHER_TYPE_OF.ARP:
      return arp(part);
    default:
      return { kind: 'opaque', ...placeOf(part), protocol: null };
  }
}

function arp(part: Part): Layer {
  const { octets, at } = part;
  if (part.captured < ARP_LENGTH) return truncated(part, 'arp');
  const fault = checkArp(octets, at, part.captured);
  if (fault !== null) return malformed(part, 'arp', fault.why);
  return {
    kind: 'arp',
    ...placeOf(part),
    opcode: arpOpcode(octets, at),
    senderHardware: viewOf(part, ARP_SENDER_HARDWARE, ETHERNET_ADDRESS_LENGTH),
    senderProtocol: ipAddressAt(4, octets, at + ARP_SENDER_PROTOCOL),
    targetHardware: viewOf(part, ARP_TARGET_HARDWARE, ETHERNET_ADDRESS_LENGTH),
    targetProtocol: ipAddressAt(4, octets, at + ARP_TARGET_PROTOCOL),
  };
}
