/**
 * A policy that is added while there is one of its name.
 *
 * @module
 */
import { selectorKey } from '../../../ipsec/selector.ts';
import type { Step } from '../../setkey/compile.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import { changesOf } from './loaded-setkey.ts';

export const DUPLICATE_POLICY: Rule<CheckedSetkey> = {
  code: 'duplicate-policy',
  form: 'setkey',
  title: 'a policy is added whose direction and selector another has',
  severity: 'error',
  reason:
    'Direction and selector name a policy. The second is refused (File exists), and with it the whole ' +
    'file; the original setkey went on without it. An inbound policy brings its forward twin, unless ' +
    'setkey is told -k: one of "fwd" behind it is a second one.',
  *find(file) {
    const present = new Map<string, Step>();
    const told = new Set<Step>();
    for (const step of file.steps) {
      for (const change of changesOf(step)) {
        if (change.kind === 'flush-policies') present.clear();
        if (!('policy' in change)) continue;
        const key = `${change.policy.direction} ${selectorKey(change.policy.selector)}`;
        const before = present.get(key);
        if (change.kind === 'delete-policy') present.delete(key);
        else present.set(key, before ?? step);
        if (change.kind !== 'add-policy' || before === undefined || told.has(step)) continue;
        told.add(step);
        const line = file.lineOf(before.at.span.start);
        const isTwin = change.policy.direction === 'forward' && changesOf(before).length > 1;
        yield {
          span: step.at.span,
          message: isTwin
            ? `the inbound policy of line ${line} brings its forward twin: this one is refused`
            : `line ${line} adds a policy for the same packets already: this one is refused`,
          fix: isTwin
            ? 'leave it out, or load the file with setkey -k'
            : 'leave one of them out, or write spdupdate to put this one in the place of the other',
        };
      }
    }
  },
};
