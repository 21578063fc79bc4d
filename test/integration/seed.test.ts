/** The rows of a seeded installation are what the engine could have left: the doctor finds nothing, and readers read them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../core/db/migrate.ts';
import { openDatabase } from '../../core/db/open.ts';
import { readJobFile } from '../../core/job-file/job-file.ts';
import { type Result, readResults } from '../../core/store/results.ts';
import { createSqliteDatabase, forEachDatabase } from '../support/databases.ts';
import { expectHealthy } from '../support/doctor.ts';
import { type Engine, openEngine } from '../support/engine.ts';
import { checkCounts, checkInvariants } from '../support/invariants.ts';
import type { Landmarks } from '../support/seed/landmarks.ts';
import { RECIPES } from '../support/seed/recipes.ts';
import { seedInstallation } from '../support/seed/seed.ts';
import { until } from '../support/until.ts';

const SIZE = { jobs: 10, tasksPerJob: 300, seed: 5 };

forEachDatabase('a seeded installation', ({ create }) => {
  let engine: Engine;
  let landmarks: Landmarks;
  let seconds: number;

  beforeAll(async () => {
    engine = await openEngine({ create });
    const begun = performance.now();
    const { areas } = engine.installation;
    landmarks = await seedInstallation(engine.database, { ...SIZE, areas, samples: 100 });
    seconds = (performance.now() - begun) / 1_000;
  });
  afterAll(() => engine.close());

  it('is there within seconds, and about as large as asked', () => {
    expect(seconds).toBeLessThan(10);
    expect(landmarks.tasks).toBeGreaterThan(1_500);
    expect(landmarks.tasks).toBeLessThan(4_500);
  });

  it('is well, says the doctor, who would find what is not', async () => {
    await expectHealthy(engine.installation, { hash: true });
    const { running = 0 } = landmarks.work;
    const setUnmet = (unmet: number) =>
      engine.kysely.updateTable('tasks').set({ unmet }).where('id', '=', running).execute();
    await setUnmet(1);
    await expect(expectHealthy(engine.installation)).rejects.toThrow(/unmet/);
    await setUnmet(0);
  });

  it('keeps the invariants of jobs that have ended, and the counts of those that have not', async () => {
    const jobs = await engine.kysely.selectFrom('jobs').select(['id', 'state']).execute();
    expect(new Set(jobs.map(({ state }) => state)).size).toBe(4);
    for (const { id, state } of jobs) {
      if (state === 'running') await checkCounts(engine.installation, id);
      else await checkInvariants(engine.installation, id);
    }
  });

  it('has job files that Easel takes, and trees as it makes them', async () => {
    const { registry } = engine.installation;
    for (const make of Object.values(RECIPES)) {
      const text = JSON.stringify(make(100, 3).job);
      expect(readJobFile(text, { fileName: 'recipe.json', registry }).name).toBe(make(100, 3).job.job_name);
    }
    const seeded = await shapeOf(engine, landmarks.jobs.hostile);
    const { job } = RECIPES.hostile(300, 2);
    const jobId = await engine.submit(job);
    const scheduler = await engine.createScheduler();
    await until(async () => {
      await scheduler.step();
      return (await shapeOf(engine, jobId)).length === seeded.length;
    });
    expect(await shapeOf(engine, jobId)).toEqual(seeded);
  });

  it('names tasks in every state, and results over two loop variables', async () => {
    for (const state of ['done', 'failed', 'blocked', 'cancelled', 'waiting', 'ready', 'queued', 'running'])
      expect(Object.keys(landmarks.work)).toContain(state);
    const results: Result[] = [];
    for await (const result of readResults(engine.database, landmarks.jobs.survey, 'search'))
      results.push(result);
    expect(new Set(results.map(({ variables }) => variables.planet_radius)).size).toBeGreaterThan(1);
    expect(new Set(results.map(({ variables }) => variables.orbital_period)).size).toBeGreaterThan(1);
    expect(new Set(results.map(({ published }) => published.outcome))).toEqual(new Set(['PASS', 'FAIL']));
  });

  it('has one product of two versions, and a log of thousands of lines', async () => {
    const versions = await engine.kysely
      .selectFrom('versions')
      .select('id')
      .where('product_id', '=', landmarks.product.id)
      .execute();
    expect(versions).toHaveLength(2);
    const chunks = await engine.kysely
      .selectFrom('log_chunks')
      .innerJoin('attempts', 'attempts.id', 'attempt_id')
      .select('content')
      .where('task_id', '=', landmarks.talkative)
      .execute();
    expect(chunks.flatMap(({ content }) => content.trim().split('\n')).length).toBeGreaterThan(2_900);
  });
});

it('is the same for the same seed', async () => {
  const seeds = await Promise.all([1, 1, 2].map(seedOf));
  expect(seeds[0]).toEqual(seeds[1]);
  expect(seeds[0]).not.toEqual(seeds[2]);
});

async function seedOf(seed: number): Promise<unknown> {
  const { url, drop } = await createSqliteDatabase();
  const database = await openDatabase(url);
  try {
    await migrate(database);
    await seedInstallation(database, { ...SIZE, seed });
    const tasks = await database.kysely.selectFrom('tasks').selectAll().execute();
    const attempts = await database.kysely
      .selectFrom('attempts')
      .select(['id', 'seed', 'worker_id', 'error'])
      .execute();
    return { tasks, attempts };
  } finally {
    await database.close();
    await drop();
  }
}

/** Where each task of a job stands in its tree, and what it makes. */
async function shapeOf({ kysely }: Engine, jobId: number): Promise<string[]> {
  const rows = await kysely
    .selectFrom('tasks')
    .innerJoin('scopes', 'scopes.id', 'scope_id')
    .leftJoin('products', 'products.task_id', 'tasks.id')
    .select([
      'tasks.node',
      'tasks.kind',
      'tasks.type',
      'tasks.worker_class',
      'tasks.position',
      'scopes.metadata',
    ])
    .select(['scopes.working_directory', 'scopes.job_name', 'products.address', 'products.output'])
    .where('tasks.job_id', '=', jobId)
    .execute();
  return rows.map((row) => JSON.stringify(row)).sort();
}
