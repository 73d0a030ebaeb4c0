import { describe, expect, test } from 'vitest';
import { parseOptions, UsageError } from './getopt.ts';

const SPEC = { letters: 'abf:?', long: { file: true, help: false } };

function parse(...words: string[]) {
  const { options, operands } = parseOptions(words, SPEC);
  return { options: options.map(({ name, value }) => [name, value]), operands };
}

function complaint(...words: string[]): string {
  try {
    parse(...words);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error instanceof Error ? error.message : '';
  }
  return 'none';
}

describe('letters', () => {
  test('stand alone or joined, in the order given', () => {
    expect(parse('-b', '-ab').options).toEqual([
      ['b', null],
      ['a', null],
      ['b', null],
    ]);
  });

  test('have their value in the same word or in the next', () => {
    expect(parse('-fx', '-f', 'y', '-abfz', '-bf', '-a').options).toEqual([
      ['f', 'x'],
      ['f', 'y'],
      ['a', null],
      ['b', null],
      ['f', 'z'],
      ['b', null],
      ['f', '-a'],
    ]);
  });

  test('take "--" and "-" as values like any other word', () => {
    expect(parse('-f', '--', '-f', '-').options).toEqual([
      ['f', '--'],
      ['f', '-'],
    ]);
  });

  test('may be punctuation, but never the colon of the specification', () => {
    expect(parse('-?').options).toEqual([['?', null]]);
    expect(complaint('-:')).toBe('there is no option -:');
    expect(complaint('-a:')).toBe('there is no option -:');
  });

  test('are refused when unknown, or when their value is missing', () => {
    expect(complaint('-x')).toBe('there is no option -x');
    expect(complaint('-ax')).toBe('there is no option -x');
    expect(complaint('-f')).toBe('-f needs a value');
  });
});

describe('long options', () => {
  test('have their value after an equals sign or in the next word', () => {
    expect(parse('--file=x', '--file', 'y', '--file=', '--file=a=b', '--help').options).toEqual([
      ['file', 'x'],
      ['file', 'y'],
      ['file', ''],
      ['file', 'a=b'],
      ['help', null],
    ]);
  });

  test('are refused when unknown, abbreviated, or inherited from Object', () => {
    expect(complaint('--fil=x')).toBe('there is no option --fil');
    expect(complaint('--toString')).toBe('there is no option --toString');
    expect(complaint('--=x')).toBe('there is no option --');
  });

  test('are refused with a value too many or too few', () => {
    expect(complaint('--help=yes')).toBe('--help takes no value');
    expect(complaint('--file')).toBe('--file needs a value');
  });
});

describe('operands', () => {
  test('may stand between options', () => {
    expect(parse('one', '-a', 'two', '--file', 'x', 'three')).toEqual({
      options: [
        ['a', null],
        ['file', 'x'],
      ],
      operands: ['one', 'two', 'three'],
    });
  });

  test('are everything after "--", and a lone dash', () => {
    expect(parse('-', '-a', '--', '-b', '--', '--help')).toEqual({
      options: [['a', null]],
      operands: ['-', '-b', '--', '--help'],
    });
  });

  test('of no words are none', () => {
    expect(parse()).toEqual({ options: [], operands: [] });
  });
});
