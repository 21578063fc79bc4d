/** Rows of every table there is, as the database tells them, for tests that must not forget one. */
import { describeTables, type TableShape } from '../../core/db/catalogue.ts';
import type { Database } from '../../core/db/open.ts';
import { streamRows } from '../../core/db/snapshot.ts';
import { reading } from '../../core/db/transaction.ts';

/** Table -> its rows in the order of the primary key. */
export async function readAllRows(database: Database): Promise<Record<string, Record<string, unknown>[]>> {
  const all: Record<string, Record<string, unknown>[]> = {};
  for (const table of await describeTables(database)) {
    const rows: Record<string, unknown>[] = [];
    for await (const row of streamRows(reading(database), table))
      rows.push(Object.fromEntries(table.columns.map(({ name }, at) => [name, row[at]])));
    all[table.name] = rows;
  }
  return all;
}

const CHOICES: Record<string, readonly string[]> = {
  'tasks.kind': ['work', 'chain', 'for_loop'],
  'dependencies.kind': ['input', 'glob', 'metadata'],
  'timers.kind': ['retry', 'queue'],
  'jobs.state': ['running', 'failed', 'succeeded'],
  'attempts.state': ['queued', 'running', 'lost'],
  'tasks.state': ['waiting', 'running', 'done'],
  'attempts.exit_class': ['oom', 'qc', 'exit'],
  'processes.role': ['worker', 'scheduler', 'worker'],
  'pauses.scope': ['all', 'job', 'type'],
  'users.role': ['viewer', 'operator', 'admin'],
  'tokens.role': ['viewer', 'operator', 'admin'],
  'usage_counts.measure': ['wall', 'cpu', 'memory'],
  'usage_deltas.measure': ['wall', 'cpu', 'memory'],
};

const TEXTS = ['\u0001 "quoted" \\n', 'é漢字😀', "it's\n`x`"];
const NUMBERS = [946.8265329999995, 5e-324, 1.7976931348623157e308];

/** A few rows with values that are hard to carry over; every column that may be empty is so in one of them. */
export function awkwardRows({ name, columns, key }: TableShape): Record<string, unknown>[] {
  return [0, 1, 2].map((row) =>
    Object.fromEntries(
      columns.map((column, at) => {
        const choices = CHOICES[`${name}.${column.name}`];
        if (row === 1 && isNullable(name, column.name, key)) return [column.name, null];
        if (choices !== undefined) return [column.name, choices[row % choices.length]];
        if (column.kind === 'text')
          return [column.name, `${TEXTS[row]}${key.includes(column.name) ? row : ''}`.slice(0, 12)];
        if (column.kind === 'number') return [column.name, NUMBERS[row]];
        if (['passed', 'bin'].includes(column.name)) return [column.name, row % 2];
        const isBig = /(^id|_id|_at|^at|^next|bytes|size|seed)$/.test(column.name);
        return [column.name, isBig ? Number.MAX_SAFE_INTEGER - 10 * at - row : 2_147_483_000 + at + row];
      }),
    ),
  );
}

const NULLABLE =
  /^(jobs\.(name|ended_at|root_id|submitted_by)|tasks\.(parent_id|worker_class|cause_id|reason)|attempts\.(open_task_id|worker_id|lease_until|started_at|ended_at|exit_\w+|error|begun_at)|dependencies\.(address|producer_id|product_id|version_id)|usages\.(cpu_ms|peak_memory_bytes)|scopes\.job_name|products\.version_id|versions\.reason|processes\.(worker_class|ended_at|report|image)|tokens\.(used_at|expires_at))$/;

function isNullable(table: string, column: string, key: readonly string[]): boolean {
  return !key.includes(column) && NULLABLE.test(`${table}.${column}`);
}
