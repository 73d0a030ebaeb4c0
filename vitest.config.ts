/**
 * One project per tier, by what its tests need: nothing (unit, exchange), network namespaces
 * (netns), a Linux kernel with IPsec in User-Mode Linux (uml).
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

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
          testTimeout: 60_000,
        },
      },
      { test: { name: 'exchange', include: ['test/exchange/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'netns',
          include: ['test/netns/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'uml',
          include: ['test/uml/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

export default config;
