/** The most frequent failures among the newest: those of one type and exit class that say the same, but for numbers and names. */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { errorPattern, tellingLine } from '../model/error-pattern.ts';
import type { ExitClass } from '../model/states.ts';
import { type FailureRow, readFailureRows } from './failure-list.ts';

const LOOKED_AT = 1_000;
/** Of the text of each error, from either end. */
const CHARACTERS = 200;

export interface FailureGroup {
  readonly type: string;
  readonly exit_class: ExitClass | null;
  readonly pattern: string;
  readonly failures: number;
  readonly newest_at: number;
  readonly oldest_at: number;
  /** The newest of them. */
  readonly sample: {
    readonly job_id: number;
    readonly task_id: number;
    readonly attempt_id: number;
    readonly line: string;
  };
}

export interface FailureGroups {
  /** Most frequent first. */
  readonly groups: readonly FailureGroup[];
  readonly looked: number;
  /** All failures were looked at. */
  readonly complete: boolean;
}

export async function groupFailures(
  reader: Reader,
  { jobId, limit }: { readonly jobId?: number | undefined; readonly limit: number },
): Promise<FailureGroups> {
  const rows = await readFailureRows(reader, { jobId, limit: LOOKED_AT });
  const errors = await readErrors(reader, rows);
  const groups = new Map<string, FailureGroup>();
  for (const { job_id, task_id, attempt_id, at } of rows) {
    const error = errors.get(attempt_id);
    if (error === undefined) continue;
    const { type, exit_class, head, tail } = error;
    const pattern = errorPattern(head, tail);
    const key = JSON.stringify([type, exit_class, pattern]);
    const known = groups.get(key);
    const sample = known?.sample ?? { job_id, task_id, attempt_id, line: tellingLine(head, tail) };
    const extent = { newest_at: known?.newest_at ?? at, oldest_at: at };
    groups.set(key, { type, exit_class, pattern, failures: (known?.failures ?? 0) + 1, ...extent, sample });
  }
  const sorted = [...groups.values()].sort((a, b) => b.failures - a.failures || b.newest_at - a.newest_at);
  return { groups: sorted.slice(0, limit), looked: rows.length, complete: rows.length < LOOKED_AT };
}

async function readErrors({ kysely }: Reader, rows: readonly FailureRow[]) {
  const errors = await forIds(
    rows.map(({ attempt_id }) => attempt_id),
    (part) =>
      kysely
        .selectFrom('attempts')
        .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
        .select(['attempts.id', 'exit_class', 'tasks.type'])
        .select((row) => [
          row.fn<string | null>('substr', ['error', row.val(1), row.val(CHARACTERS)]).as('head'),
          row.fn<string | null>('substr', ['error', row.val(-CHARACTERS)]).as('tail'),
        ])
        .where('attempts.id', 'in', part)
        .execute(),
  );
  return new Map(
    errors.map(({ id, head, tail, ...kind }) => {
      const text = head ?? '';
      return [id, { ...kind, head: text, tail: tail === null || tail === '' ? text : tail }] as const;
    }),
  );
}
