/**
 * Flows as they are asked about on a command line, and as they are told.
 *
 *     10.9.0.1 10.9.0.2                       of any protocol
 *     10.9.0.1 bob.example tcp 5901           to that port
 *     10.9.0.1 10.9.0.2 tcp 1024:https        from the one port to the other
 *     10.9.0.1 10.9.0.2 icmp echo-request     of that type; 3/4 is a type and a code
 *
 * @module
 */
import type { Names } from '../../../config/index.ts';
import { suggest } from '../../../config/suggest.ts';
import type { Flow } from '../../../ipsec/explanation/flow.ts';
import { formatIpAddress, type IpAddress, parseIpAddress } from '../../../net/ip-address.ts';
import {
  hasMessages,
  hasPorts,
  IP_PROTOCOL,
  IP_PROTOCOL_NAMES,
  ipProtocolName,
  ipProtocolNumber,
  ipProtocolTitle,
} from '../../../net/ip-protocol.ts';
import { portOfService, type Services } from '../../../net/services.ts';
import { ICMP_TYPE } from '../../../wire/icmp.ts';
import { ICMPV6_TYPE } from '../../../wire/icmpv6.ts';
import { UsageError } from '../../getopt.ts';

/** The words that say which flow. */
export interface FlowWords {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string | null;
  readonly ports: string | null;
}

/** The hosts of `words` that are names. */
export function hostNamesIn({ source, destination }: FlowWords): readonly string[] {
  return [...new Set([source, destination])].filter((word) => parseIpAddress(word) === undefined);
}

/** Reads `words`, with what was found out about their names. Throws {@link UsageError}. */
export function readFlow(words: FlowWords, names: Names): Flow {
  const [source, destination] = readEnds(words, names);
  const protocol = readProtocol(words.protocol, source.version);
  const open = {
    ...{ source, destination, protocol, sourcePort: null, destinationPort: null },
    ...{ messageType: null, messageCode: null },
  };
  const { ports } = words;
  if (ports === null) return open;
  if (protocol !== null && hasPorts(protocol)) {
    return { ...open, ...readPorts(ports, protocol, names.services) };
  }
  if (protocol !== null && hasMessages(protocol)) {
    return { ...open, ...readMessage(ports, protocol) };
  }
  throw new UsageError(
    `"${ports}" says nothing of ${words.protocol}: it has neither ports nor types`,
  );
}

/** The first pair of one IP version. */
function readEnds(
  { source, destination }: FlowWords,
  names: Names,
): readonly [IpAddress, IpAddress] {
  const [sources, destinations] = [addressesOf(source, names), addressesOf(destination, names)];
  for (const from of sources) {
    const to = destinations.find(({ version }) => version === from.version);
    if (to !== undefined) return [from, to];
  }
  throw new UsageError(`${source} and ${destination} are of different IP versions`);
}

function addressesOf(word: string, { hosts }: Names): readonly IpAddress[] {
  const address = parseIpAddress(word);
  if (address !== undefined) return [address];
  const lookup = hosts.get(word) ?? { failure: 'it has none' };
  if ('addresses' in lookup) return lookup.addresses;
  throw new UsageError(`cannot find the address of "${word}": ${lookup.failure}`);
}

function readProtocol(word: string | null, version: 4 | 6): number | null {
  if (word === null || word === 'any') return null;
  // Whoever asks about ICMP means that of the addresses.
  if (word === 'icmp' && version === 6) return IP_PROTOCOL['ipv6-icmp'];
  const number = numberBelow(word, 256) ?? ipProtocolNumber(word.toLowerCase());
  if (number !== undefined) return number;
  throw new UsageError(`there is no protocol "${word}"${meant(word, IP_PROTOCOL_NAMES)}`);
}

function readPorts(
  word: string,
  protocol: number,
  services: Services | null,
): Pick<Flow, 'sourcePort' | 'destinationPort'> {
  const [first = '', second, ...more] = word.split(':');
  if (more.length > 0) throw new UsageError(`"${word}" is not PORT or SOURCE:DESTINATION`);
  const port = (text: string) => readPort(text, protocol, services);
  if (second === undefined) return { sourcePort: null, destinationPort: port(first) };
  return { sourcePort: port(first), destinationPort: port(second) };
}

/** Empty, or `*`, is any. */
function readPort(word: string, protocol: number, services: Services | null): number | null {
  if (word === '' || word === '*') return null;
  const name = ipProtocolName(protocol);
  const port = numberBelow(word, 65_536) ?? portOfService(services ?? new Map(), word, [name]);
  if (port !== undefined) return port;
  throw new UsageError(`there is no port "${word}" of ${name}: a number up to 65535, or a service`);
}

function readMessage(word: string, protocol: number): Pick<Flow, 'messageType' | 'messageCode'> {
  const [type = '', code] = word.split('/');
  const types = MESSAGE_TYPES.get(protocol) ?? new Map<string, number>();
  const messageType = numberBelow(type, 256) ?? types.get(type);
  const messageCode = code === undefined ? null : numberBelow(code, 256);
  if (messageType !== undefined && messageCode !== undefined) return { messageType, messageCode };
  const name = ipProtocolName(protocol);
  throw new UsageError(`there is no message "${word}" of ${name}${meant(type, [...types.keys()])}`);
}

function numberBelow(word: string, bound: number): number | undefined {
  const number = /^\d{1,5}$/.test(word) ? Number(word) : bound;
  return number < bound ? number : undefined;
}

function meant(word: string, known: readonly string[]): string {
  const found = suggest(word, known);
  return found === null ? '' : `: did you mean ${found}?`;
}

/** `ECHO_REQUEST` as `echo-request`. */
function namesOf(types: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(types).map(([name, type]) => [name.toLowerCase().replaceAll('_', '-'), type]),
  );
}

const MESSAGE_TYPES: ReadonlyMap<number, ReadonlyMap<string, number>> = new Map([
  [IP_PROTOCOL.icmp, namesOf(ICMP_TYPE)],
  [IP_PROTOCOL['ipv6-icmp'], namesOf(ICMPV6_TYPE)],
]);

/** `TCP 10.9.0.1:* -> 10.9.0.2:5901`. */
export function formatFlow(flow: Flow): string {
  const { source, destination, protocol, sourcePort, destinationPort } = flow;
  const ported = protocol !== null && hasPorts(protocol);
  const from = ported ? withPort(source, sourcePort) : formatIpAddress(source);
  const to = ported ? withPort(destination, destinationPort) : formatIpAddress(destination);
  const name = protocol === null ? 'anything' : ipProtocolTitle(protocol);
  return `${name} ${from} -> ${to}${formatMessage(flow)}`;
}

function withPort(address: IpAddress, port: number | null): string {
  const text = formatIpAddress(address);
  return `${address.version === 6 ? `[${text}]` : text}:${port ?? '*'}`;
}

function formatMessage({ protocol, messageType, messageCode }: Flow): string {
  if (protocol === null || messageType === null) return '';
  const types = [...(MESSAGE_TYPES.get(protocol) ?? [])];
  const name = types.find(([, type]) => type === messageType)?.[0] ?? `type ${messageType}`;
  return ` ${name}${messageCode === null ? '' : ` code ${messageCode}`}`;
}
