/** Logs of attempts: chunks of lines, appended while the attempt runs, so that they outlive the worker's machine. */
import { insertRows } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';

export interface LogChunk {
  readonly attempt_id: number;
  /** From 0, in the order in which the attempt wrote. */
  readonly number: number;
  readonly at: number;
  /** JSON objects {at, level, message}, one per line. */
  readonly content: string;
}

export async function appendLogs(reader: Reader, logs: readonly LogChunk[]): Promise<void> {
  await insertRows(reader, 'log_chunks', logs);
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
