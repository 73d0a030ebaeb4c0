/**
 * What a service tells the manager that started it, systemd for one (sd_notify(3)): assignments, one a
 * line, in a datagram to the socket that NOTIFY_SOCKET names.
 *
 *   READY=1          it serves, or has reloaded
 *   RELOADING=1      with MONOTONIC_USEC, so that the manager knows which READY=1 belongs to it
 *   STOPPING=1
 *   STATUS=...       for people, one line
 *   WATCHDOG=1       it is alive; to be said within every WATCHDOG_USEC
 *
 * @module
 */
import { SystemError } from './libc.ts';
import { sendUnixDatagram, unixAddress } from './unix-datagram.ts';

const EINVAL = 22;
const DOING = 'tell the service manager';

type Environment = Readonly<Record<string, string | undefined>>;

/** Assignments of one datagram. */
export type ServiceNews = Readonly<Record<string, string | number>>;

export class ServiceManager {
  /** `null` when nobody wants to know. */
  readonly #address: Uint8Array | null;
  /** How often it wants to hear WATCHDOG=1, in milliseconds; `null` when it does not. */
  readonly watchdogMs: number | null;

  /** The manager that `environment`, of the process `pid`, tells of. Throws a `SystemError`. */
  constructor(environment: Environment, pid: number) {
    const name = environment['NOTIFY_SOCKET'];
    this.#address = name ? socketName(name) : null;
    this.watchdogMs = watchdogOf(environment, pid);
  }

  /** Tells `news`; what has several lines becomes one. Throws a `SystemError`. */
  tell(news: ServiceNews): void {
    const address = this.#address;
    if (address === null) return;
    const lines = Object.entries(news).map(([name, value]) => `${name}=${oneLine(value)}\n`);
    sendUnixDatagram(address, new TextEncoder().encode(lines.join('')), DOING, true);
  }
}

function socketName(name: string): Uint8Array {
  const address = unixAddress(name);
  if (address !== null) return address;
  throw new SystemError(DOING, EINVAL, `NOTIFY_SOCKET is no name of a socket: "${name}"`);
}

/** What is meant for another process is none of ours. */
function watchdogOf(environment: Environment, pid: number): number | null {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: whose } = environment;
  if (whose && Number(whose) !== pid) return null;
  const ms = Number(microseconds) / 1000;
  return ms > 0 ? ms : null;
}

function oneLine(value: string | number): string {
  return `${value}`.replace(/\s*\n\s*/g, ' ').trim();
}
