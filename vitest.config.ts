/**
 * One project per tier, by what its tests need: nothing (unit, exchange), network namespaces
 * (netns), a Linux kernel with IPsec in User-Mode Linux (uml).
 *
 * Those that need nothing come first, a file for each processor, and share what they import: a test
 * there gives back what it replaces. Of the others one file more than processors runs at a time:
 * they wait as much as they work, and whatever they make has a name of its own.
 */
import { availableParallelism } from 'node:os';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const UNPRIVILEGED = { testTimeout: 60_000, isolate: false, maxWorkers: availableParallelism() };
const PRIVILEGED = { maxWorkers: availableParallelism() + 1, sequence: { groupOrder: 1 } };

/** What takes longest begins first, so that no processor is idle at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => precedence(one) - precedence(other));
  }
}

/** A guest takes longer than namespaces, and longest the one that runs all of `guest/`. */
function precedence({ project, moduleId }: TestSpecification): number {
  if (moduleId.endsWith('test/uml/kernel-backend.test.ts')) return 0;
  return project.name === 'uml' ? 1 : 2;
}

const config: ViteUserConfig = defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'test/{vectors,fuzz,kernel,support,bench,systemd}/**/*.test.ts',
          ],
          ...UNPRIVILEGED,
        },
      },
      { test: { name: 'exchange', include: ['test/exchange/**/*.test.ts'], ...UNPRIVILEGED } },
      {
        test: {
          name: 'netns',
          include: ['test/netns/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...PRIVILEGED,
        },
      },
      {
        test: {
          name: 'uml',
          include: ['test/uml/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          ...PRIVILEGED,
        },
      },
    ],
  },
});

export default config;
