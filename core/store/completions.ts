/**
 * The one commit of an attempt: its outcome, the versions of its products, its output metadata, and the release (or
 * blocking) of whatever waited for it become visible together, or not at all. Several attempts of one worker are
 * committed at once. An attempt that the worker no longer holds (its lease ran out, it was cancelled) commits nothing.
 */
import { chunks, forIds, insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { CountChanges } from './counts.ts';
import { placeReady, type QueueEntry, readNow } from './dispatch.ts';
import type { Ids } from './ids.ts';
import type { EndedTask } from './locked-tasks.ts';
import { endHeldAttempts, endTasksBadly, finishTasks } from './moves.ts';
import { type Completion, storeMetadata, storeUsages, storeVersions } from './outcomes.ts';
import { propagate } from './propagation.ts';
import type { Publication } from './publications.ts';
import { onlyJobInLine, type ReadyTask } from './ready.ts';

export interface Committed {
  /** Attempts that were not this worker's any more: nothing of them was stored. */
  readonly lost: readonly number[];
  /** What was dispatched along the way, to be published. */
  readonly dispatched: readonly QueueEntry[];
  /** Versions whose public names are to be made. */
  readonly publications: readonly Publication[];
}

export async function commitAttempts(
  trx: Transaction,
  completions: readonly Completion[],
  { workerId, ids }: { workerId: number; ids: Ids },
): Promise<Committed> {
  const ours = await endAttemptsStillHeld(trx, completions, workerId);
  const good = ours.filter(({ succeeded }) => succeeded);
  const bad = ours.filter(({ succeeded }) => !succeeded);
  const counts = new CountChanges();
  const now = await readNow(trx);
  await finishTasks(
    trx,
    good.map(({ task }) => task.id).sort((a, b) => a - b),
  );
  for (const { task } of good) counts.moved(task, 'running', 'done');
  for (const each of bad) await failTask(trx, each, { counts, now });
  await storeUsages(trx, ours);
  await storeMetadata(trx, good);
  const publications = await storeVersions(trx, ours, { ids, now });
  const ended = ours.map(
    ({ task, succeeded }): EndedTask => ({ ...task, state: succeeded ? 'done' : 'failed' }),
  );
  const ready = await propagate(trx, ended, counts);
  const direct = (await mayHandOn(trx, ours, ready)) ? ours.length : 0;
  const dispatched = await placeReady(trx, ready, { direct, ids, counts });
  await counts.write(trx);
  const held = new Set(ours);
  return {
    lost: completions.filter((each) => !held.has(each)).map(({ task }) => task.attempt_id),
    dispatched,
    publications,
  };
}

/** As many as ended may go straight to the queue, so it does not grow; but no job may pass others that stand in line. */
async function mayHandOn(
  trx: Transaction,
  ours: readonly Completion[],
  ready: readonly ReadyTask[],
): Promise<boolean> {
  for (const line of new Set(ready.map(({ worker_class }) => worker_class))) {
    if (line === null) continue;
    const inLine = await onlyJobInLine(trx, line);
    if (inLine === 'several' || (inLine !== 'none' && ours.some(({ task }) => task.job_id !== inLine)))
      return false;
  }
  return true;
}

async function endAttemptsStillHeld(
  trx: Transaction,
  completions: readonly Completion[],
  workerId: number,
): Promise<Completion[]> {
  const good = completions.filter(({ succeeded }) => succeeded);
  const held: Completion[] = [];
  for (const part of chunks(good, 500)) {
    const ids = part.map(({ task }) => task.attempt_id).sort((a, b) => a - b);
    const ended = await endHeldAttempts(trx, ids, workerId, { to: 'succeeded' });
    held.push(...(ended === part.length ? part : await endedBy(trx, part, workerId)));
  }
  for (const each of completions.filter(({ succeeded }) => !succeeded)) {
    const end = {
      to: each.exitClass === 'cancelled' ? ('cancelled' as const) : ('failed' as const),
      exitClass: each.exitClass ?? 'error',
      exitCode: each.exitCode ?? null,
      exitSignal: each.exitSignal ?? null,
      error: each.error ?? null,
    };
    const ended = await endHeldAttempts(trx, [each.task.attempt_id], workerId, end);
    if (ended === 1) held.push(each);
  }
  return held;
}

/** Those of the attempts that the statement before has ended: succeeded and this worker's, for this is its only commit. */
async function endedBy(
  trx: Transaction,
  part: readonly Completion[],
  workerId: number,
): Promise<Completion[]> {
  const rows = await forIds(
    part.map(({ task }) => task.attempt_id),
    (ids) =>
      trx.kysely
        .selectFrom('attempts')
        .select('id')
        .where('id', 'in', ids)
        .where('state', '=', 'succeeded')
        .where('worker_id', '=', workerId)
        .execute(),
  );
  const ended = new Set(rows.map(({ id }) => id));
  return part.filter(({ task }) => ended.has(task.attempt_id));
}

async function failTask(
  trx: Transaction,
  { task, error }: Completion,
  { counts, now }: { counts: CountChanges; now: number },
): Promise<void> {
  await endTasksBadly(trx, [task.id], { from: 'running', to: 'failed', reason: error ?? null });
  counts.moved(task, 'running', 'failed');
  await insertRows(trx, 'failures', [
    { attempt_id: task.attempt_id, job_id: task.job_id, task_id: task.id, at: now },
  ]);
}

/** Attempts that this worker has ended in an earlier transaction. */
export async function alreadyCommitted(
  reader: Reader,
  completions: readonly Completion[],
  workerId: number,
): Promise<Set<number>> {
  const rows = await forIds(
    completions.map(({ task }) => task.attempt_id),
    (ids) =>
      reader.kysely
        .selectFrom('attempts')
        .select('id')
        .where('id', 'in', ids)
        .where('state', 'in', ['succeeded', 'failed', 'cancelled'])
        .where('worker_id', '=', workerId)
        .execute(),
  );
  return new Set(rows.map(({ id }) => id));
}
