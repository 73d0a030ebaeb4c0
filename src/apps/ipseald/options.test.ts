import { afterEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../getopt.ts';
import { parseCommand, USAGE } from './options.ts';

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
      control: '/run/ipseal/control.sock',
    });
  });

  test('takes files in their order, and the rest in any', () => {
    const words = ['-f', 'a', '--keepalive=0', '-fb', '--control', '/c', '--rfc4868'];
    expect(parseCommand(words)).toEqual({
      kind: 'serve',
      files: ['a', 'b'],
      rfc4868: true,
      keepaliveSeconds: 0,
      control: '/c',
    });
  });

  test.each([
    ['-h', 'help'],
    ['--help', 'help'],
    ['-V', 'version'],
    ['--version', 'version'],
    ['--release', 'release'],
  ])('%s is for %s', (word, kind) => {
    expect(parseCommand([word])).toEqual({ kind });
  });

  test.each([
    [['more'], 'there are no operands: "more"'],
    [['-f'], '-f needs a value'],
    [['-f', '-'], '-f: standard input cannot be read again'],
    [['--keepalive', 'often'], '--keepalive is in seconds, 0 to 86400, not "often"'],
    [['--keepalive', '86401'], '--keepalive is in seconds, 0 to 86400, not "86401"'],
    [['--keepalive', '-1'], '--keepalive is in seconds, 0 to 86400, not "-1"'],
    [['--reload'], 'there is no option --reload'],
  ])('refuses %j', (words, message) => {
    expect(() => parseCommand(words)).toThrow(new UsageError(message));
  });

  test('has every long option in its help', () => {
    for (const name of ['rfc4868', 'keepalive', 'control', 'release', 'help', 'version']) {
      expect(USAGE).toContain(`--${name}`);
    }
  });
});
