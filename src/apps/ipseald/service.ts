/**
 * `ipseald` from its start to its end, as its service manager sees it:
 *
 *   read files ──► data plane ──► control socket ──► apply files ──► READY=1 ──► ... ──► STOPPING=1
 *                                                        ▲                │
 *                                                        └── SIGHUP ◄─────┘ RELOADING=1
 *
 * READY=1 is said when what the files protect is protected. What goes wrong before ends the daemon,
 * with the guard that an earlier one left still in force; what goes wrong at SIGHUP changes nothing.
 *
 * @module
 */
import { monotonicMicroseconds } from '../../io/clock.ts';
import { ServiceManager, type ServiceNews } from '../../io/service-manager.ts';
import type { Backend } from '../../ipsec/backend.ts';
import { Signals } from '../signals.ts';
import { version } from '../version.ts';
import { type Applied, Configuration } from './configuration.ts';
import type { DataPlane } from './data-plane.ts';
import type { Settings } from './options.ts';
import { Userspace } from './userspace.ts';

const BLOCKED = 'Stopping; what policies protect is blocked from now on';

/** Runs until a signal or a failure of the data plane; resolves with the exit status. */
export async function serve(settings: Settings): Promise<number> {
  const manager = new ServiceManager(process.env, process.pid);
  const signals = new Signals();
  const configuration = configurationOf(settings);
  const steps = await configuration.read();
  if (!steps.ok) return refuse(manager, steps.complaint);
  const path = settings.control;
  const { keepaliveSeconds, threads } = settings;
  const options = { keepaliveMs: keepaliveSeconds * 1000, threads, complain };
  const userspace = await Userspace.start(path, options, () => {
    process.stdout.write(`ipseald ${version()}: listening at ${path}\n`);
  });
  const { plane, backend } = userspace;
  try {
    let status = `Listening at ${path}; no file to load`;
    if (!configuration.isEmpty) {
      const applied = await configuration.apply(steps.value, backend);
      if (!applied.ok) return refuse(manager, applied.complaint);
      status = inForce(applied.value);
      process.stdout.write(`ipseald: ${status}\n`);
    }
    tell(manager, { READY: 1, STATUS: status });
    keepWatch(manager, plane);
    signals.onReload(() => reload(configuration, backend, manager));
    await Promise.race([signals.stop, plane.ended]);
    tell(manager, { STOPPING: 1, STATUS: BLOCKED });
    return 0;
  } finally {
    await userspace.stop();
  }
}

/** Ends before it began: the exit status. */
function refuse(manager: ServiceManager, complaint: string): number {
  tell(manager, { STATUS: complaint });
  return 1;
}

function configurationOf({ files, rfc4868 }: Settings): Configuration {
  const report = (text: string) => void process.stderr.write(text);
  return new Configuration(files, { rfc4868, kernelMode: false }, report);
}

/** Reads the files again. Whatever comes of it, the daemon goes on, and is ready. */
async function reload(
  configuration: Configuration,
  backend: Backend,
  manager: ServiceManager,
): Promise<void> {
  tell(manager, {
    RELOADING: 1,
    MONOTONIC_USEC: monotonicMicroseconds(),
    STATUS: 'Reading the files again',
  });
  const status = await reloaded(configuration, backend);
  process.stdout.write(`ipseald: ${status}\n`);
  tell(manager, { READY: 1, STATUS: status });
}

async function reloaded(configuration: Configuration, backend: Backend): Promise<string> {
  if (configuration.isEmpty) return 'Not reloaded: no file was given with -f';
  const steps = await configuration.read();
  const applied = steps.ok ? await configuration.apply(steps.value, backend) : steps;
  if (!applied.ok) return `Not reloaded, all is as it was: ${applied.complaint}`;
  const { changes } = applied.value;
  return `${inForce(applied.value)}; ${changes === 0 ? 'nothing' : changes} changed`;
}

function inForce({ sas, policies }: Applied): string {
  const count = (number: number, one: string, several: string) =>
    `${number} ${number === 1 ? one : several}`;
  return `${count(sas, 'SA', 'SAs')} and ${count(policies, 'policy', 'policies')} in force`;
}

/** The manager is not worth ending for. */
function tell(manager: ServiceManager, news: ServiceNews): void {
  try {
    manager.tell(news);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  }
}

function complain(text: string): void {
  process.stderr.write(`ipseald: ${text}\n`);
}

/** Says that the daemon is alive as long as the data plane answers, twice as often as it must. */
function keepWatch(manager: ServiceManager, plane: DataPlane): void {
  if (manager.watchdogMs === null) return;
  let waiting = false;
  const timer = setInterval(async () => {
    if (waiting) return;
    waiting = true;
    await plane.isAlive();
    waiting = false;
    tell(manager, { WATCHDOG: 1 });
  }, manager.watchdogMs / 2);
  timer.unref();
}
