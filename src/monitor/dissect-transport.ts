/**
 * Dissection of what ends a chain: TCP (RFC 9293), UDP (RFC 768) with what RFC 3948 puts on port
 * 4500, and ESP (RFC 4303), IPComp (RFC 3173).
 *
 * @module
 */
import { u8, u32 } from '../octets/octets.ts';
import { ESP_HEADER_LENGTH, espSequenceNumber, espSpi } from '../wire/esp.ts';
import { NON_ESP_MARKER_LENGTH } from '../wire/esp-in-udp.ts';
import { IPCOMP_HEADER_LENGTH, ipcompCpi, ipcompNextHeader } from '../wire/ipcomp.ts';
import {
  TCP_HEADER_LENGTH,
  TCP_OPTION,
  tcpAcknowledgmentNumber,
  tcpFlags,
  tcpHeaderLength,
  tcpOptionLength,
  tcpSequenceNumber,
  tcpUrgentPointer,
  tcpWindow,
} from '../wire/tcp.ts';
import { UDP_HEADER_LENGTH, udpDestinationPort, udpLength, udpSourcePort } from '../wire/udp.ts';
import { dissectIke } from './dissect-ike.ts';
import type { Layer, Ports, TcpLayer, TcpOption } from './layer.ts';
import { malformed, type Part, payloadOf, truncated } from './part.ts';

/** IKE (RFC 7296 §2). */
const IKE_PORT = 500;
/** IKE and ESP through NATs (RFC 3948 §2). */
const NAT_TRAVERSAL_PORT = 4500;
const KEEPALIVE = 0xff;

/** The layer of the ESP packet in `part`; a bare header is not a packet. */
export function dissectEsp(part: Part): Layer {
  const { octets, at } = part;
  if (part.captured <= ESP_HEADER_LENGTH) return truncated(part, 'esp');
  return {
    kind: 'esp',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    spi: espSpi(octets, at),
    sequenceNumber: espSequenceNumber(octets, at),
  };
}

/** The layer of the IPComp packet in `part`. */
export function dissectIpcomp(part: Part): Layer {
  const { octets, at, length, captured } = part;
  if (captured < IPCOMP_HEADER_LENGTH) return truncated(part, 'ipcomp');
  const [cpi, nextHeader] = [ipcompCpi(octets, at), ipcompNextHeader(octets, at)];
  return { kind: 'ipcomp', octets, at, length, captured, cpi, nextHeader };
}

/** The layers of the UDP datagram in `part`, or of its first fragment. */
export function dissectUdp(part: Part, fragmented: boolean): Layer {
  const { octets, at } = part;
  const ports = portsOf(part);
  if (ports === null || part.captured < UDP_HEADER_LENGTH) return truncated(part, 'udp', ports);
  const datagramLength = udpLength(octets, at);
  if (datagramLength < UDP_HEADER_LENGTH) {
    return malformed(part, 'udp', `bad length ${datagramLength}`, ports);
  }
  const length = Math.min(datagramLength, part.length) - UDP_HEADER_LENGTH;
  return {
    kind: 'udp',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    sourcePort: ports.sourcePort,
    destinationPort: ports.destinationPort,
    datagramLength,
    fragmented,
    payload: udpPayload(payloadOf(part, UDP_HEADER_LENGTH, length), ports),
  };
}

function udpPayload(part: Part, { sourcePort, destinationPort }: Ports): Layer {
  const either = (port: number): boolean => sourcePort === port || destinationPort === port;
  if (either(NAT_TRAVERSAL_PORT)) return natTraversal(part);
  if (either(IKE_PORT)) return dissectIke(part);
  return {
    kind: 'opaque',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    protocol: null,
  };
}

/** RFC 3948 §2: the first octets tell ESP, IKE and keepalives apart. */
function natTraversal(part: Part): Layer {
  const { octets, at } = part;
  if (part.length === 1 && part.captured === 1 && u8(octets, at) === KEEPALIVE) {
    return {
      kind: 'nat-keepalive',
      octets: part.octets,
      at: part.at,
      length: part.length,
      captured: part.captured,
    };
  }
  if (part.captured < NON_ESP_MARKER_LENGTH) return truncated(part, 'isakmp_rfc3948');
  if (u32(octets, at) !== 0) return dissectEsp(part);
  const payload = dissectIke(payloadOf(part, NON_ESP_MARKER_LENGTH));
  return {
    kind: 'non-esp-marker',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    payload,
  };
}

/** The layer of the TCP segment in `part`, or of its first fragment. */
export function dissectTcp(part: Part): Layer {
  const { octets, at } = part;
  const ports = portsOf(part);
  if (ports === null || part.captured < TCP_HEADER_LENGTH) return truncated(part, 'tcp', ports);
  const headerLength = tcpHeaderLength(octets, at);
  if (headerLength < TCP_HEADER_LENGTH) {
    return malformed(part, 'tcp', `bad hdr length ${headerLength} - too short, < 20`, ports);
  }
  if (headerLength > part.length) {
    const why = `bad hdr length ${headerLength} - too long, > ${part.length}`;
    return malformed(part, 'tcp', why, ports);
  }
  const { options, optionsEnd } = tcpOptions(part, headerLength);
  return {
    kind: 'tcp',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    sourcePort: ports.sourcePort,
    destinationPort: ports.destinationPort,
    sequenceNumber: tcpSequenceNumber(octets, at),
    acknowledgmentNumber: tcpAcknowledgmentNumber(octets, at),
    headerLength,
    flags: tcpFlags(octets, at),
    window: tcpWindow(octets, at),
    urgentPointer: tcpUrgentPointer(octets, at),
    options,
    optionsEnd,
  };
}

function tcpOptions(part: Part, headerLength: number): Pick<TcpLayer, 'options' | 'optionsEnd'> {
  const { octets, at } = part;
  const options: TcpOption[] = [];
  const end = at + headerLength;
  const capturedEnd = at + part.captured;
  let option = at + TCP_HEADER_LENGTH;
  while (option < end) {
    if (option >= capturedEnd) return { options, optionsEnd: 'truncated' };
    const kind = u8(octets, option);
    if (kind === TCP_OPTION.END_OF_OPTION_LIST) {
      options.push({ kind, data: octets.subarray(option, option) });
      break;
    }
    const length = tcpOptionLength(octets, option, Math.min(end, capturedEnd));
    if (length === 0) return { options, optionsEnd: end > capturedEnd ? 'truncated' : 'malformed' };
    options.push({
      kind,
      data: octets.subarray(Math.min(option + 2, option + length), option + length),
    });
    option += length;
  }
  return { options, optionsEnd: 'complete' };
}

/** TCP's ports stand where UDP's do; `null` when they were not captured. */
function portsOf(part: Part): Ports | null {
  if (part.captured < 4) return null;
  return {
    sourcePort: udpSourcePort(part.octets, part.at),
    destinationPort: udpDestinationPort(part.octets, part.at),
  };
}
