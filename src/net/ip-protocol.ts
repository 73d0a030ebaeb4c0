/**
 * IP protocol numbers (IANA "Assigned Internet Protocol Numbers") under the names of
 * `/etc/protocols`.
 *
 * @module
 */

/** Name to number. Numbers that are not here stay numbers. */
export const IP_PROTOCOL = {
  ip: 0,
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  egp: 8,
  igp: 9,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  eigrp: 88,
  ospf: 89,
  ipip: 94,
  etherip: 97,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  'mobility-header': 135,
  udplite: 136,
} as const;

/** Other spellings in use: those of KAME, and the aliases of `/etc/protocols`. */
const ALIASES: Readonly<Record<string, number>> = {
  icmp6: IP_PROTOCOL['ipv6-icmp'],
  icmpv6: IP_PROTOCOL['ipv6-icmp'],
  ip4: IP_PROTOCOL.ipencap,
  ip6: IP_PROTOCOL.ipv6,
  mh: IP_PROTOCOL['mobility-header'],
};

/** The number of the protocol called `name`, in lower case; `undefined` when it is not known. */
export function ipProtocolNumber(name: string): number | undefined {
  return NUMBERS.get(name);
}

/** The name of protocol `number`, or the number itself as text. */
export function ipProtocolName(number: number): string {
  return NAMES.get(number) ?? `${number}`;
}

/** The name of protocol `number` as people write it: `TCP`, `ICMPv6`. */
export function ipProtocolTitle(number: number): string {
  return number === IP_PROTOCOL['ipv6-icmp'] ? 'ICMPv6' : ipProtocolName(number).toUpperCase();
}

/** The protocols whose packets begin with a source and a destination port. */
export const PORTED_PROTOCOLS: readonly number[] = [
  IP_PROTOCOL.tcp,
  IP_PROTOCOL.udp,
  IP_PROTOCOL.dccp,
  IP_PROTOCOL.sctp,
  IP_PROTOCOL.udplite,
];

/** Whether packets of protocol `number` begin with a source and a destination port. */
export function hasPorts(number: number): boolean {
  return PORTED_PROTOCOLS.includes(number);
}

/** Whether packets of protocol `number` are messages of a type, and most of a code. */
export function hasMessages(number: number | 'any'): boolean {
  return MESSAGE_PROTOCOLS.has(number);
}

const MESSAGE_PROTOCOLS: ReadonlySet<number | 'any'> = new Set([
  IP_PROTOCOL.icmp,
  IP_PROTOCOL['ipv6-icmp'],
  IP_PROTOCOL['mobility-header'],
]);

/** Every known protocol name, aliases included. */
export const IP_PROTOCOL_NAMES: readonly string[] = [
  ...Object.keys(IP_PROTOCOL),
  ...Object.keys(ALIASES),
];

const NUMBERS = new Map<string, number>([
  ...Object.entries(IP_PROTOCOL),
  ...Object.entries(ALIASES),
]);
const NAMES = new Map<number, string>(
  Object.entries(IP_PROTOCOL).map(([name, number]) => [number, name]),
);
