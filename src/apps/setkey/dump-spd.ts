/**
 * The SPD as `setkey -DP` prints it.
 *
 * @module
 */
import type { PolicyRecord } from '../../ipsec/backend.ts';
import type { Action, Policy, Template } from '../../ipsec/policy.ts';
import {
  type Direction,
  formatSelectorAddresses,
  formatSelectorDetail,
  type Selector,
} from '../../ipsec/selector.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { IP_PROTOCOL, ipProtocolName } from '../../net/ip-protocol.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { contextLines } from './dump-context.ts';
import type { DumpOptions } from './dump-sad.ts';
import { numbered } from './dump-sequence.ts';
import { formatTime } from './times.ts';

const DIRECTION: Readonly<Record<Direction, string>> = {
  inbound: 'in',
  outbound: 'out',
  forward: 'fwd',
};

/** `any` as the original prints it: it was the number that meant so. */
const ANY_PROTOCOL = '255';

/** Protocols whose selectors are shown without ports. */
const PORTLESS: ReadonlySet<number | 'any'> = new Set([
  IP_PROTOCOL.icmp,
  IP_PROTOCOL['ipv6-icmp'],
  IP_PROTOCOL['mobility-header'],
  IP_PROTOCOL.gre,
]);

/** The bases of priorities, and the priority from which each is the one to count from. */
const PRIORITY_BASES = [
  { name: 'low', base: 0xc0000000, from: 2684354560 },
  { name: 'def', base: 0x80000000, from: 1610612736 },
  { name: 'high', base: 0x40000000, from: 1 },
] as const;

/** The most a reqid can be that an operator chose; larger ones were allocated. */
const MOST_MANUAL_REQID = 16383;

/** The whole dump, entry by entry, or the sentence for an empty SPD. */
export async function* spdPieces(
  records: AsyncIterable<PolicyRecord>,
  options: DumpOptions,
): AsyncGenerator<string> {
  let empty = true;
  for await (const { record, sequence } of numbered(records)) {
    empty = false;
    yield formatEntry(record, sequence, options);
  }
  if (empty) yield 'No SPD entries.\n';
}

function formatEntry(record: PolicyRecord, sequence: number, options: DumpOptions): string {
  const { policy, index, addedAt, usedAt } = record;
  const lines = [
    `${formatSelector(policy)}`,
    `\t${DIRECTION[policy.direction]}${formatPriority(policy.priority)} ${actionName(policy.action)}`,
    ...formatRules(policy, options),
    `\tcreated: ${formatTime(addedAt)}  lastused: ${formatTime(usedAt)}`,
    '\tlifetime: 0(s) validtime: 0(s)',
    ...contextLines(policy.selector.securityContext),
    `\tspid=${index} seq=${sequence} pid=${options.pid}`,
    '\trefcnt=2',
  ];
  return `${lines.join('\n')}\n`;
}

function formatSelector({ selector, direction }: Policy): string {
  const { nextLayerProtocol } = selector;
  const protocol = nextLayerProtocol === 'any' ? ANY_PROTOCOL : ipProtocolName(nextLayerProtocol);
  const addresses = PORTLESS.has(nextLayerProtocol)
    ? addressesWithoutPorts(selector, direction)
    : formatSelectorAddresses(selector, direction);
  return `${addresses} ${protocol}${formatDetail(selector)}`;
}

/** Type 0 with code 0 has no numbers, as if any were meant: the original knows no difference. */
function formatDetail(selector: Selector): string {
  const detail = formatSelectorDetail(selector);
  return detail === ' 0,0' ? '' : detail;
}

function addressesWithoutPorts(selector: Selector, direction: Direction): string {
  const local = formatPrefix(selector.localAddress);
  const remote = formatPrefix(selector.remoteAddress);
  return direction === 'outbound' ? `${local} ${remote}` : `${remote} ${local}`;
}

function formatPriority(priority: number): string {
  const found = PRIORITY_BASES.find(({ from }) => priority >= from);
  if (found === undefined) return '';
  const offset = priority - found.base;
  if (offset === 0) return ` prio ${found.name}`;
  return ` prio ${found.name} ${offset < 0 ? '+' : '-'} ${Math.abs(offset)}`;
}

function actionName(action: Action): string {
  switch (action.kind) {
    case 'discard':
      return 'discard';
    case 'bypass':
      return 'none';
    case 'protect':
      return 'ipsec';
  }
}

function formatRules({ action, direction }: Policy, options: DumpOptions): string[] {
  if (action.kind !== 'protect') return [];
  return action.templates.map((template) => {
    const ends = formatEndpoints(template, direction, options.ports);
    return `\t${template.protocol}/${template.mode}/${ends}/${formatLevel(template)}`;
  });
}

function formatEndpoints(template: Template, direction: Direction, ports: boolean): string {
  if (template.endpoints === null) return '';
  const port = ports ? '[0]' : '';
  const local = `${formatIpAddress(template.endpoints.local)}${port}`;
  const remote = `${formatIpAddress(template.endpoints.remote)}${port}`;
  return direction === 'outbound' ? `${local}-${remote}` : `${remote}-${local}`;
}

function formatLevel({ level, reqid }: Template): string {
  if (level === 'use') return 'use';
  if (reqid === 0) return 'require';
  return `unique${reqid <= MOST_MANUAL_REQID ? ':' : '#'}${reqid}`;
}
