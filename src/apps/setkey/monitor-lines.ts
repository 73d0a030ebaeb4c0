/**
 * What `setkey -x` prints when a PF_KEY message arrives: when, with `-H` its octets, and the message.
 *
 * @module
 */
import type { Instant } from '../../ipsec/backend.ts';
import { emitSadbMessage, type SadbMessage } from '../../pfkey/message.ts';
import { formatHexDump, formatSadbMessage } from './kdebug.ts';

/** How arrivals are printed. */
export interface MonitorForm {
  /** `-x` gives the time of day, `-xx` seconds since the epoch. */
  readonly time: 'day' | 'epoch';
  /** `-H`. */
  readonly hexDump: boolean;
}

/** All that is printed of `message`, which arrived at `instant`. */
export function formatArrival(message: SadbMessage, instant: Instant, form: MonitorForm): string {
  const octets = form.hexDump ? formatHexDump(emitSadbMessage(message)) : '';
  return `${timestampLine(instant, form.time)}${octets}${formatSadbMessage(message)}`;
}

/** `16:15:56.943765 ` in local time, or `1795277756.943765 `; a fraction of a millisecond counts. */
export function timestampLine(instant: Instant, time: MonitorForm['time']): string {
  const microseconds = Math.round(instant * 1000);
  const fraction = `${microseconds % 1_000_000}`.padStart(6, '0');
  const seconds = Math.floor(microseconds / 1_000_000);
  return `${time === 'epoch' ? seconds : timeOfDay(seconds)}.${fraction} \n`;
}

function timeOfDay(seconds: number): string {
  const time = new Date(seconds * 1000);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => `${part}`.padStart(2, '0'))
    .join(':');
}
