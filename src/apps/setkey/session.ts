/**
 * `setkey -c` on a terminal: each statement is carried out when its `;` was typed. One that is wrong
 * or refused is told, and ends nothing.
 *
 * @module
 */
import { splitStatements } from '../../config/index.ts';
import type { Backend } from '../../ipsec/backend.ts';
import type { NameSources } from './names.ts';
import type { SetkeyCommand } from './options.ts';
import { carryOut, type Output, readFiles } from './run.ts';

const NAME = '(terminal)';
const PROMPT = 'setkey> ';
/** While a statement waits for its `;`. */
const REST_PROMPT = '      > ';

/**
 * Carries out what is typed, up to `exit` or the end of `input`, which comes in lines or parts of
 * such. Returns the exit status: 1 when anything was wrong or refused.
 */
export async function converse(
  input: AsyncIterable<string>,
  backend: Backend,
  command: SetkeyCommand,
  output: Output,
  sources?: NameSources,
): Promise<number> {
  let status = 0;
  let waiting = '';
  output.report(PROMPT);
  for await (const typed of input) {
    const { statements, exits, rest } = splitStatements(waiting + typed);
    for (const text of statements) {
      const file = { name: NAME, text, alone: true };
      const steps = await readFiles([file], command, output, sources);
      if (steps === null || (await carryOut(steps, backend, command, output)) !== 0) status = 1;
    }
    if (exits) return status;
    waiting = rest;
    output.report(waiting === '' ? PROMPT : REST_PROMPT);
  }
  output.report('\n');
  if (waiting === '') return status;
  // Whatever has no ";" at the end is wrong.
  await readFiles([{ name: NAME, text: waiting }], command, output, sources);
  return 1;
}
