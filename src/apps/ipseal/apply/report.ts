/**
 * What applying files means, for people and for programs.
 *
 * @module
 */
import { formatSpdadd } from '../../../config/setkey/statement-text.ts';
import type { LockOut } from '../../../ipsec/lock-out.ts';
import type { Takeover } from '../../../ipsec/ownership.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';
import { colours } from '../../colours.ts';
import { type Difference, differenceOfConflict, differencesOf } from './difference.ts';

/** As `--json` has it. Statements have no keys. */
export interface ChangeReport {
  readonly version: 1;
  readonly backend: 'kernel' | 'userspace';
  readonly files: readonly string[];
  readonly changes: readonly Difference[];
  /** What others put there under names that the files have. */
  readonly conflicts: readonly Difference[];
  /** What of the traffic that nobody can do without would not pass any more. */
  readonly swallowed: readonly Swallowed[];
}

/** One policy that would be the end of such traffic. */
export interface Swallowed {
  readonly traffic: LockOut['flow']['kind'];
  readonly direction: LockOut['policy']['direction'];
  readonly fate: LockOut['fate'];
  readonly policy: string;
  /** The statement that lets it pass; `null` where the policy itself has to go. */
  readonly fix: string | null;
}

export function reportOf(
  backend: ChangeReport['backend'],
  files: readonly string[],
  takeover: Takeover,
  lockOuts: readonly LockOut[],
): ChangeReport {
  return {
    version: 1,
    backend,
    files,
    changes: differencesOf(takeover),
    conflicts: takeover.conflicts.map(differenceOfConflict),
    swallowed: lockOuts.map(({ flow, policy, fate, fix }) => ({
      traffic: flow.kind,
      direction: policy.direction,
      fate,
      policy: formatSpdadd(policy),
      fix: fix && formatSpdadd(fix),
    })),
  };
}

/** The unified list: nothing where nothing changes. */
export function* differenceLines(report: ChangeReport): Generator<string, void, undefined> {
  const { backend, files, changes, conflicts } = report;
  if (changes.length + conflicts.length === 0) return;
  yield colours.bold(`--- in force (${backend})\n`);
  yield colours.bold(`+++ ${files.join(' ')}\n`);
  for (const change of changes) yield* linesOf(change, change.note);
  for (const conflict of conflicts) {
    yield* linesOf(conflict, 'what is there is not of ipseal apply: --adopt takes it over');
  }
}

function* linesOf(
  { before, after }: Difference,
  note: string | null,
): Generator<string, void, undefined> {
  const tail = note === null ? '' : `  # ${note}`;
  if (before !== null) yield colours.red(`-${before}${after === null ? tail : ''}\n`);
  if (after !== null) yield colours.green(`+${after}${tail}\n`);
}

/** `2 added, 1 replaced`. */
export function countsOf(changes: readonly Difference[]): string {
  const words = { add: 'added', replace: 'replaced', move: 'moved', remove: 'removed' } as const;
  const counts = Object.entries(words).map(([kind, word]) => {
    const count = changes.filter(({ change }) => change === kind).length;
    return count === 0 ? [] : `${count} ${word}`;
  });
  return counts.flat().join(', ') || 'nothing changed';
}

/** What a lock-out is about, with the statement that would prevent it; ends in a line feed. */
export function lockOutText(lockOuts: readonly LockOut[]): string {
  const told = lockOuts.map(({ policy, fate }) => `  ${FATES[fate]}:  ${formatSpdadd(policy)}`);
  const lines = [...new Set(told)];
  const fixes = new Set(lockOuts.flatMap(({ fix }) => (fix === null ? [] : formatSpdadd(fix))));
  if (fixes.size > 0) {
    lines.push('  what lets it pass, to be added to the file:');
    for (const fix of fixes) lines.push(`    ${fix}`);
  }
  if (lockOuts.some(({ fix }) => fix === null)) {
    lines.push('  a policy that is about nothing else has to be taken out of the file');
  }
  return lines.join('\n');
}

const FATES: Readonly<Record<LockOut['fate'], string>> = {
  discarded: 'discarded by',
  unserved: 'no SA serves',
  served: 'protected by',
};

/** `the connection from 192.0.2.7 to port 22 of this host`, `neighbour discovery`. */
export function trafficText({ kind, selector }: LockOut['flow']): string {
  if (kind !== 'session') return TRAFFIC[kind];
  const client = formatIpAddress(selector.remoteAddress.address);
  return `the connection from ${client} to port ${selector.localPort.first} of this host`;
}

const TRAFFIC = {
  ike: 'IKE, by which daemons negotiate SAs',
  loopback: 'what this host sends to itself',
  'neighbour-discovery': 'Neighbour Discovery, without which IPv6 does not find the next host',
  dhcp: 'DHCP, by which hosts get their addresses',
} as const;
