/**
 * The setkey files of two peers, beside each other: do they mirror each other?
 *
 * Lifetimes, replay windows, reqids and priorities are each host's own and are not compared.
 *
 * @module
 */
import { type Diagnostic, locate } from '../diagnostic.ts';
import type { CheckedSetkey } from '../lint/setkey/checked-setkey.ts';
import type { Span } from '../source.ts';
import { commonGround } from './common-ground.ts';
import { comparePolicies } from './compare-policies.ts';
import { compareSas } from './compare-sas.ts';
import type { Difference } from './difference.ts';

/** A difference, placed: in the first file, in the second, or in both. */
export interface PlacedDifference {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly here: Diagnostic | null;
  readonly there: Diagnostic | null;
}

/** Where `a` and `b`, the files of two hosts, do not fit each other: SAs first, then policies. */
export function comparePeers(a: CheckedSetkey, b: CheckedSetkey): readonly PlacedDifference[] {
  const [here, there] = commonGround(a, b);
  return [...compareSas(here, there), ...comparePolicies(here, there)].map((difference) => ({
    code: difference.code,
    message: difference.message,
    fix: difference.fix,
    here: placed(difference, difference.here, a),
    there: placed(difference, difference.there, b),
  }));
}

function placed(
  { code, message, fix }: Difference,
  span: Span | null,
  { source }: CheckedSetkey,
): Diagnostic | null {
  if (span === null) return null;
  const problem = {
    severity: 'error',
    code,
    span,
    message,
    expected: null,
    fix,
    edit: null,
  } as const;
  return locate(problem, source);
}
