/**
 * Pauses: of what nothing new is to start for now, since when, and by whom. The table is nearly always empty and never
 * large (a person typed each row), so whoever dispatches reads it whole. What runs goes on to its end.
 */

import { sql } from 'kysely';
import type { Tables } from '../db/tables.ts';
import type { Reader } from '../db/transaction.ts';
import { FLOW_TYPES } from '../model/task-type.ts';
import { readCounts } from './counts.ts';

/** The name is empty for `all`, the id of a job, or a task type. */
export type Pause = Tables['pauses'];
export type PauseTarget = Pick<Pause, 'scope' | 'name'>;

export class Pauses {
  readonly rows: readonly Pause[];
  readonly all: boolean;
  readonly #jobs: ReadonlySet<number>;
  /** Task types, not those of flow tasks. */
  readonly types: ReadonlySet<string>;

  constructor(rows: readonly Pause[]) {
    const named = (scope: Pause['scope']) =>
      rows.filter((row) => row.scope === scope).map(({ name }) => name);
    this.rows = rows;
    this.all = named('all').length > 0;
    this.#jobs = new Set(named('job').map(Number));
    this.types = new Set(named('type'));
  }

  /** Of this job nothing is expanded or dispatched. */
  holdsJob(jobId: number): boolean {
    return this.all || this.#jobs.has(jobId);
  }

  holds({ job_id, type }: { readonly job_id: number; readonly type: string }): boolean {
    return this.holdsJob(job_id) || this.types.has(type);
  }
}

const NO_PAUSES = new Pauses([]);

export async function readPauses({ kysely }: Reader): Promise<Pauses> {
  const rows = await kysely.selectFrom('pauses').selectAll().orderBy('since').execute();
  return rows.length === 0 ? NO_PAUSES : new Pauses(rows);
}

/** The pauses that hold back the tasks of this type in this job, the oldest first. */
export async function pausesOn(
  reader: Reader,
  { jobId, type }: { readonly jobId: number; readonly type: string },
): Promise<Pause[]> {
  const { rows } = await readPauses(reader);
  const names = { all: '', job: String(jobId), type };
  return rows.filter(({ scope, name }) => names[scope] === name);
}

/** Work tasks that a pause concerns. */
export type Concerned = Readonly<Record<'ready' | 'queued' | 'running', number>>;

/** How many work tasks a pause concerns, by state. From counts: no task is read. */
export async function countConcerned({ kysely }: Reader, { scope, name }: PauseTarget): Promise<Concerned> {
  const counts = (table: 'task_counts' | 'count_deltas') =>
    kysely
      .selectFrom(table)
      .select(['state', sql<number>`${sql.ref(table === 'task_counts' ? 'tasks' : 'delta')}`.as('tasks')])
      .where('state', 'in', ['ready', 'queued', 'running'])
      .where('type', 'not in', FLOW_TYPES)
      .$if(scope === 'job', (query) => query.where('job_id', '=', Number(name)))
      .$if(scope === 'type', (query) => query.where('type', '=', name));
  const rows = await kysely
    .selectFrom(counts('task_counts').unionAll(counts('count_deltas')).as('counts'))
    .select((row) => ['state', row.fn.sum<number>('tasks').as('tasks')])
    .groupBy('state')
    .execute();
  const of = (state: string) => Number(rows.find((row) => row.state === state)?.tasks ?? 0);
  return { ready: of('ready'), queued: of('queued'), running: of('running') };
}

/** The pauses that hold back a job, or tasks of types that it has. */
export async function pausesOnJob(reader: Reader, jobId: number): Promise<Pause[]> {
  const { rows, types } = await readPauses(reader);
  const own = types.size === 0 ? [] : (await readCounts(reader, [jobId])).map(({ type }) => type);
  return rows.filter(({ scope, name }) =>
    scope === 'type' ? own.includes(name) : scope === 'all' || name === String(jobId),
  );
}
