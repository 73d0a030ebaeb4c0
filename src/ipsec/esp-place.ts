/**
 * Where ESP stands in a packet: behind the IP header, or in UDP to a port that it comes to
 * (RFC 3948 §2.1).
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u32 } from '../octets/octets.ts';
import { KEEPALIVE_LENGTH, NON_ESP_MARKER } from '../wire/esp-in-udp.ts';
import type { IpHeader } from '../wire/ip.ts';
import { checkUdp, UDP_HEADER_LENGTH, udpDestinationPort, udpLength } from '../wire/udp.ts';
import type { Sad } from './sad.ts';

/** Where the ESP header of the packet stands, if that is its first layer; -1 if not. */
export function outermostEsp(sad: Sad, octets: Uint8Array, header: Readonly<IpHeader>): number {
  const { nextLayerProtocol, nextLayerAt, isFragment } = header;
  if (isFragment) return -1;
  if (nextLayerProtocol === IP_PROTOCOL.esp) return nextLayerAt;
  if (nextLayerProtocol !== IP_PROTOCOL.udp) return -1;
  return espInUdp(sad, octets, header);
}

/** Octets of the ESP packet at `place`, which {@link outermostEsp} found. */
export function espLengthAt(octets: Uint8Array, header: Readonly<IpHeader>, place: number): number {
  const { nextLayerProtocol, nextLayerAt, at, totalLength } = header;
  if (nextLayerProtocol !== IP_PROTOCOL.udp) return at + totalLength - place;
  return udpLength(octets, nextLayerAt) - UDP_HEADER_LENGTH;
}

/** Where ESP stands in the datagram of UDP that the packet is; -1 when it is not there. */
export function espInUdp(sad: Sad, octets: Uint8Array, header: Readonly<IpHeader>): number {
  const { version, destinationAt, nextLayerAt: at, totalLength } = header;
  if (checkUdp(octets, at, header.at + totalLength - at) !== null) return -1;
  if (!sad.isUdpEnd(version, octets, destinationAt, udpDestinationPort(octets, at))) return -1;
  const payloadLength = udpLength(octets, at) - UDP_HEADER_LENGTH;
  if (payloadLength === KEEPALIVE_LENGTH) return -1;
  const payloadAt = at + UDP_HEADER_LENGTH;
  return payloadLength >= 4 && u32(octets, payloadAt) === NON_ESP_MARKER ? -1 : payloadAt;
}

/** Whether the packet is UDP to where ESP comes to: what is in it, its headers do not tell. */
export function isToUdpEnd(sad: Sad, octets: Uint8Array, header: Readonly<IpHeader>): boolean {
  const { version, destinationAt, nextLayerProtocol, nextLayerAt, at, totalLength } = header;
  if (nextLayerProtocol !== IP_PROTOCOL.udp) return false;
  if (nextLayerAt + UDP_HEADER_LENGTH > at + totalLength) return true;
  return sad.isUdpEnd(version, octets, destinationAt, udpDestinationPort(octets, nextLayerAt));
}
