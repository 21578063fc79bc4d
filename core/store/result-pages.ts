/**
 * Results of the tasks of one name, by pages along (job, node): the rows of a table, and the cells of a map over two of its columns.
 * Tasks that have published nothing (yet) are passed over, up to a bound.
 */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import type { Definition } from '../model/definition.ts';
import { EaselError } from '../model/errors.ts';
import { type Plain, toJson, toPlain, type Value } from '../model/values.ts';
import type { Datum, Row } from '../plot/datum.ts';
import type { Definitions } from './definitions.ts';
import { type Looked, lookAlong } from './look.ts';
import { columnsOf, lookUp, type NamedTask, nameOf, nodesNamed, type Result, resultsOf } from './results.ts';

const MOST_LOOKED_AT = 5_000;
const BATCH = 1_000;
const MOST_NAMES = 100;
/** Tasks of a name are counted up to here, and so many looked at for one that has published something. */
const MOST_COUNTED = 1_000;
const SAMPLE = 50;

export interface ResultCursor {
  readonly node: number;
  readonly task_id: number;
}

export interface ResultQuery {
  readonly jobId: number;
  /** Of the tasks, as the job file has it, or their type. */
  readonly name: string;
  readonly columns?: readonly string[] | undefined;
  readonly after?: ResultCursor | undefined;
  readonly limit: number;
}

export interface ResultRow {
  readonly task_id: number;
  readonly type: string;
  readonly values: { readonly [column: string]: Plain };
}

export interface ResultPage {
  /** Those asked for, or those of the rows: loop variables first. */
  readonly columns: readonly string[];
  /** All that there are in the rows. */
  readonly known_columns: readonly string[];
  readonly rows: readonly ResultRow[];
  readonly looked: number;
  readonly next: ResultCursor | null;
}

export async function readResultsPage(
  reader: Reader,
  definitions: Definitions,
  query: ResultQuery,
): Promise<ResultPage> {
  const { found, looked, next } = await look(reader, definitions, { ...query, most: MOST_LOOKED_AT });
  const known = [...new Set(found.flatMap(columnsOf))];
  const columns = query.columns ?? known;
  const rows = found.map((result) => {
    const values: { [column: string]: Plain } = {};
    for (const key of columns) values[key] = toPlain(lookUp(result, key) ?? null);
    return { task_id: result.task_id, type: result.type, values };
  });
  return { columns, known_columns: known, rows, looked, next };
}

export interface PivotQuery {
  readonly jobId: number;
  readonly name: string;
  readonly x: string;
  readonly y: string;
  readonly value: string;
  readonly after?: ResultCursor | undefined;
  /** Results at most. */
  readonly limit: number;
}

export interface Pivot {
  /** As charts take them. */
  readonly rows: readonly Row[];
  readonly looked: number;
  /** Where to go on; null when these are all that there are now. */
  readonly next: ResultCursor | null;
}

/** Results that have both x and y; those without the value are cells without one. */
export async function readPivot(reader: Reader, definitions: Definitions, query: PivotQuery): Promise<Pivot> {
  const { found, looked, next } = await look(reader, definitions, { ...query, most: query.limit });
  const rows = found.flatMap((result): Row[] => {
    const [x, y] = [datumOf(lookUp(result, query.x)), datumOf(lookUp(result, query.y))];
    return x === undefined || y === undefined ? [] : [{ x, y, value: datumOf(lookUp(result, query.value)) }];
  });
  return { rows, looked, next };
}

function datumOf(value: Value | undefined): Datum | undefined {
  if (value === undefined || value === null) return undefined;
  const plain = toPlain(value);
  return typeof plain === 'object' ? toJson(value) : plain;
}

type Lookup = Pick<ResultQuery, 'jobId' | 'name' | 'after' | 'limit'> & { readonly most: number };

async function look(
  reader: Reader,
  definitions: Definitions,
  { jobId, name, after, limit, most }: Lookup,
): Promise<Looked<Result, ResultCursor>> {
  const definition = await definitions.get(jobId);
  const nodes = nodesNamed(definition, name);
  if (nodes.length === 0)
    throw new EaselError(
      'not_found',
      `job ${jobId} has no task "${name}"; its results page lists those it has`,
    );
  return await lookAlong<NamedTask, Result, ResultCursor>({
    ...{ limit, most, batch: Math.min(most, Math.max(limit + 1, BATCH)), from: after },
    read: (from, size) => readTasks(reader, { jobId, nodes }, { from, size }),
    keep: async (rows) => {
      const wanted = rows.map((task): [NamedTask, string] => [task, nameOf(task, definition)]);
      const results = await resultsOf(
        reader,
        wanted.filter(([{ type }, own]) => own === name || type === name),
      );
      const byTask = new Map(results.map((result) => [result.task_id, result]));
      return rows.map(({ id }) => byTask.get(id));
    },
    cursorOf: ({ node, id }) => ({ node, task_id: id }),
  });
}

/** One node after the other: within a node the index is in the order of the ids. */
async function readTasks(
  { kysely }: Reader,
  { jobId, nodes }: { readonly jobId: number; readonly nodes: readonly number[] },
  { from, size }: { readonly from: ResultCursor | undefined; readonly size: number },
): Promise<NamedTask[]> {
  const tasks: NamedTask[] = [];
  for (const node of nodes) {
    if (tasks.length === size) break;
    if (from !== undefined && node < from.node) continue;
    const after = node === from?.node ? from.task_id : 0;
    const rows = await kysely
      .selectFrom('tasks')
      .select(['id', 'node', 'type', 'scope_id'])
      .where('job_id', '=', jobId)
      .where('node', '=', node)
      .where('id', '>', after)
      .orderBy('id')
      .limit(size - tasks.length)
      .execute();
    tasks.push(...rows);
  }
  return tasks;
}

export interface ResultName {
  readonly name: string;
  readonly type: string;
  /** Tasks so called, whether or not they have published anything; not all were counted when there are `more`. */
  readonly tasks: number;
  readonly more: boolean;
  /** One of the first tasks has published something. */
  readonly has_results: boolean;
}

/** Names of work tasks in the order of the job file, the first so many. */
export async function listResultNames(
  reader: Reader,
  definitions: Definitions,
  jobId: number,
): Promise<ResultName[]> {
  const definition = await definitions.get(jobId);
  const names = new Map<string, ResultName>();
  for (const [name, type, node] of namedNodes(definition).slice(0, MOST_NAMES)) {
    const counted = await countTasks(reader, jobId, node);
    const known = names.get(name);
    names.set(name, {
      ...{ name, type, tasks: counted.tasks + (known?.tasks ?? 0) },
      more: counted.tasks > MOST_COUNTED || known?.more === true,
      has_results: counted.has_results || known?.has_results === true,
    });
  }
  return [...names.values()];
}

function namedNodes({ nodes }: Definition): [string, string, number][] {
  return nodes
    .filter(({ kind }) => kind === 'work')
    .map(({ object: { name, task }, index }) => {
      const type = String(task);
      return [typeof name === 'string' ? name : type, type, index];
    });
}

async function countTasks({ kysely }: Reader, jobId: number, node: number) {
  const first = (most: number) =>
    kysely
      .selectFrom('tasks')
      .select('id')
      .where('job_id', '=', jobId)
      .where('node', '=', node)
      .orderBy('id')
      .limit(most);
  const counted = await kysely
    .selectFrom(first(MOST_COUNTED + 1).as('counted'))
    .select((row) => row.fn.countAll<number>().as('tasks'))
    .executeTakeFirstOrThrow();
  const sample = (await first(SAMPLE).execute()).map(({ id }) => id);
  const published = await forIds(sample, (part) =>
    kysely.selectFrom('output_metadata').select('task_id').where('task_id', 'in', part).limit(1).execute(),
  );
  return { tasks: Number(counted.tasks), has_results: published.length > 0 };
}
