/** Chains and for loops, run from submission to their end on every database. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMysqlDatabase, forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine, startEngine } from '../support/engine.ts';
import { checkInvariants } from '../support/invariants.ts';
import { until } from '../support/until.ts';

forEachDatabase('loops', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterAll(() => engine.close());

  const loop = (keys: object, ...tasks: object[]) => ({
    task_list: [{ task: 'execution_for_loop', name: 'loop', ...keys, task_list: tasks }],
  });

  test('an empty task_list anywhere is done at once', async () => {
    const empty = [
      { task: 'execution_chain', name: 'chain', task_list: [] },
      { task: 'execution_for_loop', name: 'bodies', parameter: 'i', values: [1, 2], task_list: [] },
      { task: 'execution_for_loop', name: 'values', parameter: 'j', values: [], task_list: [nothing()] },
      {
        task: 'execution_conditional',
        name: 'then',
        criterion: '(True)',
        task_list: [],
        else_task_list: [nothing()],
      },
      {
        task: 'execution_conditional',
        name: 'else',
        criterion: '(False)',
        task_list: [nothing()],
        else_task_list: [],
      },
      { task: 'execution_conditional', name: 'none', criterion: '(False)', task_list: [nothing()] },
      {
        task: 'execution_do_while_loop',
        name: 'while',
        iteration_name: 'k',
        repeat_criterion: "(metadata['k_index'] < 3)",
        requires_metadata_from_child: [],
        task_list: [],
      },
    ];
    const job = await engine.run({ task_list: empty });
    expect(job.state).toBe('succeeded');
    expect(new Set(Object.values(job.states()))).toEqual(new Set(['done']));
    expect(job.tasks.filter(({ state }) => state === 'not_taken')).toHaveLength(3);
    expect((await engine.run({ task_list: [] })).state).toBe('succeeded');
  });

  test('a chain runs its tasks in parallel, whatever their order, and ends when all have', async () => {
    const job = await engine.run({
      job_name: 'chain',
      task_list: [
        nothing({ name: 'third', inputs: { a: 'chain/second' } }),
        nothing({ name: 'first', outputs: { a: 'chain/first' } }),
        {
          task: 'execution_chain',
          name: 'inner',
          task_list: [
            nothing({ name: 'second', inputs: { a: 'chain/first' }, outputs: { a: 'chain/second' } }),
          ],
        },
      ],
    });
    expect(job.states()).toEqual({ third: 'done', first: 'done', inner: 'done', second: 'done' });
    expect(job.task('third').id).toBeGreaterThan(0);
    expect([...job.products.keys()]).toEqual(['chain/first', 'chain/second']);
    expect(job.tasks.every(({ job_name }) => job_name === 'chain')).toBe(true);
  });

  test('values are ints, floats, strings and expressions, and names show them as Python does', async () => {
    const values = `[1, 1.0, 2.5, 1e-7, "text", "('a' + 'b')", "(3 / 2)", "(7 // 2)", true]`;
    const text = `{"task_list": [{"task": "execution_for_loop", "parameter": "v", "values": ${values}, "task_list": [
      {"task": "null", "duration": 0, "outputs": {"a": "('values/{v_index}_{v}'.format(**metadata))"}}]}]}`;
    const job = await engine.run(text);
    expect([...job.products.keys()]).toEqual([
      ...['values/0_1', 'values/1_1.0', 'values/2_2.5', 'values/3_1e-07', 'values/4_text', 'values/5_ab'],
      ...['values/6_1.5', 'values/7_3', 'values/8_True'],
    ]);
  });

  test('linear and logarithmic ranges include both ends', async () => {
    const inner = (kind: string) =>
      nothing({ outputs: { a: `('${kind}/{x_index}_{x:.6g}'.format(**metadata))` } });
    const linear = await engine.run(loop({ parameter: 'x', linear_range: [1, 2, 5] }, inner('linear')));
    expect([...linear.products.keys()]).toEqual([
      'linear/0_1',
      'linear/1_1.25',
      'linear/2_1.5',
      'linear/3_1.75',
      'linear/4_2',
    ]);
    const log = await engine.run(loop({ parameter: 'x', log_range: [1, 1000, 4] }, inner('log')));
    expect([...log.products.keys()]).toEqual(['log/0_1', 'log/1_10', 'log/2_100', 'log/3_1000']);
  });

  test('loops nest, and the innermost sees the variables of all', async () => {
    const nest = (names: string[], body: object): object =>
      names.reduceRight(
        (inner, parameter) => ({
          task: 'execution_for_loop',
          parameter,
          values: [10, 20, 30],
          task_list: [inner],
        }),
        body,
      );
    const work = nothing({ name: 'leaf', outputs: { a: "('nest/{a}_{b}_{c_index}'.format(**metadata))" } });
    const job = await engine.run({ task_list: [nest(['a', 'b', 'c'], work)] });
    expect(job.products.size).toBe(27);
    expect(job.products.has('nest/10_30_2')).toBe(true);
    expect(job.named('leaf').every(({ state }) => state === 'done')).toBe(true);
    const { metadata } = job.named('leaf')[5] ?? { metadata: {} };
    expect(Object.keys(metadata).sort()).toEqual(['a', 'a_index', 'b', 'b_index', 'c', 'c_index']);
  });

  test('a task reads the product of the iteration before, the first one a file that people bring', async () => {
    engine.bring('previous/0');
    const job = await engine.run(
      loop(
        { parameter: 'i', values: [5, 6, 7, 8] },
        nothing({
          inputs: { before: "('previous/{}'.format(metadata['i_index']))" },
          outputs: { after: "('previous/{}'.format(metadata['i_index'] + 1))" },
        }),
      ),
    );
    expect(job.state).toBe('succeeded');
    expect([...job.products.keys()]).toEqual(['previous/1', 'previous/2', 'previous/3', 'previous/4']);
  });

  test('one task, then five hundred, then one', async () => {
    const job = await engine.run({
      task_list: [
        nothing({ name: 'before', metadata: { count: 500 } }),
        {
          task: 'execution_for_loop',
          name: 'many',
          parameter: 'i',
          requires_metadata_from: ['before'],
          linear_range: [1, 500, "(requested_metadata['before']['count'])"],
          task_list: [nothing({ name: 'one' })],
        },
        nothing({ name: 'after', requires_metadata_from: ['many'] }),
      ],
    });
    expect(job.state).toBe('succeeded');
    expect(job.named('one')).toHaveLength(500);
    const times = await engine.kysely
      .selectFrom('attempts')
      .select(['task_id', 'started_at', 'ended_at'])
      .where('job_id', '=', job.id)
      .execute();
    const of = (name: string) =>
      times.filter(({ task_id }) => job.named(name).some(({ id }) => id === task_id));
    const last = Math.max(...of('one').map(({ ended_at }) => ended_at ?? 0));
    expect(of('after')[0]?.started_at).toBeGreaterThanOrEqual(last);
    expect(Math.min(...of('one').map(({ started_at }) => started_at ?? 0))).toBeGreaterThanOrEqual(
      of('before')[0]?.ended_at ?? 0,
    );
  });

  test('directories and labels are inherited, and overridden for a subtree, also by expressions', async () => {
    const job = await engine.run({
      job_name: 'outer',
      working_directory: 'top',
      task_list: [
        nothing({ name: 'a', outputs: { o: 'a' } }),
        nothing({ name: 'b', working_directory: 'own/b', job_name: 'mine', outputs: { o: 'b' } }),
        {
          task: 'execution_for_loop',
          parameter: 'i',
          values: [1, 2],
          working_directory: 'loops',
          task_list: [
            {
              task: 'execution_chain',
              working_directory: "('loops/{i}'.format(**metadata))",
              job_name: "('label {i}'.format(**metadata))",
              task_list: [nothing({ name: 'c', outputs: { o: 'c' } })],
            },
          ],
        },
      ],
    });
    expect([...job.products.keys()]).toEqual(['loops/1/c', 'loops/2/c', 'own/b/b', 'top/a']);
    expect(job.task('a').job_name).toBe('outer');
    expect(job.task('b').job_name).toBe('mine');
    expect(job.named('c').map(({ job_name }) => job_name)).toEqual(['label 1', 'label 2']);
  });

  test('parameters have defaults and are overridden at submission', async () => {
    const file = {
      parameters: { count: 2, label: { type: 'string', default: 'x', description: 'part of the names' } },
      task_list: [
        {
          task: 'execution_for_loop',
          parameter: 'i',
          linear_range: [1, 2, "(metadata['count'])"],
          task_list: [nothing({ outputs: { o: "('parameters/{label}{i_index}'.format(**metadata))" } })],
        },
      ],
    };
    expect([...(await engine.run(file)).products.keys()]).toEqual(['parameters/x0', 'parameters/x1']);
    const overridden = await engine.run(file, ['count=3', 'label=y']);
    expect([...overridden.products.keys()]).toEqual(['parameters/y0', 'parameters/y1', 'parameters/y2']);
  });
});

forEachDatabase('a loop of five thousand', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ create });
  });
  afterAll(() => engine.close());

  test('is expanded in batches, by whichever scheduler is there', async () => {
    const tasks = [
      {
        task: 'execution_for_loop',
        name: 'loop',
        parameter: 'i',
        linear_range: [0, 1, 5_000],
        task_list: [nothing({ name: 'one' })],
      },
    ];
    const jobId = await engine.submit({ task_list: tasks });
    const [first, second] = [await engine.createScheduler(), await engine.createScheduler()];
    const created = async () => (await engine.view(jobId)).named('one').length;
    await until(async () => {
      await first.step();
      return (await created()) > 0;
    });
    await first.stop();
    const half = await created();
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(5_000);
    await until(async () => {
      await second.step();
      return (await created()) === 5_000;
    });
    const loop = (await engine.view(jobId)).task('loop');
    const children = await engine.kysely
      .selectFrom('tasks')
      .select('position')
      .where('parent_id', '=', loop.id)
      .orderBy('position')
      .execute();
    expect(children.map(({ position }) => position)).toEqual(Array.from({ length: 5_000 }, (_, at) => at));
    await second.start();
    await engine.startWorker({ slots: 16 });
    const job = await engine.end(jobId, 60_000);
    expect(job.state).toBe('succeeded');
    expect(engine.defects()).toEqual([]);
  }, 90_000);
});

describe('several schedulers and workers', () => {
  test('share the work of many jobs and do nothing twice', async () => {
    const database = await createMysqlDatabase();
    const engine = await openEngine({ databaseUrl: database.url });
    for (let at = 0; at < 3; at++) await engine.startScheduler();
    for (let at = 0; at < 2; at++) await engine.startWorker({ slots: 4 });
    const tasks = (job: number) => [
      {
        task: 'execution_for_loop',
        name: 'loop',
        parameter: 'i',
        linear_range: [0, 1, 100],
        task_list: [
          nothing({ name: 'make', outputs: { o: `('many/${job}_{i_index}'.format(**metadata))` } }),
          nothing({ name: 'take', inputs: { o: `('many/${job}_{i_index}'.format(**metadata))` } }),
        ],
      },
    ];
    const jobs = await Promise.all([0, 1, 2, 3].map((job) => engine.submit({ task_list: tasks(job) })));
    for (const job of jobs) expect((await engine.end(job, 60_000)).state).toBe('succeeded');
    for (const job of jobs) await checkInvariants(engine.installation, job);
    expect(engine.defects()).toEqual([]);
    await engine.close();
    await database.drop();
  }, 90_000);
});
