/** A container that was ended for memory with all that ran in it: what ran there has failed for memory, and nothing else has. */
import { hostname } from 'node:os';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { endAsOutOfMemory } from '../../core/store/out-of-memory.ts';
import { endProcess } from '../../core/store/processes.ts';
import { forEachDatabase } from '../support/databases.ts';
import { expectHealthy } from '../support/doctor.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
import { Stage } from '../support/stage.ts';

forEachDatabase('a container without memory', ({ create }) => {
  let engine: Engine;
  let stage: Stage;
  beforeAll(async () => {
    engine = await openEngine({ create });
    stage = new Stage(engine);
  });
  afterEach(async () => {
    await expectHealthy(engine.installation, { jobId: stage.jobId });
    await stage.clear();
  });
  afterAll(() => engine.close());

  const host = hostname();
  const SILENT_MS = 30_000;
  const tell = (container: { host?: string } = {}) =>
    endAsOutOfMemory(
      {
        ...engine.installation,
        defaults: { max_lost: 3 },
        ids: stage.ids,
      },
      { host, silentMs: SILENT_MS, ...container },
    );

  /** A worker of so many slots that holds these tasks, and was seen so long ago. */
  async function hold(tasks: readonly string[], { slots = 1, silentMs = SILENT_MS + 1_000 } = {}) {
    const workerId = await stage.appear({ role: 'worker', slots });
    const held = [];
    for (const task of tasks) held.push(await stage.begin(task, { workerId }));
    await engine.kysely
      .updateTable('processes')
      .set({ last_seen_at: sql<number>`last_seen_at - ${silentMs}` })
      .where('id', '=', workerId)
      .execute();
    return { workerId, held };
  }

  const attemptsOf = async (task: string) =>
    await engine.kysely
      .selectFrom('attempts')
      .select(['state', 'exit_class', 'error'])
      .where('task_id', '=', await stage.id(task))
      .orderBy('number')
      .execute();

  test('its attempt has failed with class oom, and its task with it', async () => {
    await stage.play([
      nothing({ name: 'big', outputs: { o: 'o' } }),
      nothing({ name: 'after', inputs: { i: 'o' } }),
    ]);
    await hold(['big']);
    expect(await tell()).toEqual({ attempts: 1, parked: 1 });
    expect(await attemptsOf('big')).toEqual([
      {
        ...{ state: 'failed', exit_class: 'oom' },
        error: 'the container of its worker ran out of memory and was ended with all that ran in it',
      },
    ]);
    expect((await stage.task('big')).state).toBe('failed');
    expect((await stage.task('after')).state).toBe('blocked');
    expect(await engine.jobState(stage.jobId)).toBe('failed');
    expect(await tell()).toEqual({ attempts: 0, parked: 0 });
  });

  test('it is tried again as its retries of class oom say', async () => {
    await stage.play([nothing({ name: 'big', retries: { oom: 1 }, retry_delay: 0 })]);
    await hold(['big']);
    expect(await tell()).toEqual({ attempts: 1, parked: 0 });
    expect(await stage.task('big')).toMatchObject({ state: 'ready' });
    await stage.schedule();
    await hold(['big']);
    expect(await tell()).toEqual({ attempts: 1, parked: 1 });
    expect((await attemptsOf('big')).map(({ exit_class }) => exit_class)).toEqual(['oom', 'oom']);
  });

  test('a worker that lives, or is elsewhere, is not touched', async () => {
    await stage.play([nothing({ name: 'big' })]);
    const { workerId, held } = await hold(['big'], { silentMs: SILENT_MS - 5_000 });
    expect(await tell()).toEqual({ attempts: 0, parked: 0 });
    await engine.kysely
      .updateTable('processes')
      .set({ last_seen_at: 1 })
      .where('id', '=', workerId)
      .execute();
    expect(await tell({ host: 'elsewhere' })).toEqual({ attempts: 0, parked: 0 });
    expect((await stage.task('big')).state).toBe('running');
    for (const task of held) await stage.end(task, {}, workerId);
    expect((await stage.task('big')).state).toBe('done');
  });

  test('a worker that has ended and left an attempt behind counts as gone', async () => {
    await stage.play([nothing({ name: 'big' })]);
    const { workerId } = await hold(['big'], { silentMs: 0 });
    await endProcess(engine.database, workerId);
    expect(await tell()).toEqual({ attempts: 1, parked: 1 });
  });

  test('of several none is given up for what another did; what had not begun is given back', async () => {
    await stage.play(['a', 'b', 'c'].map((name) => nothing({ name, retry_delay: 0 })));
    await hold(['a', 'b', 'c'], { slots: 2 });
    expect(await tell()).toEqual({ attempts: 2, parked: 0 });
    expect(await Promise.all(['a', 'b', 'c'].map(async (name) => (await stage.task(name)).state))).toEqual([
      ...['ready', 'ready', 'ready'],
    ]);
    expect((await attemptsOf('a'))[0]?.error).toMatch(/: 2 tasks, and which of them took it cannot be told$/);
    for (let lost = 1; lost <= 3; lost++) {
      await stage.schedule();
      await hold(['a', 'b'], { slots: 2 });
      expect(await tell()).toEqual({ attempts: 2, parked: lost === 3 ? 2 : 0 });
    }
  });

  test('a worker that was taken for gone, and is not, commits nothing', async () => {
    await stage.play([nothing({ name: 'big', retries: { oom: 1 }, retry_delay: 0 })]);
    const { workerId, held } = await hold(['big']);
    await tell();
    for (const task of held) await stage.end(task, {}, workerId);
    expect(await stage.task('big')).toMatchObject({ state: 'ready' });
  });
});
