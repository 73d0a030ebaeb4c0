/**
 * `ipseald`: the daemon. Today it runs the userspace data plane.
 *
 * @module
 */
import { removeKernelGuard } from '../../io/guard/kernel-guard.ts';
import { isListening } from '../control/server.ts';
import { UsageError } from '../getopt.ts';
import { version } from '../version.ts';
import { parseCommand, USAGE } from './options.ts';
import { serve } from './service.ts';

/** Runs the command; resolves with its exit status. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    const task = parseCommand(words);
    switch (task.kind) {
      case 'help':
        process.stdout.write(USAGE);
        return 0;
      case 'version':
        process.stdout.write(`ipseald ${version()}\n`);
        return 0;
      case 'release':
        return await release(task.control);
      case 'serve':
        return await serve(task);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`ipseald: ${message}\n`);
    if (error instanceof UsageError) process.stderr.write(USAGE);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Removes what an `ipseald` that is gone left in force; the exit status. */
async function release(control: string): Promise<number> {
  // Whatever there may be: one that hangs must keep nobody from getting out.
  removeKernelGuard();
  if (!(await isListening(control))) return 0;
  process.stderr.write(
    `ipseald: Nothing is let go of: an ipseald runs (at ${control}), and puts back what is removed. Stop it ` +
      'first, or use "ipseal panic"\n',
  );
  return 1;
}
