/** `easel why` on planted situations: the reason, the tasks that it names, and what it says is to be done. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
import { first, loop, Stage } from '../support/stage.ts';

forEachDatabase('why', ({ create }) => {
  let engine: Engine;
  let stage: Stage;
  beforeAll(async () => {
    engine = await openEngine({
      create,
      defaults: { max_lost: 2, retry_delay: 0 },
    });
    stage = new Stage(engine);
  });
  afterEach(() => stage.clear());
  afterAll(() => engine.close());

  describe('a task that waits', () => {
    test('for a product of a task that runs', async () => {
      const inputs = { early: 'zero.gz', i: 'first.gz' };
      const zero = nothing({ name: 'zero', outputs: { o: 'zero.gz' } });
      await stage.play([zero, first, nothing({ name: 'second', inputs })]);
      await stage.perform('zero');
      await stage.begin('first');
      const { steps, advice, end } = await stage.why('second');
      const id = await stage.id('first');
      expect(steps).toMatchObject([
        {
          reason: {
            kind: 'waiting',
            unmet: 1,
            needs: [{ kind: 'product', name: 'i', address: 'first.gz', task: { id, state: 'running' } }],
          },
        },
        { task: { id }, reason: { kind: 'running', attempt: 1 }, skipped: 0 },
      ]);
      expect({ advice, end }).toEqual({
        advice: `Nothing: it runs; \`easel logs ${id} --follow\` shows what it says.`,
        end: 'found',
      });
    });

    test('for the metadata of a task, and that for a product: both are on the way', async () => {
      await stage.play([
        first,
        nothing({ name: 'second', inputs: { i: 'first.gz' } }),
        nothing({ name: 'third', requires_metadata_from: ['second'] }),
      ]);
      const { steps } = await stage.why('third');
      expect(steps.map(({ task, reason }) => `${task.label} ${reason.kind}`)).toEqual([
        'third (null) waiting',
        'second (null) waiting',
        'first (null) queued',
      ]);
      expect(steps[0]?.reason).toMatchObject({ needs: [{ kind: 'metadata', name: 'second' }] });
    });

    test('for a product that no task makes yet, but a loop may that is not expanded', async () => {
      const later = { outputs: { o: "'late{i_index}.gz'.format(**metadata)" } };
      await stage.play([
        first,
        loop('later', [nothing(later)], { requires_metadata_from: ['first'] }),
        nothing({ name: 'hopeful', inputs: { i: 'late2.gz' } }),
      ]);
      const { steps } = await stage.why('hopeful');
      expect(steps[0]?.reason).toMatchObject({
        needs: [{ kind: 'wanted', address: 'late2.gz', sources: [{ id: await stage.id('later') }] }],
      });
      expect(steps.map(({ task }) => task.label)).toEqual([
        'hopeful (null)',
        'later (execution_for_loop)',
        'first (null)',
      ]);
    });

    test('for a glob', async () => {
      const body = [nothing({ name: 'part', outputs: { o: "'part{i_index}.gz'.format(**metadata)" } })];
      await stage.play([loop('parts', body), nothing({ name: 'all', inputs: { i: 'part*.gz' } })]);
      const { steps } = await stage.why('all');
      expect(steps[0]?.reason).toMatchObject({
        needs: [{ kind: 'order', name: 'i', address: 'part*.gz', task: { id: await stage.id('parts') } }],
      });
      expect(steps.at(-1)).toMatchObject({ task: { label: 'part (null)' }, reason: { kind: 'queued' } });
    });

    test('for the whole of a loop, of which one task of the last iteration is open', async () => {
      await stage.play([
        loop('loop', [nothing({ name: 'each' })]),
        nothing({ name: 'after', requires_metadata_from: ['loop'] }),
      ]);
      const [one, two, three] = (await engine.view(stage.jobId)).named('each');
      for (const each of [one, two]) await stage.perform(each?.id ?? 0);
      await stage.begin(three?.id ?? 0);
      const { steps } = await stage.why('after');
      expect(steps).toMatchObject([
        { reason: { needs: [{ kind: 'metadata', task: { kind: 'for_loop' } }] } },
        { reason: { kind: 'expanded', open_children: 1, open: [{ label: 'body', state: 'expanded' }] } },
        { reason: { kind: 'expanded', open_children: 1 } },
        { task: { id: three?.id }, reason: { kind: 'running' } },
      ]);
    });

    test('for its next try', async () => {
      await stage.play([nothing({ name: 'shaky' })]);
      const allowance = { retries: 2, classes: ['exit' as const], delaySeconds: 3_600 };
      await stage.perform('shaky', { exitClass: 'exit', exitCode: 3, error: 'not yet', allowance });
      const alone = await stage.why('shaky');
      expect(alone.steps).toHaveLength(1);
      expect(alone.steps[0]?.reason).toMatchObject({
        ...{ kind: 'waiting', unmet: 1, needs: [] },
        retry: { last: { attempt: 1, exit_class: 'exit', exit_code: 3 } },
      });
      const { reason } = alone.steps[0] ?? {};
      const dueMs = reason?.kind === 'waiting' ? reason.retry?.due_ms : undefined;
      expect(dueMs).toBeGreaterThan(1_700_000);
      expect(dueMs).toBeLessThan(5_500_000);
      expect(alone.advice).toContain('easel schedule-waiting');
      await stage.appear({ role: 'scheduler' });
      expect((await stage.why('shaky')).advice).toContain('it is tried again by itself');
    });

    test('in a circle that shows only as it runs', async () => {
      await stage.play([
        nothing({ name: 'first' }),
        nothing({ name: 'a', outputs: { o: 'a.gz' }, requires_metadata_from: ['first'] }),
        nothing({ name: 'b', outputs: { o: 'b.gz' }, requires_metadata_from: ['a'] }),
      ]);
      const [a, b] = [await stage.id('a'), await stage.id('b')];
      await stage.perform('first');
      await engine.kysely
        .updateTable('tasks')
        .set({ state: 'waiting', unmet: 1 })
        .where('id', '=', a)
        .execute();
      await engine.kysely
        .updateTable('dependencies')
        .set({ producer_id: b })
        .where('consumer_id', '=', a)
        .execute();
      const { steps, end, advice } = await stage.why('b');
      expect(steps.map(({ task }) => task.id)).toEqual([b, a]);
      expect(end).toBe('circle');
      expect(advice).toMatch(/in a circle.*Correct the job file/);
    });

    test('for nothing that there is, which cannot be', async () => {
      await stage.play([first, nothing({ name: 'second', inputs: { i: 'first.gz' } })]);
      await engine.kysely
        .deleteFrom('dependencies')
        .where('consumer_id', '=', await stage.id('second'))
        .execute();
      const { steps, advice } = await stage.why('second');
      expect(steps).toMatchObject([{ reason: { kind: 'waiting', unmet: 1, needs: [] } }]);
      expect(advice).toContain('`easel doctor`');
    });

    test('behind very many others that wait: the beginning and the end are told', async () => {
      const links = Array.from({ length: 300 }, (_, at) =>
        nothing({ name: `link ${at}`, ...(at > 0 && { requires_metadata_from: [`link ${at - 1}`] }) }),
      );
      await stage.play(links);
      const { steps, end } = await stage.why('link 299');
      expect(end).toBe('found');
      expect(steps.at(-1)).toMatchObject({ task: { label: 'link 0 (null)' }, reason: { kind: 'queued' } });
      expect(steps.length).toBeLessThan(12);
      expect(steps.reduce((sum, { skipped }) => sum + skipped + 1, 0)).toBe(300);
      await stage.perform('link 0', { exitClass: 'error', error: 'the root' });
      const blocked = await stage.why('link 299');
      expect(blocked.steps.at(-1)).toMatchObject({
        task: { label: 'link 0 (null)' },
        reason: { kind: 'failed', error: 'the root' },
      });
      expect(blocked.steps.reduce((sum, { skipped }) => sum + skipped + 1, 0)).toBe(300);
    });
  });

  describe('a task that waits for its turn', () => {
    test('in the queue, and no worker of its class is alive', async () => {
      await stage.appear({ role: 'worker', workerClass: 'other' });
      await stage.play([first]);
      const { steps, advice } = await stage.why('first');
      expect(steps).toMatchObject([
        { reason: { kind: 'queued', worker_class: 'default', workers: 0, in_queue: true } },
      ]);
      expect(advice).toBe('Start a worker of class "default": `easel work --class default`.');
    });

    test('in the queue behind others, with workers alive', async () => {
      await stage.appear({ role: 'worker', slots: 2 });
      await stage.appear({ role: 'worker', slots: 3 });
      await stage.play([loop('loop', [nothing({ name: 'each' })]), nothing({ name: 'urgent', priority: 5 })]);
      const each = (await engine.view(stage.jobId)).named('each');
      const found = await Promise.all(each.map(({ id }) => stage.why(id)));
      const ahead = found.map(({ steps: [step] }) =>
        step?.reason.kind === 'queued' ? step.reason.ahead.count : -1,
      );
      expect(ahead.sort()).toEqual([1, 2, 3]);
      expect(found[0]?.steps[0]?.reason).toMatchObject({ workers: 2, slots: 5, ahead: { over: false } });
      expect((await stage.why('urgent')).steps[0]?.reason).toMatchObject({ ahead: { count: 0 } });
      expect(found[0]?.advice).toContain('more workers or slots');
    });

    test('without a place in the queue, which cannot be', async () => {
      await stage.play([first]);
      await engine.kysely.deleteFrom('queue_entries').execute();
      const { steps, advice } = await stage.why('first');
      expect(steps).toMatchObject([{ reason: { kind: 'queued', in_queue: false } }]);
      expect(advice).toContain('`easel doctor`');
    });

    test('ready, and no scheduler is alive', async () => {
      stage.jobId = await engine.submit({ job_name: 'new', task_list: [first] });
      const root = await engine.kysely
        .selectFrom('jobs')
        .select('root_id')
        .where('id', '=', stage.jobId)
        .executeTakeFirstOrThrow();
      const alone = await stage.why(root.root_id ?? 0);
      expect(alone.steps).toMatchObject([
        { reason: { kind: 'ready', worker_class: null, schedulers: 0, in_line: true, before: { count: 0 } } },
      ]);
      expect(alone.advice).toContain('Start a scheduler: `easel schedule-waiting`');
      await stage.appear({ role: 'scheduler' });
      expect((await stage.why(root.root_id ?? 0)).advice).toContain('a scheduler will come to it');
    });

    test.each(['all', 'job', 'type'] as const)('while it is paused: %s', async (scope) => {
      await stage.appear({ role: 'scheduler' });
      stage.jobId = await engine.submit({ task_list: [nothing({ name: 'held' })] });
      await stage.schedule();
      const name = { all: '', job: String(stage.jobId), type: 'null' }[scope];
      await engine.kysely
        .insertInto('pauses')
        .values([
          { scope, name, since: 1, person: 'ann' },
          { scope: 'job', name: '999999', since: 1, person: 'bob' },
        ])
        .execute();
      const { steps, advice } = await stage.why('held');
      expect(steps).toMatchObject([{ reason: { pauses: [{ scope, name, person: 'ann' }] } }]);
      expect(advice).toContain('easel resume');
    });

    test('of a type that the registry does not have', async () => {
      await stage.play([first]);
      const registry = new Map([...engine.installation.registry].filter(([name]) => name !== 'null'));
      const { steps, advice } = await stage.why('first', registry);
      expect(steps).toMatchObject([{ reason: { kind: 'queued', type: 'null', type_known: false } }]);
      expect(advice).toMatch(/the type "null" back/);
      await engine.kysely.updateTable('tasks').set({ state: 'ready' }).where('type', '=', 'null').execute();
      const none = await stage.why('first', new Map());
      expect(none.steps).toMatchObject([{ reason: { kind: 'ready', class_known: false } }]);
    });
  });

  describe('a task that runs', () => {
    test('with its worker, since when, and for how long that is sure', async () => {
      const workerId = await stage.appear({ role: 'worker' });
      await stage.play([{ ...first, timeout: 90 }]);
      await stage.begin('first', { workerId });
      const { steps } = await stage.why('first');
      const { reason } = steps[0] ?? {};
      expect(reason).toMatchObject({
        ...{ kind: 'running', attempt: 1, worker_id: workerId, pid: process.pid, cancellation: null },
        limit: 90_000,
        ...{ host: expect.any(String), started_at: expect.any(Number), schedulers: 0 },
      });
      const left = reason?.kind === 'running' ? reason.lease_left_ms : 0;
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60_000);
    });

    test.each([
      [{ timeout: { queue: 60 } }, null, 60_000],
      [{ timeout: "(metadata['i'])" }, 'expression', null],
      [{}, null, null],
    ])('for as long as it may: %o', async (keys, run, queue) => {
      await stage.play([{ ...first, ...keys }], { parameters: { i: 5 } });
      expect((await stage.why('first')).steps[0]?.reason).toMatchObject({ kind: 'queued', limit: queue });
      await stage.begin('first');
      expect((await stage.why('first')).steps[0]?.reason).toMatchObject({ kind: 'running', limit: run });
    });

    test('but its worker is silent, and nobody is there to notice', async () => {
      await stage.play([first]);
      await stage.begin('first', { leaseMs: -5_000 });
      const alone = await stage.why('first');
      expect(alone.steps).toMatchObject([{ reason: { kind: 'running', schedulers: 0 } }]);
      expect(alone.advice).toMatch(/no scheduler is alive to have it tried again: start `easel/);
      await stage.appear({ role: 'scheduler' });
      expect((await stage.why('first')).advice).toContain('a scheduler has it tried again');
    });

    test('while its worker ends it, at the wish of somebody who cancelled all of its job', async () => {
      await stage.play([{ task: 'execution_chain', name: 'chain', task_list: [first] }]);
      await stage.begin('first');
      await stage.cancel('chain', 'ann: no use');
      const chain = await stage.why('chain');
      expect(chain.steps[0]?.reason).toMatchObject({
        kind: 'expanded',
        cancellation: { reason: 'ann: no use' },
      });
      const { steps, advice } = await stage.why('first');
      expect(steps).toMatchObject([{ reason: { cancellation: { reason: 'ann: no use' } } }]);
      expect(advice).toContain('then it is cancelled');
    });
  });

  test('a flow task that still creates its children', async () => {
    stage.jobId = await engine.submit({
      task_list: [loop('long', [nothing()], { values: undefined, linear_range: [1, 3_000, 3_000] })],
    });
    await stage.schedule(2);
    const { steps, advice } = await stage.why('long');
    expect(steps[0]?.reason).toMatchObject({ kind: 'expanded', open_children: 3_000, creating: true });
    expect(advice).not.toBe('');
  });

  test('a job that has ended', async () => {
    await stage.play([first]);
    await stage.perform('first');
    const found = await stage.why('first');
    expect(found).toMatchObject({
      job_state: 'succeeded',
      steps: [{ reason: { kind: 'done', attempts: 1, ended_at: expect.any(Number) } }],
      advice: 'Nothing: this is how it should be.',
    });
  });

  test('a number that is no task, but perhaps a job', async () => {
    const { kysely } = engine;
    const id = 888_888_888;
    const job = { id, state: 'failed' as const, priority: 0, pending_flows: 0, definition: '{}' };
    await kysely
      .insertInto('jobs')
      .values({ ...job, submitted_at: 1 })
      .execute();
    await expect(stage.why(id)).rejects.toThrow(
      `there is no task ${id}, but a job ${id}; \`easel tree ${id}\` shows its tasks`,
    );
    await expect(stage.why(999_999_999)).rejects.toThrow('there is no task 999999999; `easel tree JOB`');
  });
});
