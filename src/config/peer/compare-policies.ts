/**
 * The policies of two peers: each is the mirror image of one of the other host.
 *
 * @module
 */
import type { Policy, Template } from '../../ipsec/policy.ts';
import { selectorKey } from '../../ipsec/selector.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { PlacedPolicy } from '../lint/setkey/loaded-setkey.ts';
import { formatRule, formatSpdadd } from '../setkey/statement-text.ts';
import type { Side } from './common-ground.ts';
import type { Difference } from './difference.ts';
import { mirrored } from './mirrored.ts';

export function* comparePolicies(a: Side, b: Side): Generator<Difference> {
  const compared = new Set<PlacedPolicy>();
  for (const entry of a.policies) {
    const other = find(mirrored(entry.policy), b);
    if (other === undefined) {
      const copy = find(entry.policy, b);
      if (copy !== undefined) compared.add(copy);
      yield missing(entry, copy, b.file.source.name, false);
    } else {
      compared.add(other);
      yield* comparePolicy(entry, other);
    }
  }
  for (const entry of b.policies) {
    if (compared.has(entry)) continue;
    const other = find(mirrored(entry.policy), a);
    if (other === undefined) yield missing(entry, undefined, a.file.source.name, true);
    else yield* comparePolicy(other, entry);
  }
}

/** The policy of direction and selector of `policy`, whatever it says. */
function find({ direction, selector }: Policy, { file }: Side): PlacedPolicy | undefined {
  return file.spd[direction].get(selectorKey(selector));
}

function missing(
  { policy, span }: PlacedPolicy,
  copy: PlacedPolicy | undefined,
  file: string,
  turned: boolean,
): Difference {
  const statement = formatSpdadd(mirrored(policy));
  if (copy !== undefined) {
    return {
      code: 'peer-direction',
      message: `the same policy ${describe(policy)} is in both files: what leaves one host comes to the other`,
      here: span,
      there: copy.span,
      fix: `write in ${file} ${statement}`,
    };
  }
  return {
    code: 'peer-missing-policy',
    message: `${file} has no policy that is the mirror image of this one ${describe(policy)}`,
    here: turned ? null : span,
    there: turned ? span : null,
    fix: `add to ${file} ${statement}`,
  };
}

function* comparePolicy(a: PlacedPolicy, b: PlacedPolicy): Generator<Difference> {
  const places = { here: a.span, there: b.span };
  const [one, two] = [mirrored(a.policy).action, b.policy.action];
  if (one.kind !== 'protect' || two.kind !== 'protect') {
    if (one.kind === two.kind) return;
    const message = `the policy ${describe(a.policy)} says ${WORDS[one.kind]} in one file, and ${WORDS[two.kind]} in the other`;
    const fix = 'write the same rules behind ipsec in both';
    yield { code: 'peer-action', message, ...places, fix };
    return;
  }
  const [rules, others] = [one.templates, two.templates].map((templates) =>
    templates.map((template) => layerText(template)).join(' '),
  );
  if (rules !== others) {
    yield {
      code: 'peer-rules',
      message: `the policy ${describe(a.policy)} asks for ${rules} in one file, and for ${others} in the other, seen from there`,
      ...places,
      fix: `write in one of them what the other says: ${formatSpdadd(mirrored(a.policy))}`,
    };
    return;
  }
  const at = one.templates.findIndex(({ level }, k) => level !== two.templates[k]?.level);
  const [template, other] = [one.templates[at], two.templates[at]];
  if (template === undefined || other === undefined) return;
  yield {
    code: 'peer-level',
    message: `${formatRule(other, b.policy)} in one file has level ${template.level} in the other`,
    ...places,
    fix: 'write require in both',
  };
}

/** What a template asks for, whatever its level and its number, which are each host's own. */
function layerText({ protocol, mode, endpoints }: Template): string {
  if (endpoints === null) return `${protocol}/${mode}`;
  return `${protocol}/${mode}/${formatIpAddress(endpoints.local)}-${formatIpAddress(endpoints.remote)}`;
}

function describe({ direction, selector }: Policy): string {
  const remote = formatPrefix(selector.remoteAddress);
  return direction === 'outbound' ? `for packets to ${remote}` : `for packets from ${remote}`;
}

const WORDS = { discard: 'discard', bypass: 'none', protect: 'ipsec' } as const;
