import { describe, expect, test } from 'vitest';
import { parseTranscript, transcriptDifference, transcriptUnder } from './transcript.ts';

describe('parseTranscript()', () => {
  test('finds hosts, commands and what they print', () => {
    expect(
      parseTranscript([
        'alice# ipseald &',
        'bob# setkey -D',
        'No SAD entries.',
        '',
        '',
        'bob$ true',
      ]),
    ).toEqual([
      { host: 'alice', command: 'ipseald', background: true, output: [] },
      { host: 'bob', command: 'setkey -D', background: false, output: ['No SAD entries.'] },
      { host: 'bob', command: 'true', background: false, output: [] },
    ]);
  });

  test('keeps tabs, blanks, and empty lines within the output', () => {
    expect(parseTranscript(['a# x', '\tone  ', '', '  two', ''])[0]?.output).toEqual([
      '\tone  ',
      '',
      '  two',
    ]);
  });

  test('takes no "&" within a command for one at its end', () => {
    const [first, second] = parseTranscript(['a# x && y', 'a# x > y 2>&1 &']);
    expect(first).toMatchObject({ command: 'x && y', background: false });
    expect(second).toMatchObject({ command: 'x > y 2>&1', background: true });
  });

  test('puts together a command that goes on in the next line', () => {
    expect(parseTranscript(['a# x \\', '  y \\', '  z', 'out'])).toEqual([
      { host: 'a', command: 'x \\\n  y \\\n  z', background: false, output: ['out'] },
    ]);
  });

  test('refuses output of no command', () => {
    expect(() => parseTranscript(['', 'hello', 'a# x'])).toThrow('"hello" comes before any prompt');
  });
});

describe('transcriptUnder()', () => {
  const document = [
    '# ipseal',
    '```console',
    'a# before',
    '```',
    '## A worked example',
    'Words.',
    '```console',
    'a# one',
    '## no heading',
    '```',
    '### Smaller',
    '```sh',
    'a# not this',
    '```',
    '```console',
    'a# two',
    '```',
    '## Another',
    '```console',
    'a# after',
    '```',
  ].join('\n');

  test('takes the console blocks of one section, and of no other', () => {
    const steps = transcriptUnder('A worked example', document);
    expect(steps?.map(({ command }) => command)).toEqual(['one', 'two']);
    expect(steps?.[0]?.output).toEqual(['## no heading']);
  });

  test('tells a section without blocks from none', () => {
    expect(transcriptUnder('Nothing', document)).toBeNull();
    expect(transcriptUnder('Nothing', `${document}\n## Nothing\n`)).toEqual([]);
  });
});

describe('transcriptDifference()', () => {
  test.each<[string, string[], string]>([
    ['the same text', ['one', '\ttwo'], 'one\n\ttwo\n'],
    ['no text', [], ''],
    ['blanks at ends of lines, and empty lines at the end', ['one '], 'one  \n\n'],
    ['any text within a line', ['one ... three', '...x', 'x...'], 'one 2 three\nx\nx y\n'],
    ['no text within a line', ['one... two'], 'one two\n'],
    ['any lines', ['one', '...', 'four'], 'one\ntwo\nthree\nfour\n'],
    ['no lines', ['one', '...', 'two', '...'], 'one\ntwo\n'],
    ['any lines, of which one looks like the next', ['...', 'b', 'c'], 'a\nb\nb\nc\n'],
    ['any lines, indented', ['  ...'], 'a\nb\n'],
    [
      'signs that mean something elsewhere',
      ['a.c (x) [1] $ * + ? {2} | ^ \\'],
      'a.c (x) [1] $ * + ? {2} | ^ \\',
    ],
  ])('is nothing for %s', (_, expected, printed) => {
    expect(transcriptDifference(expected, printed)).toBeNull();
  });

  test.each<[string, string[], string, RegExp]>([
    ['another text', ['one'], 'two\n', /^line 1: expected: one\nprinted: two\n/],
    ['a dot for another sign', ['a.c'], 'abc\n', /^line 1: /],
    ['a line too many', ['one'], 'one\ntwo\n', /^line 2: expected: no more lines\nprinted: two\n/],
    ['a line too few', ['one', 'two'], 'one\n', /^line 2: expected: two\nprinted: no more lines\n/],
    ['a blank too few at the beginning', [' one'], 'one\n', /^line 1: /],
    ['a line that is not among any lines', ['...', 'z'], 'a\nb\n', /expected: z/],
    [
      'output where none is shown',
      [],
      'warning\n',
      /^line 1: expected: no more lines\nprinted: warn/,
    ],
  ])('tells of %s', (_, expected, printed, words) => {
    expect(transcriptDifference(expected, printed)).toMatch(words);
  });

  test('shows all that was printed', () => {
    expect(transcriptDifference(['a', 'c'], 'a\nb\n')).toMatch(/in all:\na\nb$/);
  });
});
