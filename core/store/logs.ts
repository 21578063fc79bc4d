/** Logs of attempts: chunks of lines, appended while the attempt runs, so that they outlive the worker's machine. */
import { insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';

export interface LogChunk {
  readonly attempt_id: number;
  /** From 0, in the order in which the attempt wrote. */
  readonly number: number;
  readonly at: number;
  /** JSON objects {at, level, message}, one per line. */
  readonly content: string;
}

/** @param again they were to be stored before, and may have been although nobody heard of it: they are replaced */
export async function appendLogs(
  trx: Transaction,
  logs: readonly LogChunk[],
  { again }: { again: boolean },
): Promise<void> {
  if (again) {
    for (const [attemptId, chunks] of Map.groupBy(logs, ({ attempt_id }) => attempt_id)) {
      await trx.kysely
        .deleteFrom('log_chunks')
        .where('attempt_id', '=', attemptId)
        .where('number', '>=', Math.min(...chunks.map(({ number }) => number)))
        .execute();
    }
  }
  await insertRows(trx, 'log_chunks', logs);
}

export async function readLogs({ kysely }: Reader, attemptId: number, after = -1): Promise<LogChunk[]> {
  return await kysely
    .selectFrom('log_chunks')
    .selectAll()
    .where('attempt_id', '=', attemptId)
    .where('number', '>', after)
    .orderBy('number')
    .limit(1_000)
    .execute();
}
