/** Random jobs end as a pure model says: chains, loops, conditionals, failures, products and metadata, in any mixture. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forEachDatabase, type TestDatabase } from '../support/databases.ts';
import { type Engine, startEngine } from '../support/engine.ts';
import { buildSpecs, nameOf, predict, type Spec, writeJob } from '../support/job-model.ts';

const SEED = 20_261_121;
const RUNS = 40;

forEachDatabase('random jobs', ({ create }) => {
  let database: TestDatabase;
  let engine: Engine;
  let jobs = 0;
  beforeAll(async () => {
    database = await create();
    engine = await startEngine({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await engine.close();
    await database.drop();
  });

  const check = async (specs: readonly Spec[]): Promise<void> => {
    const job = await engine.run(writeJob(specs, `model${++jobs}`));
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

  test(`end as the model says (seed ${SEED})`, async () => {
    const decisions = fc.array(fc.nat(999), { minLength: 80, maxLength: 80 }).map(buildSpecs);
    await fc.assert(fc.asyncProperty(decisions, check), { seed: SEED, numRuns: RUNS, endOnFailure: true });
    expect(engine.defects()).toEqual([]);
  });
});
