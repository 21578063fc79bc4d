/** `easel workers`, `easel schedulers` and `easel doctor` as people call them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forEachDatabase, type TestDatabase } from '../support/databases.ts';
import { runEasel } from '../support/easel.ts';
import { type Engine, openEngine } from '../support/engine.ts';
import { until } from '../support/until.ts';

forEachDatabase('processes and the doctor, on the command line', ({ create }) => {
  let database: TestDatabase;
  let engine: Engine;
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    database = await create();
    engine = await openEngine({ databaseUrl: database.url });
    environment = { EASEL_HOME: engine.home, EASEL_DATABASE_URL: database.url };
  });
  afterAll(async () => {
    await engine.close();
    await database.drop();
  });

  const easel = (...args: string[]) => runEasel(args, environment);
  const read = async (...args: string[]) => JSON.parse((await easel(...args, '--json')).stdout) as unknown;
  /** A worker that was killed long ago. */
  const leaveDeadWorker = () =>
    engine.kysely
      .insertInto('processes')
      .values({
        ...{
          id: 900_000_000,
          role: 'worker',
          host: 'gone',
          pid: 7,
          version: '0.0.1',
          worker_class: 'default',
        },
        ...{ slots: 2, started_at: 1, last_seen_at: 2 },
      })
      .execute();

  test('who is there, what it does, and who has fallen silent', { timeout: 240_000 }, async () => {
    expect((await easel('workers')).stdout).toMatch(/no worker is there/);
    const scheduler = await engine.startScheduler();
    await engine.startWorker();
    const jobId = await engine.submit({ task_list: [{ task: 'null', name: 'long', duration: 3_600 }] });
    await until(async () => (await engine.view(jobId)).named('long')[0]?.state === 'running', {
      timeoutMs: 60_000,
    });
    const { id } = (await engine.view(jobId)).task('long');
    const [worker] = (await read('workers')) as { id: number }[];
    expect(worker).toMatchObject({
      ...{ state: 'alive', pid: process.pid, worker_class: 'default', slots: 8, running: 1 },
      attempts: [{ task_id: id, job_id: jobId, number: 1, label: 'long (null)' }],
    });
    const text = (await easel('workers')).stdout;
    expect(text).toMatch(/alive/);
    expect(text).toContain(`task ${id} long (null) of job ${jobId}, attempt 1`);
    expect(await read('schedulers')).toMatchObject([{ state: 'alive', pid: process.pid }]);
    await scheduler.stop();
    expect(await read('schedulers')).toEqual([]);
    expect(await read('schedulers', '--all')).toMatchObject([{ state: 'stopped' }]);
    await leaveDeadWorker();
    expect(await read('workers')).toMatchObject([
      { state: 'alive', id: worker?.id },
      { state: 'silent', host: 'gone', running: 0 },
    ]);
    expect((await easel('workers')).stdout).toMatch(/silent +gone/);

    const well = await easel('doctor');
    expect(well).toMatchObject({ code: 0, stderr: '' });
    expect(well.stdout).toMatch(/workers: 1 alive, 1 silent[\s\S]*all that should hold does/);
    await engine.kysely.updateTable('jobs').set({ pending_flows: 7 }).where('id', '=', jobId).execute();
    const ill = await easel('doctor', '--job', String(jobId));
    expect(ill.code).toBe(1);
    expect(ill.stdout).toMatch(/pending_flows: 1 left[\s\S]*job \d+ counts 7 tasks[\s\S]*--repair` mends it/);
    expect((await easel('doctor', '--repair')).stderr).toMatch(/add --yes/);
    expect((await easel('doctor', '--repair', '--dry-run')).code).toBe(1);
    const mended = await easel('doctor', '--repair', '--yes', '--json');
    expect(mended.code).toBe(0);
    expect(JSON.parse(mended.stdout)).toMatchObject({
      ...{ healthy: true, left: 0 },
      breaches: [{ check: 'pending_flows', mended: 1, left: 0 }],
    });
    const audit = await engine.kysely
      .selectFrom('audit')
      .select(['action', 'detail'])
      .where('action', '!=', 'submit')
      .execute();
    expect(audit).toMatchObject([{ action: 'doctor', detail: expect.stringContaining('pending_flows') }]);
    expect((await easel('doctor', '--job', '99')).stderr).toMatch(/there is no job 99/);
  });
});
