/** How the doctor ends tasks that should have ended: as the engine does, with all that follows left to `propagate`. */
import { forIds } from '../../db/rows.ts';
import type { Transaction } from '../../db/transaction.ts';
import { UNUSABLE } from '../../model/states.ts';
import { giveUpExpanding } from '../closing.ts';
import type { CountChanges } from '../counts.ts';
import { type EndedTask, type LockedTask, lockTasks } from '../locked-tasks.ts';
import { endAttempts, endTasksBadly } from '../moves.ts';
import { leaveAnyLine } from '../ready.ts';
import { dropTimers } from '../timers.ts';

/** Waiting tasks that need something which has ended badly. */
export async function blockTasks(
  trx: Transaction,
  ids: readonly number[],
  counts: CountChanges,
): Promise<EndedTask[]> {
  const edges = await forIds(ids, (part) =>
    trx.kysely
      .selectFrom('dependencies')
      .select(['consumer_id', 'producer_id'])
      .where('consumer_id', 'in', part)
      .where('producer_id', 'is not', null)
      .execute(),
  );
  const rows = await lockTasks(trx, [...ids, ...edges.map(({ producer_id }) => producer_id ?? 0)]);
  const byId = new Map(rows.map((task) => [task.id, task]));
  const ended: EndedTask[] = [];
  for (const id of ids) {
    const task = byId.get(id);
    const bad = edges
      .filter(({ consumer_id }) => consumer_id === id)
      .flatMap(({ producer_id }) => byId.get(producer_id ?? 0) ?? [])
      .filter(({ state }) => UNUSABLE.includes(state));
    const cause = bad.find(({ state }) => state !== 'cancelled') ?? bad[0];
    if (task?.state !== 'waiting' || cause === undefined) continue;
    const to = cause.state === 'cancelled' ? 'cancelled' : 'blocked';
    await endTasksBadly(trx, [id], { from: 'waiting', to, causeId: cause.id });
    counts.moved(task, 'waiting', to);
    ended.push({ ...task, state: to });
    await forgetNeeds(trx, task);
  }
  return ended;
}

/** Tasks that have not started, with their attempts. */
export async function cancelTasks(
  trx: Transaction,
  tasks: readonly LockedTask[],
  { reason, counts }: { reason: string; counts: CountChanges },
): Promise<EndedTask[]> {
  const ended: EndedTask[] = [];
  for (const task of tasks) {
    const { id, state } = task;
    if (state !== 'waiting' && state !== 'ready' && state !== 'queued') continue;
    await endOpenAttempts(trx, [task], reason);
    await endTasksBadly(trx, [id], { from: state, to: 'cancelled', reason });
    counts.moved(task, state, 'cancelled');
    ended.push({ ...task, state: 'cancelled' });
    await leaveAnyLine(trx, [task]);
    await forgetNeeds(trx, task);
  }
  return ended;
}

/** Whatever waits for a worker, or is held by one, on behalf of these tasks: what is held is lost to its worker. */
export async function endOpenAttempts(
  trx: Transaction,
  tasks: readonly { id: number; worker_class: string | null; rank: number }[],
  error: string,
): Promise<void> {
  for (const { id, worker_class, rank } of tasks) {
    const open = await trx.kysely
      .selectFrom('attempts')
      .select(['id', 'state'])
      .where('task_id', '=', id)
      .where('state', 'in', ['queued', 'running'])
      .modifyEnd(trx.dialect.forUpdate)
      .execute();
    for (const attempt of open) {
      const isQueued = attempt.state === 'queued';
      const how = isQueued ? ('cancelled' as const) : ('lost' as const);
      await endAttempts(trx, [attempt.id], isQueued ? 'queued' : 'running', {
        to: how,
        exitClass: how,
        error,
      });
      await trx.kysely
        .deleteFrom('queue_entries')
        .where('worker_class', '=', worker_class ?? '')
        .where('rank', '=', rank)
        .where('attempt_id', '=', attempt.id)
        .execute();
    }
  }
}

/** Of a task that will not run: what it wanted, its timer, and its part in what the job may still create. */
async function forgetNeeds(trx: Transaction, task: LockedTask): Promise<void> {
  await trx.kysely.deleteFrom('wanted').where('consumer_id', '=', task.id).execute();
  await dropTimers(trx, [task.id]);
  if (task.worker_class === null) await giveUpExpanding(trx, [task]);
}
