/**
 * Ten thousand SAs and ten thousand policies in one file, for a kernel that has IPsec.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import type { CommandResult } from '../lab/command.ts';
import { bootGuest, type Guest } from '../lab/guest.ts';
import { describeUml } from '../lab/tier.ts';
import { manyStatements } from '../support/many.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const MANY = 10_000;

describeUml(`${MANY} SAs and policies for the kernel`, () => {
  let guest: Guest;
  let directory: TemporaryDirectory;
  const sh = (script: string): Promise<CommandResult> =>
    guest.run(['sh', '-c', script], { cwd: PROJECT, timeoutMs: 150_000 });

  beforeAll(async () => {
    directory = makeTemporaryDirectory();
    writeFileSync(join(directory.path, 'many.conf'), manyStatements(MANY));
    guest = await bootGuest({ memoryMiB: 1024 });
  });

  afterAll(async () => {
    await guest?.stop();
    directory?.remove();
  });

  test('are loaded in one go', async () => {
    const { status, stderr } = await sh(`bin/setkey -f ${join(directory.path, 'many.conf')}`);
    expect({ status, errors: stderr.match(/error/g) }).toEqual({ status: 0, errors: null });
    expect((await sh('ip xfrm state count')).stdout).toContain(`SAD count ${MANY}`);
    expect((await sh('ip xfrm policy count')).stdout).toContain(`OUT ${MANY}`);
  });

  test('are printed to the last', async () => {
    const sad = await sh(`bin/setkey -D | grep -c '^.sadb_seq='`);
    expect(sad).toEqual({ status: 0, stdout: `${MANY}\n`, stderr: '' });
    const spd = await sh(`bin/setkey -DP --json | grep -c '"type":"policy"'`);
    expect(spd).toEqual({ status: 0, stdout: `${MANY}\n`, stderr: '' });
  });

  test('go away together', async () => {
    expect(await sh('echo "flush; spdflush;" | bin/setkey -c')).toMatchObject({ status: 0 });
    expect((await sh('bin/setkey -D; bin/setkey -DP')).stdout).toBe(
      'No SAD entries.\nNo SPD entries.\n',
    );
  });
});
