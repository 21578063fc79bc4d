/**
 * The children of a flow task that have not ended, without reading all of them: a loop may have a million, and no index
 * leads to the open ones. So both ends are looked at (loops are worked off in order: what is open stands at an end), and
 * then the hot tables, whose tasks are what goes on in the job: from each up to the child that it is a part of.
 * What is found is open; an open child may go unfound, and is then only counted.
 */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { workerClasses } from '../model/fit.ts';
import type { TaskState } from '../model/states.ts';
import type { Context } from './asking.ts';
import { FLOW_LINE } from './ready.ts';
import { findTasks, type TaskView } from './task-views.ts';

/** Children looked at from either end. */
const LOOKED_AT = 2_000;
/** Rows read of a hot table. */
const HOT_ROWS = 1_000;

export const OPEN: readonly TaskState[] = ['waiting', 'ready', 'queued', 'running', 'expanded'];

export interface Search {
  readonly states: readonly TaskState[];
  readonly limit: number;
}

/** Some children of the flow task in these states, all of them open ones. */
export async function findOpenChildren(
  context: Context,
  task: TaskView,
  search: Search,
): Promise<TaskView[]> {
  const first = await lookAtEnd(context.reader, task.id, { ...search, from: 'asc' });
  if (first.length > 0 || task.created_children <= LOOKED_AT) return first;
  const last = await lookAtEnd(context.reader, task.id, { ...search, from: 'desc' });
  return last.length > 0 ? last : await findThroughHotTables(context, task, search);
}

/** Children in these states among the first (or the last) that were created. */
export async function lookAtEnd(
  reader: Reader,
  parentId: number,
  { states, limit, from }: Search & { readonly from: 'asc' | 'desc' },
): Promise<TaskView[]> {
  const end = reader.kysely
    .selectFrom('tasks')
    .select(['id', 'state', 'position'])
    .where('parent_id', '=', parentId)
    .orderBy('position', from)
    .limit(LOOKED_AT);
  const rows = await reader.kysely
    .selectFrom(end.as('looked_at'))
    .select('id')
    .where('state', 'in', states)
    .orderBy('position', from)
    .limit(limit)
    .execute();
  const found = await findTasks(
    reader,
    rows.map(({ id }) => id),
  );
  return [...found.values()].sort((a, b) => a.position - b.position);
}

/** One hot table after the other, until one leads to a child. */
async function findThroughHotTables(
  context: Context,
  task: TaskView,
  { states, limit }: Search,
): Promise<TaskView[]> {
  for (const read of HOT_TABLES) {
    const ids = await climb(context, task, await read(context, task.job_id));
    const children = [...(await findTasks(context.reader, ids)).values()];
    const open = children.filter(({ state }) => states.includes(state));
    if (open.length > 0) return open.sort((a, b) => a.position - b.position).slice(0, limit);
  }
  return [];
}

interface Climber {
  readonly id: number;
  readonly parent_id: number | null;
}

/** From tasks of the job up to the children of the flow task above them. The definition says which lie below it at all. */
async function climb(
  { reader, definition }: Context,
  task: TaskView,
  ids: readonly number[],
): Promise<number[]> {
  const { index, end } = definition.nodes[task.node] ?? { index: 0, end: 0 };
  const found = new Set<number>();
  for (let level = ids; level.length > 0; ) {
    const rows: Climber[] = await forIds(level, (part) =>
      reader.kysely
        .selectFrom('tasks')
        .select(['id', 'parent_id'])
        .where('id', 'in', part)
        .where('job_id', '=', task.job_id)
        .where('node', '>', index)
        .where('node', '<', end)
        .execute(),
    );
    for (const { id, parent_id } of rows) if (parent_id === task.id) found.add(id);
    level = [
      ...new Set(
        rows.flatMap(({ parent_id }) => (parent_id === null || parent_id === task.id ? [] : [parent_id])),
      ),
    ];
  }
  return [...found];
}

type HotTable = (context: Context, jobId: number) => Promise<number[]>;

const HOT_TABLES: readonly HotTable[] = [
  readRunning,
  readLines,
  readQueued,
  readRetries,
  readPaused,
  readWanting,
];

/** Attempts that run have a lease, and only they. */
async function readRunning({ reader: { kysely } }: Context, jobId: number): Promise<number[]> {
  const running = kysely
    .selectFrom('attempts')
    .select(['task_id', 'job_id'])
    .where('lease_until', '>', 0)
    .orderBy('lease_until', 'desc')
    .limit(HOT_ROWS);
  const rows = await kysely
    .selectFrom(running.as('running'))
    .select('task_id')
    .where('job_id', '=', jobId)
    .execute();
  return rows.map(({ task_id }) => task_id);
}

async function readLines({ reader: { kysely }, registry }: Context, jobId: number): Promise<number[]> {
  const lines = [FLOW_LINE, ...workerClasses(registry.values())];
  const found: number[] = [];
  for (const line of lines) {
    const rows = await kysely
      .selectFrom('ready_tasks')
      .select('task_id')
      .where('line', '=', line)
      .where('job_id', '=', jobId)
      .limit(HOT_ROWS)
      .execute();
    found.push(...rows.map(({ task_id }) => task_id));
  }
  return found;
}

async function readQueued({ reader: { kysely } }: Context): Promise<number[]> {
  const rows = await kysely.selectFrom('queue_entries').select('task_id').limit(HOT_ROWS).execute();
  return rows.map(({ task_id }) => task_id);
}

async function readRetries({ reader: { kysely } }: Context): Promise<number[]> {
  const rows = await kysely
    .selectFrom('timers')
    .select('task_id')
    .orderBy('due_at')
    .limit(HOT_ROWS)
    .execute();
  return rows.map(({ task_id }) => task_id);
}

async function readPaused({ reader: { kysely } }: Context, jobId: number): Promise<number[]> {
  const rows = await kysely
    .selectFrom('paused_tasks')
    .select('task_id')
    .where('job_id', '=', jobId)
    .limit(HOT_ROWS)
    .execute();
  return rows.map(({ task_id }) => task_id);
}

async function readWanting({ reader: { kysely } }: Context, jobId: number): Promise<number[]> {
  const rows = await kysely
    .selectFrom('wanted')
    .select('consumer_id')
    .where('job_id', '=', jobId)
    .limit(HOT_ROWS)
    .execute();
  return rows.map(({ consumer_id }) => consumer_id);
}
