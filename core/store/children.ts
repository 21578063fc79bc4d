/**
 * The children of a flow task by pages, as a tree shows them, and the way down to a task. Of a hundred thousand children a page
 * is read along (parent, position); those in certain states are looked for so far and no further.
 */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import type { TaskState } from '../model/states.ts';
import { referChildren } from './child-labels.ts';
import type { Definitions } from './definitions.ts';
import { type Looked, lookAlong } from './look.ts';
import { findTask, findTasks, listChildren, refer, type TaskRef, type TaskView } from './task-views.ts';

const MOST_LOOKED_AT = 5_000;
const BATCH = 1_000;
/** Job files may nest no deeper than this by far. */
const MOST_LEVELS = 200;

export interface ChildView extends TaskRef {
  readonly type: string;
  readonly position: number;
  /** Of flow tasks: not yet ended (those not yet created count), ended badly, created. */
  readonly open_children: number;
  readonly bad_children: number;
  readonly created_children: number;
  readonly attempts: number;
  readonly reason: string | null;
  /** Of the last attempt; null of flow tasks. */
  readonly started_at: number | null;
  readonly ended_at: number | null;
}

export interface ChildQuery {
  readonly taskId: number;
  /** Only these states. */
  readonly states?: readonly TaskState[] | undefined;
  /** Only greater positions. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface ChildPage {
  readonly parent: TaskRef;
  readonly children: readonly ChildView[];
  readonly looked: number;
  /** To be passed as `after`; null at the end. */
  readonly next: number | null;
}

export async function readChildren(
  reader: Reader,
  definitions: Definitions,
  query: ChildQuery,
): Promise<ChildPage> {
  const parent = await findTask(reader, query.taskId);
  const definition = await definitions.get(parent.job_id);
  const { found, looked, next } = await lookAtChildren(reader, query);
  const refs = await referChildren(reader, definition, { parent, rows: found });
  const times = await lastTimes(reader, found);
  const children = found.map((row, at) => {
    const { type, position, open_children, bad_children, created_children, attempts, reason } = row;
    const { started_at = null, ended_at = null } = times.get(row.id) ?? {};
    const counts = { open_children, bad_children, created_children, attempts };
    return {
      ...(refs[at] ?? refer(row, definition)),
      type,
      position,
      ...counts,
      reason,
      started_at,
      ended_at,
    };
  });
  return { parent: refer(parent, definition), children, looked, next };
}

async function lookAtChildren(reader: Reader, query: ChildQuery): Promise<Looked<TaskView, number>> {
  const { taskId, states, after, limit } = query;
  const most = MOST_LOOKED_AT;
  const common = { limit, most, from: after, cursorOf: ({ position }: { position: number }) => position };
  if (states === undefined)
    return await lookAlong<TaskView, TaskView, number>({
      ...common,
      read: (from, size) => listChildren(reader, taskId, { after: from, limit: size }),
      keep: async (rows) => rows,
    });
  const found = await lookAlong<ChildState, number, number>({
    ...common,
    batch: BATCH,
    read: (from, size) => readStates(reader, taskId, { after: from, limit: size }),
    keep: async (rows) => rows.map(({ id, state }) => (states.includes(state) ? id : undefined)),
  });
  const tasks = await findTasks(reader, found.found);
  return { ...found, found: found.found.flatMap((id) => tasks.get(id) ?? []) };
}

interface ChildState {
  readonly id: number;
  readonly position: number;
  readonly state: TaskState;
}

async function readStates(
  { kysely }: Reader,
  parentId: number,
  { after = -1, limit }: { readonly after: number | undefined; readonly limit: number },
): Promise<ChildState[]> {
  return await kysely
    .selectFrom('tasks')
    .select(['id', 'position', 'state'])
    .where('parent_id', '=', parentId)
    .where('position', '>', after)
    .orderBy('position')
    .limit(limit)
    .execute();
}

interface Times {
  readonly started_at: number | null;
  readonly ended_at: number | null;
}

async function lastTimes({ kysely }: Reader, tasks: readonly TaskView[]): Promise<Map<number, Times>> {
  const tried = tasks.filter(({ attempts }) => attempts > 0).map(({ id }) => id);
  const rows = await forIds(tried, (part) =>
    kysely
      .selectFrom('tasks')
      .innerJoin('attempts', (join) =>
        join.onRef('attempts.task_id', '=', 'tasks.id').onRef('attempts.number', '=', 'tasks.attempts'),
      )
      .select(['tasks.id', 'attempts.started_at', 'attempts.ended_at'])
      .where('tasks.id', 'in', part)
      .execute(),
  );
  return new Map(rows.map(({ id, ...times }) => [id, times]));
}

/** From the root of the job down to the task, itself included. */
export async function readWayTo(
  reader: Reader,
  definitions: Definitions,
  task: TaskView,
): Promise<TaskRef[]> {
  const definition = await definitions.get(task.job_id);
  const way: TaskRef[] = [];
  let child = task;
  while (child.parent_id !== null && way.length < MOST_LEVELS) {
    const parent = await findTask(reader, child.parent_id);
    way.unshift(...(await referChildren(reader, definition, { parent, rows: [child] })));
    child = parent;
  }
  return [refer(child, definition), ...way];
}
