import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../getopt.ts';
import { parseCommand, USAGE } from './options.ts';

beforeEach(() => {
  vi.stubEnv('IPSEAL_BACKEND', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function task(...words: string[]) {
  return parseCommand(words).task;
}

function complaint(...words: string[]): string {
  try {
    parseCommand(words);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error instanceof Error ? error.message : '';
  }
  return 'none';
}

describe('the task', () => {
  test.each<[string, ReturnType<typeof task>]>([
    ['-f a.conf', { kind: 'run', files: ['a.conf'] }],
    ['-f -', { kind: 'run', files: ['-'] }],
    ['-c', { kind: 'run', files: ['-'] }],
    ['a.conf b.conf', { kind: 'run', files: ['a.conf', 'b.conf'] }],
    ['-f a.conf b.conf', { kind: 'run', files: ['a.conf', 'b.conf'] }],
    ['b.conf -f a.conf', { kind: 'run', files: ['a.conf', 'b.conf'] }],
    ['-D', { kind: 'dump-sad' }],
    ['-DP', { kind: 'dump-spd' }],
    ['-PD', { kind: 'dump-spd' }],
    ['-D -P', { kind: 'dump-spd' }],
    ['-aDp', { kind: 'dump-sad' }],
    ['-F', { kind: 'flush-sad' }],
    ['-FP', { kind: 'flush-spd' }],
  ])('of "setkey %s" is read', (line, expected) => {
    expect(task(...line.split(' '))).toEqual(expected);
  });

  test('is the last of several', () => {
    expect(task('-D', '-F')).toEqual({ kind: 'flush-sad' });
    expect(task('-F', '-D')).toEqual({ kind: 'dump-sad' });
    expect(task('-D', '-c')).toEqual({ kind: 'run', files: ['-'] });
    expect(task('-f', 'a', '-f', 'b')).toEqual({ kind: 'run', files: ['b'] });
    expect(task('-Fc', '-f', 'b', '-PD')).toEqual({ kind: 'dump-spd' });
  });

  test('has to be there', () => {
    expect(complaint()).toBe('nothing to do: give a file, or -c, -D, -F or -x');
    expect(complaint('-v')).toBe('nothing to do: give a file, or -c, -D, -F or -x');
  });

  test('takes files only where it reads them', () => {
    expect(complaint('-D', 'a.conf')).toBe('"a.conf" is one word too many');
    expect(complaint('-F', 'a.conf', 'b.conf')).toBe('"a.conf" is one word too many');
  });
});

describe('help and version', () => {
  test('end with status 1 under the letters of the original, with 0 under their names', () => {
    expect(task('-h')).toEqual({ kind: 'help', status: 1 });
    expect(task('-?')).toEqual({ kind: 'help', status: 1 });
    expect(task('-V')).toEqual({ kind: 'version', status: 1 });
    expect(task('--help')).toEqual({ kind: 'help', status: 0 });
    expect(task('--version')).toEqual({ kind: 'version', status: 0 });
  });

  test('go before every task, and the first of them counts', () => {
    expect(task('-D', '-h', '-V')).toEqual({ kind: 'help', status: 1 });
    expect(task('--version', '-h', 'a.conf')).toEqual({ kind: 'version', status: 0 });
  });

  test('name every letter that works', () => {
    for (const letter of 'fcDFPnkrpvahVxlH') expect(USAGE).toMatch(new RegExp(`-\\w*${letter}`));
  });
});

describe('switches', () => {
  test('have --keep-going among them', () => {
    expect(parseCommand(['--keep-going', '-c'])).toMatchObject({ keepGoing: true });
  });

  test('show keys in JSON only: other dumps have them anyway', () => {
    expect(parseCommand(['-D', '--json', '--show-keys'])).toMatchObject({
      json: true,
      showKeys: true,
    });
    expect(parseCommand(['-D', '--json'])).toMatchObject({ json: true, showKeys: false });
    expect(complaint('-D', '--show-keys')).toContain('--show-keys goes with --json');
  });

  test('are off unless given', () => {
    expect(parseCommand(['-D'])).toEqual({
      task: { kind: 'dump-sad' },
      checkOnly: false,
      kernelMode: false,
      ports: false,
      verbose: false,
      deadToo: false,
      hexDump: false,
      rfc4868: false,
      keepGoing: false,
      json: false,
      showKeys: false,
      backend: 'auto',
      control: undefined,
    });
  });

  test('are on when given, joined or not', () => {
    expect(parseCommand(['-nkv', '--rfc4868', '-pf', 'a'])).toMatchObject({
      checkOnly: true,
      kernelMode: true,
      verbose: true,
      rfc4868: true,
      ports: true,
    });
  });

  test('-k and -r: the last counts', () => {
    expect(parseCommand(['-krc']).kernelMode).toBe(false);
    expect(parseCommand(['-rkc']).kernelMode).toBe(true);
    expect(parseCommand(['-k', '-c', '-r', '-k']).kernelMode).toBe(true);
  });
});

describe('the backend', () => {
  test('is chosen on the command line before the environment', () => {
    expect(parseCommand(['-D', '--backend', 'kernel']).backend).toBe('kernel');
    vi.stubEnv('IPSEAL_BACKEND', 'userspace');
    expect(parseCommand(['-D']).backend).toBe('userspace');
    expect(parseCommand(['-D', '--backend=kernel']).backend).toBe('kernel');
  });

  test('must be one there is', () => {
    expect(() => parseCommand(['-D', '--backend', 'xfrm'])).toThrow(
      'there is no backend "xfrm": choose auto, kernel or userspace',
    );
  });

  test('may be a control socket somewhere else', () => {
    expect(parseCommand(['-D', '--control', '/tmp/c']).control).toBe('/tmp/c');
  });
});

describe('-l', () => {
  test('makes a table of -D', () => {
    expect(parseCommand(['-lD']).task).toEqual({ kind: 'watch-sad' });
    expect(parseCommand(['-D', '-l', '-a'])).toMatchObject({ task: { kind: 'watch-sad' } });
    expect(parseCommand(['-l', '--help']).task).toEqual({ kind: 'help', status: 0 });
  });

  test.each([
    [['-lDP'], '-l goes with -D, and without -P'],
    [['-l', '-F'], '-l goes with -D, and without -P'],
    [['-lf', 'a'], '-l goes with -D, and without -P'],
    [['-lD', '--json'], '-l prints a table, and none as JSON'],
  ])('is for nothing else: %s', (words, sentence) => {
    expect(complaint(...words)).toBe(sentence);
  });
});

describe('-x', () => {
  test('once gives the time of day, twice seconds since the epoch', () => {
    expect(task('-x')).toEqual({ kind: 'monitor', time: 'day' });
    expect(task('-xx')).toEqual({ kind: 'monitor', time: 'epoch' });
    expect(task('-x', '-x')).toEqual({ kind: 'monitor', time: 'epoch' });
  });

  test('is a task among others, of which the last counts', () => {
    expect(task('-x', '-D')).toEqual({ kind: 'dump-sad' });
    expect(task('-D', '-x')).toEqual({ kind: 'monitor', time: 'day' });
    expect(complaint('-x', 'a.conf')).toBe('"a.conf" is one word too many');
  });
});

describe('-H', () => {
  test.each(['-Hx', '-HD', '-HDP', '-xxH'])('goes with setkey %s', (word) => {
    expect(parseCommand([word])).toMatchObject({ hexDump: true });
  });

  test.each([
    [['-Hc'], '-H goes with -x, -D and -DP'],
    [['-HF'], '-H goes with -x, -D and -DP'],
    [['-HlD'], '-H goes with -x, -D and -DP'],
    [['-Hx', '--json'], '-H prints octets, and JSON has none'],
  ])('is for nothing else: %s', (words, sentence) => {
    expect(complaint(...words)).toBe(sentence);
  });

  test('does not come between a question and its answer', () => {
    expect(task('-H', '--help')).toEqual({ kind: 'help', status: 0 });
  });
});

test('what the original never had is named', () => {
  expect(complaint('-Z')).toBe('there is no option -Z');
  expect(complaint('--watch')).toBe('there is no option --watch');
});
