import { defineConfig } from 'vitest/config';

export const config = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Worker threads cannot be started from TypeScript on Node 20, so the build comes first; and tests leave no folder behind.
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    pool: 'forks',
  },
});

// Vitest reads its configuration from the default export; everywhere else exports are named.
export default config;
