/** The lines: every ready task stands in one, in its place, and nobody else does. */
import type { Reader, Transaction } from '../../db/transaction.ts';
import { lockTasks } from '../locked-tasks.ts';
import { FLOW_LINE, standInLine } from '../ready.ts';
import { type Check, examinable } from './check.ts';
import { ROWS_PER_PAGE } from './pages.ts';

const missing: Check<number> = {
  name: 'ready_in_no_line',
  rule: 'a ready task stands in line',
  leadsTo: 'no scheduler ever comes to it, and its job never ends',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('tasks')
      .leftJoin('ready_tasks as line', (join) =>
        join
          .on((on) => on('line.line', '=', on.fn.coalesce('tasks.worker_class', on.val(FLOW_LINE))))
          .onRef('line.job_id', '=', 'tasks.job_id')
          .onRef('line.rank', '=', 'tasks.rank')
          .onRef('line.task_id', '=', 'tasks.id'),
      )
      .leftJoin('paused_tasks as paused', (join) =>
        join
          .onRef('paused.type', '=', 'tasks.type')
          .on((on) => on('paused.line', '=', on.fn.coalesce('tasks.worker_class', on.val(FLOW_LINE))))
          .onRef('paused.job_id', '=', 'tasks.job_id')
          .onRef('paused.rank', '=', 'tasks.rank')
          .onRef('paused.task_id', '=', 'tasks.id'),
      )
      .select(['tasks.id', 'tasks.job_id'])
      .where('tasks.id', 'in', ids)
      .where('tasks.state', '=', 'ready')
      .where('line.task_id', 'is', null)
      .where('paused.task_id', 'is', null)
      .execute();
    return rows.map(({ id, job_id }) => ({
      key: id,
      what: `task ${id} (job ${job_id}) is ready and stands in no line`,
    }));
  },
  async repair({ trx }, breaches) {
    await standInLine(
      trx,
      await lockTasks(
        trx,
        breaches.map(({ key }) => key),
      ),
    );
  },
};

export const READY: readonly Check<number>[] = [missing];

interface Place {
  readonly table: 'ready_tasks' | 'paused_tasks';
  readonly line: string;
  readonly job_id: number;
  readonly rank: number;
  readonly task_id: number;
}

async function* pagesOfLines(reader: Reader, jobId: number | undefined): AsyncGenerator<Place[]> {
  for (const table of ['ready_tasks', 'paused_tasks'] as const) {
    const rows = reader.kysely.selectFrom(table).select(['line', 'job_id']).distinct();
    const lines = await rows
      .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
      .execute();
    for (const line of lines) yield* pagesOfLine(reader, { table, ...line });
  }
}

/** Along the index of one line of one job. */
async function* pagesOfLine(
  { kysely }: Reader,
  { table, line, job_id }: Pick<Place, 'table' | 'line' | 'job_id'>,
): AsyncGenerator<Place[]> {
  for (let last: { rank: number; task_id: number } | undefined; ; ) {
    const after = last;
    const rows: { rank: number; task_id: number }[] = await kysely
      .selectFrom(table)
      .select(['rank', 'task_id'])
      .where('line', '=', line)
      .where('job_id', '=', job_id)
      .$if(after !== undefined, (query) =>
        query
          .where('rank', '>=', after?.rank ?? 0)
          .where((row) =>
            row.or([row('rank', '>', after?.rank ?? 0), row('task_id', '>', after?.task_id ?? 0)]),
          ),
      )
      .orderBy('rank')
      .orderBy('task_id')
      .limit(ROWS_PER_PAGE)
      .execute();
    last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) => ({ table, line, job_id, ...row }));
  }
}

/** Of one table, line and job: a page never holds rows of several. */
function readPlaces({ kysely }: Reader, places: readonly Place[]) {
  const { table, line, job_id } = places[0] ?? { table: 'ready_tasks' as const, line: '', job_id: 0 };
  const ids = places.map(({ task_id }) => task_id);
  const place = kysely
    .selectFrom(table)
    .select(['rank', 'task_id'])
    .where('line', '=', line)
    .where('job_id', '=', job_id)
    .where('rank', 'in', [...new Set(places.map(({ rank }) => rank))])
    .where('task_id', 'in', ids);
  return kysely
    .selectFrom(place.as('place'))
    .leftJoin('tasks', 'tasks.id', 'place.task_id')
    .select(['place.rank', 'place.task_id', 'tasks.state']);
}

const outOfPlace: Check<Place> = {
  name: 'line_without_ready_task',
  rule: 'only ready tasks (and loops that have iterations left) stand in line, each in its own',
  leadsTo: 'a scheduler tries again and again what cannot be done, and comes to nothing behind it',
  async find(reader, places) {
    const [first] = places;
    if (first === undefined) return [];
    const { table, line, job_id } = first;
    const rows = await readPlaces(reader, places)
      .where((on) =>
        on.or([
          on('tasks.id', 'is', null),
          on('tasks.job_id', '!=', job_id),
          on('tasks.rank', '!=', on.ref('place.rank')),
          on(on.fn.coalesce('tasks.worker_class', on.val(FLOW_LINE)), '!=', line),
          on.and([
            on('tasks.state', '!=', 'ready'),
            on.not(on.and([on('tasks.state', '=', 'expanded'), on('tasks.kind', '=', 'for_loop')])),
          ]),
        ]),
      )
      .execute();
    return rows.map(({ rank, task_id, state }) => ({
      key: { table, line, job_id, rank, task_id },
      what: `task ${task_id} (job ${job_id}) stands in ${line === FLOW_LINE ? 'the flow line' : `the line of "${line}"`}, though it ${state === null ? 'is not there' : `is ${state}, or its place is another`}`,
    }));
  },
  async repair({ trx }, breaches) {
    for (const { key } of breaches) {
      await trx.kysely
        .deleteFrom(key.table)
        .where('line', '=', key.line)
        .where('job_id', '=', key.job_id)
        .where('rank', '=', key.rank)
        .where('task_id', '=', key.task_id)
        .execute();
    }
  },
};

async function lockPlaces(trx: Transaction, places: readonly Place[]): Promise<void> {
  await lockTasks(
    trx,
    places.map(({ task_id }) => task_id),
  );
}

export const LINES = examinable<Place>({
  rows: 'places in line',
  pages: pagesOfLines,
  lock: lockPlaces,
  checks: [outOfPlace],
});
