/**
 * SAs that nothing asks for.
 *
 * @module
 */
import { formatSaId } from '../../../ipsec/sa-parameters.ts';
import { TemplateIndex } from '../../../ipsec/template-index.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';

export const SA_WITHOUT_POLICY: Rule<CheckedSetkey> = {
  code: 'sa-without-policy',
  form: 'setkey',
  title: 'the file adds policies, and none of them uses an SA',
  severity: 'warning',
  reason:
    'An SA protects nothing by itself: policies say which packets get it (RFC 4301 §4.4.1). Mostly an ' +
    'address, the mode or the number behind -u differs. A file without policies is not told.',
  *find({ adds, spd }) {
    const placed = Object.values(spd).flatMap((entries) => [...entries.values()]);
    const templates = new TemplateIndex(placed.map(({ policy }) => policy));
    if (templates.isEmpty) return;
    for (const { sa, span } of adds) {
      if (templates.wants(sa)) continue;
      yield {
        span,
        message: `no policy in this file uses ${formatSaId(sa)}, in ${sa.mode} mode`,
        expected: `a rule ${sa.protocol}/${sa.mode} for packets from ${formatIpAddress(sa.source)} to ${formatIpAddress(sa.destination)}`,
        fix: 'add the policy, or leave the SA out',
      };
    }
  },
};
