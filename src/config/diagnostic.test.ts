import { expect, test } from 'vitest';
import { formatDiagnostic, MOST_DIAGNOSTICS, Report } from './diagnostic.ts';
import { SourceText, type Span } from './source.ts';

function spanOf(text: string, part: string): Span {
  const start = text.indexOf(part);
  return { start, end: start + part.length };
}

/** How a report about `part` of `text` looks when every one of `secrets` is a secret. */
function shown(text: string, part: string, secrets: readonly string[] = []): string {
  const report = new Report();
  report.error('bad', spanOf(text, part), 'it is bad');
  const source = new SourceText('a.conf', text);
  for (const { start, end } of secrets.map((secret) => spanOf(text, secret))) {
    source.hide(start, end);
  }
  return report.diagnostics(source).map(formatDiagnostic).join('\n');
}

test('a diagnostic shows place, line, mark, expectation and fix', () => {
  const text = 'flush;\n\tadd x esp;\n';
  const report = new Report();
  report.error('bad', spanOf(text, 'x'), '"x" is bad', { expected: 'y', fix: 'write y' });
  const [diagnostic] = report.diagnostics(new SourceText('a.conf', text));
  expect(diagnostic).toMatchObject({ code: 'bad', file: 'a.conf', line: 2, column: 6, length: 1 });
  expect(diagnostic && formatDiagnostic(diagnostic)).toBe(
    [
      'a.conf:2:6: error: "x" is bad [bad]',
      '    add x esp;',
      '        ^',
      '  expected: y',
      '  fix: write y',
    ].join('\n'),
  );
});

test('the mark stands right behind a key that is left out', () => {
  expect(shown('add 0x0123456789 -E "old" oops;', 'oops', ['0x0123456789', '"old"'])).toBe(
    [
      'a.conf:1:27: error: it is bad [bad]',
      '    add 0x… -E "…" oops;',
      '                   ^^^^',
    ].join('\n'),
  );
});

test('a mark on a key is as long as what is shown of it', () => {
  expect(shown('key 0x0123456789;', '0x0123456789', ['0x0123456789'])).toContain(
    '    key 0x…;\n        ^^^',
  );
});

test('a secret of several lines shows on none of them', () => {
  const text = 'a "one\ntwo\nthree" b;';
  for (const part of ['a', 'two', 'b']) {
    expect(shown(text, part, ['"one\ntwo\nthree"'])).not.toMatch(/one|two|three/);
  }
});

test('digits in a comment that may be a key are left out', () => {
  expect(shown('flush oops; # was 0x0123456789abcdef', 'oops')).toContain('oops; # was 0x…\n');
});

test('control characters of the file do not reach the terminal', () => {
  expect(shown('flush \u001b[31m\u0007 x', 'x')).toContain('    flush \ufffd[31m\ufffd x\n');
});

test('carriage returns are not part of the line', () => {
  expect(shown('flush oops\r\n', 'oops')).toMatch(/ {4}flush oops\n {4} {6}\^{4}$/);
});

test('a place behind the last character has a mark', () => {
  const report = new Report();
  report.error('bad', { start: 5, end: 5 }, 'no end');
  const [diagnostic] = report.diagnostics(new SourceText('a.conf', 'flush'));
  expect(diagnostic && formatDiagnostic(diagnostic)).toBe(
    'a.conf:1:6: error: no end [bad]\n    flush\n         ^',
  );
});

test('only a part of a very long line is shown', () => {
  const text = `${'a '.repeat(100_000)}oops${' b'.repeat(100_000)}`;
  const lines = shown(text, 'oops').split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1000);
  expect(lines[1]?.indexOf('oops')).toBe(lines[2]?.indexOf('^^^^'));
});

test('diagnostics come in the order of the text', () => {
  const report = new Report();
  report.warning('second', { start: 4, end: 5 }, 'second');
  report.error('first', { start: 0, end: 1 }, 'first');
  const codes = report.diagnostics(new SourceText('a', 'a b c')).map(({ code }) => code);
  expect(codes).toEqual(['first', 'second']);
});

test('too many errors are counted and not told', () => {
  const report = new Report();
  for (let at = 0; at < MOST_DIAGNOSTICS + 7; at++) {
    report.error('bad', { start: at, end: at + 1 }, 'bad');
  }
  report.warning('odd', { start: 500, end: 501 }, 'odd');
  const diagnostics = report.diagnostics(new SourceText('a', 'x'.repeat(501)));
  expect(diagnostics).toHaveLength(MOST_DIAGNOSTICS + 2);
  expect(diagnostics.at(-2)?.code).toBe('odd');
  expect(diagnostics.at(-1)?.message).toBe('too many errors: 7 more from here on');
});

test('of very many problems those are told that come first in the text, whenever they were found', () => {
  const report = new Report();
  for (let at = 4999; at >= 0; at--) {
    report.warning('odd', { start: at, end: at + 1 }, `${at}`);
    if (at % 1000 === 0) report.error('bad', { start: at, end: at + 1 }, `${at}`);
  }
  const diagnostics = report.diagnostics(new SourceText('a', 'x'.repeat(5000)));
  const first = Array.from({ length: MOST_DIAGNOSTICS }, (_, at) => `${at}`);
  expect(diagnostics.flatMap(({ code, message }) => (code === 'odd' ? [message] : []))).toEqual(
    first,
  );
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(5);
  expect(diagnostics.at(-1)).toMatchObject({
    code: 'too-many-warnings',
    column: MOST_DIAGNOSTICS + 1,
    message: 'too many warnings: 4900 more from here on',
  });
});
