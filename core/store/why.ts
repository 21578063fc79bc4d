/**
 * Why a task stands where it stands, from the same rows that the scheduler reads. Everything is looked up along an
 * index and cut to the first few, so that the answer comes as fast in a job of a million tasks as in one of ten.
 */
import type { Database } from '../db/open.ts';
import { reading } from '../db/transaction.ts';
import { type Asking, type Context, schedulersAlive } from './asking.ts';
import { findAttempt } from './attempt-views.ts';
import { Definitions } from './definitions.ts';
import { failedReason, referTo } from './endings.ts';
import { type Explanation, pointsTo, type Reason, type Step, type WayEnd } from './explanation.ts';
import { waitingReason } from './needs.ts';
import { findOpenChildren, lookAtEnd, OPEN } from './open-children.ts';
import { pausesOn } from './pauses.ts';
import { queuedReason, readyReason, standsInLine } from './place.ts';
import { aliveProcesses } from './processes.ts';
import { readCancellation, runningReason } from './running-reason.ts';
import { findTask, refer, type TaskView } from './task-views.ts';
import { causesOf, waitersBehind } from './way.ts';

/** Of a long way, the beginning and the end are told. */
const STEPS_IN_A_ROW = 6;
const MOST_STEPS = 20;
const CHILDREN_SHOWN = 3;

/** Throws EaselError when there is no such task. */
export async function explain(database: Database, taskId: number, asking: Asking): Promise<Explanation> {
  const reader = reading(database);
  const task = await findTask(reader, taskId);
  const definition = await new Definitions(database).get(task.job_id);
  const alive = await aliveProcesses(reader, asking.aliveWithinMs);
  const context: Context = { ...asking, reader, definition, alive };
  const { state } = await reader.kysely
    .selectFrom('jobs')
    .select('state')
    .where('id', '=', task.job_id)
    .executeTakeFirstOrThrow();
  const { steps, end } = await walk(context, task);
  return { task: refer(task, definition), job_state: state, steps, end };
}

interface Way {
  readonly steps: Step[];
  readonly end: WayEnd;
}

/** From the task along what each waits for or was ended by, until one stands for itself (or a circle closes). */
async function walk(context: Context, first: TaskView): Promise<Way> {
  const steps: Step[] = [];
  const seen = new Set<number>();
  let [id, skipped]: [number | undefined, number] = [first.id, 0];
  while (id !== undefined) {
    if (seen.has(id)) return { steps, end: 'circle' };
    if (steps.length === MOST_STEPS) return { steps, end: 'cut' };
    seen.add(id);
    const task = id === first.id ? first : await findTask(context.reader, id);
    const reason = await reasonOf(context, task);
    steps.push({ task: refer(task, context.definition), reason, skipped });
    [id, skipped] = [pointsTo(reason), 0];
    if (id === undefined || steps.length < STEPS_IN_A_ROW) continue;
    const between = await goFar(context, id, reason);
    for (const passed of between) {
      if (seen.has(passed)) return { steps, end: 'circle' };
      seen.add(passed);
    }
    const last = between.at(-1);
    if (last === undefined) continue;
    seen.delete(last);
    [id, skipped] = [last, between.length - 1];
  }
  return { steps, end: 'found' };
}

/** The tasks from `id` on along a way of one kind, as far as it is looked at. */
async function goFar({ reader }: Context, id: number, { kind }: Reason): Promise<number[]> {
  const further = kind === 'waiting' ? waitersBehind(reader, id) : causesOf(reader, id);
  const ids = kind === 'expanded' ? [] : await further;
  return ids.length === 0 ? [] : [id, ...ids];
}

async function reasonOf(context: Context, task: TaskView): Promise<Reason> {
  switch (task.state) {
    case 'waiting':
      return await waitingReason(context, task);
    case 'ready':
      return await readyReason(context, task);
    case 'queued':
      return await queuedReason(context, task);
    case 'running':
      return await runningReason(context, task);
    case 'expanded':
      return await expandedReason(context, task);
    case 'failed':
      return await failedReason(context, task);
    case 'blocked':
    case 'cancelled':
      return { kind: task.state, error: task.reason, cause: await referTo(context, task.cause_id) };
    case 'not_taken':
      return { kind: 'not_taken', error: task.reason, parent: await referTo(context, task.parent_id) };
    case 'done': {
      const attempt = await findAttempt(context.reader, task.id);
      return { kind: 'done', attempts: task.attempts, ended_at: attempt?.ended_at ?? null };
    }
  }
}

async function expandedReason(context: Context, task: TaskView): Promise<Reason> {
  const { open_children, bad_children, created_children } = task;
  const { reader, definition } = context;
  const limit = CHILDREN_SHOWN;
  const open = open_children > 0 ? await findOpenChildren(context, task, { states: OPEN, limit }) : [];
  const bad = bad_children > 0 ? await lookAtEnd(reader, task.id, { states: BAD, limit, from: 'asc' }) : [];
  const cause = bad.length > 0 || bad_children === 0 ? null : await referTo(context, task.cause_id);
  const creating = await standsInLine(reader, task);
  return {
    kind: 'expanded',
    ...{ open_children, bad_children, created_children, creating },
    schedulers: schedulersAlive(context),
    open: open.map((child) => refer(child, definition)),
    bad: cause === null ? bad.map((child) => refer(child, definition)) : [cause],
    cancellation: await readCancellation(context, task.id),
    pauses: creating ? await pausesOn(reader, { jobId: task.job_id, type: task.type }) : [],
  };
}

const BAD = ['failed', 'blocked', 'cancelled'] as const;
