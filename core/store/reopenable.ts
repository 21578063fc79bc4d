/**
 * Which tasks are to have another chance: all of a job that ended badly, or one task with what hangs on it. What was
 * blocked or cancelled because of a task comes back with it, unless something else that it needs has ended badly too;
 * what was done with its products comes back only when that is asked for. Flow tasks above come back with what is below.
 */
import { forIds } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import type { TaskState } from '../model/states.ts';

const COLUMNS = [
  'id',
  'job_id',
  'parent_id',
  'kind',
  'type',
  'state',
  'rank',
  'worker_class',
  'attempts',
  'created_children',
  'uncreated_children',
  'cause_id',
] as const;

export type Reopenable = Awaited<ReturnType<typeof lockBad>>[number];

const BAD: readonly TaskState[] = ['failed', 'blocked', 'cancelled'];
const isBad = ({ state }: { state: TaskState }) => BAD.includes(state);

export interface OneTask {
  readonly taskId: number;
  /** Also what was done with its products or metadata, and so on from there. */
  readonly withDependants: boolean;
}

/** Locked. Without `one`, all tasks of the job that ended badly. */
export async function chooseReopenable(
  trx: Transaction,
  jobId: number,
  one?: OneTask,
): Promise<Reopenable[]> {
  if (one === undefined) return await lockBad(trx, jobId);
  const chosen = new Chosen(trx, one.withDependants);
  await chosen.start(one.taskId);
  return await chosen.complete();
}

function lockBad({ kysely, dialect }: Transaction, jobId: number) {
  return kysely
    .selectFrom('tasks')
    .select(COLUMNS)
    .where('job_id', '=', jobId)
    .where('state', 'in', BAD)
    .orderBy('id')
    .modifyEnd(dialect.forUpdate)
    .execute();
}

class Chosen {
  readonly #trx: Transaction;
  readonly #withDependants: boolean;
  readonly #tasks = new Map<number, Reopenable>();
  /** Blocked or cancelled because of a chosen task, and perhaps of another. */
  #held: Reopenable[] = [];

  constructor(trx: Transaction, withDependants: boolean) {
    this.#trx = trx;
    this.#withDependants = withDependants;
  }

  async start(taskId: number): Promise<void> {
    const [task] = await this.#lock([taskId]);
    if (task === undefined) throw new EaselError('not_found', `there is no task ${taskId}`);
    if (!isBad(task) && (task.state !== 'done' || task.kind !== 'work')) throw refusal(task);
    this.#tasks.set(task.id, task);
    for (let flows = [task]; flows.length > 0; ) {
      const below = await this.#lockBadChildren(flows.filter(({ kind }) => kind !== 'work'));
      for (const each of below) this.#tasks.set(each.id, each);
      flows = below;
    }
  }

  async complete(): Promise<Reopenable[]> {
    for (let wave = [...this.#tasks.values()]; wave.length > 0; ) {
      const above = await this.#lock(wave.flatMap(({ parent_id }) => parent_id ?? []));
      const consumers = await this.#lock(await this.#consumersOf(wave));
      const next = [...above, ...consumers.filter(({ state, kind }) => this.#redoes(state, kind))];
      this.#held.push(...consumers.filter((task) => isBad(task) && task.cause_id !== null));
      next.push(...(await this.#takeFreed(new Set([...wave, ...next].map(({ id }) => id)))));
      wave = next.filter(({ id, state }) => !this.#tasks.has(id) && (isBad({ state }) || state === 'done'));
      for (const each of wave) this.#tasks.set(each.id, each);
    }
    await this.#renameCauses();
    return [...this.#tasks.values()].sort((a, b) => a.id - b.id);
  }

  #redoes(state: TaskState, kind: string): boolean {
    return this.#withDependants && kind === 'work' && (state === 'done' || state === 'failed');
  }

  /** Those held tasks for which nothing that they need has ended badly for good. */
  async #takeFreed(soon: ReadonlySet<number>): Promise<Reopenable[]> {
    const held = this.#held.filter(({ id }) => !this.#tasks.has(id));
    const hindered = await this.#hindrances(held, soon);
    this.#held = held.filter(({ id }) => hindered.has(id));
    return held.filter(({ id }) => !hindered.has(id));
  }

  /** Held task -> something it needs that has ended badly and is not chosen. */
  async #hindrances(held: readonly Reopenable[], soon: ReadonlySet<number>): Promise<Map<number, number>> {
    const rows = await forIds(
      held.map(({ id }) => id),
      (part) =>
        this.#trx.kysely
          .selectFrom('dependencies')
          .innerJoin('tasks', 'tasks.id', 'dependencies.producer_id')
          .select(['consumer_id', 'producer_id'])
          .where('consumer_id', 'in', part)
          .where('tasks.state', 'in', [...BAD, 'not_taken'])
          .execute(),
    );
    const found = new Map<number, number>();
    for (const { consumer_id, producer_id } of rows)
      if (producer_id !== null && !this.#tasks.has(producer_id) && !soon.has(producer_id))
        found.set(consumer_id, producer_id);
    return found;
  }

  /** What stays blocked is blocked by something that stays bad. */
  async #renameCauses(): Promise<void> {
    const held = this.#held.filter(({ cause_id }) => cause_id !== null && this.#tasks.has(cause_id));
    for (const [id, cause_id] of await this.#hindrances(held, new Set()))
      await this.#trx.kysely.updateTable('tasks').set({ cause_id }).where('id', '=', id).execute();
  }

  #lock(ids: readonly number[]): Promise<Reopenable[]> {
    const { kysely, dialect } = this.#trx;
    return forIds(
      ids.filter((id) => !this.#tasks.has(id)),
      (part) =>
        kysely
          .selectFrom('tasks')
          .select(COLUMNS)
          .where('id', 'in', part)
          .modifyEnd(dialect.forUpdate)
          .execute(),
    );
  }

  #lockBadChildren(flows: readonly Reopenable[]): Promise<Reopenable[]> {
    const { kysely, dialect } = this.#trx;
    return forIds(
      flows.map(({ id }) => id),
      (part) =>
        kysely
          .selectFrom('tasks')
          .select(COLUMNS)
          .where('parent_id', 'in', part)
          .where('state', 'in', BAD)
          .modifyEnd(dialect.forUpdate)
          .execute(),
    );
  }

  async #consumersOf(tasks: readonly Reopenable[]): Promise<number[]> {
    const rows = await forIds(
      tasks.map(({ id }) => id),
      (part) =>
        this.#trx.kysely
          .selectFrom('dependencies')
          .select('consumer_id')
          .distinct()
          .where('producer_id', 'in', part)
          .execute(),
    );
    return rows.map(({ consumer_id }) => consumer_id);
  }
}

function refusal({ id, state, kind }: Reopenable): EaselError {
  const why =
    state === 'done'
      ? `task ${id} is a flow task (${kind}) that is done: name the task below it that is to run again`
      : `task ${id} is ${state}: only what has ended can be tried again`;
  return new EaselError('conflict', why);
}
