import { beforeEach, describe, expect, test } from 'vitest';
import { collect } from '../../ipsec/backend.ts';
import { MemoryBackend } from '../../ipsec/memory-backend.ts';
import { parseCommand } from './options.ts';
import type { Output } from './run.ts';
import { converse } from './session.ts';

const ADD = `add 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-sha256-128 0x${'46915c30ed7e2465'.repeat(4)};`;
const OUT = 'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec ah/transport//require;';

let backend: MemoryBackend;
/** What was printed, and what was reported between two `|`. */
let shown: string;

const output: Output = {
  print: async (pieces) => {
    for await (const piece of pieces) shown += piece;
  },
  report: (text) => {
    shown += `|${text}|`;
  },
};

beforeEach(() => {
  backend = new MemoryBackend(() => 0);
  shown = '';
});

async function* typed(...parts: string[]): AsyncGenerator<string> {
  for (const part of parts) yield part;
}

/** The exit status for what is typed. */
function talk(...parts: string[]): Promise<number> {
  return converse(typed(...parts), backend, parseCommand(['-c']), output);
}

async function spis(): Promise<readonly number[]> {
  return (await collect(backend.sas())).map(({ parameters }) => parameters.spi);
}

describe('a session', () => {
  test('carries out each statement at its ";", and asks for the rest', async () => {
    expect(await talk('dump', ';\n', `${ADD.slice(0, 21)}\n`, `${ADD.slice(21)} dump;\n`)).toBe(0);
    expect(shown).toMatch(
      /^\|setkey> \|\| {6}> \|No SAD entries\.\n\|setkey> \|\| {6}> \|10\.9\.0\.1 10\.9\.0\.2 \n/,
    );
    expect(shown).toMatch(/refcnt=0\n\|setkey> \|\|\n\|$/);
    expect(await spis()).toEqual([0x200]);
  });

  test('goes on after what is wrong or refused, and ends with status 1', async () => {
    expect(await talk('bogus;\n', `${ADD}\n`, `${ADD}\n`, 'dump;\n')).toBe(1);
    expect(shown).toContain('|(terminal):1:1: error: ');
    expect(shown).toContain(
      '|(terminal):1:1: error: there is an SA ah 0x00000200 to 10.9.0.2; nothing was changed\n',
    );
    expect(shown).toContain('\tah mode=transport');
  });

  test('warns of what one statement shows, and not of what others may say', async () => {
    expect(await talk(`${OUT}\n`, `${ADD.replace(' -A', ' -f zero-pad -A')}\n`)).toBe(0);
    expect(shown.match(/\[[a-z-]+\]/g)).toEqual(['[padding-ignored]']);
  });

  test('ends at exit', async () => {
    expect(await talk(`exit; ${ADD}\n`, ADD)).toBe(0);
    expect(await spis()).toEqual([]);
  });

  test('that ends in the middle of a statement says what is missing', async () => {
    expect(await talk('flush\n')).toBe(1);
    expect(shown).toContain('[missing-semicolon]');
  });
});
