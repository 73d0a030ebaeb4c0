/**
 * Why negotiations came to nothing, in racoon's log: racoon's own line first, where it had one, then what
 * explains it.
 *
 * @module
 */
import { formatCookies } from '../../ike/cookies.ts';
import type { Phase1Identity } from '../../ike/event.ts';
import type { Failure } from '../../ike/failure.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { entry, type LogEntry } from './log-line.ts';

/** For a phase 1 that came to nothing. */
export function phase1FailureEntries(phase1: Phase1Identity, failure: Failure): LogEntry[] {
  const peer = phase1.path.remote.address;
  if (failure.kind === 'no-answer') {
    const cookies = formatCookies(phase1);
    return [
      entry('error', `phase1 negotiation failed due to time up. ${cookies}`),
      entry('error', failureText(failure), peer),
    ];
  }
  return [
    entry('error', 'phase1 negotiation failed.', peer),
    entry('error', failureText(failure), peer),
  ];
}

/** For a phase 2 that came to nothing; `phase1` is `null` when there was none to begin with. */
export function phase2FailureEntries(phase1: Phase1Identity | null, failure: Failure): LogEntry[] {
  const peer = phase1?.path.remote.address ?? null;
  if (peer !== null && failure.kind === 'no-answer') {
    const whom = formatIpAddress(peer);
    return [
      entry('error', `${whom} give up to get IPsec-SA due to time up to wait.`),
      entry('error', failureText(failure), peer),
    ];
  }
  return [
    entry('error', 'phase2 negotiation failed.', peer),
    entry('error', failureText(failure), peer),
  ];
}

function failureText(failure: Failure): string {
  switch (failure.kind) {
    case 'no-answer':
      return `the peer does not answer (waiting for ${failure.waitingFor})`;
    case 'notified':
      return `the peer says ${failure.notification}`;
    case 'protocol':
      return failure.reason;
  }
}
