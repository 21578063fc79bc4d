/** Tasks for people to look at: one by its id, and the children of a flow task by pages along the index. */
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
  ...(['tasks.id', 'tasks.job_id', 'tasks.parent_id', 'tasks.position', 'tasks.node'] as const),
  ...(['tasks.scope_id', 'tasks.kind', 'tasks.type', 'tasks.worker_class', 'tasks.state'] as const),
  ...(['tasks.rank', 'tasks.unmet', 'tasks.open_children', 'tasks.bad_children'] as const),
  ...(['tasks.created_children', 'tasks.attempts', 'tasks.cause_id', 'tasks.reason'] as const),
];

export const selectTasks = ({ kysely }: Reader) => kysely.selectFrom('tasks').select(COLUMNS);

export async function findTask(reader: Reader, id: number): Promise<TaskView> {
  const task = await selectTasks(reader).where('id', '=', id).executeTakeFirst();
  if (task !== undefined) return task;
  const job = await reader.kysely.selectFrom('jobs').select('id').where('id', '=', id).executeTakeFirst();
  throw new EaselError(
    'not_found',
    job === undefined
      ? `there is no task ${id}; \`easel tree JOB\` shows a job's tasks with their ids`
      : `there is no task ${id}, but a job ${id}; \`easel tree ${id}\` shows its tasks with their ids`,
  );
}

export async function findTasks(reader: Reader, ids: readonly number[]): Promise<Map<number, TaskView>> {
  const tasks = await forIds(ids, (part) => selectTasks(reader).where('id', 'in', part).execute());
  return new Map(tasks.map((task) => [task.id, task]));
}

/** The sum keeps the databases from walking through all tasks of the job: there are as many roots as jobs. */
export async function findRoot(reader: Reader, jobId: number): Promise<TaskView> {
  const root = await selectTasks(reader)
    .where('id', '=', (from) => from.selectFrom('jobs').select('root_id').where('jobs.id', '=', jobId))
    .executeTakeFirst();
  if (root === undefined)
    throw new EaselError('not_found', `there is no job ${jobId}; \`easel jobs\` lists them`);
  return root;
}

export interface ChildPage {
  /** Only children at greater positions. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/** In the order of their positions, from 0. */
export async function listChildren(
  reader: Reader,
  parentId: number,
  { after = -1, limit }: ChildPage,
): Promise<TaskView[]> {
  return await selectTasks(reader)
    .where('parent_id', '=', parentId)
    .where('position', '>', after)
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
