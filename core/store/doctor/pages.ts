/** Pages of ids along an index: what the doctor reads at a time, whatever the size of the table. */
import type { Reader } from '../../db/transaction.ts';

export const ROWS_PER_PAGE = 1_000;
const JOBS_PER_PAGE = 20;

export async function* pagesOf(
  next: (after: number) => Promise<readonly { id: number }[]>,
): AsyncGenerator<number[]> {
  for (let after = 0; ; ) {
    const ids = (await next(after)).map(({ id }) => id);
    const last = ids.at(-1);
    if (last === undefined) return;
    yield ids;
    after = last;
  }
}

export function pagesOfTasks({ kysely }: Reader, jobId: number | undefined): AsyncGenerator<number[]> {
  return pagesOf((after) =>
    kysely
      .selectFrom('tasks')
      .select('id')
      .where('id', '>', after)
      .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
      .orderBy('id')
      .limit(ROWS_PER_PAGE)
      .execute(),
  );
}

export function pagesOfJobs({ kysely }: Reader, jobId: number | undefined): AsyncGenerator<number[]> {
  return pagesOf((after) =>
    kysely
      .selectFrom('jobs')
      .select('id')
      .where('id', '>', after)
      .$if(jobId !== undefined, (query) => query.where('id', '=', jobId ?? 0))
      .orderBy('id')
      .limit(JOBS_PER_PAGE)
      .execute(),
  );
}
