import { expect, test } from 'vitest';
import { formatArrival, timestampLine } from './monitor-lines.ts';
import { UNASKED } from './pfkey/origin.ts';
import { flushMessage } from './pfkey/other-message.ts';

const AT = new Date(2026, 10, 21, 6, 5, 7).getTime();

test('timestampLine() gives the time of day in local time, to the microsecond', () => {
  expect(timestampLine(AT, 'day')).toBe('06:05:07.000000 \n');
  expect(timestampLine(AT + 943.765, 'day')).toBe('06:05:07.943765 \n');
});

test('timestampLine() gives seconds since the epoch', () => {
  expect(timestampLine(1_795_277_756_003.25, 'epoch')).toBe('1795277756.003250 \n');
});

test('formatArrival() puts the octets before the message where they are asked for', () => {
  const message = flushMessage('esp', UNASKED);
  const text = 'sadb_msg{ version=2 type=9 errno=0 satype=3\n  len=2 reserved=0 seq=0 pid=0\n\n';
  const time = timestampLine(AT, 'day');
  expect(formatArrival(message, AT, { time: 'day', hexDump: false })).toBe(`${time}${text}`);
  const dump = /^00000000: 02 09 00 03 (0[02] ){4}(00 ){8}\n/;
  const withDump = formatArrival(message, AT, { time: 'day', hexDump: true });
  expect(withDump.slice(time.length)).toMatch(dump);
  expect(withDump.slice(time.length).replace(dump, '')).toBe(text);
});
