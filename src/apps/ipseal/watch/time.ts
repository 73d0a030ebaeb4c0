/**
 * When a packet was seen, in the five ways of tcpdump's `-t`.
 *
 * @module
 */
import { phrase, type TextWriter } from '../../../octets/text-writer.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import type { TimeStyle } from './options.ts';

type Time = Pick<CapturedPacket, 'seconds' | 'nanoseconds'>;

/** Writes a time, and a blank after it. */
export type WriteTime = (out: TextWriter, time: Time) => void;

/** Writes times in `style`. Those that look back remember packets. */
export function timeWriter(style: TimeStyle): WriteTime {
  switch (style) {
    case 'none':
      return () => {};
    case 'epoch':
      return onceASecond(({ seconds }) => `${seconds}`);
    case 'day':
      return onceASecond(({ seconds }) => clock(new Date(seconds * 1000)));
    case 'date':
      return onceASecond(({ seconds }) => {
        const date = new Date(seconds * 1000);
        return `${day(date)} ${clock(date)}`;
      });
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

/** The fraction after what `format` makes of the second, which it is asked once for each. */
function onceASecond(format: (time: Time) => string): WriteTime {
  let second = Number.NaN;
  let formatted = phrase('');
  return (out, time) => {
    if (time.seconds !== second) {
      second = time.seconds;
      formatted = phrase(`${format(time)}.`);
    }
    out.phrase(formatted).digits(microseconds(time), FRACTION_DIGITS).phrase(BLANK);
  };
}

function sinceEarlier(movesOn: boolean): WriteTime {
  let earlier: Time | null = null;
  return (out, time) => {
    const from = earlier ?? time;
    if (earlier === null || movesOn) {
      earlier = { seconds: time.seconds, nanoseconds: time.nanoseconds };
    }
    const passed =
      (time.seconds - from.seconds) * 1_000_000 + microseconds(time) - microseconds(from);
    const seconds = Math.floor(Math.abs(passed) / 1_000_000);
    const sign = passed < 0 ? '-' : ' ';
    const clockTime = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    out.text(`${sign}${clockTime}.`).digits(Math.abs(passed) % 1_000_000, FRACTION_DIGITS);
    out.phrase(BLANK);
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

function microseconds({ nanoseconds }: Time): number {
  return Math.floor(nanoseconds / 1000);
}

const FRACTION_DIGITS = 6;
const BLANK = phrase(' ');
