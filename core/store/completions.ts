/**
 * The one commit of an attempt: its outcome, the versions of its products, its output metadata, and the release (or
 * blocking) of whatever waited for it (or its next try) become visible together, or not at all. Several attempts of one worker are
 * committed at once. An attempt that the worker no longer holds (its lease ran out, it was cancelled) commits nothing.
 */
import { chunks, forIds } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { readNow } from './clock.ts';
import { CountChanges } from './counts.ts';
import { type Placing, placeReady, type QueueEntry } from './dispatch.ts';
import { followUp, type Unsuccessful } from './follow-up.ts';
import type { Ids } from './ids.ts';
import type { EndedTask } from './locked-tasks.ts';
import { endHeldAttempts, finishTasks } from './moves.ts';
import { type Completion, storeMetadata, storeUsages, storeVersions } from './outcomes.ts';
import { readPauses } from './pauses.ts';
import { propagate } from './propagation.ts';
import type { Publication } from './publications.ts';
import { type ReadyTask, viewLine } from './ready.ts';

export interface Committed {
  /** Attempts that were not this worker's any more: nothing of them was stored. */
  readonly lost: readonly number[];
  /** What was dispatched along the way, to be published. */
  readonly dispatched: readonly QueueEntry[];
  /** Versions whose public names are to be made. */
  readonly publications: readonly Publication[];
  /** Tasks whose attempts ended badly, and that are to be tried again. */
  readonly retried: number;
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
  const followed = await followUp(trx, bad.map(toUnsuccessful), { counts });
  await storeUsages(trx, ours);
  await storeMetadata(trx, good);
  const publications = await storeVersions(trx, ours, { ids, now });
  const ended = good.map(({ task }): EndedTask => ({ ...task, state: 'done' }));
  const released = await propagate(trx, [...ended, ...followed.ended], counts);
  const ready = [...followed.ready, ...released];
  const handedOn = await handOn(trx, ours, ready);
  const dispatched = await placeReady(trx, ready, { ...handedOn, ids, counts });
  await counts.write(trx);
  return {
    lost: await lostAmong(trx, completions, { ours, workerId }),
    dispatched,
    publications,
    retried: bad.length - followed.ended.length,
  };
}

/** As many as ended may go straight to the queue, so it does not grow; but no job may pass others that stand in line. */
async function handOn(
  trx: Transaction,
  ours: readonly Completion[],
  ready: readonly ReadyTask[],
): Promise<Pick<Placing, 'direct' | 'pauses'>> {
  let isAnyPaused = false;
  for (const line of new Set(ready.map(({ worker_class }) => worker_class))) {
    if (line === null) continue;
    const { jobs, pauses } = await viewLine(trx, line);
    if (jobs === 'several' || (jobs !== 'none' && ours.some(({ task }) => task.job_id !== jobs)))
      return { direct: 0 };
    isAnyPaused ||= pauses > 0;
  }
  return { direct: ours.length, ...(isAnyPaused && { pauses: await readPauses(trx) }) };
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
      to: stateAfter(each),
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

function stateAfter({ succeeded, exitClass }: Completion): 'succeeded' | 'failed' | 'cancelled' {
  if (succeeded) return 'succeeded';
  return exitClass === 'cancelled' ? 'cancelled' : 'failed';
}

/**
 * What was not this worker's any more. An outcome that an earlier commit has stored, whose answer was lost and which was
 * still under way when this one began, is not lost: its files are in use.
 */
async function lostAmong(
  trx: Transaction,
  completions: readonly Completion[],
  { ours, workerId }: { ours: readonly Completion[]; workerId: number },
): Promise<number[]> {
  const held = new Set(ours);
  const others = completions.filter((each) => !held.has(each));
  const rows = await forIds(
    others.map(({ task }) => task.attempt_id),
    (ids) =>
      trx.kysely
        .selectFrom('attempts')
        .select(['id', 'state'])
        .where('id', 'in', ids)
        .where('worker_id', '=', workerId)
        .execute(),
  );
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  return others
    .filter((each) => states.get(each.task.attempt_id) !== stateAfter(each))
    .map(({ task }) => task.attempt_id);
}

/** Those of the attempts that the statement before has ended, and no earlier commit: their tasks still run. */
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
        .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
        .select('attempts.id')
        .where('attempts.id', 'in', ids)
        .where('attempts.state', '=', 'succeeded')
        .where('tasks.state', '=', 'running')
        .whereRef('tasks.attempts', '=', 'attempts.number')
        .where('worker_id', '=', workerId)
        .execute(),
  );
  const ended = new Set(rows.map(({ id }) => id));
  return part.filter(({ task }) => ended.has(task.attempt_id));
}

function toUnsuccessful({ task, error, allowance }: Completion): Unsuccessful {
  return { attemptId: task.attempt_id, taskId: task.id, allowance, reason: error ?? null };
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
