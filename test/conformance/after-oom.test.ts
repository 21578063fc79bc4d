/** A task that ran out of memory is tried again in the class of workers that its type names, and stays there. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { reading, transact } from '../../core/db/transaction.ts';
import type { Allowance } from '../../core/model/policy.ts';
import { endAsOutOfMemory } from '../../core/store/out-of-memory.ts';
import { endProcess } from '../../core/store/processes.ts';
import { reopen } from '../../core/store/reopening.ts';
import { findTask } from '../../core/store/task-views.ts';
import { forEachDatabase } from '../support/databases.ts';
import { expectHealthy } from '../support/doctor.ts';
import { type Engine, openEngine } from '../support/engine.ts';
import { Stage } from '../support/stage.ts';

const TYPES = `
fit:
  description: takes more memory than one thinks
  command: [/bin/true]
  any_outputs: true
  retries: {oom: 2}
  retry_delay: 0
  after_oom: {worker_class: large, memory_gb: 8}
`;

forEachDatabase('after running out of memory', ({ create }) => {
  let engine: Engine;
  let stage: Stage;
  beforeAll(async () => {
    engine = await openEngine({ create, taskTypes: TYPES });
    stage = new Stage(engine);
  });
  afterEach(async () => {
    await expectHealthy(engine.installation, { jobId: stage.jobId });
    await stage.clear();
  });
  afterAll(() => engine.close());

  const raising = (allowance: Partial<Allowance> = {}): Allowance => ({
    ...{ retries: 2, classes: ['oom'], delaySeconds: 0, workerClass: 'large' },
    ...allowance,
  });
  const oom = { exitClass: 'oom' as const, error: 'it ran out of memory' };
  const play = () => stage.play([{ task: 'fit', name: 'fit' }]);
  /** State, class, and the line or queue that it stands in. */
  const place = async () => {
    const id = await stage.id('fit');
    const { state, worker_class } = await findTask(reading(engine.database), id);
    const { kysely } = engine;
    const line = await kysely.selectFrom('ready_tasks').select('line').where('task_id', '=', id).execute();
    const queue = await kysely
      .selectFrom('queue_entries')
      .select('worker_class')
      .where('task_id', '=', id)
      .execute();
    return [state, worker_class, ...line.map((row) => row.line), ...queue.map((row) => row.worker_class)];
  };

  test('it stands in the line and in the queue of the other class, again and again', async () => {
    await play();
    expect(await place()).toEqual(['queued', 'default', 'default']);
    await stage.perform('fit', { ...oom, allowance: raising() });
    expect(await place()).toEqual(['queued', 'large', 'large']);
    expect((await stage.why('fit')).advice).toContain('`easel work --class large`');
    await stage.perform('fit', { ...oom, allowance: raising() });
    expect(await place()).toEqual(['queued', 'large', 'large']);
    await stage.perform('fit', { ...oom, allowance: raising() });
    expect(await place()).toEqual(['failed', 'large']);
  });

  test('after a delay, too', async () => {
    await play();
    await stage.perform('fit', { ...oom, allowance: raising({ delaySeconds: 3_600 }) });
    expect(await place()).toEqual(['waiting', 'large']);
    await engine.kysely.updateTable('timers').set({ due_at: 1 }).execute();
    await stage.schedule();
    expect(await place()).toEqual(['queued', 'large', 'large']);
  });

  test('a task that may not be tried again stays where it was', async () => {
    await play();
    await stage.perform('fit', { ...oom, allowance: raising({ retries: 0 }) });
    expect(await place()).toEqual(['failed', 'default']);
  });

  test('a person who tries it again finds it in the class it was raised to', async () => {
    await play();
    await stage.perform('fit', { ...oom, allowance: raising({ retries: 1 }) });
    await stage.perform('fit', { ...oom, allowance: raising({ retries: 1 }) });
    expect(await place()).toEqual(['failed', 'large']);
    await transact(engine.database, (trx) => reopen(trx, stage.jobId));
    expect(await place()).toEqual(['ready', 'large', 'large']);
    // Though no type is of that class.
    const [{ reason } = {}] = (await stage.why('fit')).steps;
    expect(reason).toMatchObject({ kind: 'ready', worker_class: 'large', class_known: true, in_line: true });
    await stage.schedule();
    await stage.perform('fit');
    expect(await place()).toEqual(['done', 'large']);
  });

  test('when the container was ended as well', async () => {
    await play();
    const workerId = await stage.appear({ role: 'worker' });
    await stage.begin('fit', { workerId });
    await endProcess(engine.database, workerId);
    const { host } = await engine.kysely
      .selectFrom('processes')
      .select('host')
      .where('id', '=', workerId)
      .executeTakeFirstOrThrow();
    const parts = { ...engine.installation, defaults: { max_lost: 3 }, ids: stage.ids };
    expect(await endAsOutOfMemory(parts, { host, silentMs: 1_000 })).toEqual({ attempts: 1, parked: 0 });
    expect(await place()).toEqual(['ready', 'large', 'large']);
  });
});
