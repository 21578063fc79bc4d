/**
 * What the engine counts while it works, counted from the rows of the seed: tasks by state, usages by bin, work tasks by the
 * minute of their end. The counts of the last job stay deltas, as if no scheduler had folded them yet.
 */
import type { Tables } from '../../../core/db/tables.ts';
import type { TaskState } from '../../../core/model/states.ts';
import { ALL_JOBS, countUsages, sumUp, type UsageCount } from '../../../core/store/usage-counts.ts';
import type { Sink } from './sink.ts';

const MINUTE_MS = 60_000;

export class Tally {
  readonly #tasks = new Map<string, { job_id: number; type: string; state: TaskState; tasks: number }>();
  readonly #ends = new Map<string, { minute: number; type: string; state: TaskState; tasks: number }>();

  #usages: Tables['usages'][] = [];
  #used: UsageCount[] = [];

  task(job_id: number, type: string, state: TaskState): void {
    const key = `${state} ${type}`;
    const known = this.#tasks.get(key);
    if (known === undefined) this.#tasks.set(key, { job_id, type, state, tasks: 1 });
    else known.tasks++;
  }

  ended(type: string, state: TaskState, at: number): void {
    const minute = at - (at % MINUTE_MS);
    const key = `${minute} ${state} ${type}`;
    const known = this.#ends.get(key);
    if (known === undefined) this.#ends.set(key, { minute, type, state, tasks: 1 });
    else known.tasks++;
  }

  usage(usage: Tables['usages']): void {
    this.#usages.push(usage);
  }

  /** Of the job at hand, before the next. */
  writeJob(sink: Sink, isFolded: boolean): void {
    for (const { tasks, ...counted } of this.#tasks.values()) {
      if (isFolded) sink.add('task_counts', { ...counted, tasks });
      else sink.add('count_deltas', { ...counted, delta: tasks });
    }
    this.#tasks.clear();
    const used = countUsages(this.#usages);
    sink.add(isFolded ? 'usage_counts' : 'usage_deltas', ...used);
    if (isFolded) this.#used = sumUp([...this.#used, ...used.map((row) => ({ ...row, job_id: ALL_JOBS }))]);
    this.#usages = [];
  }

  writeAll(sink: Sink): void {
    sink.add('usage_counts', ...this.#used);
    for (const row of this.#ends.values()) sink.add('throughput', row);
  }
}
