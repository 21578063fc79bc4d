/**
 * Why a task stands where it stands, from the same rows that the scheduler reads. Everything is looked up along an
 * index and cut to the first few, so that the answer comes as fast in a job of a million tasks as in one of ten.
 */
import type { Database } from '../db/open.ts';
import { reading } from '../db/transaction.ts';
import { UNUSABLE } from '../model/states.ts';
import type { Asking, Context } from './asking.ts';
import { type AttemptView, findAttempt } from './attempt-views.ts';
import { Definitions } from './definitions.ts';
import { advise, type Explanation, pointsTo, type Reason, type Step } from './explanation.ts';
import { viewJob } from './job-views.ts';
import { readNeeds } from './needs.ts';
import { readPlace } from './place.ts';
import { aliveProcesses } from './processes.ts';
import { findTask, listChildren, refer, type TaskRef, type TaskView } from './task-views.ts';

const LONGEST_WAY = 30;
const CHILDREN_SHOWN = 3;

/** Throws EaselError when there is no such task. */
export async function explain(database: Database, taskId: number, asking: Asking): Promise<Explanation> {
  const reader = reading(database);
  const task = await findTask(reader, taskId);
  const definition = await new Definitions(database).get(task.job_id);
  const context: Context = { ...asking, reader, definition };
  const { state } = await viewJob(reader, task.job_id);
  const steps = await walk(context, task);
  return { task: refer(task, definition), job_state: state, steps, advice: advise(steps) };
}

/** From the task along what each waits for or was ended by, until one stands for itself (or a circle closes). */
async function walk(context: Context, first: TaskView): Promise<Step[]> {
  const steps: Step[] = [];
  const seen = new Set<number>();
  for (let task: TaskView | undefined = first; task !== undefined && steps.length < LONGEST_WAY; ) {
    seen.add(task.id);
    const reason: Reason = await reasonOf(context, task);
    steps.push({ task: refer(task, context.definition), reason });
    const next: number | undefined = pointsTo(reason);
    task = next === undefined || seen.has(next) ? undefined : await findTask(context.reader, next);
  }
  return steps;
}

async function reasonOf(context: Context, task: TaskView): Promise<Reason> {
  const { reader } = context;
  switch (task.state) {
    case 'waiting':
      return { kind: 'waiting', unmet: task.unmet, needs: await readNeeds(context, task) };
    case 'ready':
    case 'queued':
      return await readPlace(context, task);
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
      const attempt = await findAttempt(reader, task.id);
      return { kind: 'done', attempts: task.attempts, ended_at: attempt?.ended_at ?? null };
    }
  }
}

async function runningReason({ reader, aliveWithinMs }: Context, task: TaskView): Promise<Reason> {
  const attempt = await findAttempt(reader, task.id);
  const now = Number(attempt?.now ?? 0);
  const schedulers = (await aliveProcesses(reader, aliveWithinMs)).filter(({ role }) => role === 'scheduler');
  return {
    kind: 'running',
    attempt: attempt?.number ?? task.attempts,
    host: attempt?.host ?? null,
    pid: attempt?.pid ?? null,
    started_at: attempt?.started_at ?? null,
    running_ms: now - (attempt?.started_at ?? now),
    lease_left_ms: (attempt?.lease_until ?? now) - now,
    schedulers: schedulers.length,
  };
}

async function expandedReason({ reader, definition }: Context, task: TaskView): Promise<Reason> {
  const { open_children, bad_children } = task;
  const some = async (states: readonly TaskView['state'][]) =>
    (await listChildren(reader, task.id, { limit: CHILDREN_SHOWN, states })).map((child) =>
      refer(child, definition),
    );
  const open = open_children > 0 ? await some(['waiting', 'ready', 'queued', 'running', 'expanded']) : [];
  const bad = bad_children > 0 ? await some(UNUSABLE.filter((state) => state !== 'not_taken')) : [];
  return { kind: 'expanded', open_children, bad_children, open, bad };
}

/** A flow task fails for a child's sake (its cause), a work task for its own. */
async function failedReason(context: Context, task: TaskView): Promise<Reason> {
  const attempt = task.attempts > 0 ? await findAttempt(context.reader, task.id) : undefined;
  return {
    kind: 'failed',
    error: attempt?.error ?? task.reason,
    attempts: task.attempts,
    last: attempt === undefined ? null : failureOf(attempt),
    cause: await referTo(context, task.cause_id),
  };
}

function failureOf({ number, exit_class, exit_code, exit_signal }: AttemptView) {
  return { attempt: number, exit_class, exit_code, exit_signal };
}

async function referTo({ reader, definition }: Context, id: number | null): Promise<TaskRef | null> {
  return id === null ? null : refer(await findTask(reader, id), definition);
}
