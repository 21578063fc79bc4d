/** What a failure does to the rest of a job: it spreads as far as it must, no further, and is named everywhere. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, program, startEngine } from '../support/engine.ts';

forEachDatabase('failures', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterAll(() => engine.close());

  const fails = (keys: object = {}) => ({ task: 'error', name: 'fails', message: 'as it should', ...keys });

  test('a failed task blocks its dependants one after another, each naming its cause', async () => {
    const job = await engine.run({
      task_list: [
        nothing({ name: 'last', inputs: { a: 'block/second' } }),
        nothing({ name: 'second', inputs: { a: 'block/first' }, outputs: { o: 'block/second' } }),
        fails({ outputs: { o: 'block/first' } }),
        nothing({ name: 'asks', requires_metadata_from: ['fails'] }),
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          requires_metadata_from: ['asks'],
          values: [1],
          task_list: [nothing()],
        },
        nothing({ name: 'beside' }),
      ],
    });
    expect(job.states()).toEqual({
      last: 'blocked',
      second: 'blocked',
      fails: 'failed',
      asks: 'blocked',
      loop: 'blocked',
      beside: 'done',
    });
    expect(job.task('last').cause_id).toBe(job.task('second').id);
    expect(job.task('second').cause_id).toBe(job.task('fails').id);
    expect(job.task('asks').cause_id).toBe(job.task('fails').id);
    expect(job.task('loop').cause_id).toBe(job.task('asks').id);
    expect(job.state).toBe('failed');
  });

  test('a flow task fails only when its other children have ended', async () => {
    const job = await engine.run({
      task_list: [
        {
          task: 'execution_chain',
          name: 'chain',
          task_list: [
            fails(),
            { task: 'null', duration: 0.3, name: 'slow' },
            nothing({ name: 'after slow', requires_metadata_from: ['slow'] }),
          ],
        },
        nothing({ name: 'after chain', requires_metadata_from: ['chain'] }),
      ],
    });
    expect(job.states()).toEqual({
      chain: 'failed',
      fails: 'failed',
      slow: 'done',
      'after slow': 'done',
      'after chain': 'blocked',
    });
  });

  test('a flow task names the child that it failed for, whichever ended last', async () => {
    const job = await engine.run({
      task_list: [
        {
          task: 'execution_chain',
          name: 'chain',
          task_list: [fails(), { task: 'null', duration: 0.3, name: 'slow' }],
        },
      ],
    });
    expect(job.task('chain').cause_id).toBe(job.task('fails').id);
  });

  test('one iteration that fails leaves the others alone', async () => {
    const job = await engine.run({
      task_list: [
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          values: [1, 2, 0, 4],
          task_list: [nothing({ name: 'divides', metadata: { q: "(1 / metadata['i'])" } })],
        },
      ],
    });
    expect(job.states()).toEqual({ loop: 'failed', divides: 'done done failed done' });
    expect(job.named('divides')[2]?.reason).toMatch(
      /ZeroDivisionError.*\$\.task_list\[0\]\.task_list\[0\]\.metadata\.q/s,
    );
  });

  test('a loop value that cannot be evaluated fails its iteration only, and names its place', async () => {
    const job = await engine.run({
      parameters: { zero: 0 },
      task_list: [
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          values: [1, "(1 / metadata['zero'])", 3],
          task_list: [nothing({ name: 'one' })],
        },
      ],
    });
    expect(job.states()).toEqual({ loop: 'failed', one: 'done done' });
    const bad = job.tasks.filter(
      ({ state, kind, parent_id }) =>
        state === 'failed' && kind === 'chain' && parent_id === job.task('loop').id,
    );
    expect(bad.map(({ reason }) => reason?.match(/\$\.task_list\[0\]\.values\[1\]/)?.[0])).toEqual([
      '$.task_list[0].values[1]',
    ]);
  });

  test.each([
    ['an input', { inputs: { a: "('x' + metadata['no'])" } }, 'inputs.a'],
    ['an output', { outputs: { a: "('x' + metadata['no'])" } }, 'outputs.a'],
    ['an output that leaves the area', { outputs: { a: "(metadata['up'] + 'x')" } }, 'outputs.a'],
    ['an output that is no text', { outputs: { a: "(metadata['one'])" } }, 'outputs.a'],
    ['a directory', { working_directory: "(metadata['root'])", outputs: { a: 'x' } }, ''],
    ['a setting', { metadata: { a: '(1 / 0)' } }, 'metadata.a'],
    ['the type', { task: "(metadata['up'])" }, 'task'],
  ])('%s that cannot be made sense of fails its task and names the place', async (_what, keys, key) => {
    const job = await engine.run({
      parameters: { one: 1, up: '../', root: '/etc' },
      task_list: [nothing({ name: 'first' }), nothing({ name: 'bad', ...keys })],
    });
    expect(job.states()).toEqual({ first: 'done', bad: 'failed' });
    expect(job.task('bad').reason).toContain(key === '' ? '$.task_list[1]' : `$.task_list[1].${key}`);
  });

  test('a program that fails says how', async () => {
    const job = await engine.run({
      task_list: [program(['sh', '-c', 'echo lost >&2; exit 7'], { name: 'program' })],
    });
    const attempt = await engine.kysely
      .selectFrom('attempts')
      .selectAll()
      .where('job_id', '=', job.id)
      .executeTakeFirstOrThrow();
    expect(attempt).toMatchObject({ state: 'failed', exit_class: 'exit', exit_code: 7 });
  });

  test('very long errors are cut, not refused', async () => {
    const job = await engine.run({
      task_list: [{ task: 'error', name: 'long', message: '☂'.repeat(65_000) }, nothing({ name: 'beside' })],
    });
    expect(job.states()).toEqual({ long: 'failed', beside: 'done' });
    expect(engine.defects()).toEqual([]);
  });

  test('long directories and labels are refused, not stumbled over', async () => {
    const job = await engine.run({
      parameters: { d: 'a/' },
      task_list: [
        nothing({ name: 'deep', working_directory: "(metadata['d'] * 500)", outputs: { o: 'x' } }),
        nothing({ name: 'deeper', working_directory: "(metadata['d'] * 500)" }),
        {
          task: 'execution_chain',
          name: 'chain',
          working_directory: "(metadata['d'] * 500)",
          task_list: [nothing({ name: 'below' })],
        },
        nothing({ name: 'key', outputs: { ['k'.repeat(300)]: 'long/key' } }),
        nothing({ name: 'beside' }),
      ],
    });
    expect(job.task('deep').state).toBe('failed');
    expect(job.task('beside').state).toBe('done');
    expect(engine.defects()).toEqual([]);
  });

  test('tasks that come to wait for one another in a circle are found, and told so', async () => {
    const job = await engine.run({
      parameters: { a: 'circle/a', b: 'circle/b' },
      task_list: [
        nothing({ name: 'a', inputs: { i: "(metadata['b'])" }, outputs: { o: "(metadata['a'])" } }),
        nothing({ name: 'b', inputs: { i: "(metadata['a'])" }, outputs: { o: "(metadata['b'])" } }),
        nothing({ name: 'after', inputs: { i: 'circle/b' } }),
        nothing({ name: 'beside' }),
      ],
    });
    const { beside, ...rest } = job.states();
    expect(beside).toBe('done');
    expect(Object.values(rest).filter((state) => state === 'failed')).toHaveLength(1);
    expect(Object.values(rest).filter((state) => state === 'blocked')).toHaveLength(2);
    const first = job.tasks.find(({ kind, state }) => kind === 'work' && state === 'failed');
    expect(first?.reason).toMatch(/circle: task \d+ -> task \d+ -> task \d+/);
  });

  test('a circle through a chain is found as well', async () => {
    const job = await engine.run({
      parameters: { a: 'ring/a' },
      task_list: [
        {
          task: 'execution_chain',
          name: 'chain',
          task_list: [nothing({ name: 'inside', inputs: { i: "(metadata['a'])" } })],
        },
        nothing({ name: 'outside', requires_metadata_from: ['chain'], outputs: { o: "(metadata['a'])" } }),
      ],
    });
    expect(job.state).toBe('failed');
    expect(job.tasks.some(({ reason }) => reason?.includes('circle') === true)).toBe(true);
  });
});
