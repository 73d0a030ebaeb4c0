/**
 * A setkey file as the rules see it that are asked whenever one is loaded: what it does, without its
 * syntax tree, which a long file is not kept for.
 *
 * @module
 */
import type { AlgorithmNames } from '../../../crypto/algorithm.ts';
import type { Change } from '../../../ipsec/change.ts';
import type { Policy, Template } from '../../../ipsec/policy.ts';
import { SaIndex } from '../../../ipsec/sa-index.ts';
import type { SaParameters } from '../../../ipsec/sa-parameters.ts';
import { selectorKey } from '../../../ipsec/selector.ts';
import type { Step } from '../../setkey/compile.ts';
import type { CompileContext } from '../../setkey/compile-context.ts';
import type { Span } from '../../source.ts';

/** An SA and where the statement stands that made it. */
export interface PlacedSa {
  readonly sa: SaParameters;
  readonly span: Span;
}

/** A policy and where the statement stands that made it. */
export interface PlacedPolicy {
  readonly policy: Policy;
  readonly span: Span;
}

/** The policies by {@link selectorKey}, for each direction, in the order of the file. */
export type Spd = Readonly<Record<Policy['direction'], ReadonlyMap<string, PlacedPolicy>>>;

export class LoadedSetkey {
  readonly steps: readonly Step[];
  readonly #context: CompileContext;
  #sas: readonly PlacedSa[] | null = null;
  #spd: Spd | null = null;
  #index: SaIndex | null = null;

  /** `steps` must be those of a file without an error, compiled in `context`. */
  constructor(steps: readonly Step[], context: CompileContext) {
    this.steps = steps;
    this.#context = context;
  }

  /** Every algorithm that the file uses, and where it does so first. */
  get algorithms(): ReadonlyMap<AlgorithmNames, Span> {
    return this.#context.algorithms;
  }

  /** Whether each inbound policy brings its twin for packets that pass through. */
  get fwdTwins(): boolean {
    return this.#context.options.fwdTwins;
  }

  /** Where the rule stands that `template` was made from; a forward twin's has none of its own. */
  ruleSpan(template: Template): Span | undefined {
    return this.#context.rules.get(template);
  }

  /** Every SA that the file makes, be it to delete it again. */
  get sas(): readonly PlacedSa[] {
    this.#sas ??= this.steps.flatMap((step) =>
      changesOf(step).flatMap((change) =>
        change.kind === 'add-sa' ? [{ sa: change.sa, span: step.at.span }] : [],
      ),
    );
    return this.#sas;
  }

  /** {@link sas}, by what templates look for. */
  get saIndex(): SaIndex {
    this.#index ??= new SaIndex(this.sas.map(({ sa }) => sa));
    return this.#index;
  }

  /** The policies that the file leaves behind, those apart that it deletes itself. */
  get spd(): Spd {
    this.#spd ??= spdAfter(this.steps);
    return this.#spd;
  }
}

/** The changes that `step` makes; none where it prints. */
export function changesOf(step: Step): readonly Change[] {
  return step.kind === 'change' ? step.changes : [];
}

function spdAfter(steps: readonly Step[]): Spd {
  const spd = {
    outbound: new Map<string, PlacedPolicy>(),
    inbound: new Map<string, PlacedPolicy>(),
    forward: new Map<string, PlacedPolicy>(),
  };
  for (const step of steps) {
    for (const change of changesOf(step)) {
      if (change.kind === 'flush-policies')
        for (const entries of Object.values(spd)) entries.clear();
      if (!('policy' in change)) continue;
      const entries = spd[change.policy.direction];
      const key = selectorKey(change.policy.selector);
      if (change.kind === 'delete-policy') entries.delete(key);
      else entries.set(key, { policy: change.policy, span: step.at.span });
    }
  }
  return spd;
}
