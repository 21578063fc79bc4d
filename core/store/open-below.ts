/** What of a subtree has not ended, level by level and page by page along the index of the children. */
import type { Database } from '../db/open.ts';
import { chunks } from '../db/rows.ts';
import { ENDED, type TaskState } from '../model/states.ts';
import type { Bounded } from './explanation.ts';

const PER_BATCH = 500;
const OPEN: readonly TaskState[] = ['waiting', 'ready', 'queued', 'running', 'expanded'];

const exactly = (count: number): Bounded => ({ count, over: false });

/** How many work tasks of the subtree have not ended. Walks through it, until there are more than `atMost`. */
export async function countOpenWork(database: Database, taskId: number, atMost: number): Promise<Bounded> {
  const task = await database.kysely
    .selectFrom('tasks')
    .select(['kind', 'state'])
    .where('id', '=', taskId)
    .executeTakeFirst();
  if (task === undefined || ENDED.includes(task.state)) return exactly(0);
  if (task.kind === 'work') return exactly(1);
  let count = 0;
  for (let level = [taskId]; level.length > 0; ) {
    const below: number[] = [];
    for await (const children of openChildren(database, level)) {
      const work = children.filter(({ kind }) => kind === 'work');
      count += work.length;
      if (count > atMost) return { count: atMost, over: true };
      below.push(...children.filter(({ kind }) => kind !== 'work').map(({ id }) => id));
    }
    level = below;
  }
  return exactly(count);
}

/** The children of these tasks that have not ended, by pages. */
export async function* openChildren(database: Database, parentIds: readonly number[]) {
  for (const parents of chunks(parentIds, PER_BATCH)) {
    let after = { parent_id: 0, position: -1 };
    for (let full = true; full; ) {
      const page = await listOpen(database, parents, after);
      if (page.length > 0) yield page;
      full = page.length === PER_BATCH;
      const last = page.at(-1);
      after = { parent_id: last?.parent_id ?? 0, position: last?.position ?? 0 };
    }
  }
}

async function listOpen(
  { kysely }: Database,
  parentIds: readonly number[],
  after: { parent_id: number; position: number },
) {
  return await kysely
    .selectFrom('tasks')
    .select(['id', 'kind', 'parent_id', 'position'])
    .where('parent_id', 'in', parentIds)
    .where((row) =>
      row.or([
        row('parent_id', '>', after.parent_id),
        row.and([row('parent_id', '=', after.parent_id), row('position', '>', after.position)]),
      ]),
    )
    .where('state', 'in', OPEN)
    .orderBy('parent_id')
    .orderBy('position')
    .limit(PER_BATCH)
    .execute();
}
