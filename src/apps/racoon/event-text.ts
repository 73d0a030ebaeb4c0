/**
 * What becomes of negotiations, in the words of `racoonctl show-event`.
 *
 * @module
 */
import type { IkeEvent, Phase1Identity } from '../../ike/event.ts';
import type { Failure } from '../../ike/failure.ts';
import { formatUdpAddress, type Path } from '../../ike/path.ts';
import type { Selector } from '../../ipsec/selector.ts';

/** One thing that racoonctl tells. */
export interface ShownEvent {
  readonly what: EventKind;
  /** `null` where it is about no peer in particular. */
  readonly path: Path | null;
  /** Of phase 2: the traffic that SAs were wanted for. `null` where that is not known, and of all else. */
  readonly selector: Selector | null;
}

/** What can be told, for programs. */
export type EventKind = keyof typeof TEXTS;

/** What racoonctl shows of `event`; nothing, of most. */
export function shownEvents(event: IkeEvent): readonly ShownEvent[] {
  switch (event.kind) {
    case 'phase1-established':
      return phase1Up(event.phase1);
    case 'mode-config-done':
      return [of('mode-config-done', event.phase1)];
    case 'xauth-succeeded':
      return [of('xauth-succeeded', event.phase1)];
    case 'phase1-deleted':
      return event.reason === 'dead-peer'
        ? [of('dead-peer', event.phase1), of('phase1-deleted', event.phase1)]
        : [of('phase1-deleted', event.phase1)];
    case 'phase1-failed':
      return [of(phase1Failure(event.failure), event.phase1)];
    case 'phase2-established':
      return [of('phase2-established', event.phase1, event.selector)];
    case 'phase2-failed': {
      const { phase1, selector } = event;
      if (phase1 === null) return [{ what: 'no-phase1', path: null, selector }];
      return [of('phase2-no-answer', phase1, selector)];
    }
    case 'sas-deleted':
      return event.sas.length === 0 ? [] : [of('phase2-deleted', event.phase1)];
    default:
      return [];
  }
}

/** `Phase 1 established : 10.9.0.1[500] -> 10.9.0.2[500]` */
export function eventText({ what, path }: Omit<ShownEvent, 'selector'>): string {
  if (path === null) return TEXTS[what];
  const { local, remote } = path;
  return `${TEXTS[what]} : ${formatUdpAddress(local)} -> ${formatUdpAddress(remote)}`;
}

/** Without mode config there is none to wait for: who does is told at once. */
function phase1Up(phase1: Phase1Identity): readonly ShownEvent[] {
  const up = of('phase1-established', phase1);
  return phase1.peer?.modeConfig === true ? [up] : [up, of('mode-config-done', phase1)];
}

function phase1Failure(failure: Failure): EventKind {
  if (failure.kind === 'no-answer') return 'phase1-no-answer';
  if (failure.kind === 'login') return 'xauth-failed';
  if (failure.kind === 'notified' && failure.notification === 'NO-PROPOSAL-CHOSEN') {
    return 'phase1-no-proposal';
  }
  return 'phase1-not-authenticated';
}

function of(
  what: EventKind,
  { path }: Phase1Identity,
  selector: Selector | null = null,
): ShownEvent {
  return { what, path, selector };
}

const TEXTS = {
  'racoon-terminated': 'Racoon terminated',
  'phase1-established': 'Phase 1 established',
  'phase1-deleted': 'Phase 1 deleted',
  'phase1-no-answer': 'Phase 1 error: peer not responding',
  'phase1-no-proposal': 'Phase 1 error: no proposal chosen',
  'phase1-not-authenticated': 'Phase 1 error: authentication failed (bad certificate?)',
  'dead-peer': 'Phase 1 error: dead peer detected',
  'mode-config-done': 'Phase 1 mode configuration done',
  'xauth-succeeded': 'Phase 1 Xauth succeeded',
  'xauth-failed': 'Phase 1 Xauth failed',
  'no-phase1': 'Phase 2 error: no suitable phase 1',
  'phase2-established': 'Phase 2 established',
  'phase2-deleted': 'Phase 2 deleted',
  'phase2-no-answer': 'Phase 2 error: no response',
} as const;

/** All that can be told. */
export const EVENT_KINDS = Object.keys(TEXTS) as EventKind[];
