/**
 * For tests that run inside a guest: one thread, since a guest has one CPU and slow system calls.
 *
 * @module
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/uml/guest/*.guest.ts'],
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});

export default config;
