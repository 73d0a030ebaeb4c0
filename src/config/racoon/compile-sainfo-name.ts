/**
 * What a `sainfo` is for: `anonymous`, `address 10.9.0.1 any address 10.9.0.2 any`.
 *
 * ```text
 * name    = end ( end | "clientaddr" ) | "anonymous" .
 * end     = "anonymous" | type range protocol | type quoted .
 * range   = address [ "-" address ] [ "/" length ] [ "[" port "]" ] .
 * ```
 *
 * Our end comes first, the peer's second.
 *
 * @module
 */
import type { Traffic, TrafficIdentity } from '../../ike/identity.ts';
import type { QuickModePolicy } from '../../ike/quick-mode-policy.ts';
import { type IpAddress, sameAddress } from '../../net/ip-address.ts';
import { IP_PROTOCOL, ipProtocolNumber } from '../../net/ip-protocol.ts';
import { suggestedFix } from '../suggest.ts';
import { type Arguments, NOTHING } from './arguments.ts';

/** Reads both ends. */
export function readSainfoName(words: Arguments): Pick<QuickModePolicy, 'local' | 'remote'> {
  const local = readEnd(words);
  const isAlone = local === 'anonymous' && (!words.hasMore || BEHIND.has(words.peek().text));
  if (isAlone) return { local, remote: 'anonymous' };
  if (words.takes('clientaddr')) return { local, remote: 'client-address' };
  return { local, remote: readEnd(words) };
}

function readEnd(words: Arguments): TrafficIdentity | 'anonymous' {
  const type = words.peek();
  if (words.takes('anonymous')) return 'anonymous';
  const kind = words.choice({ noun: 'identifier type', words: TYPES });
  if (kind === 'asn1dn') {
    words.fail('unknown-identifier-type', type, 'no IPsec SA is for an asn1dn', {
      expected: 'anonymous, address, subnet, fqdn, user_fqdn or keyid',
    });
  }
  if (kind !== 'address' && kind !== 'subnet') {
    const name = words.quoted(`the ${kind}`);
    return { kind: kind === 'fqdn' ? 'fqdn' : kind === 'keyid' ? 'key-id' : 'user-fqdn', name };
  }
  return readAddresses(words);
}

function readAddresses(words: Arguments): TrafficIdentity {
  const start = words.peek();
  const first = words.address('an address');
  if (!words.takes('-')) {
    const prefix = words.prefix(first);
    return { kind: 'network', prefix, ...readTraffic(words, first) };
  }
  const last = words.address('an address', first.version);
  if (isBefore(last, first)) {
    words.fail('empty-range', start, 'the range ends before it begins', {
      fix: 'write the lower address first',
    });
  }
  // The original took a length here and forgot it.
  if (words.sees('/')) {
    words.fail('unexpected-token', words.peek(), 'a range of addresses has no prefix length', {
      fix: 'leave it out',
    });
  }
  return { kind: 'range', first, last, ...readTraffic(words, first) };
}

/** Reads a port in brackets, if there is one, and the protocol, which must be there. */
function readTraffic(words: Arguments, { version }: IpAddress): Traffic {
  const bracket = words.peek();
  const port = words.port() ?? 0;
  const word = words.peek();
  const protocol = readProtocol(words);
  if (protocol === (version === 4 ? IP_PROTOCOL['ipv6-icmp'] : IP_PROTOCOL.icmp)) {
    words.fail('family-mismatch', word, `${word.text} is not of IPv${version}`, {
      fix: `write ${version === 4 ? 'icmp' : 'icmp6'}`,
    });
  }
  const isIcmp = protocol === IP_PROTOCOL.icmp || protocol === IP_PROTOCOL['ipv6-icmp'];
  if (isIcmp && port !== 0) {
    words.fail('unexpected-port', bracket, `${word.text} has no ports`, {
      fix: 'write [any], or leave it out',
    });
  }
  return { port, protocol };
}

function readProtocol(words: Arguments): number {
  const word = words.word('an upper-layer protocol, or any');
  if (word === NOTHING || word.text === 'any') return 0;
  const number = word.kind === 'number' ? Number(word.text) : ipProtocolNumber(word.text);
  if (number !== undefined && number <= ANY_PROTOCOL) return number === ANY_PROTOCOL ? 0 : number;
  words.fail('unknown-protocol', word, `${word.shown} is not an IP protocol`, {
    expected: PROTOCOLS.join(', '),
    fix: suggestedFix(word.text, PROTOCOLS),
  });
  return 0;
}

/** Whether `a` is the lower address. */
function isBefore(a: IpAddress, b: IpAddress): boolean {
  if (sameAddress(a, b)) return false;
  const at = a.octets.findIndex((octet, k) => octet !== b.octets[k]);
  return (a.octets[at] ?? 0) < (b.octets[at] ?? 0);
}

const TYPES = ['address', 'subnet', 'fqdn', 'user_fqdn', 'keyid', 'asn1dn'] as const;
/** What may come behind the name. */
const BEHIND: ReadonlySet<string> = new Set(['from', 'group']);
const PROTOCOLS = ['any', 'tcp', 'udp', 'icmp', 'icmp6', 'gre', 'esp', 'ah', 'ipcomp'];
/** KAME's other number for any. */
const ANY_PROTOCOL = 255;
