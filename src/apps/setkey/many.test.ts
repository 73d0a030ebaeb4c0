import { beforeAll, describe, expect, test } from 'vitest';
import { manyStatements } from '../../../test/support/many.ts';
import { collect } from '../../ipsec/backend.ts';
import { MemoryBackend } from '../../ipsec/memory-backend.ts';
import { parseCommand } from './options.ts';
import { carryOut, type Output, readFiles } from './run.ts';

const MANY = 10_000;
/** A second where nothing else runs. */
const PATIENCE_MS = 60_000;

describe(`${MANY} SAs and policies`, { timeout: PATIENCE_MS }, () => {
  const backend = new MemoryBackend(() => 0);
  const texts: string[] = [];
  const output: Output = {
    print: async (pieces) => {
      for await (const piece of pieces) texts.push(piece);
    },
    report: (text) => {
      // There is much to warn of: nothing comes back.
      if (text.includes('error: ')) throw new Error(text);
    },
  };

  async function load(text: string): Promise<number> {
    const command = parseCommand(['-c']);
    const steps = await readFiles([{ name: 'many.conf', text }], command, output);
    return steps === null ? 1 : carryOut(steps, backend, command, output);
  }

  beforeAll(async () => {
    expect(await load(manyStatements(MANY))).toBe(0);
  }, PATIENCE_MS);

  test('are loaded, and again in the place of the first', async () => {
    expect(await load(manyStatements(MANY))).toBe(0);
    expect(await collect(backend.sas())).toHaveLength(MANY);
    expect(await collect(backend.policies())).toHaveLength(MANY);
  });

  test('are printed in pieces, one for each', async () => {
    texts.length = 0;
    expect(await load('dump; spddump;')).toBe(0);
    expect(texts).toHaveLength(2 * MANY);
    expect(texts[MANY - 1]).toContain('sadb_seq=0 ');
    expect(texts[MANY - 2]).toContain(`sadb_seq=${MANY - 1} `);
  });

  test('are updated and deleted one by one', async () => {
    const lines = manyStatements(MANY).split('\n').slice(1);
    const updates = lines.filter((line) => line.startsWith('spdadd'));
    const removals = lines.map((line) =>
      line
        .replace(/^add (\S+ \S+ \S+) .*/, 'deleteall $1;')
        .replace(/^spdadd (.*) ipsec .*/, 'spddelete $1;'),
    );
    expect(await load(updates.join('\n').replaceAll('spdadd', 'spdupdate'))).toBe(0);
    expect(await load(removals.join('\n'))).toBe(0);
    expect(await collect(backend.sas())).toEqual([]);
    expect(await collect(backend.policies())).toEqual([]);
  });
});
