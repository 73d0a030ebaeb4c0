/**
 * Ten thousand SAs and ten thousand policies in one file, for `ipseald` with one thread and with several:
 * they are loaded in one go and printed to the last.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import { makeNamespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { ALICE_ADDRESS, commandPath, TestHost } from '../support/hosts.ts';
import { manyStatements } from '../support/many.ts';

const MANY = 10_000;

for (const threads of ['1', '3']) {
  describeNetns(`${MANY} SAs and policies for ipseald, threads: ${threads}`, () => {
    let host: TestHost;
    let directory: TemporaryDirectory;

    beforeAll(async () => {
      host = new TestHost(await makeNamespace('many'), ALICE_ADDRESS);
      directory = makeTemporaryDirectory();
      await host.startDaemon({ args: ['--threads', threads] });
      const file = join(directory.path, 'many.conf');
      writeFileSync(file, manyStatements(MANY));
      const result = await host.setkey(['-f', file], { timeoutMs: 100_000 });
      expect({ status: result.status, errors: result.stderr.match(/error/g) }).toEqual({
        status: 0,
        errors: null,
      });
    });

    afterAll(async () => {
      await host?.dispose();
      directory?.remove();
    });

    /** What a shell says of a dump that is too long to be kept. */
    async function counted(words: string, pattern: string): Promise<number> {
      const command = `${commandPath('setkey')} ${words} | grep -c '${pattern}'`;
      const result = await host.namespace.run(['sh', '-c', command], {
        env: { IPSEAL_CONTROL: host.control, IPSEAL_BACKEND: 'userspace' },
      });
      expect(result.stderr).toBe('');
      return Number(result.stdout);
    }

    test('are printed to the last', async () => {
      expect(await counted('-D', '^.sadb_seq=')).toBe(MANY);
      expect(await counted('-DP', '^.spid=')).toBe(MANY);
      expect(await counted('-D --json', '"type":"sa"')).toBe(MANY);
    });

    test('are printed to a reader who leaves', async () => {
      const command = `${commandPath('setkey')} -D | head -n 1`;
      const env = { IPSEAL_CONTROL: host.control, IPSEAL_BACKEND: 'userspace' };
      const result = await host.namespace.run(['sh', '-c', command], { env });
      expect(result).toMatchObject({ status: 0, stderr: '' });
      expect(result.stdout).toMatch(/^10\.9\.0\.1 10\.\S+ \n$/);
    });

    test('go away together', async () => {
      await host.load('flush; spdflush;');
      expect((await host.setkey(['-D'])).stdout).toBe('No SAD entries.\n');
      expect((await host.setkey(['-DP'])).stdout).toBe('No SPD entries.\n');
    });
  });
}
