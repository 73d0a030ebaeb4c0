import os from 'node:os';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../getopt.ts';
import { parseCommand, USAGE } from './options.ts';
import { usualThreads } from './threads.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('parseCommand()', () => {
  test('without a word serves, with what is usual', () => {
    vi.stubEnv('IPSEAL_CONTROL', undefined);
    expect(parseCommand([])).toEqual({
      kind: 'serve',
      files: [],
      rfc4868: false,
      keepaliveSeconds: 20,
      threads: usualThreads(),
      control: '/run/ipseal/control.sock',
    });
  });

  test('takes files in their order, and the rest in any', () => {
    const options = ['--keepalive=0', '-fb', '--control', '/c', '--threads=3', '--rfc4868'];
    const words = ['-f', 'a', ...options];
    expect(parseCommand(words)).toEqual({
      kind: 'serve',
      files: ['a', 'b'],
      rfc4868: true,
      keepaliveSeconds: 0,
      threads: 3,
      control: '/c',
    });
  });

  test.each([
    ['-h', 'help'],
    ['--help', 'help'],
    ['-V', 'version'],
    ['--version', 'version'],
  ])('%s is for %s', (word, kind) => {
    expect(parseCommand([word])).toEqual({ kind });
  });

  test('--release is for release, and says where an ipseald would listen', () => {
    const control = '/run/x.sock';
    expect(parseCommand(['--release', '--control', control])).toEqual({ kind: 'release', control });
  });

  test.each([
    [['more'], 'there are no operands: "more"'],
    [['-f'], '-f needs a value'],
    [['-f', '-'], '-f: standard input cannot be read again'],
    [['--keepalive', 'often'], '--keepalive is in seconds, 0 to 86400, not "often"'],
    [['--keepalive', '86401'], '--keepalive is in seconds, 0 to 86400, not "86401"'],
    [['--keepalive', '-1'], '--keepalive is in seconds, 0 to 86400, not "-1"'],
    [['--threads', '0'], '--threads is a number from 1 to 16, not "0"'],
    [['--threads', '17'], '--threads is a number from 1 to 16, not "17"'],
    [['--threads', 'all'], '--threads is a number from 1 to 16, not "all"'],
    [['--reload'], 'there is no option --reload'],
  ])('refuses %j', (words, message) => {
    expect(() => parseCommand(words)).toThrow(new UsageError(message));
  });

  test('has every long option in its help', () => {
    const names = ['rfc4868', 'keepalive', 'threads', 'control', 'release', 'help', 'version'];
    for (const name of names) {
      expect(USAGE).toContain(`--${name}`);
    }
  });
});

test('there is a thread for every two processors, and one at least', () => {
  const processors = vi.spyOn(os, 'availableParallelism');
  for (const [count, threads] of [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [9, 4],
    [32, 16],
    [256, 16],
  ] as const) {
    processors.mockReturnValue(count);
    expect(usualThreads()).toBe(threads);
  }
});
