/**
 * Racoon from its start to its end:
 *
 *   read files ──► backend ──► ports ──► privileges ──► admin socket ──► pid file ──► ... ──► goodbye
 *       ▲                                                                              │
 *       └───────────────────────────── SIGHUP, reload-config ◄─────────────────────────┘
 *
 * What goes wrong before it is ready ends it; what goes wrong in a reload changes nothing.
 *
 * @module
 */
import type { RacoonConfiguration } from '../../config/racoon/configuration.ts';
import type { IkeEvent } from '../../ike/event.ts';
import { formatUdpAddress } from '../../ike/path.ts';
import { wantedPorts } from '../../ike/ports.ts';
import { now } from '../../io/clock.ts';
import { hostAddresses } from '../../io/host-addresses.ts';
import { callThisProcess } from '../../io/processes.ts';
import { Signals } from '../signals.ts';
import { version } from '../version.ts';
import type { Administration } from './admin/administration.ts';
import { serveAdmin } from './admin/serve.ts';
import { confine, racoonUser } from './confinement.ts';
import { remoteLines } from './dump-remotes.ts';
import { EventLog } from './event-log.ts';
import { type ShownEvent, shownEvents } from './event-text.ts';
import { hooksFor } from './hook-environment.ts';
import { Hooks } from './hooks.ts';
import { ikeEndsFor } from './ike-ends.ts';
import type { IkeService, StartIke } from './ike-service.ts';
import type { Log } from './log.ts';
import { entry, raisedLevel } from './log-line.ts';
import type { RacoonSettings } from './options.ts';
import { pidFilePath, removePidFile, writePidFile } from './pid-file.ts';
import { type Complain, type ReadConfiguration, readConfiguration } from './read-configuration.ts';
import { tasksOf } from './schedule.ts';

/** The configuration is wrong: each mistake was told. */
export class ConfigurationWrong extends Error {
  constructor() {
    super('failed to parse configuration file.');
  }
}

/** Runs until a signal; resolves then. `ready` is called when peers may come. */
export async function serve(
  settings: RacoonSettings,
  log: Log,
  startIke: StartIke,
  ready: () => void,
): Promise<void> {
  const racoon = new Racoon(settings, log);
  const signals = new Signals();
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => log.info(`caught signal ${NUMBER[signal]}`));
  }
  // So is it found by who wants it to read its files again; before privileges go, as this needs them.
  callThisProcess('racoon');
  await racoon.start(startIke);
  signals.onReload(() =>
    racoon.reload().then(
      () => undefined,
      () => undefined,
    ),
  );
  ready();
  try {
    const signal = await Promise.race([signals.stop, racoon.failed]);
    if (signal !== undefined) log.info(`caught signal ${NUMBER[signal]}`);
  } finally {
    await racoon.stop();
    log.info(`racoon process ${process.pid} shutdown`);
  }
}

class Racoon {
  readonly #settings: RacoonSettings;
  readonly #log: Log;
  readonly #events: EventLog;
  readonly #hooks: Hooks;
  readonly #listeners = new Set<(event: ShownEvent) => void>();
  readonly #startedAt = now();
  /** How to undo what was begun, the last first. */
  readonly #undo: (() => unknown)[] = [];
  #ike: IkeService | null = null;

  constructor(settings: RacoonSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
    this.#events = new EventLog((logged) => log.write(logged));
    this.#hooks = new Hooks(log);
  }

  /** Settles when IKE has failed. */
  get failed(): Promise<undefined> {
    return (this.#ike?.ended ?? Promise.resolve()).then(() => undefined);
  }

  async start(startIke: StartIke): Promise<void> {
    const { backend, control } = this.#settings;
    const read = this.#read();
    if (read === null) throw new ConfigurationWrong();
    const { configuration } = read;
    this.#adopt(configuration);
    const user = racoonUser(configuration.privileges);
    try {
      this.#ike = await startIke({
        ...read,
        backend,
        control,
        onEvent: (event) => this.#tell(event),
        complain: (text) => this.#log.error(text),
      });
      const ike = this.#ike;
      this.#undo.push(() => ike.stop());
      if (user !== null && ike.kind === 'userspace') throw new Error(NO_PRIVSEP);
      this.#tellPorts(configuration);
      this.#writePidFile(configuration);
      await this.#serveAdmin(configuration, this.#administration(ike));
      confine(user);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Reads the files again. Resolves with what came of it; rejects when they are wrong. */
  async reload(): Promise<string> {
    this.#log.reopen();
    const read = this.#read();
    if (read === null || this.#ike === null) throw new Error(NOT_RELOADED);
    try {
      await this.#ike.reconfigure(read);
    } catch (error) {
      const why = error instanceof Error ? error.message : `${error}`;
      this.#log.error(`the configuration is not reloaded: ${why}`);
      throw error;
    }
    this.#adopt(read.configuration);
    this.#log.info('configuration reloaded');
    return 'reloaded';
  }

  async stop(): Promise<void> {
    this.#show({ what: 'racoon-terminated', path: null, selector: null });
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo();
  }

  #read(): ReadConfiguration | null {
    const { file } = this.#settings;
    this.#log.info(`@(#)ipseal ${version()}`);
    this.#log.info(`@(#)This product linked OpenSSL ${process.versions.openssl}`);
    this.#log.info(`Reading configuration from "${file}"`);
    const { complain, errors } = this.#complaints();
    const read = readConfiguration(file, complain);
    if (!read.ok) {
      this.#log.error(`fatal parse failure (${errors()} errors)`);
      return null;
    }
    return read.value;
  }

  /** What is read is what holds. */
  #adopt({ logLevel, paths, ike }: RacoonConfiguration): void {
    const { moreLevels, dumpsRemotes } = this.#settings;
    this.#log.level = raisedLevel(logLevel, moreLevels);
    this.#hooks.folder = paths.scripts;
    if (!dumpsRemotes) return;
    for (const line of ike.peers.flatMap(remoteLines)) this.#log.info(line);
  }

  #complaints(): { readonly complain: Complain; readonly errors: () => number } {
    let errors = 0;
    const complain: Complain = (severity, text) => {
      if (severity === 'error') errors += 1;
      for (const line of text.split('\n')) this.#log.write(entry(severity, line));
    };
    return { complain, errors: () => errors };
  }

  #tell(event: IkeEvent): void {
    this.#events.tell(event, now());
    for (const shown of shownEvents(event)) this.#show(shown);
    for (const hook of hooksFor(event)) this.#hooks.run(hook);
  }

  #show(event: ShownEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #writePidFile({ paths }: RacoonConfiguration): void {
    if (this.#settings.foreground && paths.pidFile === null) return;
    const path = pidFilePath(paths.pidFile);
    writePidFile(path, process.pid);
    this.#undo.push(() => removePidFile(path, process.pid));
  }

  async #serveAdmin(
    { adminSocket }: RacoonConfiguration,
    administration: Administration,
  ): Promise<void> {
    if (adminSocket === null) return;
    const server = await serveAdmin(adminSocket, administration);
    this.#undo.push(() => server.close());
  }

  #administration(ike: IkeService): Administration {
    const { backend } = ike;
    return {
      pid: process.pid,
      startedAt: this.#startedAt,
      now,
      status: () => ike.status(),
      schedule: () => tasksOf(ike.status()),
      command: (command) => {
        this.#log.debug(`admin ${command.kind}`);
        ike.command(command);
      },
      establishPhase2: async (selector) => {
        const ends = await ikeEndsFor(backend, selector);
        ike.command({ kind: 'establish-phase2', ...ends, selector });
        return ends;
      },
      sas: () => backend.sas(),
      flushSas: (protocol) => backend.commit(flushes(protocol)),
      certificate: (local, remote) => ike.certificate(local, remote),
      logOut: (user) => this.#logOut(ike, user),
      reload: () => this.reload(),
      listen: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  /** Tells where peers may come to, NAT traversal first, as the original did. */
  #tellPorts({ ike }: RacoonConfiguration): void {
    for (const { natTraversal, ...end } of wantedPorts(ike.listen, hostAddresses()).ports) {
      if (natTraversal) this.#log.info(`${formatUdpAddress(end)} used for NAT-T`);
      this.#log.info(`${formatUdpAddress(end)} used as isakmp port`);
    }
  }

  #logOut(ike: IkeService, user: string): number {
    const theirs = ike.status().phase1.filter(({ settings }) => settings?.user === user);
    for (const { path } of theirs) ike.command({ kind: 'delete-phase1', ...path });
    this.#log.info(`deleted ${theirs.length} SA for user "${user}"`);
    return theirs.length;
  }
}

/** ESP and AH by name, for `null` is IPComp's, too. */
function flushes(protocol: 'esp' | 'ah' | null) {
  return [{ kind: 'flush-sas', protocol } as const];
}

const NUMBER = { SIGINT: 2, SIGUSR1: 10, SIGUSR2: 12, SIGTERM: 15 } as const;
const NO_PRIVSEP =
  'privsep: the userspace data plane needs its privileges in every thread: leave privsep out';
const NOT_RELOADED = 'the configuration is wrong, as the log says; all is as it was';
