/** The queue: it holds attempts that are queued, each in its place. A page is of one class and rank. */
import type { Reader } from '../../db/transaction.ts';
import { deleteEntries } from '../claims.ts';
import { type Check, examinable } from './check.ts';
import { pagesOf, ROWS_PER_PAGE } from './pages.ts';

/** Longer than the sweep takes that removes such entries. */
const SWEPT_WITHIN_MS = 15_000;

interface Entry {
  readonly worker_class: string;
  readonly rank: number;
  readonly attempt_id: number;
}

async function* pagesOfEntries({ kysely }: Reader, jobId: number | undefined): AsyncGenerator<Entry[]> {
  const groups = await kysely
    .selectFrom('queue_entries')
    .select(['worker_class', 'rank'])
    .distinct()
    .execute();
  for (const { worker_class, rank } of groups) {
    const pages = pagesOf((after) =>
      kysely
        .selectFrom('queue_entries')
        .leftJoin('tasks', 'tasks.id', 'task_id')
        .select('attempt_id as id')
        .where('queue_entries.worker_class', '=', worker_class)
        .where('queue_entries.rank', '=', rank)
        .where('attempt_id', '>', after)
        .$if(jobId !== undefined, (query) => query.where('tasks.job_id', '=', jobId ?? 0))
        .orderBy('attempt_id')
        .limit(ROWS_PER_PAGE)
        .execute(),
    );
    for await (const ids of pages) yield ids.map((attempt_id) => ({ worker_class, rank, attempt_id }));
  }
}

const deadEntry: Check<Entry> = {
  name: 'dead_entry',
  rule: 'the queue holds attempts that are queued, each in its place',
  leadsTo: 'workers look at it in vain, again and again',
  graceMs: SWEPT_WITHIN_MS,
  async find({ kysely }, entries) {
    const { worker_class, rank } = entries[0] ?? { worker_class: '', rank: 0 };
    const rows = await kysely
      .selectFrom('queue_entries as entry')
      .leftJoin('attempts', 'attempts.id', 'entry.attempt_id')
      .leftJoin('tasks', 'tasks.id', 'attempts.task_id')
      .select(['entry.attempt_id', 'attempts.state'])
      .where('entry.worker_class', '=', worker_class)
      .where('entry.rank', '=', rank)
      .where(
        'entry.attempt_id',
        'in',
        entries.map(({ attempt_id }) => attempt_id),
      )
      .where((on) =>
        on.or([
          on('attempts.id', 'is', null),
          on('attempts.state', '!=', 'queued'),
          on('attempts.task_id', '!=', on.ref('entry.task_id')),
          on('tasks.worker_class', '!=', worker_class),
          on('tasks.rank', '!=', rank),
        ]),
      )
      .execute();
    return rows.map(({ attempt_id, state }) => ({
      key: { worker_class, rank, attempt_id },
      what: `attempt ${attempt_id} stands in the queue of "${worker_class}", though it ${state === null ? 'is not there' : `is ${state}, or its place is another`}`,
    }));
  },
  async repair({ trx }, breaches) {
    await deleteEntries(
      trx,
      breaches.map(({ key }) => key),
    );
  },
};

export const ENTRIES = examinable<Entry>({
  rows: 'queue entries',
  pages: pagesOfEntries,
  lock: async (trx, entries) => {
    const ids = entries.map(({ attempt_id }) => attempt_id);
    await trx.kysely
      .selectFrom('attempts')
      .select('id')
      .where('id', 'in', ids)
      .orderBy('id')
      .modifyEnd(trx.dialect.forUpdate)
      .execute();
  },
  checks: [deadEntry],
});
