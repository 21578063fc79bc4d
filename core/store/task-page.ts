/**
 * Everything of one task that its page shows, each list cut to what a page can hold and a mark where it was cut. What the task
 * reads and makes stands in task-files.ts.
 */
import type { Reader } from '../db/transaction.ts';
import { loopVariables } from '../model/loop-variables.ts';
import type { AttemptState, ExitClass } from '../model/states.ts';
import { type Dict, dict, isDict, type Plain, parseJson, toPlain } from '../model/values.ts';
import { readWayTo } from './children.ts';
import type { Definitions } from './definitions.ts';
import { readOutputMetadata } from './output-metadata.ts';
import { type Cut, cutAt, type InputView, type OutputView, readInputs, readOutputs } from './task-files.ts';
import { findTask, findTasks, refer, type TaskRef, type TaskView } from './task-views.ts';

const MOST_ATTEMPTS = 200;
const MOST_DEPENDANTS = 200;

export interface PlainDict {
  readonly [key: string]: Plain;
}

export interface AttemptDetails {
  readonly id: number;
  readonly number: number;
  readonly state: AttemptState;
  readonly exit_class: ExitClass | null;
  readonly exit_code: number | null;
  readonly exit_signal: string | null;
  readonly error: string | null;
  readonly seed: number;
  readonly queued_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly lease_until: number | null;
  readonly worker_id: number | null;
  readonly host: string | null;
  readonly image: string | null;
  readonly pid: number | null;
  readonly wall_ms: number | null;
  readonly cpu_ms: number | null;
  readonly peak_memory_bytes: number | null;
}

export interface TaskPage {
  readonly task: Omit<TaskView, 'scope_id'> & TaskRef;
  /** From the root of the job, the task itself last. */
  readonly way: readonly TaskRef[];
  readonly cause: TaskRef | null;
  /** The database's clock, when this was read. */
  readonly now: number;
  readonly scope: {
    readonly working_directory: string;
    readonly variables: PlainDict;
    readonly inherited: PlainDict;
  };
  /** As in the job file, expressions not evaluated. */
  readonly description: PlainDict;
  /** Newest first. */
  readonly attempts: Cut<AttemptDetails>;
  readonly inputs: Cut<InputView>;
  readonly outputs: Cut<OutputView>;
  /** What it has published; null when nothing. */
  readonly published: PlainDict | null;
  /** Tasks that need a product or the metadata of it. */
  readonly dependants: Cut<TaskRef>;
}

/** Throws EaselError `not_found`. */
export async function readTask(reader: Reader, definitions: Definitions, id: number): Promise<TaskPage> {
  const task = await findTask(reader, id);
  const definition = await definitions.get(task.job_id);
  const { scope_id, ...columns } = task;
  const cause =
    task.cause_id === null ? undefined : (await findTasks(reader, [task.cause_id])).get(task.cause_id);
  const [metadata, { now, ...scope }, way, attempts, inputs, outputs, dependants] = await Promise.all([
    readOutputMetadata(reader, [id]),
    readScope(reader, scope_id),
    readWayTo(reader, definitions, task),
    readAttempts(reader, id),
    readInputs(reader, definitions, id),
    readOutputs(reader, id),
    readDependants(reader, definitions, id),
  ]);
  const published = metadata.get(id);
  return {
    task: { ...columns, ...refer(task, definition) },
    cause: cause === undefined ? null : refer(cause, await definitions.get(cause.job_id)),
    ...{ way, now, scope, inputs, outputs, dependants },
    description: plain(definition.nodes[task.node]?.object ?? dict()),
    attempts: cutAt(attempts, MOST_ATTEMPTS),
    published: published === undefined ? null : plain(published),
  };
}

const plain = (value: Dict) => toPlain(value) as PlainDict;

async function readScope(
  { kysely, dialect }: Reader,
  id: number,
): Promise<TaskPage['scope'] & { now: number }> {
  const { working_directory, metadata, now } = await kysely
    .selectFrom('scopes')
    .select(['working_directory', 'metadata', dialect.now.as('now')])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const value = parseJson(metadata);
  const inherited = isDict(value) ? value : dict();
  const variables = plain(loopVariables(inherited));
  return { working_directory, variables, inherited: plain(inherited), now: Number(now) };
}

async function readAttempts({ kysely }: Reader, taskId: number): Promise<AttemptDetails[]> {
  return await kysely
    .selectFrom('attempts')
    .leftJoin('processes', 'processes.id', 'attempts.worker_id')
    .leftJoin('usages', 'usages.attempt_id', 'attempts.id')
    .select(['attempts.id', 'attempts.number', 'attempts.state', 'exit_class', 'exit_code', 'exit_signal'])
    .select(['error', 'seed', 'queued_at', 'attempts.started_at', 'attempts.ended_at', 'lease_until'])
    .select([
      'worker_id',
      'processes.host',
      'processes.pid',
      'processes.image',
      'wall_ms',
      'cpu_ms',
      'peak_memory_bytes',
    ])
    .where('task_id', '=', taskId)
    .orderBy('attempts.number', 'desc')
    .limit(MOST_ATTEMPTS + 1)
    .execute();
}

async function readDependants(reader: Reader, definitions: Definitions, id: number): Promise<Cut<TaskRef>> {
  const rows = await reader.kysely
    .selectFrom('dependencies')
    .select('consumer_id')
    .distinct()
    .where('producer_id', '=', id)
    .orderBy('consumer_id')
    .limit(MOST_DEPENDANTS + 1)
    .execute();
  const { items, cut } = cutAt(rows, MOST_DEPENDANTS);
  const tasks = await findTasks(
    reader,
    items.map(({ consumer_id }) => consumer_id),
  );
  const refs = [...tasks.values()].map(async (each) => refer(each, await definitions.get(each.job_id)));
  return { items: await Promise.all(refs), cut };
}
