/**
 * `ipseal doctor`: what this machine can do, and what interferes.
 *
 * @module
 */
import { examine } from '../../../doctor/examine.ts';
import type { Finding, FindingStatus } from '../../../doctor/finding.ts';
import { backendChoice } from '../../backend-choice.ts';
import { colours } from '../../colours.ts';
import { gatherFacts } from './gather.ts';

export interface DoctorOptions {
  readonly json?: boolean;
  readonly backend?: string;
  readonly control?: string;
}

/** Prints the findings; resolves with the exit status: 1 when there is a problem. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const facts = await gatherFacts(backendChoice(options.backend), options.control);
  const findings = examine(facts);
  const lines = options.json
    ? [JSON.stringify({ version: 1, backend: facts.backend, findings })]
    : findingLines(findings);
  process.stdout.write(`${lines.join('\n')}\n`);
  return findings.some(({ status }) => status === 'problem') ? 1 : 0;
}

/** For people: what is worst comes last, where it is seen. */
function findingLines(findings: readonly Finding[]): string[] {
  const lines: string[] = [];
  for (const status of ORDER) {
    for (const { says, proof, fix } of findings.filter((finding) => finding.status === status)) {
      lines.push(`${COLOURS[status](status.padEnd(WIDTH))} ${says}`);
      lines.push(`${INDENT}see: ${proof}`);
      if (fix !== null) lines.push(`${INDENT}fix: ${fix}`);
    }
  }
  const counts = ORDER.map((status) => ({
    status,
    number: findings.filter((finding) => finding.status === status).length,
  }));
  const words = counts.filter(({ status, number }) => status !== 'ok' && number > 0);
  lines.push(
    words.length === 0
      ? 'nothing is wrong'
      : words.map(({ status, number }) => `${number} ${status}${number > 1 ? 's' : ''}`).join(', '),
  );
  return lines;
}

const ORDER: readonly FindingStatus[] = ['ok', 'note', 'warning', 'problem'];
const WIDTH = 'problem'.length;
const INDENT = ' '.repeat(WIDTH + 3);

const COLOURS: Readonly<Record<FindingStatus, (text: string) => string>> = {
  ok: colours.green,
  note: colours.cyan,
  warning: colours.yellow,
  problem: colours.red,
};
