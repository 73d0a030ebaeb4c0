import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChangeRefused } from '../../ipsec/backend.ts';
import type { Action, Policy } from '../../ipsec/policy.ts';
import { NO_DETAIL, type Selector } from '../../ipsec/selector.ts';
import { ANY_PORT } from '../../net/port-range.ts';
import type { NetlinkRequest } from '../../netlink/nlmsg.ts';
import { XFRM_MSG, XFRM_POLICY_ACTION } from '../../netlink/xfrm-constants.ts';
import { emitXfrmPolicy, parseXfrmPolicy, type XfrmPolicy } from '../../netlink/xfrm-policy.ts';
import { hostU32, setHostU32 } from '../../octets/host.ts';
import { Malformed } from '../../octets/malformed.ts';
import { batchesOf } from './batch.ts';
import type { KnownPolicy } from './kernel-tables.ts';
import { PolicyPlan } from './policy-plan.ts';
import type { Step } from './step.ts';
import { policyToKernel } from './to-kernel.ts';

const PROTECT: Action = {
  kind: 'protect',
  templates: [{ protocol: 'esp', mode: 'transport', endpoints: null, level: 'require', reqid: 0 }],
};
const BYPASS: Action = { kind: 'bypass' };
const DISCARD: Action = { kind: 'discard' };

describe('a plan', () => {
  test('puts new policies in force before it takes old ones away', () => {
    const plan = new PolicyPlan(kernelWith([outbound(8, 5, PROTECT)]).known);
    plan.flush(0);
    plan.add(outbound(16, 5, PROTECT), 1);
    expect([types(plan.early), types(plan.late)]).toEqual([['NEWPOLICY'], ['DELPOLICY']]);
  });

  test('replaces what was flushed and added again, in one step each', () => {
    const old = [outbound(8, 5, PROTECT), outbound(16, 4, DISCARD)];
    const plan = new PolicyPlan(kernelWith(old).known);
    plan.flush(0);
    for (const [k, policy] of old.entries()) plan.add(policy, k + 1);
    expect([types(plan.early), types(plan.late)]).toEqual([['UPDPOLICY', 'UPDPOLICY'], []]);
  });

  test('keeps the order of the changes where nothing can open', () => {
    const plan = new PolicyPlan([]);
    for (const [k, priority] of [9, 3, 6].entries()) {
      plan.add(outbound(8 + k, priority, k === 0 ? BYPASS : PROTECT), k);
    }
    expect(plan.early.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test('puts what forbids first where old policies forbid', () => {
    const plan = new PolicyPlan(kernelWith([outbound(8, 10, PROTECT)]).known);
    plan.flush(0);
    plan.add(outbound(9, 9, BYPASS), 1);
    plan.add(outbound(16, 3, DISCARD), 2);
    expect(plan.early.map(({ index }) => index)).toEqual([2, 1]);
  });

  test('asks nothing for what is added and deleted again', () => {
    const plan = new PolicyPlan([]);
    plan.add(outbound(8, 5, PROTECT), 0);
    plan.delete(outbound(8, 5, PROTECT), 1);
    expect([plan.early, plan.late]).toEqual([[], []]);
  });

  test('refuses what exists, of whatever priority, and what is missing', () => {
    const plan = new PolicyPlan(kernelWith([outbound(8, 5, PROTECT)]).known);
    const refused = (change: () => void) => {
      try {
        change();
        return null;
      } catch (error) {
        return error instanceof ChangeRefused && [error.index, error.refusal, error.message];
      }
    };
    expect(refused(() => plan.add(outbound(8, 6, PROTECT), 3))).toEqual([
      3,
      'exists',
      'there is a policy outbound 10.0.0.0/8[any] 0.0.0.0/0[any] of priority 5, ' +
        'and Linux keeps one for each selector',
    ]);
    expect(refused(() => plan.delete(outbound(9, 5, PROTECT), 4))).toEqual([
      4,
      'missing',
      'there is no policy outbound 10.0.0.0/9[any] 0.0.0.0/0[any]',
    ]);
  });
});

/** Up to six policies whose priorities `priorityOf` makes of a number from 0 to 5. */
function someOutbound(priorityOf: (number: number, length: number) => number) {
  const one = fc.record({
    length: fc.integer({ min: 8, max: 13 }),
    number: fc.nat(5),
    does: fc.constantFrom(PROTECT, BYPASS, DISCARD),
  });
  return fc.uniqueArray(
    one.map(({ length, number, does }) => outbound(length, priorityOf(number, length), does)),
    { maxLength: 6, selector: ({ selector }) => selector.localAddress.length },
  );
}

/** Different selectors never have the same. */
const ownPriorities = someOutbound((number, length) => number * 6 + length);
const onePriority = someOutbound(() => 5);

describe('at every moment of a commit, nothing passes that passed neither before nor after', () => {
  test('and taken back at any step, it leaves what was there', () => {
    const arbitraries = [ownPriorities, ownPriorities, fc.boolean(), fc.nat()] as const;
    const property = fc.property(...arbitraries, (before, after, flushes, failing) => {
      const { kernel, steps, moments } = commitTo(before, after, flushes);
      const [start = []] = moments;
      const end = kernel.decisions();
      expect(kernel.contents()).toEqual(expectedContents(before, after, flushes));
      const taken = steps.slice(0, failing % (steps.length + 1));
      const again = kernelWith(before);
      for (const { request } of taken) again.carryOut(request());
      for (const { undo } of taken.reverse()) {
        for (const request of undo()) if (request !== null) again.carryOut(request);
        moments.push(again.decisions());
      }
      expect(again.contents()).toEqual(kernelWith(before).contents());
      expect(again.decisions()).toEqual(start);
      expectClosed(moments, start, end);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test('and refused at any step, with those behind it in its batch done, it leaves what was there', () => {
    const arbitraries = [ownPriorities, ownPriorities, fc.boolean(), fc.nat(), fc.nat()] as const;
    const property = fc.property(...arbitraries, (before, after, flushes, failing, failingToo) => {
      const { kernel, steps, moments } = commitTo(before, after, flushes);
      const [start = []] = moments;
      const again = kernelWith(before);
      const taken = refuse([failing, failingToo], steps, again, moments);
      if (taken.length < steps.length) {
        for (const { undo } of taken.reverse()) {
          for (const request of undo()) if (request !== null) again.carryOut(request);
          moments.push(again.decisions());
        }
        expect(again.contents()).toEqual(kernelWith(before).contents());
        expect(again.decisions()).toEqual(start);
      }
      expectClosed(moments, start, kernel.decisions());
    });
    fc.assert(property, { numRuns: 2000 });
  });

  test('with policies of one priority, too', () => {
    const arbitraries = [onePriority, onePriority, fc.boolean(), fc.nat()] as const;
    const property = fc.property(...arbitraries, (before, after, flushes, failing) => {
      const { kernel, steps, moments } = commitTo(before, after, flushes);
      refuse([failing], steps, kernelWith(before), moments);
      expectClosed(moments, moments[0] ?? [], kernel.decisions());
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

/**
 * Has `kernel` carry out `steps` in batches, all but the `numbers` it refuses, up to the batch of the
 * first refused. Returns those carried out, and notes each moment.
 */
function refuse(
  numbers: readonly number[],
  steps: readonly Step[],
  kernel: ReturnType<typeof kernelWith>,
  moments: string[][],
): Step[] {
  const refused = numbers.map((number) => steps[number % (steps.length + 1)]);
  const taken: Step[] = [];
  for (const batch of batchesOf(steps)) {
    for (const step of batch.filter((one) => !refused.includes(one))) {
      kernel.carryOut(step.request());
      taken.push(step);
      moments.push(kernel.decisions());
    }
    if (batch.some((one) => refused.includes(one))) break;
  }
  return taken;
}

/** Carries out a commit and notes how packets are treated before it and after each step. */
function commitTo(before: readonly Policy[], after: readonly Policy[], flushes: boolean) {
  const kernel = kernelWith(before);
  const plan = new PolicyPlan(kernel.known);
  if (flushes) plan.flush(0);
  for (const [k, policy] of after.entries()) plan.update(policy, k + 1);
  const steps = [...plan.early, ...plan.late];
  const moments = [kernel.decisions()];
  for (const { request } of steps) {
    kernel.carryOut(request());
    moments.push(kernel.decisions());
  }
  return { kernel, steps, moments };
}

function expectClosed(
  moments: readonly string[][],
  start: readonly string[],
  end: readonly string[],
): void {
  for (const decisions of moments) {
    for (const [packet, decision] of decisions.entries()) {
      if (decision === 'passes') expect([start[packet], end[packet]]).toContain('passes');
    }
  }
}

/** From the first 10.0.0.0 of so many bits to anywhere. */
function outbound(length: number, priority: number, does: Action): Policy {
  const selector: Selector = {
    localAddress: { address: { version: 4, octets: Uint8Array.of(10, 0, 0, 0) }, length },
    remoteAddress: { address: { version: 4, octets: new Uint8Array(4) }, length: 0 },
    nextLayerProtocol: 'any',
    localPort: ANY_PORT,
    remotePort: ANY_PORT,
    ...NO_DETAIL,
  };
  return { direction: 'outbound', selector, action: does, priority };
}

function expectedContents(
  before: readonly Policy[],
  after: readonly Policy[],
  flushes: boolean,
): string[] {
  const all = new Map<number, Policy>();
  for (const policy of [...(flushes ? [] : before), ...after]) {
    all.set(policy.selector.localAddress.length, policy);
  }
  return [...all.values()].map((policy) => describePolicy(policyToKernel(policy, 0))).sort();
}

/** Linux's SPD: one policy for each selector, the lower priority first, of one the oldest place. */
function kernelWith(policies: readonly Policy[]) {
  const table: KnownPolicy[] = [];
  let nextIndex = 1;
  const placeOf = (length: number): number =>
    table.findIndex(({ policy }) => policy.selector.source.prefixLength === length);
  const put = (payload: Uint8Array): void => {
    const octets = payload.slice();
    if (hostU32(octets, INDEX_AT) === 0) {
      setHostU32(octets, INDEX_AT, nextIndex);
      nextIndex += 8;
    }
    const policy = parsed(octets);
    const old = placeOf(policy.selector.source.prefixLength);
    if (old >= 0 && table[old]?.policy.priority === policy.priority) {
      table[old] = { policy, payload: octets };
      return;
    }
    if (old >= 0) table.splice(old, 1);
    const after = table.findLastIndex((other) => other.policy.priority <= policy.priority);
    table.splice(after + 1, 0, { policy, payload: octets });
  };
  const carryOut = ({ type, payload }: NetlinkRequest): void => {
    if (type !== XFRM_MSG.DELPOLICY) {
      const { prefixLength } = parsed(payload).selector.source;
      if (type === XFRM_MSG.NEWPOLICY) expect(placeOf(prefixLength)).toBe(-1);
      put(payload);
      return;
    }
    const index = hostU32(payload, ID_INDEX_AT);
    const place =
      index === 0
        ? placeOf(payload[SOURCE_PREFIX_LENGTH_AT] ?? 0)
        : table.findIndex(({ policy }) => policy.index === index);
    expect(place).not.toBe(-1);
    table.splice(place, 1);
  };
  const decide = (packetBits: number): string => {
    const first = table.find(({ policy }) => policy.selector.source.prefixLength <= packetBits);
    if (first === undefined) return 'passes';
    if (first.policy.action === XFRM_POLICY_ACTION.BLOCK) return 'is dropped';
    return first.policy.templates.length > 0 ? 'is protected' : 'passes';
  };
  for (const policy of policies) put(emitXfrmPolicy(policyToKernel(policy, 0)));
  return {
    known: [...table].sort((a, b) => b.policy.index - a.policy.index),
    carryOut,
    decisions: () => Array.from({ length: 7 }, (_, k) => decide(7 + k)),
    contents: () => table.map(({ policy }) => describePolicy(policy)).sort(),
  };
}

function describePolicy({
  selector,
  priority,
  action: does,
  templates,
}: Pick<XfrmPolicy, 'selector' | 'priority' | 'action' | 'templates'>): string {
  return [selector.source.prefixLength, priority, does, templates.length].join();
}

function parsed(payload: Uint8Array): XfrmPolicy {
  const policy = parseXfrmPolicy(payload);
  if (policy instanceof Malformed) throw new Error(String(policy));
  return policy;
}

function types(steps: readonly Step[]): string[] {
  return steps.map(
    ({ request }) =>
      Object.entries(XFRM_MSG).find(([, type]) => type === request().type)?.[0] ?? '',
  );
}

const INDEX_AT = 156;
const ID_INDEX_AT = 56;
const SOURCE_PREFIX_LENGTH_AT = 43;
