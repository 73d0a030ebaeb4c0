/**
 * The kernel backend on a kernel that has IPsec: the files of `guest/`, run inside a guest.
 *
 * The guest shares this machine's files, so its vitest is ours. One run does them all, since
 * starting it takes seconds there; here, each file is a test that shows what failed in it.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootGuest, type Guest } from '../lab/guest.ts';
import { describeUml } from '../lab/tier.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const GUEST_TESTS = 'test/uml/guest';
/** A guest has one CPU, which it shares with other tests: it needs 1 to 4 minutes, more where much else runs. */
const PATIENCE_MS = 800_000;
const FILES = readdirSync(join(PROJECT, GUEST_TESTS)).filter((name) => name.endsWith('.guest.ts'));

/** What we read of vitest's JSON report. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

describeUml('the kernel backend in a guest', () => {
  let guest: Guest;
  let report: Report;

  beforeAll(async () => {
    guest = await bootGuest({ lifeSeconds: PATIENCE_MS / 1000 + 60 });
    const vitest = ['node_modules/.bin/vitest', 'run', '--reporter=json'];
    const { stdout, stderr } = await guest.run(
      [...vitest, '--config', join(GUEST_TESTS, 'vitest.config.ts')],
      { cwd: PROJECT, timeoutMs: PATIENCE_MS },
    );
    const json = stdout.slice(stdout.indexOf('{'));
    if (json === '') throw new Error(`Cannot run the tests in the guest: ${stdout}${stderr}`);
    report = JSON.parse(json) as Report;
  }, PATIENCE_MS + 120_000);

  afterAll(async () => {
    await guest?.stop();
  });

  test.each(FILES)('%s', (file) => {
    const result = report.testResults.find(({ name }) => name.endsWith(`/${file}`));
    const failures = (result?.assertionResults ?? [])
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`);
    expect([...failures, result?.message].filter(Boolean).join('\n\n')).toBe('');
    expect(result?.status).toBe('passed');
  });
});
