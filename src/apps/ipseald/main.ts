/**
 * `ipseald`: the daemon. Today it runs the userspace data plane.
 *
 * @module
 */
import { removeKernelGuard } from '../../io/guard/kernel-guard.ts';
import { controlPath } from '../control/path.ts';
import { serveControl } from '../control/server.ts';
import { parseOptions, UsageError } from '../getopt.ts';
import { version } from '../version.ts';
import { DataPlane } from './data-plane.ts';

const USAGE = `usage: ipseald [--control PATH]
       ipseald --release
       ipseald --help | --version

Protects packets in user space, for kernels that have no ESP or AH: takes those that the policies
name through a TUN device, sends and receives AH and ESP through raw sockets. Needs CAP_NET_ADMIN
and CAP_NET_RAW. Runs in the foreground; load policies with setkey.

  --control PATH  the control socket (default: IPSEAL_CONTROL, else /run/ipseal/control.sock)
  --release       remove what keeps traffic blocked after an ipseald that stopped or was killed:
                  its nf_tables table "ipseal", and the rule and routes of table 4301. From then on
                  packets go in the clear

When it stops, for whatever reason, the policies stay in force: packets they protect are refused
until an ipseald runs again, or --release.
`;

/** Runs the command; resolves with its exit status. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    const { options, operands } = parseOptions(words, {
      letters: 'hV',
      long: { help: false, version: false, control: true, release: false },
    });
    if (operands.length > 0) throw new UsageError(`there are no operands: "${operands[0]}"`);
    const given = new Map(options.map(({ name, value }) => [name, value]));
    if (given.has('help') || given.has('h')) {
      process.stdout.write(USAGE);
      return 0;
    }
    if (given.has('version') || given.has('V')) {
      process.stdout.write(`ipseald ${version()}\n`);
      return 0;
    }
    if (given.has('release')) {
      removeKernelGuard();
      return 0;
    }
    return await serve(controlPath(given.get('control') ?? undefined));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`ipseald: ${message}\n`);
    if (error instanceof UsageError) process.stderr.write(USAGE);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Runs until a signal or a failure of the data plane. */
async function serve(path: string): Promise<number> {
  const plane = await DataPlane.start();
  const server = await serveControl(path, (line, gone) => plane.answer(line, gone)).catch(
    async (error) => {
      await plane.stop();
      throw error;
    },
  );
  process.stdout.write(`ipseald ${version()}: listening at ${path}\n`);
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  try {
    await Promise.race([signalled, plane.ended]);
  } finally {
    server.close();
  }
  await plane.stop();
  return 0;
}
