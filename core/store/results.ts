/**
 * What the tasks of a job have published, each with the loop variables that it ran under: read page by page along the index,
 * in the order in which the tasks were created, so that a job of a million tasks needs no more memory than a small one.
 */
import type { Database } from '../db/open.ts';
import { forIds } from '../db/rows.ts';
import { type Reader, reading } from '../db/transaction.ts';
import type { Definition } from '../model/definition.ts';
import { loopVariables } from '../model/loop-variables.ts';
import { type Dict, dict, isDict, parseJson, toPlain, type Value } from '../model/values.ts';
import { Definitions } from './definitions.ts';
import { readOutputMetadata } from './output-metadata.ts';

export interface Result {
  readonly task_id: number;
  /** The name that the job file gives it, else its type. */
  readonly name: string;
  readonly type: string;
  /** Loop variables, outer loops first. */
  readonly variables: Dict;
  /** All that it inherits: loop variables with their indices, parameters. */
  readonly inherited: Dict;
  readonly published: Dict;
}

const PER_PAGE = 1_000;
const INHERITED = 'metadata.';

/** What a column of that name shows: what the task has published, else what it inherits; `metadata.x` is the latter alone. */
export function lookUp({ inherited, published }: Result, key: string): Value | undefined {
  const own = published[key] ?? inherited[key];
  return own === undefined && key.startsWith(INHERITED) ? inherited[key.slice(INHERITED.length)] : own;
}

/** Names of columns: loop variables first. One that the task has published otherwise has two. */
export function columnsOf({ variables, published }: Result): string[] {
  const first = Object.entries(variables).map(([key, value]) => {
    const isSame = !(key in published) || toPlain(published[key] ?? null) === toPlain(value);
    return isSame ? key : `${INHERITED}${key}`;
  });
  return [...new Set([...first, ...Object.keys(published)])];
}

/** @param only the name or the type of the tasks wanted; all unless given */
export async function* readResults(database: Database, jobId: number, only?: string): AsyncGenerator<Result> {
  const reader = reading(database);
  const definition = await new Definitions(database).get(jobId);
  const nodes = only === undefined ? undefined : nodesNamed(definition, only);
  for (let after = 0; ; ) {
    const page = await readPage(reader, jobId, { after, nodes });
    const named = page.map((task): [NamedTask, string] => [task, nameOf(task, definition)]);
    const wanted = named.filter(([{ type }, name]) => only === undefined || name === only || type === only);
    yield* await resultsOf(reader, wanted);
    const last = page.at(-1);
    if (page.length < PER_PAGE || last === undefined) return;
    after = last.id;
  }
}

/** Nodes whose tasks may have that name or type: of a type that is an expression it is only known of the tasks. */
export function nodesNamed({ nodes }: Definition, wanted: string): number[] {
  return nodes
    .filter(({ object: { name, task } }) => {
      const isKnown = typeof task === 'string' && PLAIN_TYPE.test(task);
      return name === wanted || (isKnown ? task === wanted : task !== undefined);
    })
    .map(({ index }) => index);
}

const PLAIN_TYPE = /^[\w.-]+$/;

export interface NamedTask {
  readonly id: number;
  readonly node: number;
  readonly type: string;
  readonly scope_id: number;
}

/** The name that the job file gives it, else its type. */
export function nameOf({ node, type }: NamedTask, { nodes }: Definition): string {
  const name = nodes[node]?.object.name;
  return typeof name === 'string' ? name : type;
}

/** In the order in which the tasks were created. Of a single node, only its own tasks are read. */
async function readPage(
  { kysely }: Reader,
  jobId: number,
  { after, nodes }: { readonly after: number; readonly nodes: readonly number[] | undefined },
): Promise<NamedTask[]> {
  if (nodes?.length === 0) return [];
  const [node] = nodes ?? [];
  return await kysely
    .selectFrom('tasks')
    .select(['id', 'node', 'type', 'scope_id'])
    .where('job_id', '=', jobId)
    .$if(nodes?.length === 1, (query) => query.where('node', '=', node ?? 0))
    .where('id', '>', after)
    .orderBy('id')
    .limit(PER_PAGE)
    .execute();
}

/** Tables are read by their keys, one after the other: a join leaves it to the database where to begin. */
export async function resultsOf(
  reader: Reader,
  tasks: readonly (readonly [NamedTask, string])[],
): Promise<Result[]> {
  const published = await readOutputMetadata(
    reader,
    tasks.map(([{ id }]) => id),
  );
  const there = tasks.filter(([{ id }]) => published.has(id));
  const scopes = await readScopes(
    reader,
    there.map(([{ scope_id }]) => scope_id),
  );
  return there.map(([{ id, type, scope_id }, name]) => {
    const inherited = scopes.get(scope_id) ?? dict();
    const variables = loopVariables(inherited);
    return { task_id: id, name, type, variables, inherited, published: published.get(id) ?? dict() };
  });
}

async function readScopes({ kysely }: Reader, ids: readonly number[]): Promise<Map<number, Dict>> {
  const rows = await forIds(ids, (part) =>
    kysely.selectFrom('scopes').select(['id', 'metadata']).where('id', 'in', part).execute(),
  );
  return new Map(
    rows.map(({ id, metadata }) => {
      const value = parseJson(metadata);
      return [id, isDict(value) ? value : dict()];
    }),
  );
}
