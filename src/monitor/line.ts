/**
 * One line per packet, as `tcpdump -n -S` writes it, without the timestamp:
 *
 *   IP 10.9.0.1 > 10.9.0.2: ESP(spi=0x00000201,seq=0x1), length 116
 *   IP 10.9.0.1.40000 > 10.9.0.2.5901: Flags [S], seq 1, win 64240, length 0
 *
 * Addresses and ports stay numbers (`-n`), TCP sequence numbers are absolute (`-S`): relative ones
 * would need memory of earlier packets. With `-v` a line is several.
 *
 * What most packets have is written as phrases and numbers, the rest as strings.
 *
 * @module
 */
import { hex16, hex32, toHex } from '../octets/hex.ts';
import { phrase, TextWriter } from '../octets/text-writer.ts';
import { ahHeaderLength } from '../wire/ah.ts';
import { IPV6_EXTENSION, IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';
import type { PacketAddress } from './address-table.ts';
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
import { icmpChecksumWords, icmpv6ChecksumWords, udpChecksumWords } from './line-checksum.ts';
import { icmpLine, icmpv6Line } from './line-icmp.ts';
import { ikeLine } from './line-ike.ts';
import { ipv4Header, ipv6Header } from './line-ip.ts';
import { arpLine, writeCooked, writeEthernet, writeLoopback, writeVlan } from './line-link.ts';
import { type LineStyle, PLAIN } from './line-style.ts';
import { writeTcp } from './line-tcp.ts';

/**
 * The line for a packet whose outermost layer is `layer`, without its end.
 *
 * @example
 * console.log(formatLine(dissect(packet, LINK_TYPE_OF.RAW)));
 */
export function formatLine(layer: Layer, style: LineStyle = PLAIN): string {
  const out = new TextWriter();
  writeLine(out, layer, style);
  return out.taken(0);
}

/** Writes what {@link formatLine} returns to `out`; returns that, as all that write here. */
export function writeLine(out: TextWriter, layer: Layer, style: LineStyle): TextWriter {
  if (style.link && isBareIp(layer)) out.text('ip: ');
  return write(out, layer, style, null);
}

type Ip = Ipv4Layer | Ipv6Layer;

/** `ip` is the packet whose addresses are still to be written, together with the ports. */
function write(out: TextWriter, layer: Layer, style: LineStyle, ip: Ip | null): TextWriter {
  switch (layer.kind) {
    case 'ethernet':
      return writeEthernet(out, layer, style, writeWithin);
    case 'vlan':
      return writeVlan(out, layer, null, style, writeWithin);
    case 'cooked':
      return writeCooked(out, layer, style, writeWithin);
    case 'loopback':
      return writeLoopback(out, layer, style, writeWithin);
    case 'arp':
      return out.text(arpLine(layer, style));
    case 'ipv4':
      return writeIpv4(out, layer, style);
    case 'ipv6':
      return writeIpv6(out, layer, style);
    case 'ipv6-extension':
      return writeWithin(out.text(`${extensionWord(layer)} `), layer.payload, style);
    case 'ipv6-fragment':
      return writeFragment(out, layer, style);
    case 'ah':
      return writeAh(out, layer, style);
    case 'esp':
      return writeEsp(out, layer);
    case 'ipcomp':
      return out.text(`IPComp(cpi=0x${hex16(layer.cpi)})`);
    case 'udp':
      return writeUdp(writeEndpoints(out, ip, layer), layer, style, ip);
    case 'non-esp-marker':
      return write(out.text('NONESP-encap: '), layer.payload, style, ip);
    case 'nat-keepalive':
      return out.text('isakmp-nat-keep-alive');
    case 'ike':
      return out.text(ikeLine(layer, ip, style));
    case 'tcp':
      return writeTcp(writeEndpoints(out, ip, layer), layer, ip, style.verbosity);
    case 'icmp':
      return writeIcmpDetails(out.text(icmpLine(layer)), layer, style);
    case 'icmpv6':
      if (style.verbosity > 0) out.text(icmpv6ChecksumWords(layer, ip));
      return out.text(icmpv6Line(layer));
    case 'later-fragment':
      return out.text(`ip-proto-${layer.protocol}`);
    case 'opaque':
      return out.text(opaqueWord(layer.protocol, layer.length));
    case 'truncated':
      if (layer.ports !== null) writeEndpoints(out, ip, layer.ports);
      return out.text(truncatedWord(layer, style));
    case 'malformed':
      if (layer.ports !== null) writeEndpoints(out, ip, layer.ports);
      return out.text(malformedWord(layer, style));
    case 'too-deep':
      return out.text('[too many layers]');
  }
}

/** Writes a layer that needs nothing of those around it. */
function writeWithin(out: TextWriter, layer: Layer, style: LineStyle): TextWriter {
  return write(out, layer, style, null);
}

/** Whether a packet begins with IP, or tries to: then there is no header that `-e` could print. */
function isBareIp(layer: Layer): boolean {
  if (layer.kind === 'truncated' || layer.kind === 'malformed') {
    return layer.format === 'ip' || layer.format === 'ip6';
  }
  return layer.kind === 'ipv4' || layer.kind === 'ipv6';
}

function writeIpv4(out: TextWriter, layer: Ipv4Layer, style: LineStyle): TextWriter {
  if (!style.link) out.phrase(IP);
  const missing = layer.totalLength - layer.length;
  if (missing > 0) out.text(`truncated-ip - ${missing} bytes missing! `);
  if (style.verbosity > 0) out.text(ipv4Header(layer));
  return writeInIp(out, layer, style);
}

function writeIpv6(out: TextWriter, layer: Ipv6Layer, style: LineStyle): TextWriter {
  if (!style.link) out.phrase(IP6);
  const missing = IPV6_HEADER_LENGTH + layer.payloadLength - layer.length;
  // tcpdump has no blank behind it.
  if (missing > 0) out.text(`truncated-ip6 - ${missing} bytes missing!`);
  if (style.verbosity > 0) out.text(ipv6Header(layer));
  return writeInIp(out, layer, style);
}

/** The rest of an IP packet's line: TCP and UDP write the addresses with their ports. */
function writeInIp(out: TextWriter, ip: Ip, style: LineStyle): TextWriter {
  const { payload } = ip;
  const ported =
    payload.kind === 'tcp' ||
    payload.kind === 'udp' ||
    ((payload.kind === 'truncated' || payload.kind === 'malformed') && payload.ports !== null);
  if (ported) return write(out, payload, style, ip);
  return write(
    writeEndpoints(out, ip, null),
    payload,
    style,
    payload.kind === 'icmpv6' ? ip : null,
  );
}

/** `10.9.0.1.40000 > 10.9.0.2.5901: `, or one of both, as far as they are known. */
function writeEndpoints(out: TextWriter, ip: Ip | null, ports: Ports | null): TextWriter {
  writeEnd(out, ip?.source, ports?.sourcePort);
  writeEnd(out.phrase(TO), ip?.destination, ports?.destinationPort);
  return out.phrase(COLON);
}

function writeEnd(out: TextWriter, address?: PacketAddress, port?: number): void {
  if (address !== undefined) out.phrase(address.phrase);
  if (address !== undefined && port !== undefined) out.phrase(DOT);
  if (port !== undefined) out.decimal(port);
}

/** With `-v`: a checksum that does not hold, and the packet that an error is about. */
function writeIcmpDetails(out: TextWriter, layer: IcmpLayer, style: LineStyle): TextWriter {
  if (style.verbosity === 0) return out;
  out.text(icmpChecksumWords(layer));
  return layer.quoted === null ? out : writeWithin(out.text('\n\t'), layer.quoted, style);
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

function writeFragment(out: TextWriter, layer: Ipv6FragmentLayer, style: LineStyle): TextWriter {
  const { payload, fragmentOffset, identification } = layer;
  const id = style.verbosity > 0 ? `0x${hex32(identification)}:` : '';
  out.text(`frag (${id}${fragmentOffset}|${payload.length})`);
  return payload.kind === 'later-fragment' ? out : writeWithin(out.text(' '), payload, style);
}

function writeAh(out: TextWriter, layer: AhLayer, style: LineStyle): TextWriter {
  const { spi, sequenceNumber, icv, payload, reserved } = layer;
  out.phrase(AH);
  if (style.verbosity > 0) out.text(`length=${lengthWords(layer)},`);
  if (reserved !== 0) out.text(`reserved=0x${reserved.toString(16)}[MustBeZero],`);
  out.phrase(SPI).hex32(spi).phrase(SEQUENCE).hex(sequenceNumber).phrase(ICV).text(toHex(icv));
  const cut = payload.kind === 'truncated' && payload.format === 'ah' && payload.at === layer.at;
  return cut ? out.text(' [|ah]') : writeWithin(out.phrase(AH_END), payload, style);
}

/** The field and what it comes to: `4(24-bytes)`. */
function lengthWords({ octets, at }: AhLayer): string {
  const headerLength = ahHeaderLength(octets, at);
  return `${headerLength / 4 - 2}(${headerLength}-bytes)`;
}

function writeEsp(out: TextWriter, { spi, sequenceNumber, length }: EspLayer): TextWriter {
  out.phrase(ESP).hex32(spi).phrase(SEQUENCE).hex(sequenceNumber);
  return out.phrase(ESP_LENGTH).decimal(length);
}

function writeUdp(out: TextWriter, layer: UdpLayer, style: LineStyle, ip: Ip | null): TextWriter {
  const { datagramLength, length, payload } = layer;
  const dataLength = datagramLength - UDP_HEADER_LENGTH;
  if (style.verbosity > 0) out.text(udpChecksumWords(layer, ip, style.verbosity));
  if (datagramLength > length && !layer.fragmented) {
    return out.text(`UDP, bad length ${dataLength} > ${length - UDP_HEADER_LENGTH}`);
  }
  if (payload.kind === 'opaque') return out.phrase(UDP_LENGTH).decimal(dataLength);
  const sealed =
    payload.kind === 'esp' || (payload.kind === 'truncated' && payload.format === 'esp');
  if (sealed) out.phrase(UDP_ENCAPSULATED);
  const within = payload.kind === 'ike' || payload.kind === 'non-esp-marker' ? ip : null;
  return write(out, payload, style, within);
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

const IP = phrase('IP ');
const IP6 = phrase('IP6 ');
const DOT = phrase('.');
const TO = phrase(' > ');
const COLON = phrase(': ');
const AH = phrase('AH(');
const SPI = phrase('spi=0x');
const SEQUENCE = phrase(',seq=0x');
const ICV = phrase(',icv=0x');
const AH_END = phrase('): ');
const ESP = phrase('ESP(spi=0x');
const ESP_LENGTH = phrase('), length ');
const UDP_LENGTH = phrase('UDP, length ');
const UDP_ENCAPSULATED = phrase('UDP-encap: ');
