/** Second chances: what failed, was blocked or cancelled is tried again, and a job whose trouble is gone completes. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transact } from '../../core/db/transaction.ts';
import { cancelWaiting } from '../../core/store/emptying.ts';
import { Ids } from '../../core/store/ids.ts';
import { type Reopened, reopen } from '../../core/store/reopening.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine, program, startEngine } from '../support/engine.ts';
import { until } from '../support/until.ts';

forEachDatabase('reopening', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterAll(() => engine.close());

  const again = (jobId: number): Promise<Reopened> => transact(engine.database, (trx) => reopen(trx, jobId));

  /** Fails until the marker is there. */
  const needs = (marker: string, keys: object) =>
    program(
      ['sh', '-c', `test -e '${join(engine.home, marker)}' || exit 9; printf made > "$0"`, '{outputs.o}'],
      { ...keys },
    );
  const mark = (marker: string) => writeFileSync(join(engine.home, marker), '');

  test('a job completes when a program that failed is tried again', async () => {
    const file = {
      task_list: [
        needs('a', { name: 'fails', outputs: { o: 'again/made' } }),
        nothing({ name: 'done', outputs: { o: 'again/done' } }),
        nothing({
          name: 'reads',
          inputs: { a: 'again/made', b: 'again/done' },
          outputs: { o: 'again/read' },
        }),
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          requires_metadata_from: ['reads'],
          values: [1, 2],
          task_list: [nothing({ name: 'inner', inputs: { a: 'again/read' } })],
        },
        {
          task: 'execution_chain',
          name: 'chain',
          task_list: [nothing({ name: 'below', inputs: { a: 'again/read' } })],
        },
      ],
    };
    const failed = await engine.run(file);
    expect(failed.states()).toEqual({
      fails: 'failed',
      done: 'done',
      reads: 'blocked',
      loop: 'blocked',
      chain: 'failed',
      below: 'blocked',
    });
    mark('a');
    expect(await again(failed.id)).toEqual({ failed: 1, blocked: 2, cancelled: 0, done: 0 });
    const job = await engine.end(failed.id);
    expect(job.state).toBe('succeeded');
    expect(job.states()).toEqual({
      fails: 'done',
      done: 'done',
      reads: 'done',
      loop: 'done',
      chain: 'done',
      below: 'done',
      inner: 'done done',
    });
    expect(job.task('done').attempts).toBe(1);
    expect(readFileSync(engine.outputPath('again/made'), 'utf8')).toBe('made');
  });

  test('a job fails again when nothing has changed, and can be tried a third time', async () => {
    const file = {
      task_list: [
        needs('b', { name: 'fails', outputs: { o: 'third/a' } }),
        nothing({ name: 'reads', inputs: { a: 'third/a' } }),
      ],
    };
    const first = await engine.run(file);
    await again(first.id);
    const second = await engine.end(first.id);
    expect(second.states()).toEqual({ fails: 'failed', reads: 'blocked' });
    expect(second.task('fails').attempts).toBe(2);
    mark('b');
    await again(first.id);
    expect((await engine.end(first.id)).state).toBe('succeeded');
  });

  test('an input that was missing is found when it has been brought, and the products of its reader too', async () => {
    const job = await engine.run({
      parameters: { file: 'brought/later' },
      task_list: [
        nothing({ name: 'reads', inputs: { a: "(metadata['file'])" }, outputs: { o: 'brought/out' } }),
        nothing({ name: 'follows', inputs: { a: 'brought/out' }, outputs: { o: 'brought/end' } }),
      ],
    });
    expect(job.states()).toEqual({ reads: 'failed', follows: 'blocked' });
    engine.bring('brought/later');
    await again(job.id);
    const completed = await engine.end(job.id);
    expect(completed.states()).toEqual({ reads: 'done', follows: 'done' });
    expect(existsSync(engine.outputPath('brought/end'))).toBe(true);
  });

  test('a task whose type is an expression is counted rightly when it is resolved a second time', async () => {
    const job = await engine.run({
      parameters: { file: 'typed/later', type: 'null' },
      task_list: [
        { task: "(metadata['type'])", name: 'typed', duration: 0, inputs: { a: "(metadata['file'])" } },
      ],
    });
    expect(job.states()).toEqual({ typed: 'failed' });
    engine.bring('typed/later');
    await again(job.id);
    expect((await engine.end(job.id)).state).toBe('succeeded');
  });

  test('who was blocked while another input was still to come waits for that one too', async () => {
    const file = {
      task_list: [
        nothing({ name: 'waits', inputs: { a: 'both/failing', b: 'both/late_2' } }),
        needs('c', { name: 'fails', outputs: { o: 'both/failing' } }),
        { task: 'null', duration: 0.3, name: 'slow' },
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          requires_metadata_from: ['slow'],
          values: [1, 2],
          task_list: [
            {
              task: 'null',
              duration: 0,
              name: 'late',
              outputs: { o: "('both/late_{i}'.format(**metadata))" },
            },
          ],
        },
      ],
    };
    const afterwards = await engine.run(file);
    expect(afterwards.states()).toMatchObject({ waits: 'blocked', fails: 'failed', late: 'done done' });
    mark('c');
    await again(afterwards.id);
    expect((await engine.end(afterwards.id)).state).toBe('succeeded');
    rmSync(join(engine.home, 'c'));
    const jobId = await engine.submit(file);
    await until(async () => (await engine.view(jobId)).states().waits === 'blocked');
    mark('c');
    await again(jobId); // while the job runs, and before the loop is expanded
    expect((await engine.end(jobId)).state).toBe('succeeded');
  });

  test('flow tasks that failed of themselves, and loops that failed of their children, go on', async () => {
    const marker = 'd';
    const job = await engine.run({
      task_list: [
        {
          task: 'execution_do_while_loop',
          name: 'repeats',
          iteration_name: 'it',
          requires_metadata_from_child: ['body'],
          repeat_criterion: "(metadata['it_index'] < 3)",
          task_list: [
            needs(marker, { name: 'body', outputs: { o: "('flow/{it_index}'.format(**metadata))" } }),
          ],
        },
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          values: [1, 2, 3],
          task_list: [
            needs(marker, { name: 'inner', outputs: { o: "('flow/loop_{i}'.format(**metadata))" } }),
          ],
        },
        nothing({ name: 'gathers', inputs: { a: 'flow/loop_*' } }),
        nothing({ name: 'after', requires_metadata_from: ['repeats'] }),
      ],
    });
    expect(job.states()).toMatchObject({
      repeats: 'failed',
      body: 'failed',
      loop: 'failed',
      gathers: 'blocked',
      after: 'blocked',
    });
    mark(marker);
    await again(job.id);
    const completed = await engine.end(job.id);
    expect(completed.state).toBe('succeeded');
    expect(completed.states()).toEqual({
      repeats: 'done',
      body: 'done done done',
      loop: 'done',
      inner: 'done done done',
      gathers: 'done',
      after: 'done',
    });
  });

  test('what is done or under way is left alone, and nothing happens where nothing failed', async () => {
    const marker = 'e';
    const jobId = await engine.submit({
      task_list: [
        needs(marker, { name: 'fails', outputs: { o: 'alone/made' } }),
        { task: 'null', duration: 0.5, name: 'runs' },
        nothing({ name: 'done' }),
      ],
    });
    await until(async () => {
      const states = (await engine.view(jobId)).states();
      return states.fails === 'failed' && states.runs === 'running' && states.done === 'done';
    });
    mark(marker);
    expect(await again(jobId)).toEqual({ failed: 1, blocked: 0, cancelled: 0, done: 0 });
    const job = await engine.end(jobId);
    expect(job.state).toBe('succeeded');
    expect(['fails', 'runs', 'done'].map((name) => job.task(name).attempts)).toEqual([2, 1, 1]);
    expect(await again(jobId)).toEqual({ failed: 0, blocked: 0, cancelled: 0, done: 0 });
    expect((await engine.view(jobId)).state).toBe('succeeded');
  });
});

forEachDatabase('emptying the queue', ({ create }) => {
  test('cancels what waits for a worker, and reopening brings it back', async () => {
    const engine = await openEngine({ create });
    const scheduler = await engine.createScheduler();
    const jobId = await engine.submit({
      task_list: [
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          linear_range: [1, 300, 300],
          task_list: [nothing({ name: 'one', outputs: { o: "('emptied/{i_index}'.format(**metadata))" } })],
        },
        nothing({ name: 'gathers', inputs: { a: 'emptied/*' } }),
      ],
    });
    for (let step = 0; step < 5; step++) await scheduler.step();
    const ids = new Ids(engine.database, 100);
    const cancel = () =>
      transact(engine.database, (trx) => cancelWaiting(trx, ids, { jobId, reason: 'emptied', limit: 200 }));
    const cancelled = [];
    for (let count = await cancel(); count > 0; count = await cancel()) cancelled.push(count);
    expect(cancelled.reduce((sum, count) => sum + count, 0)).toBe(300);
    const emptied = await engine.end(jobId);
    expect(emptied.state).toBe('cancelled');
    expect(new Set(emptied.named('one').map(({ state, reason }) => `${state} ${reason}`))).toEqual(
      new Set(['cancelled emptied']),
    );
    expect(emptied.task('gathers').state).toBe('cancelled');
    await transact(engine.database, (trx) => reopen(trx, jobId));
    await scheduler.start();
    await engine.startWorker();
    const job = await engine.end(jobId);
    expect(job.state).toBe('succeeded');
    expect(job.products.size).toBe(300);
    expect(engine.defects()).toEqual([]);
    await engine.close();
  });
});
