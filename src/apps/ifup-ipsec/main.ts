/**
 * `ifup-ipsec`: brings up an interface of Red Hat's network scripts, as `ifup ipsec0` did.
 *
 * @module
 */
import { runCommand, type Surroundings } from '../ifcfg/command.ts';
import { planInterface } from '../ifcfg/plan.ts';
import { planLines } from '../ifcfg/plan-text.ts';
import { bringUp } from '../ifcfg/up.ts';

/** Runs the command; resolves with its exit status. */
export function main(words: readonly string[]): Promise<number> {
  return runCommand('ifup-ipsec', words, up);
}

async function up(word: string, surroundings: Surroundings): Promise<boolean> {
  const { command, print, report } = surroundings;
  const options = { sha256Icv: command.rfc4868 ? 'rfc4868' : 'classic' } as const;
  const plan = planInterface(word, command.places, options, report);
  if (plan === null) {
    report(`ifup-ipsec: ${word}: nothing was changed\n`);
    return false;
  }
  const { obstacles } = plan;
  const { name } = plan.loaded;
  if (command.dryRun) {
    print(`${planLines(plan, 'masked').join('\n')}\n`);
    return obstacles.length === 0;
  }
  if (obstacles.length > 0) {
    for (const obstacle of obstacles) {
      report(`ifup-ipsec: ${name}: ${obstacle}; nothing was changed\n`);
    }
    return false;
  }
  const told = await bringUp(plan, await surroundings.backend(), command.places);
  for (const clause of told) print(`${name}: ${clause}\n`);
  for (const note of plan.notes) report(`ifup-ipsec: ${name}: ${note}\n`);
  return true;
}
