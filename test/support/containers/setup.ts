/**
 * vitest's global set-up for the tests with containers. On a machine where there is no Docker engine and none can be started they are
 * left out, and it is said; under continuous integration that is a failure.
 */
import type { TestProject } from 'vitest/node';
import { createHoldings, messageOf } from '../servers/holdings.ts';
import { findDockerHost } from './docker-host.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What DOCKER_HOST is to be; null: there is no engine. */
    dockerHost: string | null;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const holdings = createHoldings((line) => console.log(`containers: ${line}`));
  try {
    project.provide('dockerHost', await findDockerHost(holdings));
  } catch (error) {
    await holdings.releaseAll();
    if (process.env.CI === 'true') throw error;
    console.warn(`\ncontainers: TESTS LEFT OUT: ${messageOf(error)}\n`);
    project.provide('dockerHost', null);
  }
  return async () => {
    for (const problem of await holdings.releaseAll()) {
      console.error(`containers: not removed: ${problem}`);
      process.exitCode = 1;
    }
  };
}
