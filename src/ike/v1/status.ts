/**
 * What a phase 1 is at, as a value.
 *
 * @module
 */
import type { ChildKeeper } from '../child-keeper.ts';
import { sasOf } from '../child-table.ts';
import type { Phase1Progress, Phase1Status, Phase2Status } from '../status.ts';
import type { Phase1Sa } from './parts.ts';

/**
 * The status of `sa`, with the SAs that its peer and we have from it or an earlier one. `epoch` is what its
 * times have to be added to.
 */
export function statusOf(sa: Phase1Sa, children: ChildKeeper, epoch: number): Phase1Status {
  const { under } = sa;
  const established = under?.established;
  return {
    ...sa.identity(),
    state: progressOf(sa),
    establishedAt: established === undefined ? null : epoch + established.at,
    expiresAt: established === undefined ? null : epoch + established.expiresAt,
    remoteIdentity: established?.remoteIdentity ?? null,
    settings: under?.settings ?? null,
    phase2: [...negotiationsOf(sa), ...childrenOf(sa, children)],
  };
}

function progressOf(sa: Phase1Sa): Phase1Progress {
  const { sent, received } = sa.counts;
  if (sa.isClosed) return { kind: 'expired', sent, received };
  if (sa.under === null) return { kind: 'negotiating', sent, received };
  return { kind: sa.under.isDying ? 'dying' : 'established', sent, received };
}

function negotiationsOf({ under }: Phase1Sa): readonly Phase2Status[] {
  return [...(under?.exchanges ?? [])]
    .filter(({ kind, isWaiting }) => kind === 'quick-mode' && isWaiting)
    .map(({ channel, role }) => ({
      messageId: channel.messageId,
      role,
      state: 'negotiating',
      sas: [],
    }));
}

function childrenOf(sa: Phase1Sa, children: ChildKeeper): readonly Phase2Status[] {
  if (sa.under === null) return [];
  return children.with(sa.path.remote.address).map((child) => ({
    messageId: child.messageId,
    role: child.role,
    state: 'established',
    sas: sasOf(child),
  }));
}
