/**
 * One layer of protection put on an outbound packet, in place: AH, ESP or IPComp, in transport or tunnel
 * mode. The payload stays where it is. In transport mode the IP header moves to the front, and the
 * header of the layer goes between it and the payload; in tunnel mode the whole packet is the payload,
 * and another IP header goes in front.
 *
 * `putOff` has the crypto provider seal ESP only when it settles.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u8 } from '../octets/octets.ts';
import { finishIpHeader, type IpHeader } from '../wire/ip.ts';
import { emitUdpHeader, UDP_HEADER_LENGTH, updateUdpChecksum } from '../wire/udp.ts';
import type { AhTransform } from './ah-transform.ts';
import type { DiscardReason } from './discard-reason.ts';
import type { EspTransform } from './esp-transform.ts';
import { moveIpHeader } from './ip-header.ts';
import type { IpcompTransform } from './ipcomp-transform.ts';
import type { Packet } from './packet.ts';
import type { Sa } from './sa.ts';
import { type OuterFields, putOuterHeader, tunnelledProtocol } from './tunnel.ts';

/** Transport mode: protects with `sa` what is behind `header`, which `packet` begins with. */
export function putBehindHeader(
  packet: Packet,
  header: IpHeader,
  sa: Sa,
  putOff: boolean,
): DiscardReason | null {
  const { transform } = sa;
  const nextHeader = u8(packet.memory.octets, header.protocolAt);
  switch (transform.protocol) {
    case 'esp':
      sealEsp(packet, header, transform.esp, sa, nextHeader, putOff);
      return null;
    case 'ah':
      return sealAh(packet, header, transform.ah, sa, nextHeader);
    case 'ipcomp':
      compress(packet, header, transform.ipcomp, nextHeader);
      return null;
  }
}

/**
 * Tunnel mode: protects all of `packet` with `sa` and puts an IP header in front, with the `outer` fields
 * and `identification` (IPv4). `header` is then that one.
 */
export function putInTunnel(
  packet: Packet,
  header: IpHeader,
  sa: Sa,
  outer: OuterFields,
  identification: number,
  putOff: boolean,
): DiscardReason | null {
  const { octets } = packet.memory;
  const { transform, parameters } = sa;
  // What goes inside is finished first.
  finishIpHeader(octets, header);
  let protocol = tunnelledProtocol(header.version);
  if (transform.protocol === 'esp') {
    protocol = sealPayload(packet, transform.esp, sa, protocol, putOff);
  } else if (transform.protocol === 'ipcomp') {
    const length = transform.ipcomp.compress(packet.at, packet.length, protocol);
    if (length !== null) {
      packet.length = length;
      protocol = IP_PROTOCOL.ipcomp;
    }
  }
  putOuterHeader(packet, header, parameters, protocol, outer, identification);
  if (parameters.encapsulation !== null) sumUdp(octets, header);
  if (transform.protocol !== 'ah') return null;
  return sealAh(packet, header, transform.ah, sa, protocol);
}

function seal(
  esp: EspTransform,
  payloadAt: number,
  payloadLength: number,
  nextHeader: number,
  sequenceNumber: number,
  putOff: boolean,
): void {
  if (putOff) esp.sealLater(payloadAt, payloadLength, nextHeader, sequenceNumber);
  else esp.seal(payloadAt, payloadLength, nextHeader, sequenceNumber);
}

/**
 * Makes all of `packet` the payload of an ESP packet, in a UDP datagram if the SA says so
 * (RFC 3948 §2.1). Returns the protocol that it is of now.
 */
function sealPayload(
  packet: Packet,
  esp: EspTransform,
  sa: Sa,
  nextHeader: number,
  putOff: boolean,
): number {
  const { encapsulation } = sa.parameters;
  seal(esp, packet.at, packet.length, nextHeader, sa.nextSequenceNumber(), putOff);
  packet.at -= esp.headerLength;
  packet.length = esp.sealedLength(packet.length);
  if (encapsulation === null) return IP_PROTOCOL.esp;
  packet.at -= UDP_HEADER_LENGTH;
  packet.length += UDP_HEADER_LENGTH;
  const { sourcePort, destinationPort } = encapsulation;
  emitUdpHeader(sourcePort, destinationPort, packet.length, packet.memory.octets, packet.at);
  return IP_PROTOCOL.udp;
}

function sealEsp(
  packet: Packet,
  header: IpHeader,
  esp: EspTransform,
  sa: Sa,
  nextHeader: number,
  putOff: boolean,
): void {
  const { encapsulation } = sa.parameters;
  const payloadAt = packet.at + header.length;
  const payloadLength = packet.length - header.length;
  const udpLength = encapsulation === null ? 0 : UDP_HEADER_LENGTH;
  const sealedLength = esp.sealedLength(payloadLength);
  const protocol = encapsulation === null ? IP_PROTOCOL.esp : IP_PROTOCOL.udp;
  // The IP header goes first: the ESP header is written where it stood.
  const distance = -(esp.headerLength + udpLength);
  const length = header.length + udpLength + sealedLength;
  moveIpHeader(packet, header, distance, length, protocol);
  seal(esp, payloadAt, payloadLength, nextHeader, sa.nextSequenceNumber(), putOff);
  if (encapsulation === null) return;
  const { octets } = packet.memory;
  const { sourcePort, destinationPort } = encapsulation;
  const udpAt = packet.at + header.length;
  emitUdpHeader(sourcePort, destinationPort, udpLength + sealedLength, octets, udpAt);
  sumUdp(octets, header);
}

/** UDP needs a checksum under IPv6, and is better without one under IPv4 (RFC 3948 §2.1). */
function sumUdp(octets: Uint8Array, header: IpHeader): void {
  if (header.version === 4) return;
  const at = header.at + header.length;
  updateUdpChecksum(octets, at, header.totalLength - header.length, header.sourceAt, 32);
}

function sealAh(
  packet: Packet,
  header: IpHeader,
  ah: AhTransform,
  sa: Sa,
  nextHeader: number,
): DiscardReason | null {
  const length = packet.length + ah.headerLength;
  moveIpHeader(packet, header, -ah.headerLength, length, IP_PROTOCOL.ah);
  return ah.seal(header, nextHeader, sa.nextSequenceNumber());
}

function compress(
  packet: Packet,
  header: IpHeader,
  ipcomp: IpcompTransform,
  nextHeader: number,
): void {
  const payloadAt = packet.at + header.length;
  const length = ipcomp.compress(payloadAt, packet.length - header.length, nextHeader);
  if (length === null) return;
  moveIpHeader(packet, header, 0, header.length + length, IP_PROTOCOL.ipcomp);
}
