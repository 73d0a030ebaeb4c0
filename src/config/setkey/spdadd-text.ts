/**
 * A policy as the statement that adds it, on one line.
 *
 * @module
 */

import { DEFAULT_PRIORITY, type Policy, type Template } from '../../ipsec/policy.ts';
import { formatSelectorDetail } from '../../ipsec/selector.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { ipProtocolName } from '../../net/ip-protocol.ts';
import { formatPortRange, isAnyPort, type PortRange } from '../../net/port-range.ts';
import { formatPrefix, type Prefix } from '../../net/prefix.ts';
import { FIRST_OWN_REQID } from './compile-context.ts';

/** `spdadd 10.9.0.2 10.9.0.1 any -P in ipsec esp/transport//require;` */
export function formatSpdadd(policy: Policy): string {
  const { selector, direction } = policy;
  const local = formatRange(selector.localAddress, selector.localPort);
  const remote = formatRange(selector.remoteAddress, selector.remotePort);
  const [source, destination] = direction === 'outbound' ? [local, remote] : [remote, local];
  const { nextLayerProtocol: next } = selector;
  const upper = next === 'any' ? 'any' : ipProtocolName(next);
  const detail = formatSelectorDetail(selector);
  const words = ['spdadd', source, destination, `${upper}${detail}`];
  const { securityContext: context } = selector;
  if (context !== null) words.push(`-ctx ${context.doi} ${context.algorithm} "${context.label}"`);
  words.push('-P', DIRECTION_WORDS[direction]);
  if (policy.priority !== DEFAULT_PRIORITY)
    words.push(`prio ${DEFAULT_PRIORITY - policy.priority}`);
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
  return `${words.join(' ')};`;
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

function formatRange(prefix: Prefix, port: PortRange): string {
  const address = formatPrefix(prefix);
  return isAnyPort(port) ? address : `${address}[${formatPortRange(port)}]`;
}

function formatLevel({ level, reqid }: Template): string {
  if (level === 'use' || reqid === 0) return level;
  return reqid < FIRST_OWN_REQID ? `unique:${reqid}` : 'unique';
}

const DIRECTION_WORDS = { outbound: 'out', inbound: 'in', forward: 'fwd' } as const;
