/** Attempts for people to look at. */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import type { Try } from './explanation.ts';

function selectAttempts({ kysely, dialect }: Reader) {
  return kysely
    .selectFrom('attempts')
    .leftJoin('processes', 'processes.id', 'attempts.worker_id')
    .select(['attempts.id', 'attempts.task_id', 'attempts.number', 'attempts.state', 'attempts.worker_id'])
    .select(['attempts.queued_at', 'attempts.started_at', 'attempts.ended_at', 'attempts.lease_until'])
    .select(['exit_class', 'exit_code', 'exit_signal', 'error', 'processes.host', 'processes.pid'])
    .select('processes.image')
    .select(dialect.now.as('now'));
}

export type AttemptView = Awaited<ReturnType<ReturnType<typeof selectAttempts>['execute']>>[number];

/** The attempt of that number, or the last; undefined when the task was never tried. */
export async function findAttempt(
  reader: Reader,
  taskId: number,
  number?: number,
): Promise<AttemptView | undefined> {
  const attempt = await selectAttempts(reader)
    .where('attempts.task_id', '=', taskId)
    .$if(number !== undefined, (query) => query.where('attempts.number', '=', number ?? 0))
    .orderBy('attempts.number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (attempt === undefined && number !== undefined) {
    throw new EaselError(
      'not_found',
      `task ${taskId} has no attempt ${number}; \`easel why ${taskId}\` says how often it was tried`,
    );
  }
  return attempt;
}

export async function findAttempts(
  reader: Reader,
  ids: readonly number[],
): Promise<Map<number, AttemptView>> {
  const attempts = await forIds(ids, (part) =>
    selectAttempts(reader).where('attempts.id', 'in', part).execute(),
  );
  return new Map(attempts.map((attempt) => [attempt.id, attempt]));
}

/** Newest first. */
export async function lastTries(reader: Reader, taskId: number, limit: number): Promise<Try[]> {
  const attempts = await selectAttempts(reader)
    .where('attempts.task_id', '=', taskId)
    .where('attempts.ended_at', 'is not', null)
    .orderBy('attempts.number', 'desc')
    .limit(limit)
    .execute();
  return attempts.map(({ number, state, exit_class, exit_code, exit_signal, host, image, ended_at }) => ({
    ...{ attempt: number, state, exit_class, exit_code, exit_signal, host, image, ended_at },
  }));
}
