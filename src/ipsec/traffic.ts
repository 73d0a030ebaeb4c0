/**
 * What a packet offers to selectors, read from its headers (RFC 4301 §4.4.1.1).
 *
 * @module
 */
import { hasPorts } from '../net/ip-protocol.ts';
import { u16 } from '../octets/octets.ts';
import {
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Protocol,
} from '../wire/ipv4.ts';
import type { Packet } from './packet.ts';
import { OPAQUE, type Traffic } from './selector.ts';

/** A {@link Traffic} to be filled by {@link readTraffic}. */
export function newTraffic(): Traffic {
  return {
    version: 4,
    octets: new Uint8Array(0),
    localAddressAt: 0,
    remoteAddressAt: 0,
    nextLayerProtocol: 0,
    localPort: OPAQUE,
    remotePort: OPAQUE,
    hidesPorts: false,
  };
}

/** Fills `traffic` from `packet`, whose IPv4 header was checked; its source is local if `sent`. */
export function readTraffic(traffic: Traffic, packet: Packet, sent: boolean): void {
  const { octets } = packet.memory;
  const { at, length } = packet;
  const headerLength = ipv4HeaderLength(octets, at);
  const protocol = ipv4Protocol(octets, at);
  traffic.octets = octets;
  traffic.localAddressAt = at + (sent ? IPV4_SOURCE : IPV4_DESTINATION);
  traffic.remoteAddressAt = at + (sent ? IPV4_DESTINATION : IPV4_SOURCE);
  traffic.nextLayerProtocol = protocol;
  traffic.localPort = OPAQUE;
  traffic.remotePort = OPAQUE;
  traffic.hidesPorts = false;
  if (!hasPorts(protocol)) return;
  traffic.hidesPorts = ipv4FragmentOffset(octets, at) !== 0 || length < headerLength + 4;
  if (traffic.hidesPorts) return;
  const source = u16(octets, at + headerLength);
  const destination = u16(octets, at + headerLength + 2);
  traffic.localPort = sent ? source : destination;
  traffic.remotePort = sent ? destination : source;
}
