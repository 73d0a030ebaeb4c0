/**
 * Racoon's log: to standard error in the foreground, to a file, to syslog.
 *
 * @module
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogLevel } from '../../config/racoon/configuration.ts';
import { now } from '../../io/clock.ts';
import { sendToSyslog } from '../../io/syslog.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { entry, formatEntry, formatLogLine, isLogged, type LogEntry } from './log-line.ts';

/** Where entries go; the operator alone may read files with who speaks to whom. */
const LOG_MODE = 0o600;
/** `LOG_DAEMON` and the severities of RFC 5424 §6.2.1. */
const DAEMON = 3 << 3;
const SEVERITY: Readonly<Record<LogLevel, number>> = {
  error: 3,
  warning: 4,
  notify: 5,
  info: 6,
  debug: 7,
  debug2: 7,
};

/** What logs of the daemon are written to. */
export interface LogPlaces {
  readonly foreground: boolean;
  readonly file: string | null;
}

export class Log {
  readonly #places: LogPlaces;
  #fd: number | null;
  /** What is logged, up to this. */
  level: LogLevel = 'info';

  /** Throws where the file cannot be opened. */
  constructor(places: LogPlaces) {
    this.#places = places;
    this.#fd = places.file === null ? null : openSync(places.file, 'a', LOG_MODE);
  }

  error(text: string, peer?: IpAddress): void {
    this.write(entry('error', text, peer));
  }

  warning(text: string, peer?: IpAddress): void {
    this.write(entry('warning', text, peer));
  }

  info(text: string): void {
    this.write(entry('info', text));
  }

  debug(text: string): void {
    this.write(entry('debug', text));
  }

  /** Logs `logged`, if it is wanted. Never throws: a full disk ends no negotiation. */
  write(logged: LogEntry): void {
    if (!isLogged(logged.level, this.level)) return;
    const { foreground } = this.#places;
    const line = `${formatLogLine(logged, now())}\n`;
    if (foreground) process.stderr.write(line);
    if (this.#fd !== null) this.#append(this.#fd, line);
    else if (!foreground) {
      const priority = DAEMON | SEVERITY[logged.level];
      sendToSyslog(priority, 'racoon', process.pid, formatEntry(logged), now());
    }
  }

  /** Opens the file anew: it may have been moved away. */
  reopen(): void {
    if (this.#places.file === null) return;
    const next = openSync(this.#places.file, 'a', LOG_MODE);
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = next;
  }

  #append(fd: number, line: string): void {
    try {
      writeSync(fd, line);
    } catch {
      // There is nowhere to say it.
    }
  }
}
