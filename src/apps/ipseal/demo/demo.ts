/**
 * `ipseal demo`: two hosts go from plaintext to IPsec before your eyes.
 *
 * @module
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryStage } from './memory-stage.ts';
import { NamespaceStage } from './namespace-stage.ts';
import type { Configurations, Stage } from './stage.ts';
import { tellStory } from './story.ts';
import { lookAround, runInUserNamespace } from './surroundings.ts';

export interface DemoOptions {
  /** Alice's file and bob's; the gazette pair when not given. */
  readonly config?: readonly string[];
  /** Leave the hosts up until Ctrl-C. */
  readonly keep?: boolean;
  /** Do not try for namespaces. */
  readonly inProcess?: boolean;
}

const INTERRUPTED = 130;

/** Runs the demonstration; resolves with the exit status: 0 only if all of it held. */
export async function demo(options: DemoOptions): Promise<number> {
  const files = configurationsOf(options.config);
  const surroundings = options.inProcess
    ? ({ kind: 'neither', why: 'asked to do without' } as const)
    : lookAround();
  if (surroundings.kind === 'user-namespace') return runInUserNamespace();

  let silent = false;
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGPIPE'] as const) {
      // Each time, not once: an impatient second Ctrl-C must not cut the clearing up short.
      process.on(signal, () => {
        silent = true;
        resolve('interrupted');
      });
    }
  });
  const stage = await setStage(surroundings.kind === 'neither' ? surroundings.why : null);
  try {
    const print = (line: string) => {
      if (!silent) process.stdout.write(`${line}\n`);
    };
    const held = await Promise.race([tellStory(stage, files, print), interrupted]);
    if (held === 'interrupted') return INTERRUPTED;
    print(held ? '\nAll of it held.' : '\nNot all of it held.');
    if (options.keep && stage.doors.length > 0) {
      print(`\nThe hosts stay up until Ctrl-C. To enter:\n  ${stage.doors.join('\n  ')}`);
      await interrupted;
    }
    return held ? 0 : 1;
  } finally {
    await stage.end();
  }
}

/** The stage with namespaces, or where they fail all the same, the one without. */
async function setStage(why: string | null): Promise<Stage> {
  if (why !== null) return new MemoryStage(why);
  try {
    return await NamespaceStage.set();
  } catch (error) {
    return new MemoryStage(error instanceof Error ? error.message : String(error));
  }
}

function configurationsOf(given: readonly string[] | undefined): Configurations {
  const shipped = (name: string) =>
    relative(
      process.cwd(),
      fileURLToPath(new URL(`../../../../examples/gazette/${name}.setkey.conf`, import.meta.url)),
    );
  const [alice = shipped('alice'), bob = shipped('bob')] = given ?? [];
  return { alice, bob };
}
