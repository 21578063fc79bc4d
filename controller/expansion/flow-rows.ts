/** The rows of tasks in line for expansion, with all that their expressions may read. */
import { forIds } from '../../core/db/rows.ts';
import type { Transaction } from '../../core/db/transaction.ts';
import type { NodeKind } from '../../core/model/definition.ts';
import type { TaskState } from '../../core/model/states.ts';
import { type Dict, dict, isDict, parseJson } from '../../core/model/values.ts';
import type { CompiledJob } from '../compiled-jobs.ts';
import { namesIn, nodeAt, type ScopeDraft } from './draft-model.ts';

export interface FlowRow {
  readonly id: number;
  readonly job_id: number;
  readonly parent_id: number | null;
  readonly position: number;
  readonly node: number;
  readonly kind: NodeKind;
  readonly type: string;
  readonly state: TaskState;
  readonly rank: number;
  readonly created_children: number;
  readonly scope: ScopeDraft;
  /** Name of a task -> its output metadata. */
  readonly requested: Dict;
}

/** In the order of `ids`. */
export async function loadFlowRows(
  trx: Transaction,
  job: CompiledJob,
  ids: readonly number[],
): Promise<FlowRow[]> {
  const tasks = await forIds(ids, (part) =>
    trx.kysely
      .selectFrom('tasks')
      .selectAll()
      .where('id', 'in', part)
      .modifyEnd(trx.dialect.forUpdate)
      .execute(),
  );
  const scopes = await loadScopes(
    trx,
    tasks.map(({ scope_id }) => scope_id),
  );
  const requested = await loadRequested(trx, ids);
  const rows = new Map<number, FlowRow>();
  for (const task of tasks) {
    const scope = scopes.get(task.scope_id);
    if (scope === undefined) throw new Error(`task ${task.id} has no scope`);
    const own = requested.get(task.id) ?? dict();
    const inside = task.kind === 'do_while' ? await loadFromChildren(trx, job, task) : dict();
    rows.set(task.id, {
      ...task,
      scope,
      requested: dict([...Object.entries(own), ...Object.entries(inside)]),
    });
  }
  return ids.flatMap((id) => rows.get(id) ?? []);
}

async function loadScopes({ kysely }: Transaction, ids: readonly number[]): Promise<Map<number, ScopeDraft>> {
  const rows = await forIds(ids, (part) =>
    kysely.selectFrom('scopes').selectAll().where('id', 'in', part).execute(),
  );
  return new Map(
    rows.map(({ id, job_name, working_directory, metadata }) => [
      id,
      { id, stored: true, jobName: job_name, directory: working_directory, metadata: parseDict(metadata) },
    ]),
  );
}

async function loadRequested({ kysely }: Transaction, ids: readonly number[]): Promise<Map<number, Dict>> {
  const rows = await forIds(ids, (part) =>
    kysely
      .selectFrom('dependencies')
      .leftJoin('output_metadata', 'output_metadata.task_id', 'dependencies.producer_id')
      .select(['consumer_id', 'name', 'metadata'])
      .where('consumer_id', 'in', part)
      .where('dependencies.kind', '=', 'metadata')
      .execute(),
  );
  const byConsumer = Map.groupBy(rows, ({ consumer_id }) => consumer_id);
  return new Map(
    [...byConsumer].map(([id, group]) => [
      id,
      dict(group.map(({ name, metadata }) => [name, parseDict(metadata)])),
    ]),
  );
}

interface DoWhile {
  readonly id: number;
  readonly node: number;
  readonly created_children: number;
}

/** The metadata that the tasks named in `requires_metadata_from_child` left in the last iteration. */
async function loadFromChildren(trx: Transaction, job: CompiledJob, loop: DoWhile): Promise<Dict> {
  const found = dict();
  if (loop.created_children === 0) return found;
  const names = namesIn(nodeAt(job, loop.node).object.requires_metadata_from_child);
  for (const name of names) {
    const way = wayTo(job, loop.node, name);
    if (way === undefined) continue;
    const task = await follow(trx, loop.id, [loop.created_children - 1, ...way]);
    const row = await trx.kysely
      .selectFrom('output_metadata')
      .select('metadata')
      .where('task_id', '=', task ?? 0)
      .executeTakeFirst();
    found[name] = parseDict(row?.metadata ?? null);
  }
  return found;
}

/** Positions that lead from the body of a loop to the task of that name, through chains and branches. */
function wayTo(job: CompiledJob, loop: number, name: string): number[] | undefined {
  const { children } = nodeAt(job, loop);
  const [body] = children;
  if (body === undefined) return undefined;
  const { end } = nodeAt(job, body);
  const found = job.definition.nodes.slice(body, end).find(({ object }) => object.name === name);
  const way: number[] = [];
  for (let node = found; node !== undefined && node.index !== body; ) {
    way.unshift(node.position);
    node = node.parent === undefined ? undefined : nodeAt(job, node.parent);
  }
  return found === undefined ? undefined : way;
}

async function follow(
  { kysely }: Transaction,
  from: number,
  positions: readonly number[],
): Promise<number | undefined> {
  let id: number | undefined = from;
  for (const position of positions) {
    const row: { id: number } | undefined = await kysely
      .selectFrom('tasks')
      .select('id')
      .where('parent_id', '=', id ?? 0)
      .where('position', '=', position)
      .executeTakeFirst();
    id = row?.id;
  }
  return id;
}

function parseDict(text: string | null): Dict {
  const value = text === null ? null : parseJson(text);
  return value !== null && isDict(value) ? value : dict();
}
