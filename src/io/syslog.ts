/**
 * The system's log, as the C library writes to it (syslog(3)): datagrams to `/dev/log`.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import { sendUnixDatagram, unixAddress } from './unix-datagram.ts';

const PLACE = '/dev/log';
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Sends one line. Where nobody listens, it is lost, as others' are. */
export function sendToSyslog(
  priority: number,
  program: string,
  pid: number,
  text: string,
  now: Instant,
  place: string = PLACE,
): void {
  const address = unixAddress(place);
  if (address === null) return;
  const line = formatSyslog(priority, program, pid, text, now);
  try {
    sendUnixDatagram(address, new TextEncoder().encode(line), 'write to syslog', false);
  } catch {
    // There is nowhere to say it.
  }
}

/** `<30>Nov 21 16:29:20 racoon[924]: text`: RFC 3164 §4.1 without a host, as daemons send it. */
function formatSyslog(
  priority: number,
  program: string,
  pid: number,
  text: string,
  now: Instant,
): string {
  const time = new Date(now);
  const two = (part: number): string => `${part}`.padStart(2, '0');
  const day = `${MONTHS[time.getMonth()] ?? ''} ${`${time.getDate()}`.padStart(2)}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `<${priority}>${day} ${clock} ${program}[${pid}]: ${text}`;
}
