/** Leases that ran out long ago: nobody looks after what was lost. The index of leases is as small as what runs. */
import { sql } from 'kysely';
import { lockTurns } from './attempts.ts';
import { type Check, examinable } from './check.ts';
import { pagesOf, ROWS_PER_PAGE } from './pages.ts';

const expired: Check<number> = {
  name: 'expired_lease',
  rule: 'what was lost with its worker is tried again when the lease has run out',
  leadsTo: 'it counts as running for ever, and its job never ends',
  advice:
    'Schedulers see to it: start one (`easel schedule-waiting`), or look what keeps those from it that run.',
  async find({ kysely, dialect }, ids, { overdueMs }) {
    const rows = await kysely
      .selectFrom('attempts')
      .select(['task_id', 'id', 'worker_id'])
      .where('open_task_id', 'in', ids)
      .where('state', '=', 'running')
      .where('lease_until', '<', sql<number>`${dialect.now} - ${overdueMs}`)
      .execute();
    return rows.map(({ task_id, id, worker_id }) => ({
      key: task_id,
      what: `the lease of attempt ${id} (task ${task_id}, worker ${worker_id}) ran out long ago, and nobody took it back`,
    }));
  },
};

export const LEASES = examinable<number>({
  rows: 'leases',
  pages: ({ kysely }, jobId) =>
    pagesOf((after) =>
      kysely
        .selectFrom('attempts')
        .select('task_id as id')
        .where('lease_until', '>', 0)
        .where('task_id', '>', after)
        .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
        .orderBy('task_id')
        .limit(ROWS_PER_PAGE)
        .execute(),
    ),
  lock: lockTurns,
  checks: [expired],
});
