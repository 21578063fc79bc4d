/** What waits where: the queue and the line before it, per worker class, with the workers that are alive. */
import type { Reader } from '../db/transaction.ts';
import { type Pause, readPauses } from './pauses.ts';
import { aliveProcesses } from './processes.ts';
import { FLOW_LINE } from './ready.ts';

export interface ClassView {
  readonly worker_class: string;
  /** Attempts in the queue. */
  readonly queued: number;
  readonly oldest_ms: number | null;
  /** Ready tasks that stand in line for the queue. */
  readonly in_line: number;
  /** Ready tasks of paused types. */
  readonly set_aside: number;
  readonly running: number;
  readonly workers: number;
  readonly slots: number;
}

export interface QueueView {
  readonly classes: readonly ClassView[];
  /** Tasks in line or set aside are counted up to this number of each class: there may be more. Null: all were counted. */
  readonly counted_to: number | null;
  /** Flow tasks to be expanded by a scheduler. */
  readonly to_expand: number;
  readonly schedulers: number;
  readonly pauses: readonly Pause[];
}

/**
 * Reads small hot tables only: what is queued, in line, and running. Large jobs have many thousands of tasks in line:
 * who looks often does not count them all.
 */
export async function viewQueue(
  reader: Reader,
  aliveWithinMs: number,
  countTo: number | null = null,
): Promise<QueueView> {
  const queued = new Map((await countQueued(reader)).map((row) => [row.worker_class, row]));
  const lines = new Map((await countLines(reader, countTo)).map(({ line, tasks }) => [line, Number(tasks)]));
  const running = new Map((await countRunning(reader)).map(({ name, tasks }) => [name ?? '', Number(tasks)]));
  const aside = new Map((await countAside(reader, countTo)).map(({ line, tasks }) => [line, Number(tasks)]));
  const processes = await aliveProcesses(reader, aliveWithinMs);
  const workers = Map.groupBy(
    processes.filter(({ role }) => role === 'worker'),
    ({ worker_class }) => worker_class ?? '',
  );
  const names = new Set([queued, lines, aside, running, workers].flatMap((each) => [...each.keys()]));
  names.delete(FLOW_LINE);
  return {
    classes: [...names].sort().map((name) => {
      const row = queued.get(name);
      const alive = workers.get(name) ?? [];
      return {
        worker_class: name,
        queued: Number(row?.tasks ?? 0),
        oldest_ms: row === undefined ? null : Math.max(0, Number(row.now) - Number(row.oldest)),
        in_line: lines.get(name) ?? 0,
        set_aside: aside.get(name) ?? 0,
        running: running.get(name) ?? 0,
        workers: alive.length,
        slots: alive.reduce((sum, { slots }) => sum + slots, 0),
      };
    }),
    counted_to: countTo,
    to_expand: lines.get(FLOW_LINE) ?? 0,
    schedulers: processes.filter(({ role }) => role === 'scheduler').length,
    pauses: (await readPauses(reader)).rows,
  };
}

async function countQueued({ kysely, dialect }: Reader) {
  return await kysely
    .selectFrom('queue_entries')
    .select((row) => [
      'worker_class',
      row.fn.countAll<number>().as('tasks'),
      row.fn.min('published_at').as('oldest'),
    ])
    .select(dialect.now.as('now'))
    .groupBy('worker_class')
    .execute();
}

async function countLines(
  reader: Reader,
  countTo: number | null,
): Promise<{ line: string; tasks: number }[]> {
  if (countTo === null)
    return await reader.kysely
      .selectFrom('ready_tasks')
      .select((row) => ['line', row.fn.countAll<number>().as('tasks')])
      .groupBy('line')
      .execute();
  const counts: { line: string; tasks: number }[] = [];
  for (let line = await nextLine(reader); line !== undefined; line = await nextLine(reader, line)) {
    const some = reader.kysely
      .selectFrom('ready_tasks')
      .select('line')
      .where('line', '=', line)
      .limit(countTo);
    const row = await reader.kysely
      .selectFrom(some.as('some'))
      .select((some) => some.fn.countAll<number>().as('tasks'))
      .executeTakeFirstOrThrow();
    counts.push({ line, tasks: row.tasks });
  }
  return counts;
}

/** A step along the index. */
async function nextLine({ kysely }: Reader, after?: string): Promise<string | undefined> {
  const row = await kysely
    .selectFrom('ready_tasks')
    .select('line')
    .$if(after !== undefined, (query) => query.where('line', '>', after ?? ''))
    .orderBy('line')
    .limit(1)
    .executeTakeFirst();
  return row?.line;
}

async function countAside({ kysely }: Reader, countTo: number | null) {
  const some = kysely
    .selectFrom('paused_tasks')
    .select('line')
    .$if(countTo !== null, (query) => query.limit(countTo ?? 0));
  return await kysely
    .selectFrom(some.as('some'))
    .select((row) => ['line', row.fn.countAll<number>().as('tasks')])
    .groupBy('line')
    .execute();
}

/** Attempts that run have a lease, and only they: the index of leases is as small as what runs. */
async function countRunning({ kysely }: Reader) {
  return await kysely
    .selectFrom('attempts')
    .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
    .select((row) => ['tasks.worker_class as name', row.fn.countAll<number>().as('tasks')])
    .where('attempts.lease_until', '>', 0)
    .groupBy('tasks.worker_class')
    .execute();
}
