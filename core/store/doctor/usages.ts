/** Timings: of a job that has ended, they count every attempt that is known to have taken something. */

import { insertRows } from '../../db/rows.ts';
import type { Reader, Transaction } from '../../db/transaction.ts';
import { countUsages, readUsageCounts, sumUp, type UsageCount } from '../usage-counts.ts';
import type { Check } from './check.ts';

const USAGES_PER_PAGE = 5_000;

/** Job and type -> how many attempts the timings are short of. More than stand there is right: attempts are pruned, timings stay. */
async function findMissing({ kysely }: Reader, ids: readonly number[]) {
  const ended = kysely.selectFrom('jobs').select('id').where('id', 'in', ids).where('state', '!=', 'running');
  const typesIn = (table: 'task_counts' | 'count_deltas') =>
    kysely.selectFrom(table).select(['job_id', 'type']).where('job_id', 'in', ended);
  const real = kysely
    .selectFrom(typesIn('task_counts').union(typesIn('count_deltas')).as('types'))
    .innerJoin('usages', (join) =>
      join.onRef('usages.type', '=', 'types.type').onRef('usages.job_id', '=', 'types.job_id'),
    )
    .select((row) => ['types.job_id', 'types.type', row.fn.countAll<number>().as('attempts')])
    .groupBy(['types.job_id', 'types.type']);
  const counted = (table: 'usage_counts' | 'usage_deltas') =>
    kysely
      .selectFrom(table)
      .select((row) => ['job_id', 'type', row.neg(row.ref('attempts')).as('attempts')])
      .where('measure', '=', 'wall')
      .where('job_id', 'in', ended);
  const all = real.unionAll(counted('usage_counts')).unionAll(counted('usage_deltas'));
  return await kysely
    .selectFrom(all.as('counts'))
    .select((row) => ['job_id', 'type', row.fn.sum<number>('attempts').as('missing')])
    .groupBy(['job_id', 'type'])
    .having((row) => row.fn.sum('attempts'), '>', 0)
    .execute();
}

export const uncounted: Check<number> = {
  name: 'usage_counts',
  rule: 'the timings of a job that has ended count all of its attempts',
  leadsTo: 'timings and histograms are told of a part of the attempts only',
  async find(reader, ids) {
    return (await findMissing(reader, ids)).map(({ job_id, type, missing }) => ({
      key: job_id,
      what: `job ${job_id}: the timings of ${type} are short of ${missing} attempts`,
    }));
  },
  /** Nobody commits attempts of a job that has ended, and whoever reopens it waits for its lock. */
  async repair({ trx }, breaches) {
    const jobIds = new Set(breaches.map(({ key }) => key));
    for (const { job_id, type } of await findMissing(trx, [...jobIds])) {
      const counted = await readUsageCounts(trx, { jobId: job_id, type });
      await insertRows(trx, 'usage_deltas', short(await countReal(trx, job_id, type), counted));
    }
  },
};

/** What the counts lack. What they have beyond is of attempts that were pruned. */
function short(real: readonly UsageCount[], counted: readonly Omit<UsageCount, 'job_id'>[]): UsageCount[] {
  return real.flatMap((row) => {
    const known = counted.find(({ measure, bin }) => measure === row.measure && bin === row.bin);
    const attempts = row.attempts - (known?.attempts ?? 0);
    return attempts > 0 ? [{ ...row, attempts, total: row.total - (known?.total ?? 0) }] : [];
  });
}

async function countReal({ kysely }: Transaction, jobId: number, type: string): Promise<UsageCount[]> {
  let sums: UsageCount[] = [];
  for (let after = 0; ; ) {
    const page = await kysely
      .selectFrom('usages')
      .selectAll()
      .where('type', '=', type)
      .where('job_id', '=', jobId)
      .where('attempt_id', '>', after)
      .orderBy('attempt_id')
      .limit(USAGES_PER_PAGE)
      .execute();
    const last = page.at(-1);
    if (last === undefined) return sums;
    sums = sumUp([...sums, ...countUsages(page)]);
    after = last.attempt_id;
  }
}
