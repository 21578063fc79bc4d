/** Samples of the queue, outages, who ran what when and why not, and the overview, on a stage without daemons. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { insertRows } from '../../core/db/rows.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { readActivity, readGaps } from '../../core/store/activity.ts';
import { readNow } from '../../core/store/clock.ts';
import { readOutages, rememberOutages, storeOutages } from '../../core/store/outages.ts';
import { readOverview } from '../../core/store/overview.ts';
import { readQueueHistory, sampleQueue } from '../../core/store/queue-samples.ts';
import { viewQueue } from '../../core/store/queue-view.ts';
import { dropOldRecords } from '../../core/store/records-retention.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
import { loop, Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const ALIVE_MS = 60_000;
const DAY_MS = 86_400_000;

forEachDatabase('activity', ({ create }) => {
  let engine: Engine;
  let stage: Stage;
  beforeEach(async () => {
    engine = await openEngine({ create });
    stage = new Stage(engine);
  });
  afterEach(() => engine.close());

  const reader = () => reading(engine.database);
  const now = () => readNow(reader());
  const sample = (apartMs = 0) => sampleQueue(engine.database, { aliveWithinMs: ALIVE_MS, apartMs });
  /** The database's clock has gone on. */
  const pass = async (ms = 1) => {
    const from = await now();
    await until(async () => (await now()) > from + ms);
  };
  const history = async () => {
    const [all] = await readQueueHistory(reader(), { since: 0, until: (await now()) + 1 });
    return all?.samples.map(({ queued, running, workers, slots }) => [queued, running, workers, slots]);
  };

  test('a queue is sampled when it has changed, once for all schedulers, and ends with zeros', async () => {
    await engine.kysely.deleteFrom('queue_samples').execute();
    expect(await sample()).toBe(0);
    await stage.play([loop('each', [nothing({ name: 'one' })])]);
    await engine.kysely.deleteFrom('queue_samples').execute();
    const id = await stage.appear({ role: 'worker', slots: 3 });
    const both = await Promise.all([sample(ALIVE_MS), sample(ALIVE_MS)]);
    expect(both[0] + both[1]).toBe(1);
    await pass();
    expect(await sample()).toBe(0);
    const [first] = (await engine.view(stage.jobId)).named('one');
    const claimed = await stage.begin(first?.id ?? 0, { workerId: id });
    expect(await sample(ALIVE_MS)).toBe(0);
    await pass();
    expect(await sample()).toBe(1);
    await stage.end(claimed, {}, id);
    await stage.clear();
    await pass();
    expect(await sample()).toBe(1);
    expect(await history()).toEqual([
      [3, 0, 1, 3],
      [2, 1, 1, 3],
      [0, 0, 0, 0],
    ]);
    const late = await readQueueHistory(reader(), { since: (await now()) + 1, until: (await now()) + 9 });
    expect(late).toMatchObject([{ worker_class: 'default', is_cut: false, samples: [{ queued: 0 }] }]);
    const cut = await readQueueHistory(reader(), { since: 0, until: (await now()) + 9, limit: 2 });
    expect(cut).toMatchObject([{ is_cut: true, samples: [{ queued: 2 }, { queued: 0 }] }]);
  });

  test('whoever looks often counts up to a bound', async () => {
    await stage.play([loop('each', [nothing({ name: 'one' })])]);
    const rows = [1, 2, 3, 4, 5].map((task_id) => ({ line: 'gpu', job_id: 1, rank: 0, task_id }));
    await insertRows(reader(), 'ready_tasks', rows);
    const inLine = async (countTo: number | null) => {
      const { classes, counted_to } = await viewQueue(reader(), ALIVE_MS, countTo);
      return [counted_to, ...classes.map(({ worker_class, in_line }) => [worker_class, in_line])];
    };
    expect(await inLine(null)).toEqual([null, ['default', 0], ['gpu', 5]]);
    expect(await inLine(3)).toEqual([3, ['default', 0], ['gpu', 3]]);
    await engine.kysely.deleteFrom('ready_tasks').where('line', '=', 'gpu').execute();
  });

  test('an outage is written when it is over, once for a process', async () => {
    const said: string[] = [];
    const one = rememberOutages(engine.database, (name) => said.push(name));
    const other = rememberOutages(engine.database, (name) => said.push(name));
    const id = await stage.appear({ role: 'worker' });
    const before = await now();
    one('outage', { what: 'the database', reason: 'gone' });
    await storeOutages(engine.database, id);
    await pass(50);
    other('outage_over', { what: 'the database' });
    one('area_unusable', { area: '/x', wrong: 'is full', advice: '-', reason: 'ENOSPC' });
    one('area_usable', { area: '/x' });
    await storeOutages(engine.database, id);
    await storeOutages(engine.database, id + 1);
    const rows = await readOutages(reader(), { since: before, until: (await now()) + 1_000 });
    const sorted = rows.toSorted((a, b) => (a.what < b.what ? -1 : 1));
    expect(sorted).toMatchObject([
      { process_id: id, what: 'database', reason: 'gone', role: 'worker' },
      { process_id: id, what: 'output_area', reason: 'is full: ENOSPC' },
    ]);
    const [first] = sorted;
    expect((first?.ended_at ?? 0) - (first?.began_at ?? 0)).toBeGreaterThanOrEqual(45);
    expect(Math.abs((first?.began_at ?? 0) - before)).toBeLessThan(1_000);
    expect(said).toEqual(['outage', 'outage_over', 'area_unusable', 'area_usable']);
  });

  test('records go after a fortnight', async () => {
    const old = (await now()) - 15 * DAY_MS;
    const counts = { queued: 1, in_line: 0, set_aside: 0, running: 0, workers: 0, slots: 0 };
    for (const at of [old, old + 1, old + 14 * DAY_MS]) {
      await insertRows(reader(), 'throughput', [{ minute: at, type: 'null', state: 'done', tasks: 1 }]);
      await insertRows(reader(), 'queue_samples', [{ worker_class: 'gone', at, ...counts }]);
      await insertRows(reader(), 'outages', [
        { process_id: 1, began_at: at, ended_at: at, what: 'database', reason: '' },
      ]);
    }
    expect(await transact(engine.database, dropOldRecords)).toBe(6);
    expect(await transact(engine.database, dropOldRecords)).toBe(0);
    expect(await engine.kysely.selectFrom('outages').selectAll().execute()).toHaveLength(1);
  });

  test('attempts that overlap the time, and the gaps between them', async () => {
    const start = await now();
    await stage.appear({ role: 'scheduler' });
    const id = await stage.appear({ role: 'worker', slots: 1 });
    await stage.play([loop('each', [nothing({ name: 'one' })])]);
    const [a, b, c] = (await engine.view(stage.jobId)).named('one').map((task) => task.id);
    await stage.end(await stage.begin(a ?? 0, { workerId: id }), {}, id);
    const middle = await now();
    await pass(300);
    const claimed = await stage.begin(b ?? 0, { workerId: id });
    await stage.begin(c ?? 0, { workerId: id });
    await pass();
    const wish = { from: start, until: (await now()) + 1_000, aliveWithinMs: ALIVE_MS };
    const all = await readActivity(reader(), wish);
    expect(all).toMatchObject({ is_cut: false, complete_from: start });
    expect(all.workers).toMatchObject([{ id, state: 'alive', slots: 1, worker_class: 'default' }]);
    expect(all.attempts.map(({ task_id, state, type }) => [task_id, state, type])).toEqual([
      [a, 'succeeded', 'null'],
      [b, 'running', 'null'],
      [c, 'running', 'null'],
    ]);
    const gaps = await readGaps(reader(), all, { ...wish, thresholdMs: 200 });
    const gap = gaps.find(({ from }) => from >= start && from <= middle + 50);
    expect(gap).toMatchObject({ worker_id: id, is_idle: true, free_slots: 1 });
    await stage.end(claimed, { exitClass: 'error' }, id);
    const past = await readActivity(reader(), { ...wish, until: middle });
    expect(past.attempts.map(({ task_id }) => task_id)).toEqual([a]);
    const cut = await readActivity(reader(), { ...wish, limit: 2 });
    expect(cut).toMatchObject({ is_cut: true });
    expect(cut.attempts.map(({ task_id }) => task_id)).toEqual([b, c]);
    await expect(readActivity(reader(), { ...wish, until: start })).rejects.toThrow(
      'must end after it begins',
    );
  });

  test('a long attempt that has ended since is seen in a time that it ran through', async () => {
    const id = await stage.appear({ role: 'worker' });
    await stage.play([nothing({ name: 'one' })]);
    const claimed = await stage.begin('one', { workerId: id });
    await pass();
    const from = await now();
    await pass();
    const to = await now();
    await pass();
    await stage.end(claimed, {}, id);
    const { attempts } = await readActivity(reader(), { from, until: to, aliveWithinMs: ALIVE_MS });
    expect(attempts.map(({ state }) => state)).toEqual(['succeeded']);
  });

  test('the overview', async () => {
    await stage.appear({ role: 'worker' });
    await stage.appear({ role: 'scheduler' });
    await stage.play([loop('each', [nothing({ name: 'one' })])], { job_name: 'shown' });
    const [a, b] = (await engine.view(stage.jobId)).named('one').map((task) => task.id);
    await stage.perform(a ?? 0, { exitClass: 'error', error: 'no light' });
    await stage.perform(b ?? 0);
    await stage.schedule();
    const view = await readOverview(reader(), ALIVE_MS);
    expect(view.jobs).toMatchObject({ running: 1, newest: [{ id: stage.jobId, name: 'shown' }] });
    expect(view.processes).toEqual({ workers: { alive: 1, silent: 0 }, schedulers: { alive: 1, silent: 0 } });
    expect(view.queue.classes).toMatchObject([{ worker_class: 'default', queued: 1 }]);
    expect(view.failures).toMatchObject({ count: 1, is_more: false, by_exit_class: { error: 1 } });
    expect(view.failures.newest).toMatchObject([{ task_id: a, type: 'null', error: 'no light' }]);
    expect(view.progress).toEqual({
      jobs: 1,
      counts: [
        { type: 'null', state: 'done', tasks: 1 },
        { type: 'null', state: 'failed', tasks: 1 },
        { type: 'null', state: 'queued', tasks: 1 },
      ],
    });
    expect(view.throughput.minutes).toHaveLength(61);
    expect(view.throughput.tasks_per_second).toBeGreaterThan(0);
    expect((await readOverview(reader(), 0)).processes.workers.silent).toBe(1);
  });
});
