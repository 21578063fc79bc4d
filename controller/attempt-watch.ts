/**
 * What a scheduler does about attempts that do not end as they should: those whose worker is gone, those that wait for a
 * worker longer than they may, those that somebody wants cancelled; and about tasks whose next try is due.
 */
import type { Database } from '../core/db/open.ts';
import { reading, transact } from '../core/db/transaction.ts';
import { literalPolicyOf } from '../core/model/literal-policy.ts';
import type { Allowance, Policy } from '../core/model/policy.ts';
import type { InstallationPolicy } from '../core/model/policy-keys.ts';
import type { TaskType } from '../core/model/task-type.ts';
import { isDict } from '../core/model/values.ts';
import type { Emit } from '../core/runtime/events.ts';
import { tally } from '../core/runtime/tally.ts';
import { forgetCancelled, namedCancellations } from '../core/store/cancellations.ts';
import { carryOut } from '../core/store/cancelling.ts';
import type { Ids } from '../core/store/ids.ts';
import { runningJobs } from '../core/store/jobs.ts';
import { endOverdue, listWaiting, type Overdue, type WaitingEntry } from '../core/store/queue-limits.ts';
import { findLost, reapLost } from '../core/store/returns.ts';
import { releaseDue } from '../core/store/timers.ts';
import type { CompiledJobs } from './compiled-jobs.ts';

export interface AttemptWatchParts {
  readonly database: Database;
  readonly registry: ReadonlyMap<string, TaskType>;
  readonly defaults: InstallationPolicy;
  readonly emit: Emit;
  readonly ids: Ids;
  readonly jobs: CompiledJobs;
}

const PER_BATCH = 200;
/** Whoever asked goes through the subtree; this is for when they broke off. */
const CARRY_OUT_EVERY_MS = 30_000;

export class AttemptWatch {
  readonly #parts: AttemptWatchParts;
  readonly #carriedOut = new Map<number, number>();

  constructor(parts: AttemptWatchParts) {
    this.#parts = parts;
  }

  async reap(): Promise<number> {
    const { database, ids, emit } = this.#parts;
    const found = await findLost(reading(database), PER_BATCH);
    if (found.length === 0) return 0;
    const allowances = new Map<number, Allowance>();
    for (const each of found) allowances.set(each.id, (await this.#policyOf(each)).allowance('lost'));
    const { lost, parked } = await transact(database, (trx) => reapLost(trx, allowances, ids));
    tally.add('attempts_lost', lost);
    if (lost > 0) emit('attempts_lost', { count: lost, retried: lost - parked });
    return lost;
  }

  releaseDue(): Promise<number> {
    const { database, ids } = this.#parts;
    return transact(database, (trx) => releaseDue(trx, { ids, limit: PER_BATCH }));
  }

  /** Looks at the queue only for jobs that limit the time there. */
  async endOverdue(): Promise<number> {
    const { database, ids } = this.#parts;
    let found = 0;
    for (const jobId of await runningJobs(reading(database))) {
      if (!(await this.#limitsQueueTime(jobId))) continue;
      const overdue: Overdue[] = [];
      for (const entry of await listWaiting(reading(database), jobId)) {
        const policy = await this.#policyOf({ ...entry, job_id: jobId });
        if (isOverdue(entry, policy)) overdue.push({ entry, allowance: policy.allowance('timeout') });
      }
      if (overdue.length > 0)
        found += await transact(database, (trx) => endOverdue(trx, overdue.slice(0, PER_BATCH), ids));
    }
    return found;
  }

  async cancel(): Promise<number> {
    const { database, ids } = this.#parts;
    const named = await namedCancellations(reading(database));
    const now = performance.now();
    for (const { task_id, job_id, reason } of named) {
      const since = this.#carriedOut.get(task_id);
      this.#carriedOut.set(task_id, since ?? now);
      if (now - (since ?? now) < CARRY_OUT_EVERY_MS) continue;
      this.#carriedOut.set(task_id, now);
      await carryOut(database, ids, { taskId: task_id, jobId: job_id, reason });
    }
    const standing = new Set(named.map(({ task_id }) => task_id));
    for (const id of this.#carriedOut.keys()) if (!standing.has(id)) this.#carriedOut.delete(id);
    return await transact(database, (trx) => forgetCancelled(trx, PER_BATCH));
  }

  async #limitsQueueTime(jobId: number): Promise<boolean> {
    const { registry, defaults, jobs } = this.#parts;
    const { definition } = await jobs.get(jobId);
    const levels = [defaults.timeout, ...[...registry.values()].map(({ timeout }) => timeout)];
    return (
      levels.some((each) => typeof each === 'object' && each !== null && 'queue' in each) ||
      definition.nodes.some(({ object }) => isDict(object.timeout) && object.timeout.queue !== undefined)
    );
  }

  async #policyOf({ job_id, node, type }: { job_id: number; node: number; type: string }): Promise<Policy> {
    const { registry, defaults, jobs } = this.#parts;
    const { definition } = await jobs.get(job_id);
    return literalPolicyOf({ definition, node, type: registry.get(type), installation: defaults });
  }
}

function isOverdue({ waited_ms }: WaitingEntry, { queueSeconds }: Policy): boolean {
  return queueSeconds !== undefined && waited_ms > queueSeconds * 1_000;
}
