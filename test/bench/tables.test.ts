import { expect, test } from 'vitest';
import { MAIN } from './goals.mjs';
import { figuresTable, goalsTable, spliced, table } from './tables.mjs';

test('a table is padded, with numbers to the right', () => {
  const rows = [
    ['a', '1.50', 'yes'],
    ['long name', '-', 'no'],
  ];
  expect(table(['', 'rate', 'met'], rows)).toBe(
    [
      '|           | rate | met |',
      '| --------- | ---: | --- |',
      '| a         | 1.50 | yes |',
      '| long name |    - | no  |',
    ].join('\n'),
  );
});

test('figures come with how many times as fast the main scheme is', () => {
  const figures = { [MAIN]: { tcp1: 4e9, udp64: 2e5 }, OpenVPN: { tcp1: 1e9 }, stunnel: {} };
  expect(cells(figuresTable(figures))).toStrictEqual([
    ['', 'TCP, 1 stream, Gbit/s', 'UDP, 64 octets, 1,000/s', 'ipseal ÷ this'],
    [MAIN, '4.00', '200', '1.00'],
    ['OpenVPN', '1.00', '-', '4.00'],
    ['stunnel', '-', '-', '-'],
  ]);
});

test('a goal is met, not met, or not judged', () => {
  const judgements = [true, false, null].map((met) => ({ goal: 'fast', measured: '2 times', met }));
  expect(cells(goalsTable(judgements)).map((row) => row[2])).toStrictEqual([
    'met',
    'yes',
    'no',
    '-',
  ]);
});

test('what stands between the comments of a name is replaced, and nothing else', () => {
  const text = 'before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n';
  const once = spliced(text, 'figures', 'new');
  expect(once).toBe('before\n<!-- figures -->\nnew\n<!-- /figures -->\nafter\n');
  expect(spliced(once, 'figures', 'new')).toBe(once);
});

test('a text without these comments is not written', () => {
  expect(() => spliced('<!-- /a --> <!-- a -->', 'a', '')).toThrow('there is no <!-- a -->');
});

/** The cells of a Markdown table, without its rule. */
function cells(markdown: string): string[][] {
  const lines = markdown.split('\n').filter((_, line) => line !== 1);
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
