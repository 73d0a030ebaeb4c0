/**
 * `ifdown-ipsec`: takes down an interface of Red Hat's network scripts, as `ifdown ipsec0` did.
 *
 * @module
 */
import { basename } from 'node:path';
import { includeLine } from '../../config/ifcfg/racoon-files.ts';
import { formatChange } from '../../config/setkey/statement-text.ts';
import { runCommand, type Surroundings } from '../ifcfg/command.ts';
import { recordOf, takeDown } from '../ifcfg/down.ts';
import { planInterface } from '../ifcfg/plan.ts';
import { routeText } from '../ifcfg/plan-text.ts';
import { type InterfaceRecord, readRecord } from '../ifcfg/record.ts';

/** Runs the command; resolves with its exit status. */
export function main(words: readonly string[]): Promise<number> {
  return runCommand('ifdown-ipsec', words, down);
}

async function down(word: string, surroundings: Surroundings): Promise<boolean> {
  const { command, print, report } = surroundings;
  const name = nameOf(word);
  const record = readRecord(name, command.places) ?? planned(word, surroundings);
  if (record === null) {
    report(`ifdown-ipsec: ${word}: nothing was changed\n`);
    return false;
  }
  if (command.dryRun) {
    print(`${[`${name}:`, ...linesOf(record)].join('\n')}\n`);
    return true;
  }
  const told = await takeDown(name, record, await surroundings.backend(), command.places);
  print(`${name}: ${told}\n`);
  return true;
}

/** What the files say that coming up would have done; `null` when they are wrong. */
function planned(word: string, { command, report }: Surroundings): InterfaceRecord | null {
  const plan = planInterface(word, command.places, {}, report);
  return plan && recordOf(plan);
}

/** `ipsec0`, of that or of `/some/where/ifcfg-ipsec0`. */
function nameOf(word: string): string {
  return basename(word).replace(/^.*?ifcfg-/, '');
}

/** What would be removed. */
function linesOf({ names, route, peerPath }: InterfaceRecord): string[] {
  return [
    ...(route === null ? [] : [routeText(route).replace('add', 'del')]),
    ...names.sas.map((id) => formatChange({ kind: 'delete-sa', id }, 'masked')),
    ...names.policies.map((policy) => formatChange({ kind: 'delete-policy', policy }, 'masked')),
    ...(peerPath === null ? [] : [`in racoon.conf: ${includeLine(peerPath)}`]),
  ].map((line) => `  ${line}`);
}
