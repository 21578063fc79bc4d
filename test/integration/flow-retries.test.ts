/** Retries by exit class, with growing delays; time limits; and how often a loss is forgiven. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reading } from '../../core/db/transaction.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, program, startEngine } from '../support/engine.ts';

forEachDatabase('retries', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterAll(() => engine.close());

  /** Fails so often, then makes its product. */
  const failsTimes = (times: number, keys: object) =>
    program(
      [
        'sh',
        '-c',
        `n=$(cat "${engine.home}/$1" 2>/dev/null || echo 0); echo $((n+1)) > "${engine.home}/$1"; test $n -ge ${times} || exit 3; printf ok > "$0"`,
        '{outputs.o}',
        `tries-${JSON.stringify(keys).replaceAll(/\W/g, '')}`.slice(0, 100),
      ],
      { outputs: { o: `retries/${JSON.stringify(keys).replaceAll(/\W/g, '').slice(0, 60)}` }, ...keys },
    );
  const attemptsOf = async (taskId: number) =>
    await engine.kysely
      .selectFrom('attempts')
      .select(['number', 'state', 'exit_class', 'queued_at', 'ended_at', 'error'])
      .where('task_id', '=', taskId)
      .orderBy('number')
      .execute();

  test('a task that fails is tried again as often as it may, after growing delays', async () => {
    const job = await engine.run({
      task_list: [
        failsTimes(2, { name: 'twice', retries: 3, retry_delay: 0.2 }),
        nothing({ name: 'after', requires_metadata_from: ['twice'] }),
      ],
    });
    expect(job.states()).toEqual({ twice: 'done', after: 'done' });
    const attempts = await attemptsOf(job.task('twice').id);
    expect(attempts.map(({ state, exit_class }) => `${state} ${exit_class}`)).toEqual([
      'failed exit',
      'failed exit',
      'succeeded null',
    ]);
    const pauses = attempts
      .slice(1)
      .map(({ queued_at }, index) => queued_at - (attempts[index]?.ended_at ?? 0));
    expect(pauses[0]).toBeGreaterThanOrEqual(100);
    expect(pauses[1]).toBeGreaterThanOrEqual(200);
    expect(await engine.kysely.selectFrom('timers').selectAll().execute()).toEqual([]);
    expect(
      await engine.kysely.selectFrom('failures').selectAll().where('job_id', '=', job.id).execute(),
    ).toEqual([]);
  });

  test('after the last retry it has failed, with all its attempts', async () => {
    const job = await engine.run({
      task_list: [
        failsTimes(9, { name: 'never', retries: 2, retry_delay: 0.01 }),
        nothing({ name: 'after', requires_metadata_from: ['never'] }),
      ],
    });
    expect(job.states()).toEqual({ never: 'failed', after: 'blocked' });
    expect(await attemptsOf(job.task('never').id)).toHaveLength(3);
  });

  test('each exit class has retries of its own, and by default a failure is not tried again', async () => {
    const job = await engine.run({
      retries: { exit: 1 },
      retry_delay: 0.01,
      task_list: [
        failsTimes(1, { name: 'exits' }),
        { task: 'error', name: 'throws', message: 'no' },
        failsTimes(1, { name: 'own', retries: { exit: 0 } }),
        {
          task: 'execution_chain',
          name: 'chain',
          retries: { error: 2 },
          task_list: [{ task: 'error', name: 'below', message: 'no' }, failsTimes(1, { name: 'inherits' })],
        },
        failsTimes(1, { name: 'computed', retries: '(3 - 2)' }),
      ],
    });
    const tries = async (name: string) =>
      `${job.task(name).state} ${(await attemptsOf(job.task(name).id)).length}`;
    expect(await tries('exits')).toBe('done 2');
    expect(await tries('throws')).toBe('failed 1');
    expect(await tries('own')).toBe('failed 1');
    expect(await tries('below')).toBe('failed 3');
    expect(await tries('inherits')).toBe('done 2');
    expect(await tries('computed')).toBe('done 2');
  });

  test('what a retry rule comes to must be a number', async () => {
    const job = await engine.run({
      task_list: [failsTimes(1, { name: 'bad', retries: "('x')" })],
    });
    expect(job.task('bad')).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/retries: expected a number.*"x"/),
    });
  });

  test('a task that runs for longer than it may is stopped, and may be tried again', async () => {
    const job = await engine.run({
      task_list: [
        program(['sleep', '60'], {
          name: 'sleeps',
          timeout: 0.3,
          retries: { timeout: 1 },
          retry_delay: 0.01,
        }),
        { task: 'null', duration: 60, name: 'built in', timeout: { run: 0.2 } },
      ],
    });
    expect(job.states()).toEqual({ sleeps: 'failed', 'built in': 'failed' });
    const attempts = await attemptsOf(job.task('sleeps').id);
    expect(attempts.map(({ exit_class }) => exit_class)).toEqual(['timeout', 'timeout']);
    expect(job.task('sleeps').reason).toMatch(/0\.3 s/);
  });

  test('a task that waits in the queue for longer than it may has timed out', async () => {
    const taskTypes = 'far: {description: nobody runs it, worker_class: nobody, command: [echo]}';
    const far = await startEngine({ create, taskTypes });
    const job = await far.run({
      task_list: [
        { task: 'far', name: 'waits', timeout: { queue: 0.5 } },
        { task: 'far', name: 'twice', timeout: { queue: 0.2 }, retries: { timeout: 1 }, retry_delay: 0.01 },
        nothing({ name: 'after', requires_metadata_from: ['waits'] }),
      ],
    });
    expect(job.states()).toEqual({ waits: 'failed', twice: 'failed', after: 'blocked' });
    expect(job.task('waits').reason).toMatch(/waited .* in the queue for a worker of class "nobody"/);
    expect(job.task('twice').attempts).toBe(2);
    await far.close();
  });

  test('rules of the type and of the installation hold where the job file says nothing', async () => {
    const taskTypes =
      'fragile: {description: fails, command: [sh, -c, "exit 4"], retries: {exit: 2}, retry_delay: 0.01}';
    const other = await create();
    const own = await startEngine({
      ...{ databaseUrl: other.url, taskTypes },
      defaults: { retries: { exit: 1 }, retry_delay: 0.01, timeout: { run: 4 } },
    });
    const job = await own.run({
      task_list: [
        { task: 'fragile', name: 'typed' },
        { task: 'fragile', name: 'said', retries: 0 },
        program(['sh', '-c', 'exit 5'], { name: 'default' }),
        { task: 'null', duration: 60, name: 'long' },
      ],
    });
    expect(['typed', 'said', 'default', 'long'].map((name) => job.task(name).attempts)).toEqual([3, 1, 2, 1]);
    expect(job.task('long').reason).toMatch(/4 s/);
    await own.close();
    await other.drop();
  });

  test('no timer and no limit is left behind', async () => {
    const left = await reading(engine.database).kysely.selectFrom('timers').selectAll().execute();
    expect(left).toEqual([]);
    expect(engine.defects()).toEqual([]);
  });
});
