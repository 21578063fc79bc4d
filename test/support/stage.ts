/**
 * A job as a stage: its tasks are brought into a situation by the functions that schedulers and workers use, one step at
 * a time, with no daemon about that could change it again.
 */
import { reading, transact } from '../../core/db/transaction.ts';
import type { Allowance } from '../../core/model/policy.ts';
import type { ExitClass } from '../../core/model/states.ts';
import { wantCancelled } from '../../core/store/cancellations.ts';
import { carryOut } from '../../core/store/cancelling.ts';
import { type ClaimedTask, claim, markBegun } from '../../core/store/claims.ts';
import { commitAttempts } from '../../core/store/completions.ts';
import type { Explanation } from '../../core/store/explanation.ts';
import { Ids } from '../../core/store/ids.ts';
import type { Completion, NewVersion } from '../../core/store/outcomes.ts';
import { endProcess, type NewProcess, registerProcess } from '../../core/store/processes.ts';
import { explain } from '../../core/store/why.ts';
import { advise } from '../../core/words/advice.ts';
import { textOf } from '../../core/words/line.ts';
import { type Engine, nothing } from './engine.ts';
import type { TaskFact } from './job-view.ts';

export interface Outcome {
  readonly exitClass?: ExitClass;
  readonly exitCode?: number;
  readonly exitSignal?: string;
  readonly error?: string;
  readonly allowance?: Allowance;
  readonly versions?: readonly NewVersion[];
  readonly usage?: Partial<Pick<Completion, 'wallMs' | 'cpuMs' | 'peakMemoryBytes'>>;
}

/** A loop of three iterations. */
export const loop = (name: string, body: readonly object[], keys: object = {}) => ({
  ...{ task: 'execution_for_loop', name, parameter: 'i', values: [1, 2, 3], task_list: body },
  ...keys,
});

export const first = nothing({ name: 'first', outputs: { o: 'first.gz' } });

const NO_RETRIES: Allowance = { retries: 0, classes: [], delaySeconds: 0 };

export class Stage {
  readonly engine: Engine;
  readonly ids: Ids;
  readonly #processes: number[] = [];
  jobId = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    this.ids = new Ids(engine.database, 1_000);
  }

  /** Submits a job of these tasks, and has a scheduler work until nothing is left for it. */
  async play(taskList: readonly object[], keys: object = {}): Promise<void> {
    this.jobId = await this.engine.submit({ ...keys, task_list: taskList });
    await this.schedule();
  }

  async schedule(steps = 20): Promise<void> {
    const scheduler = await this.engine.createScheduler(); // a new one does all its sweeps at once
    for (let step = 0; step < steps; step++) if ((await scheduler.step()) === 0) return;
  }

  async task(name: string): Promise<TaskFact> {
    return (await this.engine.view(this.jobId)).task(name);
  }

  async id(name: string): Promise<number> {
    return (await this.task(name)).id;
  }

  async why(
    task: string | number,
    registry = this.engine.installation.registry,
  ): Promise<Explanation & { readonly advice: string }> {
    const id = typeof task === 'number' ? task : await this.id(task);
    const explanation = await explain(this.engine.database, id, {
      ...{ registry, aliveWithinMs: 60_000 },
      defaults: { max_lost: 3 },
    });
    return { ...explanation, advice: textOf(advise(explanation)) };
  }

  /** A worker claims the task, which is queued. */
  async begin(task: string | number, { workerId = 7_000_001, leaseMs = 60_000 } = {}): Promise<ClaimedTask> {
    const id = typeof task === 'number' ? task : await this.id(task);
    const entry = await this.engine.kysely
      .selectFrom('queue_entries')
      .selectAll()
      .where('task_id', '=', id)
      .executeTakeFirstOrThrow();
    const entries = [{ workerClass: entry.worker_class, rank: entry.rank, attemptId: entry.attempt_id }];
    const wish = { workerClass: entry.worker_class, workerId, leaseMs, limit: 1, entries };
    const [claimed] = await transact(this.engine.database, (trx) => claim(trx, wish));
    if (claimed === undefined) throw new Error(`task ${id} could not be claimed`);
    return claimed;
  }

  /** A worker claims the task and runs it to its end. Without an exit class it succeeds. */
  async perform(task: string | number, outcome: Outcome = {}): Promise<void> {
    await this.end(await this.begin(task), outcome);
  }

  async end(task: ClaimedTask, outcome: Outcome = {}, workerId = 7_000_001): Promise<void> {
    const completion: Completion = {
      ...{ task, succeeded: outcome.exitClass === undefined, exitClass: outcome.exitClass },
      ...{ exitCode: outcome.exitCode, exitSignal: outcome.exitSignal, error: outcome.error },
      allowance: outcome.allowance ?? NO_RETRIES,
      ...{ metadata: '{}', versions: outcome.versions ?? [] },
      ...{ wallMs: 1, cpuMs: undefined, peakMemoryBytes: undefined, ...outcome.usage },
    };
    const holder = { workerId, ids: this.ids };
    await transact(this.engine.database, (trx) => commitAttempts(trx, [completion], holder));
  }

  /** A worker claims the task, is about to start it, and is never heard of again. */
  async lose(task: string): Promise<void> {
    const { attempt_id } = await this.begin(task, { leaseMs: -1 });
    await markBegun(reading(this.engine.database), attempt_id);
    await this.schedule();
  }

  async cancel(task: string, reason: string): Promise<void> {
    const { database } = this.engine;
    const wish = { taskId: await this.id(task), jobId: this.jobId, reason };
    await transact(database, (trx) => wantCancelled(trx, [wish]));
    await carryOut(database, this.ids, wish);
  }

  /** A scheduler or worker that is seen now, until the stage is cleared. */
  async appear(process: Partial<NewProcess> & Pick<NewProcess, 'role'>): Promise<number> {
    const workerClass = process.role === 'worker' ? 'default' : null;
    const complete = { version: '1', image: null, workerClass, slots: 4, ...process };
    const id = await transact(this.engine.database, (trx) => registerProcess(trx, this.ids, complete));
    this.#processes.push(id);
    return id;
  }

  /** What is in hand is forgotten, so that the next job is alone. The rows of its tasks stay. */
  async clear(): Promise<void> {
    const { kysely } = this.engine;
    for (const id of this.#processes.splice(0)) await endProcess(this.engine.database, id);
    const hot = ['queue_entries', 'ready_tasks', 'wanted', 'timers', 'cancellations', 'pauses'] as const;
    for (const table of [...hot, 'paused_tasks'] as const) await kysely.deleteFrom(table).execute();
    await kysely.updateTable('attempts').set({ lease_until: null }).execute();
    await kysely.updateTable('jobs').set({ state: 'cancelled' }).where('state', '=', 'running').execute();
  }
}
