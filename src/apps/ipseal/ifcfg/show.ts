/**
 * `ipseal ifcfg show`: what an interface of Red Hat's network scripts would do, without doing it.
 *
 * @module
 */
import { UsageError } from '../../getopt.ts';
import { type Places, placesOf } from '../../ifcfg/places.ts';
import { planInterface } from '../../ifcfg/plan.ts';
import { planLines, planToJson, statementsOf } from '../../ifcfg/plan-text.ts';

export interface ShowOptions extends Partial<Places> {
  readonly json?: boolean;
  readonly setkey?: boolean;
  readonly showKeys?: boolean;
  readonly rfc4868?: boolean;
}

/** Prints the plan; resolves with the exit status. Throws `UsageError`. */
export async function show(word: string, options: ShowOptions): Promise<number> {
  if (options.json && options.setkey) {
    throw new UsageError('--json and --setkey do not go together');
  }
  const icv = { sha256Icv: options.rfc4868 ? 'rfc4868' : 'classic' } as const;
  const report = (text: string) => void process.stderr.write(text);
  const plan = planInterface(word, placesOf(options), icv, report);
  if (plan === null) return 1;
  const keys = options.showKeys ? 'shown' : 'masked';
  const lines = () => {
    if (options.json) return [JSON.stringify(planToJson(plan, keys))];
    return options.setkey ? statementsOf(plan, keys) : planLines(plan, keys);
  };
  process.stdout.write(`${lines().join('\n')}\n`);
  return 0;
}
