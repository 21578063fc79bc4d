/**
 * The test projects. `unit` is pure and shares one environment; `conformance` and `integration` meet real servers, which the run
 * finds itself (test/support/servers); `chaos` starts its own, to kill them; `e2e` looks at pages in a Chromium; `containers` runs on
 * a Docker engine. There are no retries: a test that fails now and then is a defect.
 */
import { defineConfig } from 'vitest/config';

const isCi = process.env.CI === 'true';
const servers = ['./test/support/servers-setup.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    retry: 0,
    bail: isCi ? 5 : 0,
    maxWorkers: 2,
    teardownTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          isolate: false,
          testTimeout: 40_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          globalSetup: servers,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: servers,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['./test/support/browser/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'containers',
          include: ['test/containers/**/*.test.ts'],
          globalSetup: [...servers, './test/support/containers/setup.ts'],
          // One engine for all, and starting containers keeps a small machine busy.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          maxConcurrency: 2,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
