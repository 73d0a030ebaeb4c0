/**
 * One line per packet, as `tcpdump -n -S` writes it, without the timestamp:
 *
 *   IP 10.9.0.1 > 10.9.0.2: ESP(spi=0x00000201,seq=0x1), length 116
 *   IP 10.9.0.1.40000 > 10.9.0.2.5901: Flags [S], seq 1, win 64240, length 0
 *
 * Addresses and ports stay numbers (`-n`), TCP sequence numbers are absolute (`-S`): relative ones
 * would need memory of earlier packets. With `-v` a line is several.
 *
 * @module
 */
import { hex16, hex32, toHex } from '../octets/hex.ts';
import { ahHeaderLength } from '../wire/ah.ts';
import { IPV6_EXTENSION, IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import type {
  AhLayer,
  EspLayer,
  IcmpLayer,
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
import {
  icmpChecksumWords,
  icmpv6ChecksumWords,
  tcpChecksumWords,
  udpChecksumWords,
} from './line-checksum.ts';
import { icmpLine, icmpv6Line } from './line-icmp.ts';
import { ikeLine } from './line-ike.ts';
import { ipv4Header, ipv6Header } from './line-ip.ts';
import { arpLine, cookedLine, ethernetLine, loopbackLine, vlanLine } from './line-link.ts';
import { type LineStyle, PLAIN } from './line-style.ts';
import { tcpLine } from './line-tcp.ts';

/**
 * The line for a packet whose outermost layer is `layer`, without its end.
 *
 * @example
 * console.log(formatLine(dissect(packet, LINK_TYPE_OF.RAW)));
 */
export function formatLine(layer: Layer, style: LineStyle = PLAIN): string {
  return `${style.link && isBareIp(layer) ? 'ip: ' : ''}${line(layer, style, null)}`;
}

type Ip = Ipv4Layer | Ipv6Layer;

/** `ip` is the packet whose addresses are still to be written, together with the ports. */
function line(layer: Layer, style: LineStyle, ip: Ip | null): string {
  switch (layer.kind) {
    case 'ethernet':
      return ethernetLine(layer, style, (within) => line(within, style, null));
    case 'vlan':
      return vlanLine(layer, null, style, (within) => line(within, style, null));
    case 'cooked':
      return cookedLine(layer, style, (within) => line(within, style, null));
    case 'loopback':
      return loopbackLine(layer, style, (within) => line(within, style, null));
    case 'arp':
      return arpLine(layer, style);
    case 'ipv4':
      return ipv4Line(layer, style);
    case 'ipv6':
      return ipv6Line(layer, style);
    case 'ipv6-extension':
      return `${extensionWord(layer)} ${line(layer.payload, style, null)}`;
    case 'ipv6-fragment':
      return fragmentLine(layer, style);
    case 'ah':
      return ahLine(layer, style);
    case 'esp':
      return espLine(layer);
    case 'ipcomp':
      return `IPComp(cpi=0x${hex16(layer.cpi)})`;
    case 'udp':
      return `${endpoints(ip, layer)}${udpLine(layer, style, ip)}`;
    case 'non-esp-marker':
      return `NONESP-encap: ${line(layer.payload, style, ip)}`;
    case 'nat-keepalive':
      return 'isakmp-nat-keep-alive';
    case 'ike':
      return ikeLine(layer, ip, style);
    case 'tcp':
      return `${endpoints(ip, layer)}${tcpLine(layer, style.verbosity > 0 ? tcpChecksumWords(layer, ip) : '', style.verbosity)}`;
    case 'icmp':
      return icmpLine(layer) + icmpDetails(layer, style);
    case 'icmpv6':
      return `${style.verbosity > 0 ? icmpv6ChecksumWords(layer, ip) : ''}${icmpv6Line(layer)}`;
    case 'later-fragment':
      return `ip-proto-${layer.protocol}`;
    case 'opaque':
      return opaqueWord(layer.protocol, layer.length);
    case 'truncated':
      return `${layer.ports === null ? '' : endpoints(ip, layer.ports)}${truncatedWord(layer, style)}`;
    case 'malformed':
      return `${layer.ports === null ? '' : endpoints(ip, layer.ports)}${malformedWord(layer, style)}`;
    case 'too-deep':
      return '[too many layers]';
  }
}

/** Whether a packet begins with IP, or tries to: then there is no header that `-e` could print. */
function isBareIp(layer: Layer): boolean {
  if (layer.kind === 'truncated' || layer.kind === 'malformed') {
    return layer.format === 'ip' || layer.format === 'ip6';
  }
  return layer.kind === 'ipv4' || layer.kind === 'ipv6';
}

function ipv4Line(layer: Ipv4Layer, style: LineStyle): string {
  const start = style.link ? '' : 'IP ';
  const cut = missing('ip', layer.totalLength - layer.length);
  const header = style.verbosity > 0 ? ipv4Header(layer) : '';
  return start + cut + header + inIp(layer, style);
}

function ipv6Line(layer: Ipv6Layer, style: LineStyle): string {
  const start = style.link ? '' : 'IP6 ';
  const cut = missing('ip6', IPV6_HEADER_LENGTH + layer.payloadLength - layer.length);
  const header = style.verbosity > 0 ? ipv6Header(layer) : '';
  return start + cut + header + inIp(layer, style);
}

/** The rest of an IP packet's line: TCP and UDP write the addresses with their ports. */
function inIp(ip: Ip, style: LineStyle): string {
  const { payload } = ip;
  const ported =
    payload.kind === 'tcp' ||
    payload.kind === 'udp' ||
    ((payload.kind === 'truncated' || payload.kind === 'malformed') && payload.ports !== null);
  return ported
    ? line(payload, style, ip)
    : endpoints(ip, null) + line(payload, style, payload.kind === 'icmpv6' ? ip : null);
}

function endpoints(ip: Ip | null, ports: Ports | null): string {
  if (ip === null) return ports === null ? '' : `${ports.sourcePort} > ${ports.destinationPort}: `;
  const [source, destination] = [ip.source.text, ip.destination.text];
  if (ports === null) return `${source} > ${destination}: `;
  return `${source}.${ports.sourcePort} > ${destination}.${ports.destinationPort}: `;
}

function missing(format: 'ip' | 'ip6', octets: number): string {
  if (octets <= 0) return '';
  return `truncated-${format} - ${octets} bytes missing!${format === 'ip' ? ' ' : ''}`;
}

/** With `-v`: a checksum that does not hold, and the packet that an error is about. */
function icmpDetails(layer: IcmpLayer, style: LineStyle): string {
  if (style.verbosity === 0) return '';
  const { quoted } = layer;
  return icmpChecksumWords(layer) + (quoted === null ? '' : `\n\t${line(quoted, style, null)}`);
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

function fragmentLine(layer: Ipv6FragmentLayer, style: LineStyle): string {
  const { payload } = layer;
  const id = style.verbosity > 0 ? `0x${hex32(layer.identification)}:` : '';
  const word = `frag (${id}${layer.fragmentOffset}|${payload.length})`;
  return payload.kind === 'later-fragment' ? word : `${word} ${line(payload, style, null)}`;
}

function ahLine(layer: AhLayer, style: LineStyle): string {
  const { spi, sequenceNumber, icv, payload, reserved } = layer;
  const verbose = style.verbosity > 0;
  const length = verbose ? `length=${lengthWords(layer)},` : '';
  const mustBeZero = reserved === 0 ? '' : `reserved=0x${reserved.toString(16)}[MustBeZero],`;
  const start = `AH(${length}${mustBeZero}spi=0x${hex32(spi)},seq=0x${sequenceNumber.toString(16)},icv=0x${toHex(icv)}`;
  const cut = payload.kind === 'truncated' && payload.format === 'ah' && payload.at === layer.at;
  return cut ? `${start} [|ah]` : `${start}): ${line(payload, style, null)}`;
}

/** The field and what it comes to: `4(24-bytes)`. */
function lengthWords({ octets, at }: AhLayer): string {
  const headerLength = ahHeaderLength(octets, at);
  return `${headerLength / 4 - 2}(${headerLength}-bytes)`;
}

function espLine(layer: EspLayer): string {
  const { spi, sequenceNumber, length } = layer;
  return `ESP(spi=0x${hex32(spi)},seq=0x${sequenceNumber.toString(16)}), length ${length}`;
}

function udpLine(layer: UdpLayer, style: LineStyle, ip: Ip | null): string {
  const { datagramLength, length, payload } = layer;
  const dataLength = datagramLength - UDP_HEADER_LENGTH;
  const sum = style.verbosity > 0 ? udpChecksumWords(layer, ip, style.verbosity) : '';
  if (datagramLength > length && !layer.fragmented) {
    return `${sum}UDP, bad length ${dataLength} > ${length - UDP_HEADER_LENGTH}`;
  }
  if (payload.kind === 'opaque') return `${sum}UDP, length ${dataLength}`;
  const sealed =
    payload.kind === 'esp' || (payload.kind === 'truncated' && payload.format === 'esp');
  const within = payload.kind === 'ike' || payload.kind === 'non-esp-marker' ? ip : null;
  return `${sum}${sealed ? 'UDP-encap: ' : ''}${line(payload, style, within)}`;
}

function opaqueWord(protocol: number | null, length: number): string {
  if (protocol === IPV6_EXTENSION.NO_NEXT_HEADER) return 'no next header';
  return protocol === null ? `length ${length}` : ` ip-proto-${protocol} ${length}`;
}

function truncatedWord(layer: TruncatedLayer, { link }: LineStyle): string {
  const { format, ports, length } = layer;
  switch (format) {
    case 'ip':
      return link ? ' [|ip]' : 'IP  [|ip]';
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

function malformedWord(layer: MalformedLayer, { link }: LineStyle): string {
  switch (layer.format) {
    case 'link':
      return layer.why;
    case 'ip':
    case 'ip6':
      return `${link ? '' : `${layer.format.toUpperCase()} `}${layer.why}`;
    case 'udp':
      return `UDP, ${layer.why}`;
    default:
      return `${layer.format} [${layer.why}]`;
  }
}
