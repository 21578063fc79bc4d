/**
 * The breaches that the doctor knows: a job, a way to plant the breach there, and the end that the job must come to once
 * it is mended.
 */
import { expect } from 'vitest';
import { type Engine, nothing } from './engine.ts';

export interface Place {
  readonly jobId: number;
  /** The task of that name. */
  id(name: string): number;
  /** The task above. */
  above(name: string): number;
}

export interface Plant {
  readonly check: string;
  readonly job: (tag: string) => object;
  /** The task `one` is claimed by hand first, by worker 1. */
  readonly claimed?: boolean;
  /** Of a scheduler, before the breach is planted: the task `one` is queued after three. */
  readonly steps?: number;
  readonly plant: (engine: Engine, place: Place) => Promise<unknown>;
  /** What has to be hurried on afterwards. */
  readonly after?: (engine: Engine, place: Place) => Promise<unknown>;
  /** How the job ends. */
  readonly end?: string;
}

const one = nothing({ name: 'one' });
const two = nothing({ name: 'two', requires_metadata_from: ['one'] });
const plain = () => ({ task_list: [one, two] });
const single = () => ({ task_list: [one] });

const LOOP = 600;
const looping = (count: number) => () => ({
  task_list: [
    {
      ...{ task: 'execution_for_loop', name: 'loop', parameter: 'i', linear_range: [1, count, count] },
      task_list: [one],
    },
  ],
});

/** One of its tasks fails when it is created, another waits for that one. */
const failing = () => ({
  task_list: [
    {
      ...{ task: 'execution_for_loop', name: 'loop', parameter: 'i', values: [1] },
      task_list: [
        one,
        nothing({ name: 'bad', inputs: { a: "('nowhere/{i}'.format(**metadata))" } }),
        nothing({ name: 'waits', requires_metadata_from: ['bad'] }),
      ],
    },
  ],
});

const setTask = (engine: Engine, id: number, values: object) =>
  engine.kysely.updateTable('tasks').set(values).where('id', '=', id).execute();
const setJob = (engine: Engine, id: number, values: object) =>
  engine.kysely.updateTable('jobs').set(values).where('id', '=', id).execute();
export const setAttempt = (engine: Engine, taskId: number, values: object) =>
  engine.kysely.updateTable('attempts').set(values).where('task_id', '=', taskId).execute();

const leaveQueue = (engine: Engine, taskId: number) =>
  engine.kysely.deleteFrom('queue_entries').where('task_id', '=', taskId).execute();

/** Tells the counts what a plant has changed, so that they are not a breach of their own. */
const recount = (engine: Engine, jobId: number, from: string, to: string) =>
  engine.kysely
    .insertInto('count_deltas')
    .values([
      { job_id: jobId, type: 'null', state: from as 'done', delta: -1 },
      { job_id: jobId, type: 'null', state: to as 'done', delta: 1 },
    ])
    .execute();

const late = (tag: string) => ({
  task_list: [
    nothing({ name: 'reads', inputs: { a: `late/${tag}` } }),
    one,
    {
      ...{ task: 'execution_chain', name: 'later', requires_metadata_from: ['one'] },
      task_list: [nothing({ name: 'makes', outputs: { o: `late/${tag}` } })],
    },
  ],
});

export const PLANTS: readonly Plant[] = [
  { check: 'unmet', job: plain, plant: (engine, { id }) => setTask(engine, id('two'), { unmet: 3 }) },
  {
    check: 'forgotten_release',
    job: plain,
    plant: async (engine, { id }) => {
      await engine.kysely.deleteFrom('dependencies').where('consumer_id', '=', id('two')).execute();
      await setTask(engine, id('two'), { unmet: 0 });
    },
  },
  {
    check: 'dead_wait',
    job: failing,
    plant: async (engine, { id, jobId, above }) => {
      await setTask(engine, id('waits'), { state: 'waiting', cause_id: null });
      await setTask(engine, above('waits'), { open_children: 2, bad_children: 1 });
      await recount(engine, jobId, 'blocked', 'waiting');
    },
    end: 'failed',
  },
  {
    check: 'blocked_by_nothing',
    job: plain,
    plant: async (engine, { id, jobId, above }) => {
      await setTask(engine, id('two'), { state: 'blocked', cause_id: id('one') });
      await setTask(engine, above('two'), { open_children: 1, bad_children: 1 });
      await recount(engine, jobId, 'waiting', 'blocked');
    },
  },
  {
    check: 'ended_without_reason',
    job: failing,
    plant: (engine, { id }) => setTask(engine, id('bad'), { reason: null }),
    end: 'failed',
  },
  {
    check: 'attempt_numbers',
    job: single,
    plant: (engine, { id }) => setTask(engine, id('one'), { attempts: 0 }),
  },
  {
    check: 'queued_without_attempt',
    job: single,
    plant: async (engine, { id }) => {
      await leaveQueue(engine, id('one'));
      await engine.kysely.deleteFrom('attempts').where('task_id', '=', id('one')).execute();
    },
  },
  { check: 'queued_without_entry', job: single, plant: (engine, { id }) => leaveQueue(engine, id('one')) },
  {
    check: 'running_without_attempt',
    job: single,
    claimed: true,
    plant: (engine, { id }) =>
      setAttempt(engine, id('one'), { state: 'lost', open_task_id: null, lease_until: null }),
  },
  {
    check: 'stray_attempt',
    job: single,
    plant: (engine, { id }) => setAttempt(engine, id('one'), { open_task_id: null }),
  },
  {
    check: 'running_without_lease',
    job: single,
    claimed: true,
    plant: (engine, { id }) => setAttempt(engine, id('one'), { lease_until: null }),
    after: (engine, { id }) => setAttempt(engine, id('one'), { lease_until: 1 }),
  },
  {
    check: 'expired_lease',
    job: single,
    claimed: true,
    plant: (engine, { id }) => setAttempt(engine, id('one'), { lease_until: 1 }),
  },
  {
    check: 'ended_attempt_open',
    job: single,
    plant: async (engine, { id, jobId }) => {
      const old = {
        id: 900_000_000 + jobId,
        task_id: id('one'),
        job_id: jobId,
        number: 2,
        seed: 1,
        queued_at: 1,
      };
      await setTask(engine, id('one'), { attempts: 2 });
      await engine.kysely
        .insertInto('attempts')
        .values({ ...old, state: 'lost', lease_until: Date.now() + 1e9, ended_at: 2 })
        .execute();
    },
  },
  {
    check: 'dead_entry',
    job: single,
    plant: (engine, { id }) =>
      engine.kysely
        .insertInto('queue_entries')
        .values({ worker_class: 'default', rank: 7, attempt_id: 1, task_id: id('one'), published_at: 1 })
        .execute(),
  },
  {
    check: 'children',
    job: single,
    plant: (engine, { above }) => setTask(engine, above('one'), { open_children: 2 }),
  },
  {
    check: 'forgotten_close',
    job: single,
    plant: async (engine, { id, above, jobId }) => {
      await leaveQueue(engine, id('one'));
      await engine.kysely.deleteFrom('attempts').where('task_id', '=', id('one')).execute();
      await setTask(engine, id('one'), { state: 'not_taken', attempts: 0 });
      await setTask(engine, above('one'), { open_children: 0 });
      await recount(engine, jobId, 'queued', 'not_taken');
    },
  },
  {
    check: 'live_below_ended',
    job: () => ({
      task_list: [{ task: 'execution_chain', name: 'chain', task_list: [one] }, nothing({ name: 'other' })],
    }),
    plant: async (engine, { id }) => setTask(engine, id('chain'), { state: 'failed', reason: 'planted' }),
    end: 'failed',
  },
  {
    check: 'line_without_ready_task',
    job: single,
    plant: (engine, { id, jobId }) =>
      engine.kysely
        .insertInto('ready_tasks')
        .values({ line: 'default', job_id: jobId, rank: 0, task_id: id('one') })
        .execute(),
  },
  {
    check: 'forgotten_input',
    job: late,
    plant: (engine, { id }) =>
      engine.kysely.deleteFrom('wanted').where('consumer_id', '=', id('reads')).execute(),
  },
  {
    check: 'wanted_by_nobody',
    job: single,
    plant: (engine, { id, jobId }) =>
      engine.kysely
        .insertInto('wanted')
        .values({ job_id: jobId, address: 'x', consumer_id: id('one'), ordinal: 0 })
        .execute(),
  },
  {
    check: 'wanted_though_made',
    job: (tag) => ({
      task_list: [
        nothing({ name: 'one', outputs: { o: `made/${tag}` } }),
        nothing({ name: 'reads', inputs: { a: `made/${tag}` } }),
      ],
    }),
    plant: async (engine, { id, jobId }) => {
      const reads = engine.kysely
        .selectFrom('dependencies')
        .select(['ordinal', 'address'])
        .where('consumer_id', '=', id('reads'));
      const { ordinal, address } = await reads.executeTakeFirstOrThrow();
      await engine.kysely
        .updateTable('dependencies')
        .set({ product_id: null, producer_id: null })
        .where('consumer_id', '=', id('reads'))
        .execute();
      await engine.kysely
        .insertInto('wanted')
        .values({ job_id: jobId, address: address ?? '', consumer_id: id('reads'), ordinal })
        .execute();
    },
  },
  {
    check: 'idle_timer',
    job: single,
    plant: (engine, { id }) =>
      engine.kysely
        .insertInto('timers')
        .values({ task_id: id('one'), due_at: Date.now() + 1e9 })
        .execute(),
  },
  {
    check: 'overdue_timer',
    job: plain,
    plant: async (engine, { id }) => {
      await engine.kysely
        .insertInto('timers')
        .values({ task_id: id('two'), due_at: 1 })
        .execute();
      await setTask(engine, id('two'), { unmet: 2 });
    },
    after: async (engine, { id }) => {
      await engine.kysely.deleteFrom('timers').where('task_id', '=', id('two')).execute();
      await setTask(engine, id('two'), { unmet: 1 });
    },
  },
  {
    check: 'job_end',
    job: single,
    plant: (engine, { jobId }) => setJob(engine, jobId, { state: 'failed', ended_at: 1 }),
  },
  {
    check: 'job_without_root',
    job: single,
    plant: (engine, { jobId }) => setJob(engine, jobId, { root_id: null }),
  },
  {
    check: 'pending_flows',
    job: single,
    plant: (engine, { jobId }) => setJob(engine, jobId, { pending_flows: 5 }),
  },
  {
    check: 'task_counts',
    job: single,
    plant: (engine, { jobId }) => recount(engine, jobId, 'queued', 'done'),
  },
  // the last: a scheduler goes no further with these
  {
    check: 'children',
    job: looping(LOOP),
    steps: 2,
    plant: async (engine, { jobId }) => {
      const left = await engine.kysely
        .deleteFrom('ready_tasks')
        .where('job_id', '=', jobId)
        .where('line', '=', '')
        .executeTakeFirst();
      expect(left.numDeletedRows).toBe(1n);
    },
  },
  {
    check: 'ready_in_no_line',
    job: plain,
    steps: 0,
    plant: async (engine, { jobId }) =>
      await engine.kysely.deleteFrom('ready_tasks').where('job_id', '=', jobId).execute(),
  },
];
