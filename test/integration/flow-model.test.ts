/** Random jobs end as a pure model says: chains, loops, conditionals, failures, products and metadata, in any mixture. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, startEngine } from '../support/engine.ts';
import { broughtFile, nameOf, predict, writeJob } from '../support/job-model.ts';
import { allSpecs, type Spec, specTrees } from '../support/job-trees.ts';

const SEEDS = [20_261_121, 31_415, 2_718];
const RUNS = 25;

/** A failure shows the job file: fast-check tells the seed, and tries smaller jobs. */
const explained = (check: (specs: readonly Spec[]) => Promise<void>) => async (specs: readonly Spec[]) => {
  try {
    await check(specs);
  } catch (error) {
    throw new Error(`the job ${JSON.stringify(writeJob(specs, 'model'))}`, { cause: error });
  }
};

forEachDatabase('random jobs', ({ create }) => {
  let engine: Engine;
  let jobs = 0;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterAll(() => engine.close());

  const check = async (specs: readonly Spec[]): Promise<void> => {
    const tag = `model${++jobs}`;
    for (const spec of allSpecs(specs)) if (spec.needsFile) engine.bring(broughtFile(spec, tag));
    const job = await engine.run(writeJob(specs, tag));
    const predicted = predict(specs);
    const real = Object.groupBy(
      job.tasks.filter(({ name }) => name !== undefined),
      ({ name }) => name ?? '',
    );
    const isEither = (name: string) => predicted[name]?.includes('failed or blocked') === true;
    const endings = Object.fromEntries(
      Object.entries(real).map(([name, tasks = []]) => [
        name,
        tasks.map(({ state }) => (isEither(name) && state !== 'done' ? 'failed or blocked' : state)).sort(),
      ]),
    );
    const expected = Object.fromEntries(
      Object.entries(predicted).map(([name, all]) => [
        name,
        all.map((each) => (isEither(name) && each !== 'done' ? 'failed or blocked' : each)).sort(),
      ]),
    );
    expect(endings).toEqual(expected);
    expect(job.state === 'succeeded').toBe(specs.every((spec) => predicted[nameOf(spec)]?.join() === 'done'));
  };

  test.each(SEEDS)('end as the model says (seed %i)', { timeout: 300_000 }, async (seed) => {
    await fc.assert(fc.asyncProperty(specTrees, explained(check)), { seed, numRuns: RUNS });
    expect(engine.defects()).toEqual([]);
  });
});
