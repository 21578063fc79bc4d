/** Every breach that the doctor knows, planted in an installation that is alive: found, told, mended; the jobs end well. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Scheduler } from '../../controller/scheduler.ts';
import { transact } from '../../core/db/transaction.ts';
import { versionsDirectory } from '../../core/runtime/areas.ts';
import { claim } from '../../core/store/claims.ts';
import { CHECKS } from '../../core/store/doctor/doctor.ts';
import { forEachDatabase } from '../support/databases.ts';
import { consult, expectHealthy } from '../support/doctor.ts';
import { type Engine, openEngine, program } from '../support/engine.ts';
import { PLANTS, type Place, type Plant, setAttempt } from '../support/planted-breaches.ts';

/** What no repair can bring back, or what a scheduler sees to. */
const LEFT = ['expired_lease', 'overdue_timer'];

/** Breaches of what done tasks leave: planted in a job that has ended. */
const OF_FILES = [
  'idle_cancellation',
  'stale_publication',
  'usage_counts',
  'version_file',
  'public_name',
  'version_without_success',
];
const NOT_MENDED = ['successes', 'product_without_version'];

forEachDatabase('the doctor', ({ create }) => {
  let engine: Engine;
  let scheduler: Scheduler;
  beforeAll(async () => {
    engine = await openEngine({ create });
    scheduler = await engine.createScheduler();
  });
  afterAll(() => engine.close());

  const found = async (mend: boolean, hash = false) =>
    new Map((await consult(engine.installation, { mend, hash })).map((each) => [each.check, each]));

  async function prepare({ job, claimed, check, steps = 3 }: Plant, at: number): Promise<Place> {
    const jobId = await engine.submit(job(`${check}_${at}`));
    for (let step = 0; step < steps; step++) await scheduler.step();
    const view = await engine.view(jobId);
    const task = (name: string) => view.tasks.find((each) => each.name === name);
    const id = (name: string) => task(name)?.id ?? 0;
    if (claimed === true) {
      const wish = { workerClass: 'default', workerId: 1, leaseMs: 600_000, limit: 1 };
      const [entry] = await engine.kysely
        .selectFrom('queue_entries')
        .selectAll()
        .where('task_id', '=', id('one'))
        .execute();
      const entries = [{ workerClass: 'default', rank: entry?.rank ?? 0, attemptId: entry?.attempt_id ?? 0 }];
      expect(await transact(engine.database, (trx) => claim(trx, { ...wish, entries }))).toHaveLength(1);
    }
    return { jobId, id, above: (name) => task(name)?.parent_id ?? 0 };
  }

  test('every check has its plant', () => {
    const planted = new Set([...PLANTS.map(({ check }) => check), ...OF_FILES, ...NOT_MENDED]);
    expect([...planted].sort()).toEqual([...new Set(CHECKS.map(({ name }) => name))].sort());
  });

  test('breaches of jobs that run are found, told and mended, and the jobs end well', {
    timeout: 240_000,
  }, async () => {
    const places: Place[] = [];
    for (const [at, plant] of PLANTS.entries()) places.push(await prepare(plant, at));
    await expectHealthy(engine.installation);
    for (const [at, plant] of PLANTS.entries())
      await plant.plant(engine, places[at] ?? (await prepare(plant, at)));
    const before = await found(false);
    for (const { check } of PLANTS) {
      expect(before.get(check)?.left, check).toBeGreaterThan(0);
      expect(before.get(check)?.examples.join(), check).toMatch(/(task|job|attempt) \d+/);
    }
    const after = await found(true);
    const left = [...after.values()].filter((each) => each.left > 0).map(({ check }) => check);
    expect(left.sort()).toEqual(LEFT);
    const audit = await engine.kysely
      .selectFrom('audit')
      .select('action')
      .where('action', '=', 'doctor')
      .execute();
    expect(audit.length).toBeGreaterThan(PLANTS.length / 2);
    for (const [at, { after: hurry }] of PLANTS.entries()) {
      const place = places[at];
      if (place !== undefined) await hurry?.(engine, place);
    }
    await scheduler.start();
    await engine.startWorker();
    for (const [at, { end = 'succeeded', check }] of PLANTS.entries())
      expect((await engine.end(places[at]?.jobId ?? 0, 60_000)).state, check).toBe(end);
    expect(engine.defects()).toEqual([]);
    await expectHealthy(engine.installation, { hash: true });
  });

  test('breaches of what done tasks leave', { timeout: 120_000 }, async () => {
    const job = await engine.run({
      task_list: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) =>
        program(['sh', '-c', 'printf hello > "$0"', '{outputs.o}'], { name, outputs: { o: `left/${name}` } }),
      ),
    });
    const id = (name: string) => job.task(name).id;
    const fileOf = (name: string) =>
      join(versionsDirectory(engine.installation.areas), job.products.get(`left/${name}`) ?? '');
    const product = (name: string) => engine.kysely.updateTable('products').where('task_id', '=', id(name));
    await scheduler.stop(); // it would see to some of this
    rmSync(fileOf('a'));
    rmSync(engine.outputPath('left/b'));
    await product('c').set({ version_id: 1 }).execute();
    const versions = await engine.kysely.selectFrom('versions').select('id').execute();
    await engine.kysely
      .insertInto('publications')
      .values({ version_id: versions[0]?.id ?? 0, address: 'left/a', at: 1 })
      .execute();
    await engine.kysely
      .insertInto('cancellations')
      .values({ task_id: id('d'), job_id: job.id, reason: 'x', requested_at: 1 })
      .execute();
    await engine.kysely.deleteFrom('usage_deltas').execute();
    await engine.kysely.deleteFrom('usage_counts').where('bin', '>', 0).execute();
    const before = await found(false);
    expect([...before.keys()].sort()).toEqual([...OF_FILES].sort());
    expect([...(await found(true)).values()].filter(({ left }) => left > 0)).toEqual([]);
    expect(readFileSync(fileOf('a'), 'utf8')).toBe('hello');
    expect(readFileSync(engine.outputPath('left/b'), 'utf8')).toBe('hello');
    await engine.end(job.id);

    rmSync(engine.outputPath('left/e'));
    rmSync(fileOf('e'));
    writeFileSync(fileOf('e'), 'jello');
    await product('d').set({ version_id: null }).execute();
    await setAttempt(engine, id('f'), { state: 'failed' });
    const spoiled = await found(true, true);
    const bad = [...spoiled.values()].filter(({ left }) => left > 0).map(({ check }) => check);
    expect(bad.sort()).toEqual(['product_without_version', 'public_name', 'successes', 'version_file']);
    expect(spoiled.get('version_file')?.examples.join()).toMatch(/SHA-256/);
  });
});
