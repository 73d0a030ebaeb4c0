/**
 * Lines of racoon's log, and which of them are wanted.
 *
 * @module
 */
import type { LogLevel } from '../../config/racoon/configuration.ts';
import type { Instant } from '../../ipsec/backend.ts';
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';

/** Something to be logged. */
export interface LogEntry {
  readonly level: LogLevel;
  /** The peer that it is about; `null` where none is named. */
  readonly peer: IpAddress | null;
  /** One line, without its end. */
  readonly text: string;
}

/** From what is always logged to what hardly ever is. */
const LOG_LEVELS: readonly LogLevel[] = ['error', 'warning', 'notify', 'info', 'debug', 'debug2'];

/** `level`, and `steps` more than that. */
export function raisedLevel(level: LogLevel, steps: number): LogLevel {
  const place = Math.min(LOG_LEVELS.indexOf(level) + steps, LOG_LEVELS.length - 1);
  return LOG_LEVELS[place] ?? level;
}

/** Whether what is of level `level` is logged where all up to `most` is. */
export function isLogged(level: LogLevel, most: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(most);
}

/** `text` as an entry of no peer in particular. */
export function entry(level: LogLevel, text: string, peer: IpAddress | null = null): LogEntry {
  return { level, peer, text };
}

/** `[10.9.0.2] INFO: received INITIAL-CONTACT`: an entry as syslog gets it. */
export function formatEntry({ level, peer, text }: LogEntry): string {
  const where = peer === null ? '' : `[${formatIpAddress(peer)}] `;
  return `${where}${level.toUpperCase()}: ${printable(text)}`;
}

/** `2026-11-21 16:29:20: INFO: begin Aggressive mode.`, in local time. */
export function formatLogLine(logged: LogEntry, now: Instant): string {
  return `${formatLocalTime(now)}: ${formatEntry(logged)}`;
}

/** `2026-11-21 16:29:20`, in local time, as racoon and racoonctl write it. */
export function formatLocalTime(instant: Instant): string {
  const time = new Date(instant);
  const two = (part: number): string => `${part}`.padStart(2, '0');
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${day} ${clock}`;
}

/** What a peer calls itself must not make lines of its own, nor move a cursor. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
  return text.replace(/[\0-\x08\x0a-\x1f\x7f-\x9f]/g, '?');
}
