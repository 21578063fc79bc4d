/** `retry`: one task and what hangs on it, no more and no less. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transact } from '../../core/db/transaction.ts';
import { type Reopened, reopen } from '../../core/store/reopening.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, program, startEngine } from '../support/engine.ts';
import type { JobView } from '../support/job-view.ts';
import { until } from '../support/until.ts';

forEachDatabase('trying one task again', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterAll(() => engine.close());

  const retry = (job: JobView, name: string, withDependants = false): Promise<Reopened> =>
    transact(engine.database, (trx) => reopen(trx, job.id, { taskId: job.task(name).id, withDependants }));
  /** Fails until the marker is there. */
  const needs = (marker: string, keys: object) =>
    program(
      ['sh', '-c', `test -e '${join(engine.home, marker)}' || exit 9; printf made > "$0"`, '{outputs.o}'],
      {
        name: marker,
        outputs: { o: `retry/${marker}` },
        ...keys,
      },
    );
  const mark = (marker: string) => writeFileSync(join(engine.home, marker), '');

  test('brings back what it blocked, but not what something else blocks too', async () => {
    const failed = await engine.run({
      task_list: [
        needs('one', {}),
        needs('two', {}),
        nothing({ name: 'of one', inputs: { a: 'retry/one' }, outputs: { o: 'retry/of-one' } }),
        nothing({ name: 'of that', inputs: { a: 'retry/of-one' } }),
        nothing({ name: 'of both', inputs: { a: 'retry/one', b: 'retry/two' } }),
        {
          task: 'execution_chain',
          name: 'chain',
          task_list: [nothing({ name: 'below', inputs: { a: 'retry/one' } })],
        },
      ],
    });
    mark('one');
    expect(await retry(failed, 'one')).toEqual({ failed: 1, blocked: 3, cancelled: 0, done: 0 });
    const job = await engine.end(failed.id);
    expect(job.states()).toEqual({
      ...{ one: 'done', two: 'failed', 'of one': 'done', 'of that': 'done', 'of both': 'blocked' },
      ...{ chain: 'done', below: 'done' },
    });
    expect(job.task('of both').cause_id).toBe(job.task('two').id);
    mark('two');
    expect(await retry(job, 'two')).toEqual({ failed: 1, blocked: 1, cancelled: 0, done: 0 });
    expect((await engine.end(failed.id)).state).toBe('succeeded');
  });

  test('of a flow task: all below it that ended badly', async () => {
    const failed = await engine.run({
      task_list: [
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          values: [1, 2],
          task_list: [
            program(['sh', '-c', `test -e '${join(engine.home, 'loop')}'`], { name: 'in loop' }),
            nothing({ name: 'asks', requires_metadata_from: ['in loop'] }),
          ],
        },
        { task: 'error', name: 'beside', message: 'so' },
        nothing({ name: 'after', requires_metadata_from: ['loop'] }),
      ],
    });
    mark('loop');
    expect(await retry(failed, 'loop')).toEqual({ failed: 2, blocked: 3, cancelled: 0, done: 0 });
    const job = await engine.end(failed.id);
    expect(job.task('after').state).toBe('done');
    expect(job.task('beside').state).toBe('failed');
    expect(job.state).toBe('failed');
  });

  test('a task that is done makes a new version; what was made of it only when that is asked for', async () => {
    const first = await engine.run({
      task_list: [
        program(['sh', '-c', 'date +%s%N > "$0"', '{outputs.o}'], {
          name: 'makes',
          outputs: { o: 'retry/time' },
          metadata: { x: 1 },
        }),
        program(['cp', '{inputs.a}', '{outputs.o}'], {
          name: 'copies',
          inputs: { a: 'retry/time' },
          outputs: { o: 'retry/copy' },
        }),
        nothing({ name: 'beside' }),
      ],
    });
    expect(first.state).toBe('succeeded');
    expect(await retry(first, 'makes')).toEqual({ failed: 0, blocked: 0, cancelled: 0, done: 1 });
    const second = await engine.end(first.id);
    expect(second.products.get('retry/time')).not.toBe(first.products.get('retry/time'));
    expect(second.products.get('retry/copy')).toBe(first.products.get('retry/copy'));
    expect(await retry(second, 'makes', true)).toEqual({ failed: 0, blocked: 0, cancelled: 0, done: 2 });
    const third = await engine.end(first.id);
    expect(third.task('makes').attempts).toBe(3);
    expect(third.task('copies').attempts).toBe(2);
    expect(third.task('beside').attempts).toBe(1);
    expect(third.products.get('retry/copy')).not.toBe(first.products.get('retry/copy'));
  });

  test('what waits for something else as well waits for the new run too', async () => {
    const jobId = await engine.submit({
      task_list: [
        nothing({ name: 'quick', outputs: { o: 'retry/quick' }, metadata: { x: 1 } }),
        needs('held', { retries: 50, retry_delay: 0.1 }),
        nothing({ name: 'both', inputs: { a: 'retry/quick', b: 'retry/held' } }),
      ],
    });
    await until(async () => (await engine.view(jobId)).named('quick')[0]?.state === 'done');
    expect(await retry(await engine.view(jobId), 'quick')).toMatchObject({ done: 1 });
    mark('held');
    const job = await engine.end(jobId);
    expect(job.states()).toEqual({ quick: 'done', held: 'done', both: 'done' });
    expect(job.task('both').attempts).toBe(1);
  });

  test('a task that fails while its input is made anew waits for that, and not only for its next try', async () => {
    const file = (name: string) => join(engine.home, name);
    const waitFor = (name: string) => `until test -e '${file(name)}'; do sleep 0.05; done`;
    const once = `if ! test -e '${file('made')}'; then touch '${file('made')}'; printf 1 > "$0"; exit 0; fi`;
    const jobId = await engine.submit({
      task_list: [
        program(['sh', '-c', `${once}; ${waitFor('make')}; printf 2 > "$0"`, '{outputs.o}'], {
          name: 'makes anew',
          outputs: { o: 'retry/anew' },
        }),
        program(
          ['sh', '-c', `${waitFor('fail')}; grep -q 2 "$0" && printf ok > "$1"`, '{inputs.a}', '{outputs.o}'],
          {
            ...{ name: 'reads', inputs: { a: 'retry/anew' }, outputs: { o: 'retry/read' } },
            ...{ retries: 1, retry_delay: 0.05 },
          },
        ),
      ],
    });
    const stateOf = async (name: string) => (await engine.view(jobId)).named(name)[0]?.state;
    await until(async () => (await stateOf('reads')) === 'running');
    await retry(await engine.view(jobId), 'makes anew');
    await until(async () => (await stateOf('makes anew')) === 'running');
    mark('fail');
    await until(async () => (await stateOf('reads')) === 'waiting');
    await until(async () => (await engine.kysely.selectFrom('timers').selectAll().execute()).length === 0);
    expect(await stateOf('reads')).toBe('waiting');
    mark('make');
    expect((await engine.end(jobId)).states()).toEqual({ 'makes anew': 'done', reads: 'done' });
  });

  test('what runs, and a flow task that is done, are refused', async () => {
    const jobId = await engine.submit({
      task_list: [
        { task: 'null', duration: 2, name: 'runs' },
        { task: 'execution_chain', name: 'chain', task_list: [nothing()] },
      ],
    });
    await until(async () => (await engine.view(jobId)).named('runs')[0]?.state === 'running');
    await until(async () => (await engine.view(jobId)).named('chain')[0]?.state === 'done');
    const job = await engine.view(jobId);
    await expect(retry(job, 'runs')).rejects.toThrow(/is running: only what has ended/);
    await expect(retry(job, 'chain')).rejects.toThrow(/flow task .* done/);
    await engine.end(jobId);
    expect(engine.defects()).toEqual([]);
  });
});
