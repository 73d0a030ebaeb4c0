/**
 * Why negotiations came to nothing, in racoon's log: racoon's own line first, then what explains it.
 *
 * @module
 */
import { formatCookies } from '../../ike/cookies.ts';
import type { Phase1Identity } from '../../ike/event.ts';
import type { Failure } from '../../ike/failure.ts';
import { failureText } from '../../ike/failure-text.ts';
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { entry, type LogEntry } from './log-line.ts';

/** For a phase 1 that came to nothing. */
export function phase1FailureEntries(phase1: Phase1Identity, failure: Failure): LogEntry[] {
  const peer = phase1.path.remote.address;
  const isLate = failure.kind === 'no-answer';
  const first = isLate
    ? entry('error', `phase1 negotiation failed due to time up. ${formatCookies(phase1)}`)
    : entry('error', racoonWords(failure) ?? 'phase1 negotiation failed.', peer);
  return [first, ...explanation(failure, peer)];
}

/** For a message that a phase 1 was not ended by. */
export function phase1DoubtEntries({ path }: Phase1Identity, failure: Failure): LogEntry[] {
  const { summary, details } = failureText(failure);
  const peer = path.remote.address;
  return [`phase 1 waits for another message: ${summary}`, ...details].map((line) =>
    entry('warning', line, peer),
  );
}

/** For a phase 2 that came to nothing; `phase1` is `null` when there was none to begin with. */
export function phase2FailureEntries(phase1: Phase1Identity | null, failure: Failure): LogEntry[] {
  const peer = phase1?.path.remote.address ?? null;
  const isLate = peer !== null && failure.kind === 'no-answer';
  const first = isLate
    ? entry('error', `${formatIpAddress(peer)} give up to get IPsec-SA due to time up to wait.`)
    : entry('error', racoonWords(failure) ?? 'phase2 negotiation failed.', peer);
  return [first, ...explanation(failure, peer)];
}

function explanation(failure: Failure, peer: IpAddress | null): LogEntry[] {
  const { summary, details } = failureText(failure);
  return [summary, ...details].map((line) => entry('error', line, peer));
}

/** What scripts look for, where there is such a thing. */
function racoonWords(failure: Failure): string | undefined {
  if (failure.kind !== 'credentials') return RACOON_WORDS.get(failure.kind);
  const { problem } = failure.fault;
  if (problem.kind !== 'no-shared-key') return undefined;
  return `couldn't find the pskey for ${problem.identities.join(' or ')}.`;
}

const RACOON_WORDS: ReadonlyMap<Failure['kind'], string> = new Map<Failure['kind'], string>([
  ['no-peer', "couldn't find configuration."],
  ['phase1-proposal', 'no suitable proposal found.'],
  ['no-proposal-chosen', 'no suitable proposal found.'],
  ['no-quick-mode-policy', 'failed to get sainfo.'],
]);
