/**
 * What a waiting task waits for: tasks that are to make a file or metadata, files that nobody is known to make yet, and
 * the time of its next try.
 */
import { type Context, schedulersAlive } from './asking.ts';
import { lastTries } from './attempt-views.ts';
import type { Need, WaitingReason } from './explanation.ts';
import { Sources } from './sources.ts';
import { refer, selectTasks, type TaskView } from './task-views.ts';

/** Of the things that a task waits for, so many are named. */
const SHOWN = 20;

export async function waitingReason(context: Context, task: TaskView): Promise<WaitingReason> {
  const retry = await readRetry(context, task);
  const needs = await needsOfTasks(context, task);
  const left = task.unmet - needs.length - (retry === null ? 0 : 1);
  if (left > 0 && needs.length < SHOWN)
    needs.push(...(await wantedNeeds(context, task, SHOWN - needs.length)));
  return { kind: 'waiting', unmet: task.unmet, needs, retry, schedulers: schedulersAlive(context) };
}

async function needsOfTasks({ reader, definition }: Context, task: TaskView): Promise<Need[]> {
  const rows = await selectTasks(reader)
    .innerJoin('dependencies', 'dependencies.producer_id', 'tasks.id')
    .select(['dependencies.kind as need', 'dependencies.name', 'dependencies.address'])
    .where('consumer_id', '=', task.id)
    .where('tasks.state', '!=', 'done')
    .orderBy('ordinal')
    .limit(SHOWN)
    .execute();
  const isGlob = rows.some(({ need }) => need === 'order');
  const globs = isGlob ? await readGlobs({ reader }, task.id) : new Map<string, string | null>();
  return rows.map((row): Need => {
    const { need, name } = row;
    const kind = need === 'metadata' || need === 'order' ? need : 'product';
    const address = kind === 'order' ? (globs.get(name) ?? null) : row.address;
    return { kind, name, address, task: refer(row, definition) };
  });
}

/** What a glob waits for stands beside it, under the same name. */
async function readGlobs({ reader }: Pick<Context, 'reader'>, consumerId: number) {
  const rows = await reader.kysely
    .selectFrom('dependencies')
    .select(['name', 'address'])
    .where('consumer_id', '=', consumerId)
    .where('kind', '=', 'glob')
    .limit(SHOWN)
    .execute();
  return new Map(rows.map(({ name, address }) => [name, address]));
}

async function wantedNeeds(context: Context, task: TaskView, limit: number): Promise<Need[]> {
  const rows = await context.reader.kysely
    .selectFrom('wanted')
    .innerJoin('dependencies', (join) =>
      join
        .onRef('dependencies.consumer_id', '=', 'wanted.consumer_id')
        .onRef('dependencies.ordinal', '=', 'wanted.ordinal'),
    )
    .select(['wanted.address', 'dependencies.name'])
    .where('wanted.consumer_id', '=', task.id)
    .limit(limit)
    .execute();
  const sources = new Sources(context, task);
  const needs: Need[] = [];
  for (const { address, name } of rows) {
    needs.push({ kind: 'wanted', name, address, sources: await sources.of(address) });
  }
  return needs;
}

/** A task that is to be tried again waits for its timer. */
async function readRetry(context: Context, task: TaskView): Promise<WaitingReason['retry']> {
  if (task.attempts === 0) return null;
  const { kysely, dialect } = context.reader;
  const timer = await kysely
    .selectFrom('timers')
    .select('due_at')
    .select(dialect.now.as('now'))
    .where('task_id', '=', task.id)
    .executeTakeFirst();
  if (timer === undefined) return null;
  const [last = null] = await lastTries(context.reader, task.id, 1);
  return { due_ms: timer.due_at - Number(timer.now), last };
}
