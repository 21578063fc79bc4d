/** Tasks for people to look at: one by its id, and the children of a flow task by pages along the index. */
import { sql } from 'kysely';
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import type { Definition, DefinitionNode, NodeKind } from '../model/definition.ts';
import { EaselError } from '../model/errors.ts';
import type { TaskState } from '../model/states.ts';
import { isDict, parseJson, toJson } from '../model/values.ts';

export interface TaskView {
  readonly id: number;
  readonly job_id: number;
  readonly parent_id: number | null;
  readonly position: number;
  readonly node: number;
  readonly scope_id: number;
  readonly kind: NodeKind;
  readonly type: string;
  readonly worker_class: string | null;
  readonly state: TaskState;
  readonly rank: number;
  readonly unmet: number;
  readonly open_children: number;
  readonly bad_children: number;
  readonly created_children: number;
  readonly attempts: number;
  readonly cause_id: number | null;
  readonly reason: string | null;
}

const COLUMNS = [
  ...([
    'id',
    'job_id',
    'parent_id',
    'position',
    'node',
    'scope_id',
    'kind',
    'type',
    'worker_class',
    'state',
  ] as const),
  ...([
    'rank',
    'unmet',
    'open_children',
    'bad_children',
    'created_children',
    'attempts',
    'cause_id',
    'reason',
  ] as const),
];

const selectTasks = ({ kysely }: Reader) => kysely.selectFrom('tasks').select(COLUMNS);

export async function findTask(reader: Reader, id: number): Promise<TaskView> {
  const task = await selectTasks(reader).where('id', '=', id).executeTakeFirst();
  if (task !== undefined) return task;
  throw new EaselError(
    'not_found',
    `there is no task ${id}; \`easel tree JOB\` shows a job's tasks with their ids`,
  );
}

export async function findTasks(reader: Reader, ids: readonly number[]): Promise<Map<number, TaskView>> {
  const tasks = await forIds(ids, (part) => selectTasks(reader).where('id', 'in', part).execute());
  return new Map(tasks.map((task) => [task.id, task]));
}

/** The sum keeps the databases from walking through all tasks of the job: there are as many roots as jobs. */
export async function findRoot(reader: Reader, jobId: number): Promise<TaskView> {
  const root = await selectTasks(reader)
    .where('parent_id', 'is', null)
    .where('position', '=', 0)
    .where(sql<number>`job_id + 0`, '=', jobId)
    .executeTakeFirst();
  if (root === undefined)
    throw new EaselError('not_found', `there is no job ${jobId}; \`easel jobs\` lists them`);
  return root;
}

export interface ChildPage {
  /** Only children at greater positions. */
  readonly after?: number | undefined;
  readonly limit: number;
  readonly states?: readonly TaskState[];
}

/** In the order of their positions, from 0. */
export async function listChildren(
  reader: Reader,
  parentId: number,
  { after = -1, limit, states }: ChildPage,
): Promise<TaskView[]> {
  return await selectTasks(reader)
    .where('parent_id', '=', parentId)
    .where('position', '>', after)
    .$if(states !== undefined, (query) => query.where('state', 'in', states ?? []))
    .orderBy('position')
    .limit(limit)
    .execute();
}

/** What sets the iterations of a loop apart: id of a scope -> value of that variable, as JSON. */
export async function readVariable(
  { kysely }: Reader,
  scopeIds: readonly number[],
  name: string,
): Promise<Map<number, string>> {
  const scopes = await forIds(scopeIds, (part) =>
    kysely.selectFrom('scopes').select(['id', 'metadata']).where('id', 'in', part).execute(),
  );
  const found = new Map<number, string>();
  for (const { id, metadata } of scopes) {
    const values = parseJson(metadata);
    const value = isDict(values) ? values[name] : undefined;
    if (value !== undefined) found.set(id, toJson(value));
  }
  return found;
}

export interface TaskRef {
  readonly id: number;
  readonly job_id: number;
  /** `name (type)`, or the type alone. */
  readonly label: string;
  readonly kind: NodeKind;
  readonly state: TaskState;
  /** JSON path of its description in the job file. */
  readonly path: string;
}

export function refer({ id, job_id, node, kind, type, state }: TaskView, { nodes }: Definition): TaskRef {
  const described = nodes[node];
  return { id, job_id, label: nameTask(type, described), kind, state, path: described?.path ?? '$' };
}

function nameTask(type: string, node: DefinitionNode | undefined): string {
  const { name, job_name } = node?.object ?? {};
  if (typeof name === 'string') return `${name} (${type})`;
  if (node?.path.endsWith('.else_task_list')) return 'else branch';
  if (node?.path.endsWith('.task_list')) return 'body';
  return node?.index === 0 && typeof job_name === 'string' ? `${job_name} (${type})` : type;
}
