/** The home of an `easel run`, read when it has ended: its newest job, when the attempts ran, which processes took part. */
import { join } from 'node:path';
import { openDatabase } from '../../core/db/open.ts';
import { type JobView, readJobView } from './job-view.ts';

/** `attempts` by task id: each task of the job has had one. */
export async function readHome(
  home: string,
): Promise<{ job: JobView; attempts: Map<number, Span>; pids: number[] }> {
  const database = await openDatabase(`sqlite:${join(home, 'easel.db')}`);
  try {
    const { kysely } = database;
    const newest = kysely.selectFrom('jobs').select('id').orderBy('id', 'desc').limit(1);
    const { id } = await newest.executeTakeFirstOrThrow();
    const rows = await kysely
      .selectFrom('attempts')
      .select(['task_id', 'started_at', 'ended_at'])
      .where('job_id', '=', id)
      .execute();
    const processes = await kysely.selectFrom('processes').select('pid').execute();
    return {
      job: await readJobView(database, id),
      attempts: new Map(
        rows.map((row) => [row.task_id, { from: row.started_at ?? 0, to: row.ended_at ?? Infinity }]),
      ),
      pids: processes.map(({ pid }) => pid),
    };
  } finally {
    await database.close();
  }
}

/** Instants of the database's clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
}
