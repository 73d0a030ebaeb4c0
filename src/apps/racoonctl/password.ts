/**
 * A password, typed where nobody sees it.
 *
 * @module
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Asks on standard error; resolves with a line of standard input, which is not echoed. */
export async function readPassword(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const isTerminal = process.stdin.isTTY === true;
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('SIGINT', () => reject(new Error('interrupted')));
      lines.once('close', () => reject(new Error('no password was given')));
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
