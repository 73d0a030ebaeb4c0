/**
 * `ipseald`: the daemon. Today it runs the userspace data plane.
 *
 * @module
 */
import { removeKernelGuard } from '../../io/guard/kernel-guard.ts';
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
        removeKernelGuard();
        return 0;
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
