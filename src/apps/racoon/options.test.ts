import { expect, test } from 'vitest';
import { UsageError } from '../getopt.ts';
import { parseCommand } from './options.ts';

test('without options it goes to the background, with the usual file and ports', () => {
  expect(parseCommand([])).toMatchObject({
    kind: 'serve',
    file: '/etc/racoon/racoon.conf',
    foreground: false,
    logFile: null,
    moreLevels: 0,
    dumpsRemotes: false,
  });
});

test('letters may be joined, and each d is a level more', () => {
  const words = ['-ddF', '-vC', '-4', '-f', 'x.conf', '-lracoon.log', '-p', '500', '-P', '4500'];
  expect(parseCommand(words)).toMatchObject({
    file: 'x.conf',
    foreground: true,
    logFile: 'racoon.log',
    moreLevels: 2,
    dumpsRemotes: true,
  });
});

test.each([[['-B']], [['-Z']], [['-p', '0']], [['-P', '4501']], [['file']], [['-q']]])(
  '%j makes no sense here',
  (words) => {
    expect(() => parseCommand(words)).toThrow(UsageError);
  },
);

test('-V tells the version and what is built in', () => {
  expect(parseCommand(['-V'])).toEqual({ kind: 'version', features: true });
});
