/**
 * Dissection of what stands before IP: Ethernet with its tags, Linux's cooked headers, BSD's
 * loopback header; and ARP (RFC 826).
 *
 * @module
 */
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
  ethernetType,
} from '../wire/ethernet.ts';
import {
  COOKED_HEADER_LENGTH,
  type CookedVersion,
  cookedAddressLength,
  cookedAddressOffset,
  cookedHardwareType,
  cookedInterfaceIndex,
  cookedPacketType,
  cookedProtocol,
} from '../wire/linux-cooked.ts';
import { LOOPBACK_HEADER_LENGTH, loopbackFamily, loopbackIpVersion } from '../wire/loopback.ts';
import {
  announcesVlanTag,
  VLAN_TAG_LENGTH,
  vlanDropEligible,
  vlanEtherType,
  vlanId,
  vlanPriority,
} from '../wire/vlan.ts';
import { hardwareAddressAt, packetAddressAt } from './address-table.ts';
import { dissectIpv4, dissectIpv6 } from './dissect-ip.ts';
import type { Layer } from './layer.ts';
import { MAX_LAYERS, malformed, type Part, payloadOf, tooDeep, truncated } from './part.ts';

/** The layers of the Ethernet frame in `part`. */
export function dissectEthernet(part: Part): Layer {
  const { octets, at } = part;
  if (part.captured < ETHERNET_HEADER_LENGTH) return truncated(part, 'ether');
  const etherType = ethernetType(octets, at);
  return {
    kind: 'ethernet',
    octets,
    at,
    length: part.length,
    captured: part.captured,
    destination: hardwareAddressAt(octets, at + ETHERNET_DESTINATION),
    source: hardwareAddressAt(octets, at + ETHERNET_SOURCE),
    etherType,
    payload: etherPayload(payloadOf(part, ETHERNET_HEADER_LENGTH), etherType),
  };
}

/** The layers of the packet in `part`, which begins with a cooked header of `version`. */
export function dissectCooked(part: Part, version: CookedVersion): Layer {
  const { octets, at } = part;
  const headerLength = COOKED_HEADER_LENGTH[version];
  if (part.captured < headerLength) return truncated(part, version === 1 ? 'sll' : 'sll2');
  const etherType = cookedProtocol(version, octets, at);
  const hasAddress = cookedAddressLength(version, octets, at) === ETHERNET_ADDRESS_LENGTH;
  return {
    kind: 'cooked',
    octets,
    at,
    length: part.length,
    captured: part.captured,
    version,
    packetType: cookedPacketType(version, octets, at),
    hardwareType: cookedHardwareType(version, octets, at),
    source: hasAddress ? hardwareAddressAt(octets, at + cookedAddressOffset(version)) : null,
    interfaceIndex: version === 1 ? null : cookedInterfaceIndex(octets, at),
    etherType,
    payload: etherPayload(payloadOf(part, headerLength), etherType),
  };
}

/** The layers of the packet in `part`, which begins with an address family. */
export function dissectLoopback(part: Part): Layer {
  const { octets, at, length, captured } = part;
  if (captured < LOOPBACK_HEADER_LENGTH) return truncated(part, 'null');
  const family = loopbackFamily(octets, at);
  const version = loopbackIpVersion(family);
  const within = payloadOf(part, LOOPBACK_HEADER_LENGTH);
  const payload =
    version === 4 ? dissectIpv4(within) : version === 6 ? dissectIpv6(within) : opaque(within);
  return { kind: 'loopback', octets, at, length, captured, family, payload };
}

/** IP of either version, told apart by the version field. */
export function dissectRaw(part: Part): Layer {
  if (part.captured === 0) return truncated(part, 'ip');
  const version = u8(part.octets, part.at) >>> 4;
  if (version === 4) return dissectIpv4(part);
  if (version === 6) return dissectIpv6(part);
  return malformed(part, 'link', `unknown ip ${version}`);
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
      return announcesVlanTag(etherType) ? vlan(part) : opaque(part);
  }
}

function vlan(part: Part): Layer {
  const { octets, at } = part;
  if (part.depth > MAX_LAYERS) return tooDeep(part);
  if (part.captured < VLAN_TAG_LENGTH) return truncated(part, 'vlan');
  const etherType = vlanEtherType(octets, at);
  return {
    kind: 'vlan',
    octets,
    at,
    length: part.length,
    captured: part.captured,
    vlanId: vlanId(octets, at),
    priority: vlanPriority(octets, at),
    dropEligible: vlanDropEligible(octets, at),
    etherType,
    payload: etherPayload(payloadOf(part, VLAN_TAG_LENGTH), etherType),
  };
}

function opaque(part: Part): Layer {
  const { octets, at, length, captured } = part;
  return { kind: 'opaque', octets, at, length, captured, protocol: null };
}

function arp(part: Part): Layer {
  const { octets, at } = part;
  if (part.captured < ARP_LENGTH) return truncated(part, 'arp');
  const fault = checkArp(octets, at, part.captured);
  if (fault !== null) return malformed(part, 'arp', fault.why);
  return {
    kind: 'arp',
    octets,
    at,
    length: part.length,
    captured: part.captured,
    opcode: arpOpcode(octets, at),
    senderHardware: hardwareAddressAt(octets, at + ARP_SENDER_HARDWARE),
    senderProtocol: packetAddressAt(4, octets, at + ARP_SENDER_PROTOCOL),
    targetHardware: hardwareAddressAt(octets, at + ARP_TARGET_HARDWARE),
    targetProtocol: packetAddressAt(4, octets, at + ARP_TARGET_PROTOCOL),
  };
}
