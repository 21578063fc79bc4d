/**
 * A walk through the state model, carried out with the functions of core/store on a real database, one transaction for
 * each step that has one; after each, what the tables say of the task is what the model says. What a transaction does in
 * two steps of the model is walked in one: here nobody comes between.
 */
import { deepEqual } from 'node:assert/strict';
import type { CompiledJobs } from '../../../controller/compiled-jobs.ts';
import { Dispatcher } from '../../../controller/dispatcher.ts';
import { expandJob } from '../../../controller/expansion/expander.ts';
import { reading, transact } from '../../../core/db/transaction.ts';
import { SqlQueue } from '../../../core/queue/sql-queue.ts';
import { wantCancelled } from '../../../core/store/cancellations.ts';
import { carryOut } from '../../../core/store/cancelling.ts';
import { type ClaimedTask, claim, renewLeases } from '../../../core/store/claims.ts';
import { commitAttempts } from '../../../core/store/completions.ts';
import { cancelWaiting } from '../../../core/store/emptying.ts';
import type { Ids } from '../../../core/store/ids.ts';
import type { Completion } from '../../../core/store/outcomes.ts';
import { readPauses } from '../../../core/store/pauses.ts';
import { reopen } from '../../../core/store/reopening.ts';
import { findLost, giveBack, reapLost } from '../../../core/store/returns.ts';
import { releaseDue } from '../../../core/store/timers.ts';
import { type Engine, nothing } from '../engine.ts';
import { take } from './search.ts';
import type { Setting, Step } from './step.ts';
import { stepsOf } from './steps.ts';
import { clearTables, compareTables } from './tables.ts';
import { copy, newWorld, type Phase, type World } from './world.ts';

export interface Replayed {
  readonly names: string[];
  readonly jobId: number;
}

interface Parts {
  readonly engine: Engine;
  readonly ids: Ids;
  readonly jobs: CompiledJobs;
  readonly setting: Setting;
  /** In [0, 1). */
  readonly random: () => number;
}

const LEASE_MS = 600_000;
const FINISHING = /dispatches$|claims$|reaper reaps$/;
const isUsual = ({ fault, name }: Step) => !fault || name.endsWith('ends badly');
let lastWorkerId = 1_000_000;

export class Replay {
  readonly names: string[] = [];
  readonly #parts: Parts;
  readonly #dispatchers: readonly Dispatcher[];
  readonly #workerIds = [++lastWorkerId, ++lastWorkerId];
  readonly #claimed = new Map<number, ClaimedTask>();
  #world = newWorld();
  #taskId = 0;
  #jobId = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { engine, ids } = parts;
    const dispatcher = () =>
      new Dispatcher({ database: engine.database, queue: new SqlQueue(), ids }, 'default');
    this.#dispatchers = [dispatcher(), dispatcher()];
  }

  /** Throws an AssertionError where the tables and the model differ; `names` tells the steps that led there. */
  async run(steps: number): Promise<Replayed> {
    const { engine, jobs, ids } = this.#parts;
    this.#jobId = await engine.submit({ task_list: [nothing({ name: 'one' })] });
    const { installation, database } = engine;
    const parts = { ...installation, database, ids, emit: () => undefined };
    await expandJob(parts, await jobs.get(this.#jobId));
    this.#taskId = (await engine.view(this.#jobId)).task('one').id;
    await compareTables(engine, this.#world, this.#taskId);
    for (let count = 0; count < steps; count++) {
      const step = this.#choose();
      if (step === undefined) break; // it has ended, and everybody knows
      const before = copy(this.#world);
      this.#world = take(this.#world, step, this.#parts.setting).next;
      this.names.push(step.name);
      if (await this.#carryOut(step, before)) await compareTables(engine, this.#world, this.#taskId);
    }
    await clearTables(engine, this.#taskId);
    return { names: this.names, jobId: this.#jobId };
  }

  /** Whoever is in the middle of a transaction ends it; else anybody does anything, most faults more seldom. */
  #choose(): Step | undefined {
    const all = stepsOf(this.#world, this.#parts.setting);
    const ending = all.filter(({ name }) => FINISHING.test(name));
    const usual = this.#parts.random() < 0.55 ? all.filter(isUsual) : all;
    const among = ending.length > 0 ? ending : usual.length > 0 ? usual : all;
    const step = among[Math.floor(this.#parts.random() * among.length)];
    return step;
  }

  /** Answers whether there is anything to compare: some steps are no transaction. */
  async #carryOut(step: Step, before: World): Promise<boolean> {
    const { engine, ids, setting } = this.#parts;
    const { actor = 0, attempt = 0 } = step;
    const name = step.name.replace(/^(scheduler|worker) \d /, '');
    const workerId = this.#workerIds[actor] ?? 0;
    const task = this.#claimed.get(attempt);
    const database = engine.database;
    if (name === 'dispatches') await this.#dispatch(actor);
    else if (name === 'claims') await this.#claim(before.workers[actor]?.taking, workerId);
    else if (name === 'gets a hint' && this.#world.workers[actor]?.taking === undefined)
      deepEqual(await this.#claim({ attempt, hinted: true }, workerId), [], 'a late hint finds something');
    else if (name.startsWith('commits') && task !== undefined) {
      const held = before.workers[actor]?.held.find((each) => each.attempt === attempt);
      const completion = outcome(task, held?.phase, setting.bounds.retries);
      await transact(database, (trx) => commitAttempts(trx, [completion], { workerId, ids }));
    } else if (name.startsWith('gives back') && task !== undefined)
      await transact(database, (trx) => giveBack(trx, [task], { workerId, ids }));
    else if (name === 'renews its leases') await this.#renew(before.workers[actor]?.held ?? [], workerId);
    else if (name === 'the lease runs out') await this.#expire();
    else if (name === 'reaper reaps') await this.#reap();
    else if (name === 'a retry is due') await this.#releaseDue();
    else if (name.startsWith('cancel,')) {
      const wish = { taskId: this.#taskId, jobId: this.#jobId, reason: 'not wanted' };
      await transact(database, (trx) => wantCancelled(trx, [wish]));
      await carryOut(database, ids, wish);
    } else if (name.startsWith('empty-queue'))
      await transact(database, (trx) =>
        cancelWaiting(trx, ids, { jobId: this.#jobId, reason: 'emptied', limit: 10 }),
      );
    else if (name === 'reschedule-unfinished') await transact(database, (trx) => reopen(trx, this.#jobId));
    else {
      if (name.startsWith('is killed')) this.#workerIds[actor] = ++lastWorkerId;
      return false;
    }
    return true;
  }

  /** Its entry is never old, for a late hint may bring a worker to what has waited for a second. */
  async #dispatch(scheduler: number): Promise<void> {
    const { database, kysely } = this.#parts.engine;
    await this.#dispatchers[scheduler]?.round(await readPauses(reading(database)));
    await kysely
      .updateTable('queue_entries')
      .set({ published_at: Number.MAX_SAFE_INTEGER })
      .where('task_id', '=', this.#taskId)
      .execute();
  }

  async #claim(
    taking: { attempt: number; hinted: boolean } | undefined,
    workerId: number,
  ): Promise<ClaimedTask[]> {
    if (taking === undefined) throw new Error('a claim of nothing');
    const { kysely, database } = this.#parts.engine;
    const { id } = await kysely
      .selectFrom('attempts')
      .select('id')
      .where('task_id', '=', this.#taskId)
      .where('number', '=', taking.attempt)
      .executeTakeFirstOrThrow();
    const hint = taking.hinted ? { entries: [{ workerClass: 'default', rank: 0, attemptId: id }] } : {};
    const wish = { workerClass: 'default', workerId, leaseMs: LEASE_MS, limit: 1, ...hint };
    const claimed = await transact(database, (trx) => claim(trx, wish));
    for (const task of claimed) this.#claimed.set(task.number, task);
    return claimed;
  }

  async #renew(held: readonly { attempt: number }[], workerId: number): Promise<void> {
    const ids = held.flatMap(({ attempt }) => this.#claimed.get(attempt)?.attempt_id ?? []);
    const { database } = this.#parts.engine;
    const kept = await transact(database, (trx) => renewLeases(trx, ids, { workerId, leaseMs: LEASE_MS }));
    const ours = this.#world.attempts.filter(
      ({ state, worker }) => state === 'running' && worker === this.#workerIds.indexOf(workerId),
    );
    deepEqual(
      [...kept],
      ours.map(({ id }) => this.#claimed.get(id)?.attempt_id),
      'another lease is renewed than the model says',
    );
  }

  async #expire(): Promise<void> {
    await this.#parts.engine.kysely
      .updateTable('attempts')
      .set({ lease_until: 1, begun_at: 1 })
      .where('task_id', '=', this.#taskId)
      .where('state', '=', 'running')
      .execute();
  }

  /** Without a delay, so that a task that was lost is ready at once. */
  async #reap(): Promise<void> {
    const { engine, ids, setting } = this.#parts;
    const allowance = { retries: setting.bounds.maxLost, classes: ['lost' as const], delaySeconds: 0 };
    const found = await findLost(reading(engine.database), 10);
    const allowances = new Map(found.map(({ id }) => [id, allowance]));
    await transact(engine.database, (trx) => reapLost(trx, allowances, ids));
  }

  async #releaseDue(): Promise<void> {
    const { engine, ids } = this.#parts;
    await engine.kysely
      .updateTable('timers')
      .set({ due_at: 1 })
      .where('task_id', '=', this.#taskId)
      .execute();
    await transact(engine.database, (trx) => releaseDue(trx, { ids, limit: 10 }));
  }
}

function outcome(task: ClaimedTask, phase: Phase | undefined, retries: number): Completion {
  const exitClass = phase === 'good' ? undefined : phase === 'stopped' ? 'cancelled' : 'error';
  const allowance =
    exitClass === 'error' ? { retries, classes: [exitClass] as const, delaySeconds: 60 } : undefined;
  return {
    ...{ task, succeeded: phase === 'good', exitClass, allowance, exitCode: undefined },
    ...{ exitSignal: undefined, error: exitClass, metadata: '{}', versions: [] },
    ...{ wallMs: 1, cpuMs: 1, peakMemoryBytes: 1 },
  };
}
