/**
 * One project per tier, by what its tests need: nothing (unit, exchange), network namespaces
 * (netns), a Linux kernel with IPsec in User-Mode Linux (uml).
 *
 * Those that need nothing come first, a file for each processor. Of the others two files run at a
 * time: they wait more than they work, and whatever they make has a name of its own.
 */
import { availableParallelism } from 'node:os';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const UNPRIVILEGED = { testTimeout: 60_000, maxWorkers: availableParallelism() };
const PRIVILEGED = { maxWorkers: 2, sequence: { groupOrder: 1 } };

const config: ViteUserConfig = defineConfig({
  test: {
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
