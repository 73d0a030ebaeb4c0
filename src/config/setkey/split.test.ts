import { describe, expect, test } from 'vitest';
import { splitStatements } from './split.ts';

describe('splitStatements()', () => {
  test.each<[string, ReturnType<typeof splitStatements>]>([
    ['', { statements: [], exits: false, rest: '' }],
    ['flush;', { statements: ['flush;'], exits: false, rest: '' }],
    ['flush; dump\n', { statements: ['flush;'], exits: false, rest: 'dump\n' }],
    [' flush ;\n # a;b\n', { statements: ['flush ;'], exits: false, rest: '' }],
    ['dump # a;\n', { statements: [], exits: false, rest: 'dump # a;\n' }],
    ['a; quit; b;', { statements: ['a;', 'quit;'], exits: true, rest: '' }],
    ['exit now; a;', { statements: ['exit now;', 'a;'], exits: false, rest: '' }],
    ['exit', { statements: [], exits: false, rest: 'exit' }],
    [';', { statements: [';'], exits: false, rest: '' }],
  ])('%j', (text, expected) => {
    expect(splitStatements(text)).toEqual(expected);
  });

  test('knows keys with ";" in them, also over two lines', () => {
    const add = 'add ::1 ::2 esp 256 -E aes-cbc "0123456;\n#89abcd";';
    expect(splitStatements(`${add} ${add}`).statements).toEqual([add, add]);
    expect(splitStatements(add.slice(0, -9))).toEqual({
      statements: [],
      exits: false,
      rest: add.slice(0, -9),
    });
  });
});
