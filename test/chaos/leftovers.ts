/** What must not be left behind when all jobs have ended: rows in the hot tables, open attempts, processes, scratch. */
import { readdirSync } from 'node:fs';
import { scratchDirectory } from '../../core/runtime/areas.ts';
import { EaselProcess } from '../support/easel.ts';
import { until } from '../support/until.ts';
import type { Ground } from './ground.ts';
import { argumentsOf, taskPrograms } from './processes.ts';

const HOT = [
  ...(['ready_tasks', 'queue_entries', 'wanted', 'publications', 'count_deltas'] as const),
  ...(['timers', 'cancellations', 'paused_tasks'] as const),
];
const SWEPT_WITHIN_MS = 30_000;

/** While the daemons still run: what is left is to be swept up by them, in a while. */
export async function judgeTables({ installation, home }: Ground): Promise<string[]> {
  const { kysely } = installation.database;
  const problems: string[] = [];
  for (const table of HOT) {
    const isEmpty = async () => (await kysely.selectFrom(table).selectAll().limit(1).execute()).length === 0;
    await until(isEmpty, { timeoutMs: SWEPT_WITHIN_MS }).catch(async () => {
      const rows = await kysely.selectFrom(table).selectAll().limit(5).execute();
      problems.push(`rows are left in ${table}: ${JSON.stringify(rows)}`);
    });
  }
  const open = await kysely
    .selectFrom('attempts')
    .select(['id', 'task_id', 'state'])
    .where((row) =>
      row.or([
        row('open_task_id', 'is not', null),
        row('lease_until', 'is not', null),
        row('ended_at', 'is', null),
      ]),
    )
    .execute();
  if (open.length > 0) problems.push(`attempts are open: ${JSON.stringify(open.slice(0, 5))}`);
  const twice = await kysely
    .selectFrom('attempts')
    .select((row) => ['task_id', row.fn.countAll<number>().as('successes')])
    .where('state', '=', 'succeeded')
    .groupBy('task_id')
    .having((row) => row.fn.countAll<number>(), '>', 1)
    .execute();
  if (twice.length > 0) problems.push(`tasks have succeeded twice: ${JSON.stringify(twice.slice(0, 5))}`);
  await until(() => taskPrograms(home).length === 0).catch(() => {
    const left = taskPrograms(home).map((pid) => `${pid} ${argumentsOf(pid).join(' ')}`);
    problems.push(`programs of tasks are still alive: ${left.join('; ')}`);
  });
  return problems;
}

/** A worker that starts removes what killed ones have left; after that nothing may be there. */
export async function judgeScratch({ installation, environment }: Ground): Promise<string[]> {
  const left = () => readdirSync(scratchDirectory(installation.areas));
  if (left().length === 0) return [];
  const worker = new EaselProcess(['work', '--slots', '1'], environment);
  const isSwept = await until(() => left().length === 0).catch(() => false);
  await worker.stop();
  return isSwept ? [] : [`scratch is left of attempts that have ended: ${left().slice(0, 10).join(', ')}`];
}
