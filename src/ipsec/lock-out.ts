/**
 * Which policies would swallow traffic that nobody can do without: `essential-flows.ts` has it.
 *
 * @module
 */

import { hostPrefix } from '../net/prefix.ts';
import type { Contents } from './contents.ts';
import type { EssentialFlow } from './essential-flows.ts';
import { DEFAULT_PRIORITY, type Policy, type PolicyId, type Template } from './policy.ts';
import { SaIndex } from './sa-index.ts';
import { type Direction, type Selector, selectorKey } from './selector.ts';
import { SelectorIndex } from './selector-index.ts';
import { commonSelector, selectorsOverlap } from './selector-overlap.ts';

/**
 * What becomes of the packets: the policy discards them; it asks for protection, and no SA gives it;
 * or an SA could serve them, so that they pass provided that the peer has it, and policies for it, too.
 */
export type Fate = 'discarded' | 'unserved' | 'served';

/** A policy that has its way with essential packets. */
export interface LockOut {
  readonly flow: EssentialFlow;
  /** One of those given. Its direction is that of the packets. */
  readonly policy: Policy;
  /** The packets of the flow that it is about. */
  readonly selector: Selector;
  readonly fate: Fate;
  /**
   * A policy that is asked before all that are about such packets, and lets these pass and nothing
   * else. `null` where the policy is about nothing else itself: it is the one to take out.
   */
  readonly fix: Policy | null;
}

/**
 * The policies that would meet packets of `flows` and not let them pass as they are, in the order of
 * `flows`, for each outbound before inbound, and then as the policies are asked. Those whose fate is
 * `served` are told, too. A flow that a policy before lets pass as a whole is not told; where it takes
 * several policies to let it pass, those behind them are told nevertheless.
 */
export function lockOuts({ sas, policies }: Contents, flows: readonly EssentialFlow[]): LockOut[] {
  const index = new SaIndex(sas);
  const lists = DIRECTIONS.map((direction) => inOrder(policies, direction));
  return flows.flatMap((flow) => lists.flatMap((list) => [...lockOutsOf(flow, list, index)]));
}

const DIRECTIONS = ['outbound', 'inbound'] as const;

/** The policies of `direction` as they are asked: sorting leaves the oldest of a priority first. */
function inOrder(policies: readonly Policy[], direction: Direction): readonly Policy[] {
  return policies
    .filter((policy) => policy.direction === direction)
    .sort((a, b) => a.priority - b.priority);
}

function* lockOutsOf(
  flow: EssentialFlow,
  policies: readonly Policy[],
  sas: SaIndex,
): Generator<LockOut, void, undefined> {
  const asked = new SelectorIndex();
  const first = policies.find((policy) => selectorsOverlap(policy.selector, flow.opening));
  // Ahead of whatever else would swallow them.
  const priority = Math.max(0, (first?.priority ?? DEFAULT_PRIORITY) - 1);
  for (const policy of policies) {
    if (!selectorsOverlap(policy.selector, flow.selector)) continue;
    const selector = commonSelector(flow.selector, policy.selector);
    if (asked.includes(selector)) continue;
    asked.add(policy.selector);
    const fate = fateUnder(policy, selector, sas);
    if (fate === 'passed') continue;
    yield { flow, policy, selector, fate, fix: fixFor(flow, policy, priority) };
  }
}

/** What `policy` makes of the packets that `selector`, a part of its own, picks. */
function fateUnder(policy: Policy, selector: Selector, sas: SaIndex): Fate | 'passed' {
  const { action, direction } = policy;
  switch (action.kind) {
    case 'discard':
      return 'discarded';
    case 'bypass':
      return 'passed';
    case 'protect':
      return fateOfLayers(action.templates, { direction, selector }, sas);
  }
}

function fateOfLayers(
  templates: readonly Template[],
  { direction, selector }: PolicyId,
  sas: SaIndex,
): Fate | 'passed' {
  let fate: Fate | 'passed' = 'passed';
  let packets = selector;
  for (const template of templates) {
    if (sas.serves(template, { direction, selector: packets })) fate = 'served';
    else if (template.level === 'require') return 'unserved';
    if (template.endpoints === null) continue;
    // What goes around a tunnel sees its ends.
    const { local, remote } = template.endpoints;
    packets = { ...packets, localAddress: hostPrefix(local), remoteAddress: hostPrefix(remote) };
  }
  return fate;
}

function fixFor(flow: EssentialFlow, policy: Policy, priority: number): Policy | null {
  const selector = commonSelector(flow.opening, policy.selector);
  if (selectorKey(selector) === selectorKey(policy.selector)) return null;
  return { direction: policy.direction, selector, action: { kind: 'bypass' }, priority };
}
