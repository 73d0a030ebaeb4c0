/**
 * Between which hosts a statement is, as it is written.
 *
 * @module
 */
import { parseIpAddress, sameAddress } from '../../net/ip-address.ts';
import { parsePrefix, prefixCovers } from '../../net/prefix.ts';
import type { Span } from '../source.ts';
import type { Statement } from './syntax.ts';

/** Two hosts or networks, in the words of the file. */
export type HostTexts = readonly [string, string];

/**
 * The ends of the SAs that `statement`, of the file `text`, is about: of a policy those of its tunnels,
 * or else the hosts or networks that it names. Empty where it is about all.
 */
export function hostsOf(statement: Statement, text: string): readonly HostTexts[] {
  const slice = ({ start, end }: Span) => text.slice(start, end);
  if ('source' in statement) {
    const { source, destination } = statement;
    return [[slice(source.address.span), slice(destination.address.span)]];
  }
  if (!('policy' in statement)) return [];
  const tunnels = statement.policy.rules.flatMap(({ endpoints }) => endpoints ?? []);
  if (tunnels.length > 0) {
    return tunnels.map(({ source, destination }) => [
      slice(source.address.span),
      slice(destination.address.span),
    ]);
  }
  const [source, destination] = [statement.selector.source, statement.selector.destination].map(
    ({ address, prefixLength }) =>
      slice({ start: address.span.start, end: (prefixLength ?? address).span.end }),
  );
  return [[source ?? '', destination ?? '']];
}

/** Whether `statement` is about one of `hosts`, or about no host in particular. */
export function isAbout(statement: Statement, hosts: readonly string[], text: string): boolean {
  if (hosts.length === 0) return true;
  const pairs = hostsOf(statement, text);
  return pairs.length === 0 || pairs.flat().some((one) => hosts.some((host) => covers(one, host)));
}

/** Whether `written` is `host`, or a network that it is in. */
function covers(written: string, host: string): boolean {
  const bare = written.replaceAll(/\s/g, '');
  if (bare === host) return true;
  const address = parseIpAddress(host);
  const prefix = parsePrefix(bare);
  if (address === undefined || prefix === undefined) return false;
  if (address.version !== prefix.address.version) return false;
  return sameAddress(prefix.address, address) || prefixCovers(prefix, address.octets, 0);
}
