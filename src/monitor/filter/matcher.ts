/**
 * Filters as functions of layers.
 *
 * They look at the outermost IP header, behind whatever stands before it, and at what it carries,
 * behind IPv6's extension headers. `esp`, `ah` and `ipcomp` also find what stands behind AH, and ESP
 * in UDP.
 *
 * @module
 */

import { addressStandsAt } from '../../net/ip-address.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { prefixCovers } from '../../net/prefix.ts';
import { u16 } from '../../octets/octets.ts';
import type { PacketAddress } from '../address-table.ts';
import type { Format, Ipv4Layer, Ipv6Layer, Layer, Ports } from '../layer.ts';
import type { End, Filter, ProtocolWord } from './syntax.ts';

/** Whether a packet whose outermost layer is `layer` passes. */
export type Matcher = (layer: Layer) => boolean;

/** What passes `filter`; everything passes where it is `null`. */
export function matcherOf(filter: Filter | null): Matcher {
  if (filter === null) return () => true;
  const matches = matchNetwork(filter);
  return (layer) => matches(networkLayer(layer));
}

/** The outermost of IP, ARP, and what is neither. */
type Network = Layer;

function matchNetwork(filter: Filter): (network: Network) => boolean {
  switch (filter.kind) {
    case 'and': {
      const [left, right] = [matchNetwork(filter.left), matchNetwork(filter.right)];
      return (network) => left(network) && right(network);
    }
    case 'or': {
      const [left, right] = [matchNetwork(filter.left), matchNetwork(filter.right)];
      return (network) => left(network) || right(network);
    }
    case 'not': {
      const of = matchNetwork(filter.of);
      return (network) => !of(network);
    }
    case 'protocol':
      return PROTOCOLS[filter.word];
    case 'proto': {
      const { word, number } = filter;
      return (network) =>
        carries(network, number) &&
        (word === null || network.kind === (word === 'ip' ? 'ipv4' : 'ipv6'));
    }
    case 'host': {
      const { end, address } = filter;
      return matchAddress(end, ({ version, octets }) => {
        return version === address.version && addressStandsAt(address, octets, 0);
      });
    }
    case 'net': {
      const { end, prefix } = filter;
      return matchAddress(end, ({ version, octets }) => {
        return version === prefix.address.version && prefixCovers(prefix, octets, 0);
      });
    }
    case 'port': {
      const { end, first, last } = filter;
      const within = (port: number) => port >= first && port <= last;
      return (network) => {
        const ports = portsOf(network);
        return ports !== null && atEnd(end, ports.sourcePort, ports.destinationPort, within);
      };
    }
  }
}

function matchAddress(
  end: End,
  isWanted: (address: PacketAddress) => boolean,
): (network: Network) => boolean {
  return (network) => {
    if (isIp(network)) return atEnd(end, network.source, network.destination, isWanted);
    if (network.kind !== 'arp') return false;
    return atEnd(end, network.senderProtocol, network.targetProtocol, isWanted);
  };
}

function atEnd<T>(end: End, source: T, destination: T, isWanted: (one: T) => boolean): boolean {
  switch (end) {
    case 'src':
      return isWanted(source);
    case 'dst':
      return isWanted(destination);
    case 'src or dst':
      return isWanted(source) || isWanted(destination);
    case 'src and dst':
      return isWanted(source) && isWanted(destination);
  }
}

const PROTOCOLS: Readonly<Record<ProtocolWord, (network: Network) => boolean>> = {
  ip: (network) => network.kind === 'ipv4',
  ip6: (network) => network.kind === 'ipv6',
  arp: (network) => network.kind === 'arp' || hasFormat(network, 'arp'),
  icmp: (network) => carries(network, IP_PROTOCOL.icmp),
  icmp6: (network) => carries(network, IP_PROTOCOL['ipv6-icmp']),
  tcp: (network) => carries(network, IP_PROTOCOL.tcp),
  udp: (network) => carries(network, IP_PROTOCOL.udp),
  sctp: (network) => carries(network, IP_PROTOCOL.sctp),
  esp: (network) => protects(network, IP_PROTOCOL.esp, 'esp'),
  ah: (network) => protects(network, IP_PROTOCOL.ah, 'ah'),
  ipcomp: (network) => protects(network, IP_PROTOCOL.ipcomp, 'ipcomp'),
  ike: (network) => isIp(network) && isIke(behindUdp(network)),
};

/** What stands before the network layer is of no interest. */
function networkLayer(layer: Layer): Network {
  switch (layer.kind) {
    case 'ethernet':
    case 'vlan':
    case 'cooked':
    case 'loopback':
      return networkLayer(layer.payload);
    default:
      return layer;
  }
}

function isIp(network: Network): network is Ipv4Layer | Ipv6Layer {
  return network.kind === 'ipv4' || network.kind === 'ipv6';
}

function hasFormat(layer: Layer, format: Format): boolean {
  return (layer.kind === 'truncated' || layer.kind === 'malformed') && layer.format === format;
}

/** Whether the IP header, or the last of IPv6's extension headers, announces protocol `number`. */
function carries(network: Network, number: number): boolean {
  if (!isIp(network)) return false;
  return network.kind === 'ipv4'
    ? network.protocol === number
    : lastHeader(network).nextHeader === number;
}

type Ipv6Header = Extract<Layer, { kind: 'ipv6' | 'ipv6-extension' | 'ipv6-fragment' }>;

function lastHeader(header: Ipv6Header): Ipv6Header {
  const { payload } = header;
  const goesOn = payload.kind === 'ipv6-extension' || payload.kind === 'ipv6-fragment';
  return goesOn ? lastHeader(payload) : header;
}

/** What IP carries. */
function carried(ip: Ipv4Layer | Ipv6Layer): Layer {
  return ip.kind === 'ipv4' ? ip.payload : lastHeader(ip).payload;
}

function protects(network: Network, number: number, kind: 'esp' | 'ah' | 'ipcomp'): boolean {
  if (!isIp(network)) return false;
  if (carries(network, number)) return true;
  let layer = behindUdp(network);
  while (layer.kind === 'ah') layer = layer.payload;
  return layer.kind === kind || hasFormat(layer, kind);
}

/** What IP carries, or UDP in it. */
function behindUdp(ip: Ipv4Layer | Ipv6Layer): Layer {
  const layer = carried(ip);
  return layer.kind === 'udp' ? layer.payload : layer;
}

function isIke(layer: Layer): boolean {
  return layer.kind === 'ike' || layer.kind === 'non-esp-marker' || hasFormat(layer, 'isakmp');
}

/** `null` where there are none, or they were not captured. */
function portsOf(network: Network): Ports | null {
  if (!isIp(network)) return null;
  const layer = carried(network);
  switch (layer.kind) {
    case 'tcp':
    case 'udp':
      return layer;
    case 'truncated':
    case 'malformed':
      return layer.ports;
    case 'opaque':
      if (layer.protocol !== IP_PROTOCOL.sctp || layer.captured < 4) return null;
      return {
        sourcePort: u16(layer.octets, layer.at),
        destinationPort: u16(layer.octets, layer.at + 2),
      };
    default:
      return null;
  }
}
