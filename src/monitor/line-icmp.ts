/**
 * What tcpdump writes of ICMP (RFC 792) and ICMPv6 (RFC 4443, RFC 4861) messages.
 *
 * @module
 */
import { formatIpAddress, ipAddressAt } from '../net/ip-address.ts';
import { setU32 } from '../octets/octets.ts';
import { ICMP_TYPE, ICMP_UNREACHABLE } from '../wire/icmp.ts';
import { ICMPV6_TYPE } from '../wire/icmpv6.ts';
import type { IcmpLayer, Icmpv6Layer, Layer } from './layer.ts';

/** `ICMP echo request, id 1, seq 1, length 64`. */
export function icmpLine(layer: IcmpLayer): string {
  const message = icmpMessage(layer);
  return message === null ? ' [|icmp]' : `ICMP ${message}, length ${layer.length}`;
}

/** `null` when the message quotes too little of the packet it is about. */
function icmpMessage(layer: IcmpLayer): string | null {
  const { code, secondWord } = layer;
  const id = secondWord >>> 16;
  const sequence = secondWord & 0xffff;
  switch (layer.type) {
    case ICMP_TYPE.ECHO_REQUEST:
      return `echo request, id ${id}, seq ${sequence}`;
    case ICMP_TYPE.ECHO_REPLY:
      return `echo reply, id ${id}, seq ${sequence}`;
    case ICMP_TYPE.DESTINATION_UNREACHABLE:
      return unreachable(layer);
    case ICMP_TYPE.SOURCE_QUENCH:
      return 'source quench';
    case ICMP_TYPE.REDIRECT:
      return redirect(layer);
    case ICMP_TYPE.ROUTER_ADVERTISEMENT:
      return 'router advertisement';
    case ICMP_TYPE.ROUTER_SOLICITATION:
      return 'router solicitation';
    case ICMP_TYPE.TIME_EXCEEDED:
      return TIME_EXCEEDED[code] ?? `time exceeded-#${code}`;
    case ICMP_TYPE.PARAMETER_PROBLEM:
      return `parameter problem - ${code === 0 ? `octet ${secondWord >>> 24}` : `code ${code}`}`;
    case ICMP_TYPE.TIMESTAMP:
      return `time stamp query id ${id} seq ${sequence}`;
    case ICMP_TYPE.TIMESTAMP_REPLY:
      return `time stamp reply id ${id} seq ${sequence}`;
    default:
      return `type-#${layer.type}`;
  }
}

function unreachable({ code, secondWord, quoted }: IcmpLayer): string | null {
  if (quoted?.kind !== 'ipv4') return null;
  const host = quoted.destination.text;
  switch (code) {
    case ICMP_UNREACHABLE.PROTOCOL_UNREACHABLE:
      return `${host} protocol ${quoted.protocol} unreachable`;
    case ICMP_UNREACHABLE.PORT_UNREACHABLE: {
      const port = quotedPort(quoted.payload);
      return port && `${host} ${port} unreachable`;
    }
    case ICMP_UNREACHABLE.FRAGMENTATION_NEEDED: {
      const mtu = secondWord & 0xffff;
      return `${host} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`;
    }
    default: {
      const [what, why] = UNREACHABLE[code] ?? ['', `#${code}`];
      return `${what}${host} unreachable${why && ` - ${why}`}`;
    }
  }
}

function redirect({ code, secondWord, quoted }: IcmpLayer): string | null {
  if (quoted?.kind !== 'ipv4') return null;
  const octets = new Uint8Array(4);
  setU32(octets, 0, secondWord);
  const [how, what] = REDIRECT[code] ?? [`redirect-#${code}`, ''];
  const gateway = formatIpAddress(ipAddressAt(4, octets, 0));
  return `${how} ${quoted.destination.text} to ${what}${gateway}`;
}

/** `ICMP6, echo request, id 1, seq 1, length 64`. */
export function icmpv6Line(layer: Icmpv6Layer): string {
  const { type, code, secondWord, length } = layer;
  if (type === ICMPV6_TYPE.DESTINATION_UNREACHABLE) return icmpv6Unreachable(layer);
  if (type === ICMPV6_TYPE.TIME_EXCEEDED && code === 0) {
    const host = quotedDestination(layer.quoted);
    const start = 'ICMP6, time exceeded in-transit';
    return host === null ? `${start} [|icmp6]` : `${start} for ${host}, length ${length}`;
  }
  return `ICMP6, ${icmpv6Message(layer, secondWord >>> 16, secondWord & 0xffff)}, length ${length}`;
}

function icmpv6Unreachable({ code, quoted, length }: Icmpv6Layer): string {
  const what = ICMPV6_UNREACHABLE[code] ?? `unknown unreach code (${code})`;
  const start = `ICMP6, destination unreachable, ${what}`;
  if (quoted?.kind !== 'ipv6') return `${start} [|icmp6]`;
  const host = quoted.destination.text;
  switch (code) {
    case 2:
      return `${start} ${host}, source address ${quoted.source.text}, length ${length}`;
    case 4: {
      const port = quotedPort(quoted.payload);
      return port === null ? `${start} [|icmp6]` : `${start}, ${host} ${port}, length ${length}`;
    }
    default:
      return `${start} ${host}, length ${length}`;
  }
}

function icmpv6Message(layer: Icmpv6Layer, high: number, low: number): string {
  const { code, secondWord } = layer;
  const target = layer.target === null ? '' : layer.target.text;
  switch (layer.type) {
    case ICMPV6_TYPE.PACKET_TOO_BIG:
      return `packet too big, mtu ${secondWord}`;
    case ICMPV6_TYPE.TIME_EXCEEDED:
      return `time exceeded in-transit${code === 1 ? ' (reassembly)' : `, unknown code (${code})`}`;
    case ICMPV6_TYPE.PARAMETER_PROBLEM:
      return `parameter problem, ${ICMPV6_PARAMETER[code] ?? `code-#${code}`} - octet ${secondWord}`;
    case ICMPV6_TYPE.ECHO_REQUEST:
      return `echo request, id ${high}, seq ${low}`;
    case ICMPV6_TYPE.ECHO_REPLY:
      return `echo reply, id ${high}, seq ${low}`;
    case ICMPV6_TYPE.ROUTER_SOLICITATION:
      return 'router solicitation';
    case ICMPV6_TYPE.ROUTER_ADVERTISEMENT:
      return 'router advertisement';
    case ICMPV6_TYPE.NEIGHBOR_SOLICITATION:
      return `neighbor solicitation, who has ${target}`;
    case ICMPV6_TYPE.NEIGHBOR_ADVERTISEMENT:
      return `neighbor advertisement, tgt is ${target}`;
    case ICMPV6_TYPE.MULTICAST_LISTENER_REPORT_V2:
      return `multicast listener report v2, ${low} group record(s)`;
    default:
      return `type-#${layer.type}`;
  }
}

function quotedDestination(quoted: Layer | null): string | null {
  return quoted?.kind === 'ipv6' ? quoted.destination.text : null;
}

/** `udp port 500`; `null` when the quote ends before the ports. */
function quotedPort(payload: Layer): string | null {
  switch (payload.kind) {
    case 'tcp':
    case 'udp':
      return `${payload.kind} port ${payload.destinationPort}`;
    case 'truncated':
    case 'malformed':
      return payload.ports && `${payload.format} port ${payload.ports.destinationPort}`;
    case 'esp':
    case 'ah':
      return `${payload.kind} spi 0x${payload.spi.toString(16).padStart(8, '0')}`;
    default:
      return 'port';
  }
}

const TIME_EXCEEDED: Readonly<Record<number, string>> = {
  0: 'time exceeded in-transit',
  1: 'ip reassembly time exceeded',
};

/** What is said before the host and after it, for codes that need no more of the quoted packet. */
const UNREACHABLE: Readonly<Record<number, readonly [string, string]>> = {
  0: ['net ', ''],
  1: ['host ', ''],
  5: ['', 'source route failed'],
  6: ['net ', 'unknown'],
  7: ['host ', 'unknown'],
  8: ['', 'source host isolated'],
  9: ['net ', 'admin prohibited'],
  10: ['host ', 'admin prohibited'],
  11: ['net ', 'tos prohibited'],
  12: ['host ', 'tos prohibited'],
  13: ['host ', 'admin prohibited filter'],
  14: ['host ', 'host precedence violation'],
  15: ['host ', 'precedence cutoff'],
};

const REDIRECT: Readonly<Record<number, readonly [string, string]>> = {
  0: ['redirect', 'net '],
  1: ['redirect', 'host '],
  2: ['redirect-tos', 'net '],
  3: ['redirect-tos', 'host '],
};

/** The second blank of code 1 is tcpdump's. */
const ICMPV6_UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'unreachable route',
  1: ' unreachable prohibited',
  2: 'beyond scope',
  3: 'unreachable address',
  4: 'unreachable port',
};

const ICMPV6_PARAMETER: Readonly<Record<number, string>> = {
  0: 'erroneous',
  1: 'next header',
  2: 'option',
  3: 'incomplete header chain',
};
