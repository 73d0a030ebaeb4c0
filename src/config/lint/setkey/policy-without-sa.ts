/**
 * A rule asks for an SA that only an `add` can make, unless a daemon negotiates it.
 *
 * @module
 */
import { layersOf } from '../../../ipsec/layers.ts';
import { formatRule } from '../../setkey/statement-text.ts';
import type { Finding, Rule } from '../rule.ts';
import type { LoadedSetkey, PlacedPolicy } from './loaded-setkey.ts';

export const POLICY_WITHOUT_SA: Rule<LoadedSetkey> = {
  code: 'policy-without-sa',
  form: 'setkey',
  title: 'the file adds SAs, and none of them serves a rule of a policy',
  severity: 'warning',
  reason:
    'Packets of the policy wait for an SA that nobody makes: they are discarded, or go in the clear ' +
    'under "use". Mostly an address, the mode or the number behind -u differs. A file without any SA ' +
    'leaves them to a daemon, and is not told.',
  *find(file) {
    if (file.saIndex.isEmpty) return;
    for (const direction of ['outbound', 'inbound'] as const) {
      for (const entry of file.spd[direction].values()) yield* unserved(entry, file);
    }
  },
};

function* unserved({ policy, span }: PlacedPolicy, file: LoadedSetkey): Generator<Finding> {
  for (const { template, packets } of layersOf(policy)) {
    if (file.saIndex.serves(template, packets)) continue;
    const fate = template.level === 'use' ? 'go unprotected' : 'be discarded';
    const which = template.reqid === 0 ? '' : ` with -u ${template.reqid}`;
    const ends = file.saIndex.ends(template, packets);
    yield {
      span: file.ruleSpan(template) ?? span,
      message: `no add in this file makes an SA for ${formatRule(template, policy)}`,
      expected: `an ${template.protocol} SA in ${template.mode} mode ${ends}${which}`,
      fix: `add it, or have a daemon negotiate it: until then the packets ${fate}`,
    };
  }
}
