/**
 * Packets to try dissection on, built with the emitters of `wire/`: what travels between 10.9.0.1
 * and 10.9.0.2, fe80::1 and fe80::2.
 *
 * @module
 */
import type { IpAddress } from '../../src/net/ip-address.ts';
import { setU8, setU16, setU32 } from '../../src/octets/octets.ts';
import { AH_HEADER_LENGTH, emitAhHeader } from '../../src/wire/ah.ts';
import { ARP_LENGTH, emitArp } from '../../src/wire/arp.ts';
import { ESP_HEADER_LENGTH, emitEspHeader } from '../../src/wire/esp.ts';
import { ETHERNET_HEADER_LENGTH, emitEthernetHeader } from '../../src/wire/ethernet.ts';
import { emitEcho, emitIcmpError, ICMP_HEADER_LENGTH, ICMP_TYPE } from '../../src/wire/icmp.ts';
import { emitIcmpv6 } from '../../src/wire/icmpv6.ts';
import { IKE_HEADER_LENGTH, IKE_INITIATOR_SPI, IKE_RESPONDER_SPI } from '../../src/wire/ike.ts';
import {
  emitIpv4Header,
  IPV4_HEADER_LENGTH,
  setIpv4Fragment,
  updateIpv4Checksum,
} from '../../src/wire/ipv4.ts';
import { emitIpv6Header, IPV6_HEADER_LENGTH } from '../../src/wire/ipv6.ts';
import {
  COOKED_HEADER_LENGTH,
  COOKED_PACKET_TYPE,
  emitCooked,
} from '../../src/wire/linux-cooked.ts';
import { emitTcp, TCP_HEADER_LENGTH, type TcpHeader } from '../../src/wire/tcp.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../../src/wire/udp.ts';
import { emitVlanTag, VLAN_TAG_LENGTH } from '../../src/wire/vlan.ts';

export const A: IpAddress = { version: 4, octets: Uint8Array.of(10, 9, 0, 1) };
export const B: IpAddress = { version: 4, octets: Uint8Array.of(10, 9, 0, 2) };
export const A6: IpAddress = linkLocal(1);
export const B6: IpAddress = linkLocal(2);
export const MAC_A: Uint8Array = Uint8Array.of(2, 0, 0, 0, 0, 1);
export const MAC_B: Uint8Array = Uint8Array.of(2, 0, 0, 0, 0, 2);

/** `length` octets that are not all the same. */
export function data(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, k) => k & 0xff);
}

export function ipv4(
  protocol: number,
  payload: Uint8Array,
  fragment: { readonly moreFragments?: boolean; readonly offset?: number } = {},
): Uint8Array {
  const packet = new Uint8Array(IPV4_HEADER_LENGTH + payload.length);
  const header = {
    typeOfService: 0,
    totalLength: packet.length,
    identification: 7,
    dontFragment: false,
    ttl: 64,
    protocol,
    source: A,
    destination: B,
  };
  emitIpv4Header(header, packet, 0);
  setIpv4Fragment(packet, 0, false, fragment.moreFragments ?? false, fragment.offset ?? 0);
  updateIpv4Checksum(packet, 0);
  packet.set(payload, IPV4_HEADER_LENGTH);
  return packet;
}

export function ipv6(nextHeader: number, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(IPV6_HEADER_LENGTH + payload.length);
  const header = {
    trafficClass: 0,
    flowLabel: 0,
    payloadLength: payload.length,
    nextHeader,
    hopLimit: 64,
    source: A6,
    destination: B6,
  };
  emitIpv6Header(header, packet, 0);
  packet.set(payload, IPV6_HEADER_LENGTH);
  return packet;
}

/** An IPv6 extension header of 8 octets, padded inside, before `payload`. */
export function ipv6Extension(nextHeader: number, payload: Uint8Array): Uint8Array {
  return join(Uint8Array.of(nextHeader, 0, 1, 4, 0, 0, 0, 0), payload);
}

export function ipv6Fragment(
  nextHeader: number,
  offset: number,
  moreFragments: boolean,
  payload: Uint8Array,
): Uint8Array {
  const header = new Uint8Array(8);
  setU8(header, 0, nextHeader);
  setU16(header, 2, offset | Number(moreFragments));
  setU32(header, 4, 0xdeadbeef);
  return join(header, payload);
}

/** An ESP packet with the SPI 0x201; the sealed part is just {@link data}. */
export function esp(sealedLength = 108): Uint8Array {
  const packet = join(new Uint8Array(ESP_HEADER_LENGTH), data(sealedLength));
  emitEspHeader(0x201, 1, packet, 0);
  return packet;
}

/** An AH with the SPI 0x200 and an ICV of octets ab. */
export function ah(nextHeader: number, payload: Uint8Array, icvLength = 12): Uint8Array {
  const header = new Uint8Array(AH_HEADER_LENGTH + icvLength).fill(0xab);
  emitAhHeader(nextHeader, header.length, 0x200, 1, header, 0);
  return join(header, payload);
}

export function udp(sourcePort: number, destinationPort: number, payload: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(UDP_HEADER_LENGTH + payload.length);
  emitUdp(sourcePort, destinationPort, payload, A, B, datagram, 0);
  return datagram;
}

/** A segment from port 40000 to port 5901 unless `header` says otherwise. */
export function tcp(header: Partial<TcpHeader>, payload: Uint8Array = data(0)): Uint8Array {
  const whole: TcpHeader = {
    sourcePort: 40000,
    destinationPort: 5901,
    sequenceNumber: 1,
    acknowledgmentNumber: 0,
    flags: 0,
    window: 64240,
    options: data(0),
    ...header,
  };
  const segment = new Uint8Array(TCP_HEADER_LENGTH + whole.options.length + payload.length);
  emitTcp(whole, payload, A, B, segment, 0);
  return segment;
}

export function echo(dataLength = 56): Uint8Array {
  const message = new Uint8Array(ICMP_HEADER_LENGTH + dataLength);
  emitEcho(ICMP_TYPE.ECHO_REQUEST, 1, 1, data(dataLength), message, 0);
  return message;
}

export function icmpError(
  type: number,
  code: number,
  secondWord: number,
  original: Uint8Array,
): Uint8Array {
  const message = new Uint8Array(ICMP_HEADER_LENGTH + original.length);
  const length = emitIcmpError(type, code, secondWord, original, 0, original.length, message, 0);
  return message.subarray(0, length);
}

export function icmpv6(
  type: number,
  code: number,
  secondWord: number,
  body: Uint8Array,
): Uint8Array {
  const message = new Uint8Array(ICMP_HEADER_LENGTH + body.length);
  emitIcmpv6(type, code, secondWord, body, A6, B6, message, 0);
  return message;
}

export function ethernet(etherType: number, payload: Uint8Array): Uint8Array {
  const frame = join(new Uint8Array(ETHERNET_HEADER_LENGTH), payload);
  emitEthernetHeader(MAC_B, MAC_A, etherType, frame, 0);
  return frame;
}

export function arp(opcode: number, targetHardware: Uint8Array = new Uint8Array(6)): Uint8Array {
  const packet = new Uint8Array(ARP_LENGTH);
  const from = { senderHardware: MAC_A, senderProtocol: A };
  emitArp({ opcode, ...from, targetHardware, targetProtocol: B }, packet, 0);
  return packet;
}

/** `payload` behind an 802.1Q tag, for an EtherType that announces one. */
export function vlan(id: number, etherType: number, payload: Uint8Array): Uint8Array {
  const tagged = join(new Uint8Array(VLAN_TAG_LENGTH), payload);
  emitVlanTag(id, etherType, tagged, 0);
  return tagged;
}

/** `payload` behind Linux's header of version 1, as a packet that we sent. */
export function cooked1(etherType: number, payload: Uint8Array): Uint8Array {
  const header = Uint8Array.of(0, 4, 0, 1, 0, 6, ...MAC_A, 0, 0, etherType >>> 8, etherType);
  return join(header, payload);
}

/** `payload` behind Linux's header of version 2, as a packet to us on interface 9999. */
export function cooked2(etherType: number, payload: Uint8Array): Uint8Array {
  const packet = join(new Uint8Array(COOKED_HEADER_LENGTH[2]), payload);
  const header = {
    protocol: etherType,
    interfaceIndex: 9999,
    hardwareType: 1,
    packetType: COOKED_PACKET_TYPE.TO_US,
    addressLength: 6,
  };
  emitCooked(header, join(MAC_A, new Uint8Array(2)), 0, packet, 0);
  return packet;
}

/** An IKE message: of version 1 or 2, an exchange, flags; the last two decide more. */
export function ike(
  version: 1 | 2,
  exchangeType: number,
  flags: number,
  more: {
    readonly messageId?: number;
    readonly responderSpi?: number;
    readonly nextPayload?: number;
    readonly body?: Uint8Array;
  } = {},
): Uint8Array {
  const { messageId = 0, responderSpi = 0, nextPayload = 0, body = data(0) } = more;
  const message = join(new Uint8Array(IKE_HEADER_LENGTH), body);
  message.fill(exchangeType + 1, IKE_INITIATOR_SPI, IKE_RESPONDER_SPI);
  message.fill(responderSpi, IKE_RESPONDER_SPI, IKE_RESPONDER_SPI + 8);
  message.set([nextPayload, version << 4, exchangeType, flags], 16);
  setU32(message, 20, messageId);
  setU32(message, 24, message.length);
  return message;
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function linkLocal(host: number): IpAddress {
  const octets = new Uint8Array(16);
  setU16(octets, 0, 0xfe80);
  setU8(octets, 15, host);
  return { version: 6, octets };
}
