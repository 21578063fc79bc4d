/**
 * Random jobs, run by hand one task at a time: whenever the scheduler finds nothing more to do, the tasks that are ready,
 * queued or running are those whose needs are met, as a pure model of readiness tells. In the middle the queue is emptied, which
 * cancels and blocks much, and the files come that some tasks missed; given another chance, all stands as if nothing had happened.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Scheduler } from '../../controller/scheduler.ts';
import { transact } from '../../core/db/transaction.ts';
import { type ClaimedTask, claim } from '../../core/store/claims.ts';
import { commitAttempts } from '../../core/store/completions.ts';
import { cancelWaiting } from '../../core/store/emptying.ts';
import { Ids } from '../../core/store/ids.ts';
import { reopen } from '../../core/store/reopening.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, openEngine } from '../support/engine.ts';
import { checkCounts } from '../support/invariants.ts';
import { broughtFile, keyOf, readyTasks, writeJob } from '../support/job-model.ts';
import { allSpecs, runsWell, type Spec, specTrees } from '../support/job-trees.ts';
import type { TaskFact } from '../support/job-view.ts';
import { until } from '../support/until.ts';

const SEEDS = [20_261_122, 31_415, 2_718];
const RUNS = 25;
const WORKER = 777;

/** Which of the ready tasks runs next; after how many the queue is emptied. */
const choices = fc.record({
  order: fc.array(fc.nat(99), { minLength: 8, maxLength: 8 }),
  emptyAfter: fc.nat(6),
});

interface Running {
  readonly specs: ReadonlyMap<string, Spec>;
  readonly ran: { readonly well: Set<string>; readonly badly: Set<string> };
  readonly held: ClaimedTask[];
}

forEachDatabase('readiness', ({ create }) => {
  let engine: Engine;
  let scheduler: Scheduler;
  let ids: Ids;
  let jobs = 0;
  beforeAll(async () => {
    engine = await openEngine({ create });
    scheduler = await engine.createScheduler();
    ids = new Ids(engine.database, 1_000);
  });
  afterAll(() => engine.close());

  const settle = async () => {
    while ((await scheduler.step()) > 0);
  };

  /** The tasks that are ready, queued or running, by key. */
  async function readyNow(jobId: number, specs: ReadonlyMap<string, Spec>): Promise<Map<string, TaskFact>> {
    const { tasks } = await engine.view(jobId);
    const ready = tasks.filter(
      ({ kind, state }) => kind === 'work' && ['ready', 'queued', 'running'].includes(state),
    );
    return new Map(ready.map((task) => [placed(task, specs).key, task]));
  }

  async function emptyQueue(jobId: number | undefined): Promise<void> {
    const wish = { jobId, reason: 'to be tried again', limit: 50 };
    while ((await transact(engine.database, (trx) => cancelWaiting(trx, ids, wish))) > 0);
  }

  async function check(
    tree: readonly Spec[],
    { order, emptyAfter }: { order: readonly number[]; emptyAfter: number },
  ): Promise<void> {
    await emptyQueue(undefined); // what a job left that failed the test before this one
    const specs = new Map(allSpecs(tree).map((spec) => [`t${spec.id}`, spec]));
    const tag = `ready${++jobs}`;
    const files = [...specs.values()].map((spec) => broughtFile(spec, tag));
    for (const file of files) engine.bring(file); // or the job would be refused
    const jobId = await engine.submit(writeJob(tree, tag));
    for (const file of files) rmSync(join(engine.installation.areas.input, file));
    let areFilesThere = false;
    const ran = { well: new Set<string>(), badly: new Set<string>() };
    const held: ClaimedTask[] = [];
    const compare = async (when: string) => {
      await settle();
      const real = await readyNow(jobId, specs);
      const expected = [...readyTasks(tree, ran.well, areFilesThere)].filter((key) => !ran.badly.has(key));
      expect([when, ...[...real.keys()].sort()]).toEqual([when, ...expected.sort()]);
      return real;
    };
    for (let count = 0; ; count++) {
      if (count === emptyAfter) {
        await compare('before the queue is emptied');
        await emptyQueue(jobId);
        for (const file of files) engine.bring(file);
        areFilesThere = true;
        await settle();
        await transact(engine.database, (trx) => reopen(trx, jobId));
        ran.badly.clear();
      }
      const ready = await compare(`after ${count} tasks`);
      if (ready.size === 0 && count >= emptyAfter) break;
      if (ready.size === 0) continue;
      await runOne(order[count % order.length] ?? 0, { specs, ran, held });
    }
    // Wanted files that nothing can make any more are seen to now and then.
    await until(async () => (await scheduler.step()) === 0 && (await engine.jobState(jobId)) !== 'running', {
      timeoutMs: 60_000,
      message: () => `job ${jobId}, of which nothing is ready, to end`,
    });
    await checkCounts(engine.installation, jobId);
  }

  /** A worker takes one to three, and ends any one that it holds. */
  async function runOne(choice: number, { specs, ran, held }: Running): Promise<void> {
    const wish = { workerClass: 'default', workerId: WORKER, leaseMs: 600_000, limit: 1 + (choice % 3) };
    held.push(...(await transact(engine.database, (trx) => claim(trx, wish))));
    const [task] = held.splice(choice % held.length, 1);
    if (task === undefined) throw new Error('what is ready cannot be claimed');
    const { tasks } = await engine.view(task.job_id);
    const fact = tasks.find(({ id }) => id === task.id);
    if (fact === undefined) throw new Error(`no task ${task.id}`);
    const { spec, key, place } = placed(fact, specs);
    const good = runsWell(spec, place);
    await transact(engine.database, (trx) =>
      commitAttempts(trx, [outcome(task, good)], { workerId: WORKER, ids }),
    );
    (good ? ran.well : ran.badly).add(key);
  }

  test.each(SEEDS)('is as the model says, at every instant (seed %i)', { timeout: 600_000 }, async (seed) => {
    const explained = async (tree: Spec[], choice: { order: number[]; emptyAfter: number }) => {
      try {
        await check(tree, choice);
      } catch (error) {
        throw new Error(`the job ${JSON.stringify(writeJob(tree, 'ready'))}`, { cause: error });
      }
    };
    await fc.assert(fc.asyncProperty(specTrees, choices, explained), { seed, numRuns: RUNS });
    expect(engine.defects()).toEqual([]);
  });
});

/** Which task of the tree it is: by its name, and by the indices of the loops around it. */
function placed({ name, metadata }: TaskFact, specs: ReadonlyMap<string, Spec>) {
  const spec = specs.get(name ?? '');
  if (spec === undefined) throw new Error(`a task named ${name}`);
  const place = spec.loops.map((loop) => Number(metadata[`v${loop}_index`]));
  return { spec, place, key: keyOf(spec.id, place) };
}

function outcome(task: ClaimedTask, succeeded: boolean) {
  return {
    ...{ task, succeeded, exitClass: succeeded ? undefined : ('error' as const), exitCode: undefined },
    ...{ exitSignal: undefined, error: succeeded ? undefined : 'as decided', metadata: '{}', versions: [] },
    allowance: succeeded ? undefined : { retries: 0, classes: ['error' as const], delaySeconds: 0 },
    ...{ wallMs: 1, cpuMs: 1, peakMemoryBytes: 1 },
  };
}
