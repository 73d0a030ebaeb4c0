/**
 * What `--require` says: a service, and who must reach it protected.
 *
 *   tcp/5901                              from anywhere
 *   udp/5000-5010 from 10.9.0.0/24 fd09::/64
 *   icmp from 10.9.0.2
 *   any from 10.9.0.2
 *
 * @module
 */
import { hasPorts, IP_PROTOCOL_NAMES, ipProtocolNumber } from '../net/ip-protocol.ts';
import { ANY_PORT, type PortRange } from '../net/port-range.ts';
import type { Prefix } from '../net/prefix.ts';
import { portOfService, type Services } from '../net/services.ts';
import { parsePrefix } from './prefix-text.ts';

/** A service of this host that must be reached protected. */
export interface Requirement {
  readonly protocol: number | 'any';
  readonly ports: PortRange;
  /** Whom it is asked of; empty is everybody. */
  readonly from: readonly Prefix[];
}

/** `words` make no requirement; the message says what was found and what was expected. */
export class RequirementError extends Error {
  override readonly name = 'RequirementError';
}

/**
 * Reads requirements one after the other, each a service and, after `from`, addresses and prefixes.
 * Throws {@link RequirementError}.
 */
export function parseRequirements(words: readonly string[], services: Services): Requirement[] {
  const found: Requirement[] = [];
  const left = words.flatMap((word) => word.split(/[\s,]+/)).filter((word) => word !== '');
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const service = parseService(word, services);
    const from: Prefix[] = [];
    if (left[0] === 'from') {
      left.shift();
      for (;;) {
        const prefix = left[0] === undefined ? undefined : parsePrefix(left[0]);
        if (prefix === undefined) break;
        from.push(prefix);
        left.shift();
      }
      if (from.length === 0) {
        const what = left[0] === undefined ? 'nothing' : `"${left[0]}"`;
        throw new RequirementError(
          `after "from" there is ${what}: expected addresses or prefixes, as 10.9.0.0/24`,
        );
      }
    }
    found.push({ ...service, from });
  }
  return found;
}

function parseService(word: string, services: Services): Pick<Requirement, 'protocol' | 'ports'> {
  const [name = '', ports, ...more] = word.split('/');
  if (name === 'any' && ports === undefined) return { protocol: 'any', ports: ANY_PORT };
  const number = /^\d{1,3}$/.test(name) ? Number(name) : ipProtocolNumber(name.toLowerCase());
  if (number === undefined || number > 0xff || more.length > 0) {
    throw new RequirementError(
      `"${word}" is no service: expected PROTOCOL or PROTOCOL/PORT, as tcp/5901, udp/5000-5010, icmp or any`,
    );
  }
  if (ports === undefined) return { protocol: number, ports: ANY_PORT };
  if (!hasPorts(number)) {
    const ported = IP_PROTOCOL_NAMES.filter((each) => hasPorts(ipProtocolNumber(each) ?? 0));
    throw new RequirementError(
      `"${word}": ${name} has no ports: expected one of ${ported.join(', ')}, or "${name}" alone`,
    );
  }
  return { protocol: number, ports: parsePorts(word, name, ports, services) };
}

function parsePorts(word: string, protocol: string, text: string, services: Services): PortRange {
  const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const first = from === undefined ? portOfService(services, text, [protocol]) : Number(from);
  if (first === undefined) {
    throw new RequirementError(
      `"${word}": "${text}" is no port, and no service of ${protocol} in /etc/services`,
    );
  }
  const last = to === undefined ? first : Number(to);
  if (first > last || last > 0xffff) {
    throw new RequirementError(
      `"${word}": ports are 1 to 65535, and of a range the lower comes first`,
    );
  }
  return { first, last };
}
