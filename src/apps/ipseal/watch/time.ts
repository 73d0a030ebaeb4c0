/**
 * When a packet was seen, in the five ways of tcpdump's `-t`.
 *
 * @module
 */
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import type { TimeStyle } from './options.ts';

type Time = Pick<CapturedPacket, 'seconds' | 'nanoseconds'>;

/** Writes times in `style`, a blank after them. Those that look back remember packets. */
export function timeFormat(style: TimeStyle): (time: Time) => string {
  switch (style) {
    case 'none':
      return () => '';
    case 'epoch':
      return ({ seconds, nanoseconds }) => `${seconds}.${micro(nanoseconds)} `;
    case 'day':
      return onceASecond((date) => clock(date));
    case 'date':
      return onceASecond((date) => `${day(date)} ${clock(date)}`);
    case 'delta':
      return sinceEarlier(true);
    case 'since-first':
      return sinceEarlier(false);
  }
}

/** `2026-11-21T16:15:58.734512Z`, in UTC: microseconds, or nanoseconds where there are any. */
export function isoTime({ seconds, nanoseconds }: Time): string {
  const digits = `${1_000_000_000 + nanoseconds}`.slice(1);
  const fraction = digits.endsWith('000') ? digits.slice(0, -3) : digits;
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}.${fraction}Z`;
}

/** The fraction after what `format` makes of a local second, which is worked out once for each. */
function onceASecond(format: (date: Date) => string): (time: Time) => string {
  let second = Number.NaN;
  let text = '';
  return ({ seconds, nanoseconds }) => {
    if (seconds !== second) {
      second = seconds;
      text = format(new Date(seconds * 1000));
    }
    return `${text}.${micro(nanoseconds)} `;
  };
}

function sinceEarlier(movesOn: boolean): (time: Time) => string {
  let earlier: Time | null = null;
  return (time) => {
    const from = earlier ?? time;
    if (earlier === null || movesOn) {
      earlier = { seconds: time.seconds, nanoseconds: time.nanoseconds };
    }
    const microseconds =
      (time.seconds - from.seconds) * 1_000_000 +
      Math.floor(time.nanoseconds / 1000) -
      Math.floor(from.nanoseconds / 1000);
    const seconds = Math.floor(Math.abs(microseconds) / 1_000_000);
    const rest = Math.abs(microseconds) % 1_000_000;
    const sign = microseconds < 0 ? '-' : ' ';
    const clockTime = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return `${sign}${clockTime}.${micro(rest * 1000)} `;
  };
}

/** Local time, as tcpdump has it. */
function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function day(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}

/** Six digits. */
function micro(nanoseconds: number): string {
  return `${1_000_000 + Math.floor(nanoseconds / 1000)}`.slice(1);
}
