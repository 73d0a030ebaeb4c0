import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDiagnostic, Report } from '../diagnostic.ts';
import { SourceText } from '../source.ts';
import { readAssignments } from './shell.ts';

interface Read {
  readonly values: Readonly<Record<string, string | null>>;
  readonly problems: readonly string[];
  /** Everything that would be printed. */
  readonly printed: string;
}

function read(text: string): Read {
  const source = new SourceText('ifcfg-ipsec0', text);
  const report = new Report();
  const values: Record<string, string | null> = {};
  const surroundings = {
    lookUp: (name: string) => values[name],
    isPublic: (name: string) => !name.startsWith('KEY'),
  };
  for (const { name, value } of readAssignments(source, surroundings, report)) {
    values[name] = value;
  }
  const diagnostics = report.diagnostics(source);
  return {
    values,
    problems: diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`),
    printed: diagnostics.map(formatDiagnostic).join('\n'),
  };
}

/** What `sh` makes of the same texts: the value of `A` after each. */
function byShell(texts: readonly string[]): readonly string[] {
  const script = 'for text do (eval "$text"; printf "%s\\0" "$A"); done';
  const said = execFileSync('sh', ['-c', script, 'sh', ...texts], { encoding: 'utf8' });
  return said.split('\0').slice(0, -1);
}

/** `B` expanded, in braces. */
const BRACED = ['$', '{B}'].join('');

describe('what a shell would assign', () => {
  test.each([
    ['A=b', 'b'],
    ['A=', ''],
    ["A='b c'", 'b c'],
    ['A="b  c"', 'b  c'],
    ['A=b\'c d\'"e f"g', 'bc de fg'],
    ['A=b\\ c', 'b c'],
    ['A="b\\"c\\d\\\\e\\$f"', 'b"c\\d\\e$f'],
    ["A='b\\c'", 'b\\c'],
    ['A=b\\\nc', 'bc'],
    ['A="b\\\nc"', 'bc'],
    ['A="b\nc"', 'b\nc'],
    ['A=b # c', 'b'],
    ['A=b#c', 'b#c'],
    ['# A=c\nA=b', 'b'],
    ['  A=b  ', 'b'],
    ['B=x; A=$B', 'x'],
    [`B="x y"\nA=${BRACED}z`, 'x yz'],
    ['B=x A="<$B>"', '<x>'],
    ["B=x; A='$B'", '$B'],
    ['B=x; A=\\$B', '$B'],
    ['A=$', '$'],
    ['A="$ $"', '$ $'],
    ['A=a$.', 'a$.'],
    ['A=*', '*'],
    ['A=[a-z]?', '[a-z]?'],
    ['A={b,c}', '{b,c}'],
    ['A=b=c', 'b=c'],
    ['A=b~c', 'b~c'],
    ['A=b!c%^@', 'b!c%^@'],
    ['export A=b', 'b'],
    ['A=b\nexport A', 'b'],
    ['A=b; A=c', 'c'],
    ['A=b\\', 'b\\'],
    ['A=é', 'é'],
  ])('%j', (text, value) => {
    expect(byShell([text])).toEqual([value]);
    expect(read(text)).toMatchObject({ values: { A: value }, problems: [] });
  });

  test('a CRLF file has no carriage returns in its values', () => {
    expect(read('A=b\r\nB="c"\r\n# d\r\nexport C=d\r\n\r\nE=\r\n')).toMatchObject({
      values: { A: 'b', B: 'c', C: 'd', E: '' },
      problems: [],
    });
  });

  test('several assignments of a line come in their order', () => {
    expect(Object.keys(read('B=1 A=2; D=3\texport=4').values)).toEqual(['B', 'A', 'D', 'export']);
  });

  test('a byte order mark is none of the first name', () => {
    expect(read('\ufeffA=b').values).toEqual({ A: 'b' });
  });
});

describe('what is not done', () => {
  test.each([
    ['A=$(hostname)', '1:3 not-executed'],
    ['A="x $(hostname)"', '1:6 not-executed'],
    ['A=`hostname`', '1:3 not-executed'],
    ['A="`hostname`"', '1:4 not-executed'],
    [`A=${BRACED.replace('}', ':-c}')}`, '1:3 unsupported-expansion'],
    ['A=$1', '1:3 unsupported-expansion'],
    ['A=$$', '1:3 unsupported-expansion'],
    ['A=$[1+1]', '1:3 unsupported-expansion'],
    ["A=$'b'", '1:3 unsupported-quote'],
    ['A=~/b', '1:3 tilde'],
    ['A=b:~/c', '1:5 tilde'],
    ['A=$B', '1:3 unset-variable'],
    ['B=x; A=$B\\\nc', '1:8 unsupported-expansion'],
    ['A=b|c', '1:4 not-executed'],
    ['A=(b c)', '1:3 not-executed'],
    ["A='b", '1:3 unterminated-quote'],
    ['A="b', '1:3 unterminated-quote'],
    ['A=b c', '1:5 unquoted-blank'],
    ['A = b', '1:1 blank-before-equals'],
    ['echo hello', '1:1 not-executed'],
    ['. /etc/sysconfig/network', '1:1 not-executed'],
    ['if [ -f /x ]; then', '1:1 not-executed'],
    ['A+=b', '1:1 not-executed'],
    ['A=b & C=d', '1:5 unquoted-blank'],
    ['A=b;; C=d', '1:5 stray-semicolon'],
    ['; A=b', '1:1 stray-semicolon'],
  ])('%j is told at its place', (text, problem) => {
    expect(read(text).problems).toContain(problem);
    expect(read(text).values['A'] ?? null).toSatisfy((value) => value === null || value === 'b');
  });

  test('what follows on other lines is read all the same', () => {
    expect(read('rm -rf /\nB=$(x)\nC=$B\nA=b\n')).toMatchObject({
      values: { A: 'b', B: null, C: null },
      problems: ['1:1 not-executed', '2:3 not-executed'],
    });
  });
});

describe('secrets', () => {
  test.each([
    ['KEY=hunter2 hunter3'],
    ["KEY='hunter2"],
    ['KEY = hunter2'],
    ['KEY hunter2'],
    ['KEY=$(hunter2)'],
    ['# hunter2\nKEY=`hunter2`'],
    ['A=$B # hunter2'],
    ['KEY="hunter2'],
  ])('%j is told without them', (text) => {
    const { printed, problems } = read(text);
    expect(problems).not.toEqual([]);
    expect(printed).not.toContain('hunter');
  });
});

/** Pieces that mean something to a shell, and others. */
const piece = fc.constantFrom(
  ...["'", '"', '\\', '$', '$B', BRACED, ' ', '\t', '\n', '#', '=', '~', ':', '*', '?', '[', ']'],
  ...['{', '}', '!', 'a', 'B', '0x1f', 'é', '%s', '-', ';', ',', '\\\n', '$.', '"$B"', "'$B'"],
);

describe('any text', () => {
  test('never throws, and every place lies in it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 30 }),
        (pieces) => {
          const text = pieces.join('');
          const { problems } = read(text);
          const lines = text.split('\n').length;
          for (const problem of problems)
            expect(Number.parseInt(problem, 10)).toBeLessThanOrEqual(lines);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('has the values that sh gives it, where sh only assigns', () => {
    const texts = fc.sample(fc.array(piece, { maxLength: 12 }), { numRuns: 2000, seed: 20261122 });
    const assigned = texts
      .map((pieces) => `B='x y'\nA=${pieces.join('')}`)
      .map((text) => ({ text, ...read(text) }))
      .filter(({ problems, values }) => problems.length === 0 && values['A'] !== undefined);
    expect(assigned.length).toBeGreaterThan(200);
    expect(byShell(assigned.map(({ text }) => text))).toEqual(
      assigned.map(({ values }) => values['A']),
    );
  });
});
