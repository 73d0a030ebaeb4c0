/**
 * Changes to the SPD as steps that leave no gap: what is the same before and after is never absent,
 * and nothing passes that neither the old policies let pass nor the new ones.
 *
 *     early   policies that are new, or take the place of one in one step
 *     (then the SAs are changed)
 *     late    policies that go, the least precedent first, and those that lose precedence
 *
 * Why that is enough. Until the late steps, all old policies are there, or a new one of the same
 * selector with no less precedence is. Early steps only add: a packet meets either the policy it met
 * before or a new one. If it could meet a new one that lets it pass before the one that forbids it,
 * early steps are put in the order of precedence, so that the first new policy that a packet meets
 * is the one that will decide. In the late steps all new policies are there; because the least
 * precedent go first, an old policy never gives way to another old one.
 *
 * Linux keeps one policy for each direction and selector, whatever its priority. Of policies of one
 * priority it asks the oldest first, and one that takes another's place keeps that place.
 *
 * A step opens or closes (`step.ts`), never both. An early one adds, or puts in a place of no less
 * precedence, a policy that lets packets pass, or one that does not; a late one takes one away, or
 * lowers it.
 *
 * Taking the steps back, last first, leads through the same moments, save among policies of one
 * priority that overlap: one that was deleted comes back as the last of them.
 *
 * @module
 */
import type { Policy } from '../../ipsec/policy.ts';
import { XFRM_POLICY_ACTION } from '../../netlink/xfrm-constants.ts';
import type { XfrmNewPolicy, XfrmPolicyId } from '../../netlink/xfrm-policy.ts';
import {
  deleteKnownXfrmPolicy,
  deleteXfrmPolicy,
  newXfrmPolicy,
  restoreXfrmPolicy,
  reviveXfrmPolicy,
  updateXfrmPolicy,
} from '../../netlink/xfrm-policy-request.ts';
import { emitXfrmSelector, XFRM_SELECTOR_LENGTH } from '../../netlink/xfrm-selector.ts';
import type { KnownPolicy } from './kernel-tables.ts';
import { policyExists, policyMissing } from './refusal.ts';
import type { Step } from './step.ts';
import { policyIdToKernel, policyToKernel } from './to-kernel.ts';

/** What becomes of one direction and selector. */
interface Slot {
  /** What the kernel has there. */
  readonly old: KnownPolicy | null;
  /** What the changes so far leave there. */
  now: XfrmNewPolicy | null;
  /** The last change that meant it. */
  index: number;
}

/** A slot that a new policy comes to. */
type Filled = Slot & { readonly now: XfrmNewPolicy };

export class PolicyPlan {
  readonly #slots = new Map<string, Slot>();

  /** `known` is what the kernel has. */
  constructor(known: readonly KnownPolicy[]) {
    for (const old of known) {
      this.#slots.set(slotKey(old.policy, old.policy.scope), { old, now: old.policy, index: -1 });
    }
  }

  /** Throws `ChangeRefused` when there is one of the same direction and selector. */
  add(policy: Policy, index: number): void {
    this.#put(policy, index, false);
  }

  /** As {@link add}, but takes the place of one of the same direction and selector. */
  update(policy: Policy, index: number): void {
    this.#put(policy, index, true);
  }

  /** Throws `ChangeRefused` when there is none. */
  delete(policy: Pick<Policy, 'direction' | 'selector'>, index: number): void {
    const slot = this.#slots.get(slotKey(policyIdToKernel(policy, index)));
    if (slot === undefined || slot.now === null) throw policyMissing(policy, index);
    slot.now = null;
    slot.index = index;
  }

  flush(index: number): void {
    for (const slot of this.#slots.values()) {
      if (slot.now !== null) slot.index = index;
      slot.now = null;
    }
  }

  /** The steps to take before the SAs change. */
  get early(): Step[] {
    const filled = this.#changed()
      .filter(isFilled)
      .filter((slot) => !losesPrecedence(slot));
    return this.#inSafeOrder(filled.sort((a, b) => a.index - b.index)).map((slot) =>
      fill(slot, letsPass(slot.now)),
    );
  }

  /** The steps to take after the SAs changed. */
  get late(): Step[] {
    return this.#changed()
      .filter((slot) => slot.old !== null && (slot.now === null || losesPrecedence(slot)))
      .sort((a, b) => oldPriority(b) - oldPriority(a))
      .flatMap((slot) => (isFilled(slot) ? [fill(slot, !letOldPass(slot))] : empty(slot)));
  }

  #put(policy: Policy, index: number, replaces: boolean): void {
    const next = policyToKernel(policy, index);
    const key = slotKey(next);
    const slot = this.#slots.get(key);
    if (slot === undefined) {
      this.#slots.set(key, { old: null, now: next, index });
      return;
    }
    if (slot.now !== null && !replaces) throw policyExists(policy, index, slot.now.priority);
    slot.now = next;
    slot.index = index;
  }

  #changed(): Slot[] {
    return [...this.#slots.values()].filter((slot) => slot.index >= 0);
  }

  /** `filled`, given in the order of the changes, in an order that opens nothing. */
  #inSafeOrder(filled: Filled[]): Filled[] {
    const guarded = new Set<number>();
    for (const { old } of this.#slots.values()) {
      if (old !== null && !letsPass(old.policy)) guarded.add(old.policy.direction);
    }
    const opens = guarded.size > 0 && mayOpen(filled, guarded);
    return opens ? filled.sort((a, b) => a.now.priority - b.now.priority) : filled;
  }
}

/**
 * Whether one of `filled` that lets packets pass comes before another of no less precedence, in a
 * direction of `guarded`.
 */
function mayOpen(filled: readonly Filled[], guarded: ReadonlySet<number>): boolean {
  const least = new Map<number, number>();
  for (const { now } of filled.toReversed()) {
    const later = least.get(now.direction) ?? Number.POSITIVE_INFINITY;
    if (guarded.has(now.direction) && letsPass(now) && later <= now.priority) return true;
    least.set(now.direction, Math.min(later, now.priority));
  }
  return false;
}

function isFilled(slot: Slot): slot is Filled {
  return slot.now !== null;
}

/** Whether a policy of the same selector comes later among all policies than the one there is. */
function losesPrecedence({ old, now }: Slot): boolean {
  return old !== null && now !== null && now.priority > old.policy.priority;
}

/** Whether a packet may pass in the clear. */
function letsPass({ action, templates }: XfrmNewPolicy): boolean {
  return action !== XFRM_POLICY_ACTION.BLOCK && templates.every((template) => template.optional);
}

function fill({ old, now, index }: Filled, opens: boolean): Step {
  const effect = opens ? 'opens' : 'closes';
  return old === null
    ? {
        request: () => newXfrmPolicy(now),
        undo: () => [deleteXfrmPolicy(now)],
        effect,
        index,
      }
    : {
        request: () => updateXfrmPolicy(now),
        undo: () => [restoreXfrmPolicy(old.payload.slice())],
        effect,
        index,
      };
}

function empty(slot: Slot): Step[] {
  const { old, index } = slot;
  if (old === null) return [];
  return [
    {
      request: () => deleteKnownXfrmPolicy(old.policy),
      undo: () => [reviveXfrmPolicy(old.payload.slice())],
      effect: letOldPass(slot) ? 'closes' : 'opens',
      index,
    },
  ];
}

function letOldPass({ old }: Slot): boolean {
  return old !== null && letsPass(old.policy);
}

function oldPriority({ old }: Slot): number {
  return old?.policy.priority ?? 0;
}

/** A character for each octet. */
function slotKey({ direction, selector }: XfrmPolicyId, scope: readonly Uint8Array[] = []): string {
  KEY_OCTETS.fill(0);
  KEY_OCTETS[0] = direction;
  emitXfrmSelector(selector, KEY_OCTETS, 1);
  const key = KEY_OCTETS.toString('latin1');
  return scope.length === 0 ? key : key + Buffer.concat(scope).toString('latin1');
}

/** Where keys are put together, since there may be very many. */
const KEY_OCTETS = Buffer.alloc(1 + XFRM_SELECTOR_LENGTH);
