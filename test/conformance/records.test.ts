/** What the engine writes down for the dashboard, against what has really happened. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reading, transact } from '../../core/db/transaction.ts';
import { binOf } from '../../core/model/bins.ts';
import { readThroughput, readThroughputByType } from '../../core/store/throughput.ts';
import { readTimings } from '../../core/store/timings.ts';
import { ALL_JOBS, foldUsages, forgetUsages, readUsageCounts } from '../../core/store/usage-counts.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine, program } from '../support/engine.ts';
import { checkUsages } from '../support/invariants.ts';
import { loop, Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;

forEachDatabase('records', ({ create }) => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await openEngine({ create });
  });
  afterEach(() => engine.close());

  const fold = () => transact(engine.database, foldUsages);
  const rowsOf = async (table: 'usage_deltas' | 'usage_counts') =>
    await engine.kysely.selectFrom(table).selectAll().execute();

  test('timings are those of the attempts, before and after they are folded', async () => {
    const stage = new Stage(engine);
    await stage.play([loop('each', [nothing({ name: 'one' })])]);
    const [a, b, c] = (await engine.view(stage.jobId)).named('one').map(({ id }) => id);
    await stage.perform(a ?? 0, { usage: { wallMs: 100, cpuMs: 40, peakMemoryBytes: 2 ** 20 } });
    await stage.perform(b ?? 0, { usage: { wallMs: 100.5 } });
    await stage.perform(c ?? 0, { exitClass: 'error', usage: { wallMs: 900, cpuMs: 0 } });
    const before = await readTimings(reading(engine.database), { jobId: stage.jobId });
    expect(before).toMatchObject([{ type: 'null', attempts: 3, wall_ms: { attempts: 3, total: 1_100.5 } }]);
    expect(before[0]?.cpu_ms).toMatchObject({ attempts: 2, total: 40, p5: 0 });
    expect(before[0]?.peak_memory_bytes).toMatchObject({ attempts: 1, mean: 2 ** 20 });
    expect(Math.abs((before[0]?.wall_ms.p50 ?? 0) / 100 - 1)).toBeLessThan(0.091);
    expect(before[0]?.wall_ms.max).toBeGreaterThan(900);
    expect(before[0]?.wall_ms.bins.map(({ attempts }) => attempts)).toEqual([2, 1]);
    expect(await fold()).toBeGreaterThan(0);
    expect(await fold()).toBe(0);
    expect(await rowsOf('usage_deltas')).toEqual([]);
    expect(await readTimings(reading(engine.database), { jobId: stage.jobId })).toEqual(before);
    expect(await readTimings(reading(engine.database))).toEqual(before);
    expect(await readTimings(reading(engine.database), { type: 'command' })).toEqual([]);
    await checkUsages(engine.installation, stage.jobId);
  });

  test('of a job that goes, nothing stays but what it adds to all', async () => {
    const stage = new Stage(engine);
    await stage.play([loop('each', [nothing({ name: 'one' })])]);
    const [a, b] = (await engine.view(stage.jobId)).named('one').map(({ id }) => id);
    await stage.perform(a ?? 0);
    await fold();
    await stage.perform(b ?? 0);
    const all = await readUsageCounts(reading(engine.database), {});
    expect(await transact(engine.database, (trx) => forgetUsages(trx, stage.jobId))).toBe(1);
    await fold();
    expect(await readUsageCounts(reading(engine.database), {})).toEqual(all);
    expect(await rowsOf('usage_counts')).toMatchObject([{ job_id: ALL_JOBS, bin: binOf(1), attempts: 2 }]);
  });

  test('what came to an end is known by the minute, by state and by type', async () => {
    await engine.startScheduler();
    await engine.startWorker();
    const jobId = await engine.submit({
      task_list: [
        loop('each', [nothing({ name: 'one' })]),
        program(['false'], { name: 'bad', retries: 1, outputs: { o: 'bad' } }),
        nothing({ name: 'after', inputs: { i: 'bad' } }),
      ],
    });
    await engine.end(jobId);
    const sum = async (type?: string) => {
      const { minutes } = await readThroughput(reading(engine.database), { sinceMs: 10 * MINUTE_MS, type });
      expect(minutes.length).toBeGreaterThanOrEqual(11);
      return minutes.reduce(
        (all, { done, failed, blocked, cancelled }) => ({
          ...{ done: all.done + done, failed: all.failed + failed },
          ...{ blocked: all.blocked + blocked, cancelled: all.cancelled + cancelled },
        }),
        { done: 0, failed: 0, blocked: 0, cancelled: 0 },
      );
    };
    await until(async () => (await sum()).done === 3 && (await sum()).failed === 1, {
      message: 'the counts to be folded',
    });
    expect(await sum()).toEqual({ done: 3, failed: 1, blocked: 1, cancelled: 0 });
    expect(await sum('command')).toEqual({ done: 0, failed: 1, blocked: 0, cancelled: 0 });
    const types = await readThroughputByType(reading(engine.database), { sinceMs: 10 * MINUTE_MS });
    expect(types.map(({ type }) => type)).toEqual(['command', 'null']);
    const timings = await readTimings(reading(engine.database), { jobId });
    expect(timings.map(({ type, attempts }) => [type, attempts])).toEqual([
      ['command', 2],
      ['null', 3],
    ]);
  });
});
