/**
 * vitest's global set-up for the tests with containers. On a machine where there is no Docker engine and none can be started they are
 * left out, and it is said; under continuous integration that is a failure.
 */
import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { openEngine } from '../../../controller/deployment/docker/api.ts';
import { createHoldings, messageOf } from '../servers/holdings.ts';
import { findDockerHost } from './docker-host.ts';
import { removeImages } from './worker-images.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What DOCKER_HOST is to be; null: there is no engine. */
    dockerHost: string | null;
    /** Under which the run's images are built; removed at its end. */
    imagesName: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const imagesName = `easel-test/${randomBytes(4).toString('hex')}`;
  project.provide('imagesName', imagesName);
  const holdings = createHoldings((line) => console.log(`containers: ${line}`));
  try {
    const dockerHost = await findDockerHost(holdings);
    project.provide('dockerHost', dockerHost);
    const engine = await openEngine({ ...process.env, DOCKER_HOST: dockerHost });
    holdings.add(`images ${imagesName}`, () => removeImages(engine, imagesName));
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
