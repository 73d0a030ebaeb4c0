/**
 * The worked example of the README goes as it is written there.
 *
 *     alice  wire0 10.9.0.1 ──── wire0 10.9.0.2  bob
 *
 * Each command runs in a shell in its host's namespace, in the checkout, with `bin/` first in the
 * PATH and the control socket of that host's `ipseald` in the environment. The example is about
 * kernels without ESP and AH; where the kernel has them, the hosts are told to do as if it had not.
 *
 * @module
 */
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kernelHasIpsec } from '../../src/io/xfrm/kernel-ipsec.ts';
import type { RunOptions } from '../lab/command.ts';
import { LAB_PATH } from '../lab/programs.ts';
import { describeNetns } from '../lab/tier.ts';
import { type Hosts, makeHosts, PROJECT, type TestHost, waitUntil } from '../support/hosts.ts';
import { type Step, transcriptDifference, transcriptUnder } from '../support/transcript.ts';

const README = join(PROJECT, 'README.md');
const TITLE = 'A worked example';

/** What `setkey` says of a kernel as in the example, before it goes on to `ipseald`. */
const KERNEL_LACKS = 'this kernel has neither ESP nor AH, and ';

const kernel = kernelHasIpsec();
const kernelLacks = typeof kernel !== 'string' && !kernel.esp && !kernel.ah;

/** The example; `null`, said in one line, where the README has none yet. */
function workedExample(): readonly Step[] | null {
  const steps = existsSync(README) ? transcriptUnder(TITLE, readFileSync(README, 'utf8')) : null;
  if (steps === null) writeSync(2, `skipped: ${README} has no "## ${TITLE}"\n`);
  if (steps === null || kernelLacks) return steps;
  return steps.map((step) => ({
    ...step,
    output: step.output.map((line) => line.replace(KERNEL_LACKS, '')),
  }));
}

describeNetns('the README', () => {
  const example = workedExample();
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts([]);
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  function hostOf(step: Step): TestHost {
    if (step.host !== 'alice' && step.host !== 'bob') {
      throw new Error(`Cannot run "${step.command}": there is no host ${step.host}`);
    }
    return hosts[step.host];
  }

  /** The step as a shell's work: words and surroundings. */
  function shell(step: Step): readonly [readonly string[], RunOptions] {
    const env = {
      PATH: `${join(PROJECT, 'bin')}:${LAB_PATH}`,
      IPSEAL_CONTROL: hostOf(step).control,
      IPSEAL_BACKEND: kernelLacks ? 'auto' : 'userspace',
    };
    return [['sh', '-c', `exec 2>&1; ${step.command}`], { cwd: PROJECT, env }];
  }

  /** Starts what runs on; waits for what it prints at once, or for the daemon to listen. */
  async function start(step: Step): Promise<string | null> {
    const { namespace, control } = hostOf(step);
    const command = namespace.spawn(...shell(step));
    const isDaemon = /^ipseald\b/.test(step.command);
    let difference: string | null = null;
    await waitUntil(`"${step.command}" print what is written`, () => {
      difference = transcriptDifference(step.output, command.stdout);
      const shown = step.output.length === 0 || difference === null;
      return shown && (!isDaemon || existsSync(control));
    }).catch((error: unknown) => {
      if (difference === null) throw error;
    });
    return difference === null || step.output.length === 0 ? null : difference;
  }

  test.skipIf(example === null)('has a worked example that goes as it is written', async () => {
    expect(example?.length).toBeGreaterThan(0);
    for (const step of example ?? []) {
      const difference = step.background
        ? await start(step)
        : transcriptDifference(
            step.output,
            (await hostOf(step).namespace.run(...shell(step))).stdout,
          );
      if (difference !== null) {
        throw new Error(`${step.host}# ${step.command} went another way: ${difference}`);
      }
    }
  });
});
