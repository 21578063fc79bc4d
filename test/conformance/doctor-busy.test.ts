/** A healthy installation at work never shows a breach, whenever the doctor looks, and is never mended. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reading, transact } from '../../core/db/transaction.ts';
import { wantCancelled } from '../../core/store/cancellations.ts';
import { carryOut } from '../../core/store/cancelling.ts';
import { Ids } from '../../core/store/ids.ts';
import { unfinishedJobs } from '../../core/store/jobs.ts';
import { readPauses } from '../../core/store/pauses.ts';
import { liftPause, recallHeld, setPause } from '../../core/store/pausing.ts';
import { reopen } from '../../core/store/reopening.ts';
import { forEachDatabase } from '../support/databases.ts';
import { consult, expectHealthy } from '../support/doctor.ts';
import { type Engine, nothing, startEngine } from '../support/engine.ts';
import { broughtFile, writeJob } from '../support/job-model.ts';
import { allSpecs, specTrees } from '../support/job-trees.ts';

/** Wide and deep: loops in loops, rounds, files, late names, a consumer before its producer. */
const busy = (tag: number) => ({
  task_list: [
    nothing({ name: 'reads', inputs: { a: `busy_${tag}/made_later` } }),
    {
      ...{ task: 'execution_for_loop', name: 'wide', parameter: 'i', linear_range: [1, 400, 400] },
      task_list: [
        nothing({ name: 'first', outputs: { o: `('busy_${tag}/{i:.0f}'.format(**metadata))` } }),
        nothing({ name: 'second', requires_metadata_from: ['first'] }),
      ],
    },
    {
      ...{ task: 'execution_do_while_loop', name: 'rounds', iteration_name: 'k' },
      ...{ repeat_criterion: "(metadata['k_index'] < 6)" },
      task_list: [nothing({ name: 'inside' })],
    },
    nothing({ name: 'makes', requires_metadata_from: ['rounds'], outputs: { o: `busy_${tag}/made_later` } }),
    nothing({ name: 'gathers', inputs: { all: `busy_${tag}/*` }, requires_metadata_from: ['wide'] }),
  ],
});

/** Whatever the model of flow-model.test.ts makes up: choices, failures, blocked tasks. */
const madeUp = () =>
  fc.sample(specTrees, { seed: 20_261_121, numRuns: 8 }).map((specs, at) => ({
    job: writeJob(specs, `made_up_${at}`),
    files: allSpecs(specs).map((spec) => broughtFile(spec, `made_up_${at}`)),
  }));

/** Fails again and again, and is tried again later; others wait for it. */
const retried = () => ({
  task_list: [
    {
      ...{ task: 'execution_for_loop', name: 'loop', parameter: 'i', linear_range: [1, 12, 12] },
      ...{ retries: { error: 3 }, retry_delay: 0.1 },
      task_list: [
        { task: 'error', name: 'fails', message: 'as it must' },
        nothing({ name: 'never', requires_metadata_from: ['fails'] }),
      ],
    },
  ],
});

const NULL_TASKS = { scope: 'type', name: 'null' } as const;

forEachDatabase('the doctor at a busy installation', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
    await engine.startWorker();
  });
  afterAll(() => engine.close());

  async function cancel(jobId: number): Promise<void> {
    const { database: where } = engine;
    const job = where.kysely.selectFrom('jobs').select('root_id').where('id', '=', jobId);
    const { root_id } = await job.executeTakeFirstOrThrow();
    const wish = { taskId: root_id ?? 0, jobId, reason: 'not wanted' };
    await transact(where, (trx) => wantCancelled(trx, [wish]));
    await carryOut(where, new Ids(where, 100), wish);
  }

  /** What waits in the queue is taken back, what is ready set aside. */
  async function pause(): Promise<void> {
    await transact(engine.database, (trx) => setPause(trx, NULL_TASKS, 'tester'));
    await recallHeld(engine.database, await readPauses(reading(engine.database)));
  }

  /** Another chance for whatever ended badly, in whichever job. */
  async function reopenAll(): Promise<void> {
    for (const id of await unfinishedJobs(reading(engine.database)))
      await transact(engine.database, (trx) => reopen(trx, id));
  }

  test('nothing is ever found, and nothing is ever mended', { timeout: 300_000 }, async () => {
    const jobs: number[] = [];
    for (let job = 0; job < 2; job++) jobs.push(await engine.submit(busy(job)));
    for (const { job, files } of madeUp()) {
      for (const file of files) engine.bring(file);
      jobs.push(await engine.submit(job));
    }
    jobs.push(await engine.submit(retried()));
    const stopped = await engine.submit(busy(99));
    const running = async () =>
      (await Promise.all(jobs.map((id) => engine.jobState(id)))).some((state) => state === 'running');
    let looks = 0;
    for (let isRunning = true; isRunning || looks < 7; looks++) {
      isRunning = await running();
      if (looks === 2) await cancel(stopped);
      if (looks === 3) await pause();
      if (looks === 4) await reopenAll();
      if (looks === 5) await transact(engine.database, (trx) => liftPause(trx, NULL_TASKS));
      const found = await consult(engine.installation, { mend: looks % 2 === 1 });
      expect(found.map(({ check, examples }) => `${check}: ${examples.join('; ')}`)).toEqual([]);
    }
    expect(looks).toBeGreaterThan(6);
    for (const id of [...jobs, stopped]) await engine.end(id, 60_000);
    for (const id of jobs.slice(0, 2)) expect(await engine.jobState(id)).toBe('succeeded');
    expect(engine.defects()).toEqual([]);
    await expectHealthy(engine.installation, { hash: true });
  });
});
