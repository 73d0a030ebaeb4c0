/**
 * What policies say of packets that are seen.
 *
 * @module
 */
import type { Policy } from '../ipsec/policy.ts';
import { formatSelectorAddresses } from '../ipsec/selector.ts';

/** The kinds of verdicts, with what they mean in the words an operator reads. */
export const VERDICTS = {
  protected: 'protected as required',
  allowed: 'in the clear, and allowed',
  decapsulated: 'in the clear, seen before in a tunnel',
  leak: 'in the clear, and should have been protected',
  mismatch: 'protected, but not as the policy asks',
  unasked: 'protected, and no policy asks for it',
  blocked: 'seen, and a policy says discard',
  sealed: 'protected, and not looked into',
} as const;

export type VerdictKind = keyof typeof VERDICTS;

export interface Verdict {
  readonly kind: VerdictKind;
  /** The policy that speaks of the packet, if one does. */
  readonly policy: Policy | null;
  /** What is the matter, as a clause; `null` when nothing is. */
  readonly why: string | null;
}

/** Whether the packet had protection of whatever sort, now or when it was seen before. */
export function isProtected(kind: VerdictKind): boolean {
  return kind !== 'allowed' && kind !== 'leak' && kind !== 'blocked';
}

/** `leak: out 10.9.0.1[any] 10.9.0.2[any]`: a verdict as a line has it at its end. */
export function formatVerdict({ kind, policy, why }: Verdict): string {
  const told = [policy && formatPolicyName(policy), why].filter((part) => part !== null);
  return told.length === 0 ? kind : `${kind}: ${told.join(', ')}`;
}

function formatPolicyName({ direction, selector }: Policy): string {
  return `${DIRECTIONS[direction]} ${formatSelectorAddresses(selector, direction)}`;
}

const DIRECTIONS = { outbound: 'out', inbound: 'in', forward: 'fwd' } as const;
