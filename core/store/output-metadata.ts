/** What tasks have published, for people to look at. Only tasks that are done have any. */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { type Dict, isDict, parseJson } from '../model/values.ts';

/** By task id; tasks that published nothing are left out. */
export async function readOutputMetadata(
  { kysely }: Reader,
  taskIds: readonly number[],
): Promise<Map<number, Dict>> {
  const rows = await forIds(taskIds, (part) =>
    kysely
      .selectFrom('output_metadata')
      .select(['task_id', 'metadata'])
      .where('task_id', 'in', part)
      .execute(),
  );
  return new Map(
    rows.flatMap(({ task_id, metadata }) => {
      const value = parseJson(metadata);
      return isDict(value) ? [[task_id, value] as const] : [];
    }),
  );
}
