/**
 * What the machine gives the demonstration: namespaces of its own, namespaces inside a user
 * namespace, or neither.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, existsSync, constants as modes } from 'node:fs';
import { constants } from 'node:os';
import { NetworkNamespace } from '../../../io/network-namespace.ts';

/** Set for the copy of the command that runs as root of its own user namespace. */
const INSIDE = 'IPSEAL_DEMO_INSIDE';
const TUN_DEVICE = '/dev/net/tun';
const UNSHARE_WORDS = ['--user', '--map-root-user', '--net'];

export type Surroundings =
  /** Namespaces can be made right away. */
  | { readonly kind: 'namespaces' }
  /** They can in a user namespace. */
  | { readonly kind: 'user-namespace' }
  /** They cannot; `why` is a clause. */
  | { readonly kind: 'neither'; readonly why: string };

export function lookAround(): Surroundings {
  if (process.platform !== 'linux') return { kind: 'neither', why: 'this is not Linux' };
  const tun = tunObstacle();
  if (tun !== null) return { kind: 'neither', why: tun };
  try {
    NetworkNamespace.create().close();
    return { kind: 'namespaces' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (inUserNamespace()) return { kind: 'neither', why: reason };
  }
  const probe = spawnSync('unshare', [...UNSHARE_WORDS, 'true'], { encoding: 'utf8' });
  if (probe.status === 0) return { kind: 'user-namespace' };
  const reason = probe.error?.message ?? probe.stderr.trim().split('\n')[0] ?? 'unshare failed';
  return {
    kind: 'neither',
    why: `not root, and the machine allows no user namespaces (${reason})`,
  };
}

/** Whether this process is the copy that {@link runInUserNamespace} runs. */
export function inUserNamespace(): boolean {
  return process.env[INSIDE] !== undefined;
}

function tunObstacle(): string | null {
  if (!existsSync(TUN_DEVICE)) return `there is no ${TUN_DEVICE}`;
  try {
    accessSync(TUN_DEVICE, modes.R_OK | modes.W_OK);
    return null;
  } catch {
    return `this user may not open ${TUN_DEVICE} (most systems let everybody: mode 0666)`;
  }
}

/** Runs this very command again as root of a user namespace; resolves with its exit status. */
export function runInUserNamespace(): Promise<number> {
  const words = [...UNSHARE_WORDS, process.execPath, ...process.argv.slice(1)];
  const child = spawn('unshare', words, {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  // The terminal sends Ctrl-C to both; the inner one cleans up.
  const ignore = () => undefined;
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, ignore);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('exit', (status, signal) => {
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
    child.once('error', () => resolve(1));
  });
}
