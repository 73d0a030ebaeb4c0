/**
 * The worked examples of the README, and of pages whose commands need no more than its hosts, go as they
 * are written there, one after the other.
 *
 *     alice  wire0 10.9.0.1 ──── wire0 10.9.0.2  bob
 *
 * Each command runs in a shell in its host's namespace, with `bin/` first in the PATH and the control
 * socket of that host's `ipseald` in the environment; in the checkout where it shows files of that,
 * else in a directory that both hosts have. The examples are about kernels without ESP and AH; where
 * the kernel has them, the hosts are told to do as if it had not.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { kernelHasIpsec } from '../../src/io/xfrm/kernel-ipsec.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import type { RunOptions } from '../lab/command.ts';
import { LAB_PATH } from '../lab/programs.ts';
import { describeNetns } from '../lab/tier.ts';
import { type Hosts, makeHosts, PROJECT, type TestHost, waitUntil } from '../support/hosts.ts';
import { type Step, transcriptDifference, transcriptUnder } from '../support/transcript.ts';

/** An example, by its page and its heading. */
interface Example {
  readonly page: string;
  readonly title: string;
  /** Whether it is about files of the checkout. */
  readonly inCheckout: boolean;
}

/** In this order: `ipseald` runs from the first on. */
const EXAMPLES: readonly Example[] = [
  { page: 'README.md', title: 'A worked example', inCheckout: true },
  { page: 'README.md', title: 'From nothing to two protected hosts', inCheckout: false },
  { page: 'docs/keygen.md', title: 'A worked example', inCheckout: false },
  { page: 'docs/mirror.md', title: 'A worked example', inCheckout: false },
];

/** What `setkey` says of a kernel as in the example, before it goes on to `ipseald`. */
const KERNEL_LACKS = 'this kernel has neither ESP nor AH, and ';

const kernel = kernelHasIpsec();
const kernelLacks = typeof kernel !== 'string' && !kernel.esp && !kernel.ah;

/** The steps of an example; throws where there are none. */
function stepsOf({ page, title }: Example): readonly Step[] {
  const steps = transcriptUnder(title, readFileSync(join(PROJECT, page), 'utf8')) ?? [];
  if (steps.length === 0) throw new Error(`Cannot run "${title}" of ${page}: it is not there`);
  if (kernelLacks) return steps;
  return steps.map((step) => ({
    ...step,
    output: step.output.map((line) => line.replace(KERNEL_LACKS, '')),
  }));
}

describeNetns('the examples of pages', () => {
  let hosts: Hosts;
  let directory: TemporaryDirectory;

  beforeAll(async () => {
    directory = makeTemporaryDirectory();
    hosts = await makeHosts([]);
  });

  afterAll(async () => {
    await hosts?.dispose();
    directory?.remove();
  });

  function hostOf(step: Step): TestHost {
    if (step.host !== 'alice' && step.host !== 'bob') {
      throw new Error(`Cannot run "${step.command}": there is no host ${step.host}`);
    }
    return hosts[step.host];
  }

  /** The step as a shell's work: words and surroundings. */
  function shell(step: Step, cwd: string): readonly [readonly string[], RunOptions] {
    const { control } = hostOf(step);
    const env = {
      PATH: `${join(PROJECT, 'bin')}:${LAB_PATH}`,
      IPSEAL_CONTROL: control,
      IPSEAL_APPLY_DIRECTORY: `${control}.apply`,
      IPSEAL_BACKEND: kernelLacks ? 'auto' : 'userspace',
    };
    return [['sh', '-c', `exec 2>&1; ${step.command}`], { cwd, env }];
  }

  /** Starts what runs on; waits for what it prints at once, or for the daemon to listen. */
  async function start(step: Step, cwd: string): Promise<string | null> {
    const { namespace, control } = hostOf(step);
    const command = namespace.spawn(...shell(step, cwd));
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

  test.each(EXAMPLES)('$page, "$title", goes as it is written', async (example) => {
    const cwd = example.inCheckout ? PROJECT : directory.path;
    for (const step of stepsOf(example)) {
      const difference = step.background
        ? await start(step, cwd)
        : transcriptDifference(
            step.output,
            (await hostOf(step).namespace.run(...shell(step, cwd))).stdout,
          );
      if (difference !== null) {
        throw new Error(`${step.host}# ${step.command} went another way: ${difference}`);
      }
    }
  });
});
