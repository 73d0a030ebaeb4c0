/**
 * SAs, policies and changes as the statements that make them, each on one line: `compile.ts` the other
 * way round.
 *
 * Reading a text with {@link TEXT_OPTIONS} makes the same value again, but for what the language has no
 * words for.
 *
 * @module
 */

import type { Secret } from '../../crypto/secret.ts';
import type { Change } from '../../ipsec/change.ts';
import { DEFAULT_PRIORITY, type Policy, type PolicyId, type Template } from '../../ipsec/policy.ts';
import { formatSpi, type SaId, type SaParameters } from '../../ipsec/sa-parameters.ts';
import type { SecurityContext } from '../../ipsec/security-context.ts';
import { formatSelectorDetail, type Selector } from '../../ipsec/selector.ts';
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { ipProtocolName } from '../../net/ip-protocol.ts';
import { formatPortRange, isAnyPort, type PortRange } from '../../net/port-range.ts';
import { everywhere, formatPrefix, type Prefix } from '../../net/prefix.ts';
import { toHex } from '../../octets/hex.ts';
import { setU32 } from '../../octets/octets.ts';
import { FIRST_OWN_REQID, type SetkeyOptions } from './compile-context.ts';

/** How to read a text back: a policy `in` is that policy alone. */
export const TEXT_OPTIONS = {
  sha256Icv: 'classic',
  fwdTwins: false,
} as const satisfies SetkeyOptions;

/** Whether a key is written out, or `0x…` stands in its place. */
export type KeyText = 'shown' | 'masked';

/** The statement that makes `change`. */
export function formatChange(change: Change, keys: KeyText): string {
  switch (change.kind) {
    case 'add-sa':
      return formatAdd(change.sa, keys);
    case 'delete-sa':
      return formatDelete(change.id);
    case 'delete-sas-between': {
      const { source, destination, protocol } = change.pair;
      return statement(['deleteall', ...addresses(source, destination), protocol ?? '']);
    }
    case 'flush-sas':
      return statement(['flush', change.protocol ?? '']);
    case 'add-policy':
      return formatSpdadd(change.policy);
    case 'update-policy':
      return formatSpdadd(change.policy, 'spdupdate');
    case 'delete-policy':
      return formatSpddelete(change.policy);
    case 'flush-policies':
      return 'spdflush;';
  }
}

/** `add 10.9.0.1 10.9.0.2 esp 0x00000201 -m transport -E aes-cbc 0x… -A hmac-sha256 0x…;` */
export function formatAdd(sa: SaParameters, keys: KeyText): string {
  const { encryption, integrity, compression } = sa;
  const words = ['add', ...hosts(sa), formatSpi(sa.spi), ...extensions(sa)];
  if (encryption !== null) {
    words.push('-E', encryption.algorithm.name, formatKey(encryption.key, keys));
  }
  if (integrity !== null) {
    words.push('-A', integrityName(integrity), formatKey(integrity.key, keys));
  }
  if (compression !== null) words.push('-C', compression.name);
  return statement(words);
}

/** `delete 10.9.0.1 10.9.0.2 esp 0x00000201;`: the language wants a source, and nobody looks at it. */
export function formatDelete(id: SaId, source: IpAddress = unspecifiedLike(id)): string {
  return statement([
    'delete',
    ...addresses(source, id.destination),
    id.protocol,
    formatSpi(id.spi),
  ]);
}

/** `spdadd 10.9.0.2 10.9.0.1 any -P in ipsec esp/transport//require;` */
export function formatSpdadd(policy: Policy, name: 'spdadd' | 'spdupdate' = 'spdadd'): string {
  const words = [name, ...policyId(policy)];
  if (policy.priority !== DEFAULT_PRIORITY) {
    words.push(`prio ${DEFAULT_PRIORITY - policy.priority}`);
  }
  switch (policy.action.kind) {
    case 'discard':
      words.push('discard');
      break;
    case 'bypass':
      words.push('none');
      break;
    case 'protect':
      words.push('ipsec', ...policy.action.templates.map((rule) => formatRule(rule, policy)));
  }
  return statement(words);
}

/** `spddelete 10.9.0.2 10.9.0.1 any -P in;` */
function formatSpddelete(id: PolicyId): string {
  return statement(['spddelete', ...policyId(id)]);
}

/** `esp/tunnel/10.9.0.1-10.9.0.2/require` */
export function formatRule(template: Template, { direction }: Pick<Policy, 'direction'>): string {
  const { protocol, mode, endpoints } = template;
  let ends = '';
  if (endpoints !== null) {
    const local = formatIpAddress(endpoints.local);
    const remote = formatIpAddress(endpoints.remote);
    ends = direction === 'outbound' ? `${local}-${remote}` : `${remote}-${local}`;
  }
  return `${protocol}/${mode}/${ends}/${formatLevel(template)}`;
}

/** The ends of an SA and its protocol; of ESP in UDP the ports too, and who is behind the NAT. */
function hosts(sa: SaParameters): readonly string[] {
  const { encapsulation } = sa;
  const [source, destination] = addresses(sa.source, sa.destination);
  if (encapsulation === null) return [source, destination, sa.protocol];
  const { sourcePort, destinationPort, originalAddress } = encapsulation;
  const original = originalAddress === null ? '' : formatIpAddress(originalAddress);
  return [`${source}[${sourcePort}]`, `${destination}[${destinationPort}]`, 'esp-udp', original];
}

/** `-m transport`, and the others where there is something to say. */
function extensions(sa: SaParameters): readonly string[] {
  const { reqid, replayWindow, softLifetime, hardLifetime, securityContext } = sa;
  const numbers = [
    ['-u', reqid],
    ['-r', replayWindow],
    ['-lh', hardLifetime.seconds],
    ['-ls', softLifetime.seconds],
    ['-bh', hardLifetime.octets],
    ['-bs', softLifetime.octets],
  ] as const;
  return [
    `-m ${sa.mode}`,
    ...numbers.filter(([, value]) => value !== 0).map((option) => option.join(' ')),
    formatContext(securityContext),
  ];
}

/** The plain name is that of the ICV which classic setkey gives; another is told by its length. */
function integrityName({ algorithm, icvLength }: NonNullable<SaParameters['integrity']>): string {
  const { name, classicIcvLength } = algorithm;
  return icvLength === classicIcvLength ? name : `${name}-${icvLength * 8}`;
}

/** Nothing where there is no key, as with NULL. */
function formatKey(key: Secret, keys: KeyText): string {
  if (key.length === 0) return '';
  return keys === 'shown' ? `0x${toHex(key.expose())}` : '0x…';
}

/** `10.9.0.2 10.9.0.1 any -P in` */
function policyId({ selector, direction }: PolicyId): readonly string[] {
  const local = formatRange(selector.localAddress, selector.localPort);
  const remote = formatRange(selector.remoteAddress, selector.remotePort);
  const [source, destination] = direction === 'outbound' ? [local, remote] : [remote, local];
  const { nextLayerProtocol: next } = selector;
  const upper = next === 'any' ? 'any' : ipProtocolName(next);
  return [
    source,
    destination,
    upper,
    formatDetail(selector),
    formatContext(selector.securityContext),
    '-P',
    DIRECTION_WORDS[direction],
  ];
}

function formatRange(prefix: Prefix, port: PortRange): string {
  const address = formatPrefix(prefix);
  return isAnyPort(port) ? address : `${address}[${formatPortRange(port)}]`;
}

/** `8,0`; of GRE four octets with dots, the one form of a key that every setkey reads. */
function formatDetail(selector: Selector): string {
  if (selector.greKey === null) return formatSelectorDetail(selector).trim();
  const octets = new Uint8Array(4);
  setU32(octets, 0, selector.greKey);
  return formatIpAddress({ version: 4, octets });
}

function formatContext(context: SecurityContext | null): string {
  return context === null ? '' : `-ctx ${context.doi} ${context.algorithm} "${context.label}"`;
}

function formatLevel({ level, reqid }: Template): string {
  if (level === 'use' || reqid === 0) return level;
  return reqid < FIRST_OWN_REQID ? `unique:${reqid}` : 'unique';
}

function addresses(source: IpAddress, destination: IpAddress): readonly [string, string] {
  return [formatIpAddress(source), formatIpAddress(destination)];
}

function unspecifiedLike({ destination }: SaId): IpAddress {
  return everywhere(destination.version).address;
}

/** `words` in a row, those left out that are empty. */
function statement(words: readonly string[]): string {
  return `${words.filter((word) => word !== '').join(' ')};`;
}

const DIRECTION_WORDS = { outbound: 'out', inbound: 'in', forward: 'fwd' } as const;
