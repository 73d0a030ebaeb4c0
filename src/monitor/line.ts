/**
 * One line per packet, as `tcpdump -n -S` writes it, without the timestamp:
 *
 *   IP 10.9.0.1 > 10.9.0.2: ESP(spi=0x00000201,seq=0x1), length 116
 *   IP 10.9.0.1.40000 > 10.9.0.2.5901: Flags [S], seq 1, win 64240, length 0
 *
 * Addresses and ports stay numbers (`-n`), TCP sequence numbers are absolute (`-S`). A sequence
 * number relative to the connection's first would need memory of earlier packets, and this is a
 * function of one.
 *
 * @module
 */
import { formatHardwareAddress } from '../net/hardware-address.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import { toHex } from '../octets/hex.ts';
import { ARP_OPCODE } from '../wire/arp.ts';
import { IPV6_EXTENSION, IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import type {
  AhLayer,
  ArpLayer,
  EspLayer,
  EthernetLayer,
  Ipv4Layer,
  Ipv6ExtensionLayer,
  Ipv6FragmentLayer,
  Ipv6Layer,
  Layer,
  MalformedLayer,
  Ports,
  TruncatedLayer,
  UdpLayer,
} from './layer.ts';
import { icmpLine, icmpv6Line } from './line-icmp.ts';
import { tcpLine } from './line-tcp.ts';

/**
 * The line for a packet whose outermost layer is `layer`.
 *
 * @example
 * console.log(formatLine(dissect(packet, LINK_TYPE_OF.RAW)));
 */
export function formatLine(layer: Layer): string {
  return line(layer, null);
}

type Ip = Ipv4Layer | Ipv6Layer;

/** `ip` is the packet whose addresses are still to be written, together with the ports. */
function line(layer: Layer, ip: Ip | null): string {
  switch (layer.kind) {
    case 'ethernet':
      return ethernetLine(layer);
    case 'arp':
      return arpLine(layer);
    case 'ipv4':
      return `IP ${missing('ip', layer.totalLength - layer.length)}${inIp(layer)}`;
    case 'ipv6':
      return `IP6 ${missing('ip6', IPV6_HEADER_LENGTH + layer.payloadLength - layer.length)}${inIp(layer)}`;
    case 'ipv6-extension':
      return `${extensionWord(layer)} ${line(layer.payload, null)}`;
    case 'ipv6-fragment':
      return fragmentLine(layer);
    case 'ah':
      return ahLine(layer);
    case 'esp':
      return espLine(layer);
    case 'udp':
      return `${endpoints(ip, layer)}${udpLine(layer)}`;
    case 'non-esp-marker':
      return `NONESP-encap: ${line(layer.payload, null)}`;
    case 'nat-keepalive':
      return 'isakmp-nat-keep-alive';
    case 'ike':
      return `isakmp, length ${layer.length}`;
    case 'tcp':
      return `${endpoints(ip, layer)}${tcpLine(layer)}`;
    case 'icmp':
      return icmpLine(layer);
    case 'icmpv6':
      return icmpv6Line(layer);
    case 'later-fragment':
      return `ip-proto-${layer.protocol}`;
    case 'opaque':
      return opaqueWord(layer.protocol, layer.length);
    case 'truncated':
      return `${endpoints(ip, layer.ports)}${truncatedWord(layer)}`;
    case 'malformed':
      return `${endpoints(ip, layer.ports)}${malformedWord(layer)}`;
    case 'too-deep':
      return '[too many layers]';
  }
}

function ethernetLine(layer: EthernetLayer): string {
  if (layer.payload.kind !== 'opaque') return line(layer.payload, null);
  const { source, destination, etherType, length } = layer;
  const type = etherType < 1536 ? '802.3' : `ethertype Unknown (0x${hex(etherType, 4)})`;
  return `${formatHardwareAddress(source)} > ${formatHardwareAddress(destination)}, ${type}, length ${length}`;
}

function arpLine(layer: ArpLayer): string {
  return `ARP, ${arpMessage(layer)}, length ${layer.length}`;
}

function arpMessage(layer: ArpLayer): string {
  const sender = formatIpAddress(layer.senderProtocol);
  if (layer.opcode === ARP_OPCODE.REPLY)
    return `Reply ${sender} is-at ${formatHardwareAddress(layer.senderHardware)}`;
  if (layer.opcode !== ARP_OPCODE.REQUEST) return `op ${layer.opcode}`;
  const known = layer.targetHardware.some((octet) => octet !== 0);
  const whose = known ? ` (${formatHardwareAddress(layer.targetHardware)})` : '';
  return `Request who-has ${formatIpAddress(layer.targetProtocol)}${whose} tell ${sender}`;
}

/** The rest of an IP packet's line: TCP and UDP write the addresses with their ports. */
function inIp(ip: Ip): string {
  const { payload } = ip;
  const ported =
    payload.kind === 'tcp' ||
    payload.kind === 'udp' ||
    ((payload.kind === 'truncated' || payload.kind === 'malformed') && payload.ports !== null);
  return ported ? line(payload, ip) : `${endpoints(ip, null)}${line(payload, null)}`;
}

function endpoints(ip: Ip | null, ports: Ports | null): string {
  if (ip === null) return ports === null ? '' : `${ports.sourcePort} > ${ports.destinationPort}: `;
  const [source, destination] = [formatIpAddress(ip.source), formatIpAddress(ip.destination)];
  if (ports === null) return `${source} > ${destination}: `;
  return `${source}.${ports.sourcePort} > ${destination}.${ports.destinationPort}: `;
}

function missing(format: 'ip' | 'ip6', octets: number): string {
  if (octets <= 0) return '';
  return `truncated-${format} - ${octets} bytes missing!${format === 'ip' ? ' ' : ''}`;
}

function extensionWord(layer: Ipv6ExtensionLayer): string {
  switch (layer.header) {
    case 'hop-by-hop-options':
      return 'HBH';
    case 'destination-options':
      return 'DSTOPT';
    case 'routing':
      return `RT6 (len=${layer.headerLength / 8 - 1}, type=${layer.routingType}, segleft=${layer.segmentsLeft})`;
  }
}

function fragmentLine(layer: Ipv6FragmentLayer): string {
  const { payload } = layer;
  const word = `frag (${layer.fragmentOffset}|${payload.length})`;
  return payload.kind === 'later-fragment' ? word : `${word} ${line(payload, null)}`;
}

function ahLine(layer: AhLayer): string {
  const reserved =
    layer.reserved === 0 ? '' : `reserved=0x${layer.reserved.toString(16)}[MustBeZero],`;
  const { spi, sequenceNumber, icv, payload } = layer;
  const start = `AH(${reserved}spi=0x${hex(spi, 8)},seq=0x${hex(sequenceNumber, 1)},icv=0x${toHex(icv)}`;
  const cut = payload.kind === 'truncated' && payload.format === 'ah' && payload.at === layer.at;
  return cut ? `${start} [|ah]` : `${start}): ${line(payload, null)}`;
}

function espLine(layer: EspLayer): string {
  const { spi, sequenceNumber, length } = layer;
  return `ESP(spi=0x${hex(spi, 8)},seq=0x${hex(sequenceNumber, 1)}), length ${length}`;
}

function udpLine(layer: UdpLayer): string {
  const { datagramLength, length, payload } = layer;
  const dataLength = datagramLength - UDP_HEADER_LENGTH;
  if (datagramLength > length && !layer.fragmented) {
    return `UDP, bad length ${dataLength} > ${length - UDP_HEADER_LENGTH}`;
  }
  if (payload.kind === 'opaque') return `UDP, length ${dataLength}`;
  const sealed =
    payload.kind === 'esp' || (payload.kind === 'truncated' && payload.format === 'esp');
  return `${sealed ? 'UDP-encap: ' : ''}${line(payload, null)}`;
}

function opaqueWord(protocol: number | null, length: number): string {
  if (protocol === IPV6_EXTENSION.NO_NEXT_HEADER) return 'no next header';
  return protocol === null ? `length ${length}` : ` ip-proto-${protocol} ${length}`;
}

function truncatedWord(layer: TruncatedLayer): string {
  const { format, ports, length } = layer;
  switch (format) {
    case 'ip':
      return 'IP  [|ip]';
    case 'ah':
      return 'AH( [|ah]';
    case 'tcp':
      return ports === null ? '[|tcp]' : ' [|tcp]';
    case 'udp':
      return ports !== null && length < UDP_HEADER_LENGTH ? `truncated-udp ${length}` : ' [|udp]';
    default:
      return ` [|${format}]`;
  }
}

function malformedWord(layer: MalformedLayer): string {
  switch (layer.format) {
    case 'link':
      return layer.why;
    case 'ip':
    case 'ip6':
      return `${layer.format.toUpperCase()} ${layer.why}`;
    case 'udp':
      return `UDP, ${layer.why}`;
    default:
      return `${layer.format} [${layer.why}]`;
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
