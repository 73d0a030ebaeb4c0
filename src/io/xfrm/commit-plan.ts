/**
 * A commit as steps, each with its way back.
 *
 *     changes ──► look up what they mean ──► rehearse the SAs ──► policies, SAs, policies
 *
 * What can be known to be refused is refused here, in the order of the changes, while nothing is
 * touched yet: what exists or is missing, what the kernel has no words for, and protocols and
 * algorithms that it lacks.
 *
 * @module
 */
import { ChangeRefused } from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import { whyInvalid } from '../../ipsec/validity.ts';
import type { NetlinkRequest } from '../../netlink/nlmsg.ts';
import {
  deleteXfrmPolicy,
  newXfrmPolicy,
  updateXfrmPolicy,
} from '../../netlink/xfrm-policy-request.ts';
import { deleteXfrmSa, newXfrmSa } from '../../netlink/xfrm-sa-request.ts';
import type { KernelTables } from './kernel-tables.ts';
import { PolicyPlan } from './policy-plan.ts';
import { refusalOf } from './refusal.ts';
import { rehearsalKey, rehearse } from './rehearsal.ts';
import { flushRequest, SaPlan } from './sa-plan.ts';
import type { Step } from './step.ts';
import { policyIdToKernel, policyToKernel, saIdToKernel, saToKernel } from './to-kernel.ts';

/** Plans `changes`; throws `ChangeRefused` for the first that is known to be refused. */
export function planCommit(changes: readonly Change[], tables: KernelTables): Step[] {
  const [first, ...others] = changes;
  if (first === undefined) return [];
  refuseInvalid(first, 0);
  const alone = others.length === 0 ? loneRequest(first, tables) : null;
  if (alone !== null) return [loneStep(alone)];
  const sas = new SaPlan(tables);
  const policies = new PolicyPlan(changes.some(concernsSpd) ? tables.policies() : []);
  const rehearsed = new Set<string>();
  for (const [index, change] of changes.entries()) {
    refuseInvalid(change, index);
    planChange(change, index, sas, policies);
    if (change.kind === 'add-sa') rehearseAdding(change, index, tables, rehearsed);
  }
  return [...policies.early, ...sas.steps, ...policies.late];
}

function planChange(change: Change, index: number, sas: SaPlan, policies: PolicyPlan): void {
  switch (change.kind) {
    case 'add-sa':
      sas.add(change.sa, change.from, index);
      return;
    case 'delete-sa':
      sas.delete(change.id, index);
      return;
    case 'delete-sas-between':
      sas.deleteBetween(change.pair, index);
      return;
    case 'flush-sas':
      sas.flush(change.protocol, index);
      return;
    case 'add-policy':
      policies.add(change.policy, index);
      return;
    case 'update-policy':
      policies.update(change.policy, index);
      return;
    case 'delete-policy':
      policies.delete(change.policy, index);
      return;
    case 'flush-policies':
      policies.flush(index);
      return;
  }
}

/** A change that is all of its commit and one request: the kernel makes it or does not. */
function loneRequest(change: Change, tables: KernelTables): NetlinkRequest | null {
  switch (change.kind) {
    case 'add-sa':
      // What is there may be larval, which makes a difference.
      if (tables.sa(saIdToKernel(change.sa)) !== undefined) return null;
      return newXfrmSa(saToKernel(change.sa, 0));
    case 'delete-sa':
      return deleteXfrmSa(saIdToKernel(change.id));
    case 'flush-sas':
      return flushRequest(change.protocol);
    case 'add-policy':
      return newXfrmPolicy(policyToKernel(change.policy, 0));
    case 'update-policy':
      return updateXfrmPolicy(policyToKernel(change.policy, 0));
    case 'delete-policy':
      return deleteXfrmPolicy(policyIdToKernel(change.policy, 0));
    case 'delete-sas-between':
    case 'flush-policies':
      return null;
  }
}

/** Alone in its commit, it follows nothing and is not taken back. */
function loneStep(request: NetlinkRequest): Step {
  return { request: () => request, undo: () => [], effect: 'opens', index: 0 };
}

function refuseInvalid(change: Change, index: number): void {
  const fault = whyInvalid(change);
  if (fault !== null) throw new ChangeRefused(index, 'invalid', fault);
}

function concernsSpd({ kind }: Change): boolean {
  return kind.endsWith('policy') || kind === 'flush-policies';
}

/** Refuses an SA that the kernel lacks something for; the same sort of SA is rehearsed once. */
function rehearseAdding(
  change: Extract<Change, { readonly kind: 'add-sa' }>,
  index: number,
  tables: KernelTables,
  rehearsed: Set<string>,
): void {
  const sa = saToKernel(change.sa, index);
  const key = rehearsalKey(sa);
  if (rehearsed.has(key)) return;
  rehearsed.add(key);
  const errno = rehearse(tables, sa);
  if (errno !== 0) throw refusalOf(change, index, { errno, text: null }, tables);
}
