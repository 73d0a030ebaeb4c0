/**
 * The same rules for the older packet filter: text for `iptables-restore --noflush`, and that of
 * IPv6. There is a chain of ours for each of INPUT and FORWARD, filled anew each time.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { isAnyPort, type PortRange } from '../net/port-range.ts';
import { formatPrefix } from '../net/prefix.ts';
import { type PacketShape, shapeOf } from './packet-shape.ts';
import type { FirewallRule, Hook } from './rule.ts';
import type { Protection } from './table.ts';

const CHAINS: Readonly<Record<Hook, { readonly own: string; readonly from: string }>> = {
  input: { own: 'IPSEAL-INPUT', from: 'INPUT' },
  forward: { own: 'IPSEAL-FORWARD', from: 'FORWARD' },
};

/** What `iptables-restore --noflush` (of IP `version` 6 `ip6tables-restore`) takes. */
export function iptablesText(
  version: 4 | 6,
  rules: readonly FirewallRule[],
  protection: Protection,
): string {
  const lines = ['*filter'];
  for (const hook of ['input', 'forward'] as const) {
    const { own, from } = CHAINS[hook];
    // Empty where there is nothing to say: what an earlier run put there is to go.
    lines.push(`:${own} - [0:0]`);
    const ours = rules.filter(
      ({ hook: where, selector }) =>
        where === hook && selector.remoteAddress.address.version === version,
    );
    if (ours.length === 0) continue;
    const before = exemptions(version, protection).filter(
      ({ only }) => only === undefined || only === hook,
    );
    for (const { words, end } of before) lines.push(`-A ${own} ${words} -j ${end}`);
    for (const { selector, outcome } of ours) {
      const words = ['-A', own, ...iptablesWords(shapeOf(selector, 'inbound'))];
      if (outcome === 'drop') words.push('-m comment --comment "only through IPsec"');
      lines.push(`${words.join(' ')} -j ${outcome === 'drop' ? 'DROP' : 'RETURN'}`);
    }
    lines.push(`-I ${from} -j ${own}`);
  }
  return `${[...lines, 'COMMIT'].join('\n')}\n`;
}

interface Exemption {
  readonly words: string;
  /** To accept is for good here, so what was protected goes back to the rules of others. */
  readonly end: 'ACCEPT' | 'RETURN';
  readonly only?: Hook;
}

/** As in nftables. */
function exemptions(version: 4 | 6, { kernel, device, udpPorts }: Protection): Exemption[] {
  const found: Exemption[] = [{ words: '-i lo', end: 'RETURN' }];
  if (device !== null) found.push({ words: `-i ${device}`, end: 'RETURN' });
  if (kernel) found.push({ words: '-m policy --dir in --pol ipsec', end: 'RETURN' });
  const carrier = { end: 'ACCEPT', only: 'input' } as const;
  found.push({ words: '-p esp', ...carrier });
  // Under IPv6 AH is an extension header, which has a match of its own.
  found.push({ words: version === 4 ? '-p ah' : '-m ah', ...carrier });
  found.push({ words: `-p ${IP_PROTOCOL.ipcomp}`, ...carrier });
  found.push({ words: `-p udp -m multiport --dports ${udpPorts.join(',')}`, ...carrier });
  if (version === 6) {
    // Neighbour Discovery reaches no further than the link (RFC 4861 §7.1).
    for (const type of NEIGHBOUR_DISCOVERY) {
      const words = `-p icmpv6 --icmpv6-type ${type} -m hl --hl-eq 255`;
      found.push({ words, end: 'RETURN', only: 'input' });
    }
  }
  return found;
}

/** RFC 4861 §4. */
const NEIGHBOUR_DISCOVERY = [133, 134, 135, 136, 137];

/** The options that pick the packets of `shape`. */
export function iptablesWords(shape: PacketShape): string[] {
  const { source, destination, protocol, message } = shape;
  const words: string[] = [];
  if (source.length > 0) words.push(`-s ${formatPrefix(source)}`);
  if (destination.length > 0) words.push(`-d ${formatPrefix(destination)}`);
  if (protocol === 'any') return words;
  words.push(`-p ${PROTOCOL_WORDS.get(protocol) ?? protocol}`);
  const ports = [
    ...portWords('--sports', shape.sourcePort),
    ...portWords('--dports', shape.destinationPort),
  ];
  words.push(...ports);
  if (message !== null && message.type !== null) {
    const code = message.code === null ? '' : `/${message.code}`;
    words.push(`--${MESSAGE_WORDS.get(protocol)} ${message.type}${code}`);
  }
  return words;
}

function portWords(option: string, ports: PortRange): string[] {
  if (isAnyPort(ports)) return [];
  const { first, last } = ports;
  return [`-m multiport ${option} ${first === last ? first : `${first}:${last}`}`];
}

/** Those that iptables has matches for by name. */
const PROTOCOL_WORDS: ReadonlyMap<number, string> = new Map([
  [IP_PROTOCOL.tcp, 'tcp'],
  [IP_PROTOCOL.udp, 'udp'],
  [IP_PROTOCOL.icmp, 'icmp'],
  [IP_PROTOCOL['ipv6-icmp'], 'icmpv6'],
  [IP_PROTOCOL['mobility-header'], 'mh'],
]);

const MESSAGE_WORDS: ReadonlyMap<number, string> = new Map([
  [IP_PROTOCOL.icmp, 'icmp-type'],
  [IP_PROTOCOL['ipv6-icmp'], 'icmpv6-type'],
  [IP_PROTOCOL['mobility-header'], 'mh-type'],
]);
