/** `pause`, `resume` and `pauses` as commands, on a scheduler and a worker that run, on both databases. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installation, openInstallation } from '../../core/installation.ts';
import { loadSettings } from '../../core/runtime/settings.ts';
import { forEachDatabase, type TestDatabase } from '../support/databases.ts';
import { EaselProcess, runEasel } from '../support/easel.ts';
import { nothing } from '../support/engine.ts';
import { checkInvariants } from '../support/invariants.ts';
import { until } from '../support/until.ts';

forEachDatabase('pausing', ({ create }) => {
  let home: string;
  let database: TestDatabase;
  let installation: Installation;
  const daemons: EaselProcess[] = [];

  const environment = () => ({ EASEL_HOME: home, EASEL_DATABASE_URL: database.url });
  const easel = (...args: string[]) => runEasel(args, environment());
  const good = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await easel(...args);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  };

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'easel_pause_'));
    database = await create();
    await good('init-schema');
    installation = await openInstallation(loadSettings({ home, database_url: database.url }, {}), {
      connections: 2,
    });
    for (const [args, event] of [
      [['schedule-waiting'], 'scheduler_started'],
      [['work', '--slots', '2'], 'worker_started'],
    ] as const) {
      const daemon = new EaselProcess(args, environment());
      daemons.push(daemon);
      await daemon.says(event, 60_000);
    }
  });
  afterAll(async () => {
    for (const daemon of daemons) await daemon.stop();
    await installation.database.close();
    await database.drop();
    rmSync(home, { recursive: true, force: true });
  });

  const loop = (count: number, duration: number) => ({
    ...{ task: 'execution_for_loop', parameter: 'i', linear_range: [1, count, count] },
    task_list: [nothing({ duration })],
  });
  const submit = async (job: object) => {
    const file = join(home, 'job.json');
    writeFileSync(file, JSON.stringify(job));
    return await easel('submit', '--tasks', file);
  };
  const submitted = async (job: object): Promise<number> =>
    Number(/job (\d+)/.exec((await submit(job)).stdout)?.[1]);
  const open = async (jobId: number) =>
    await installation.database.kysely
      .selectFrom('attempts')
      .select(['id', 'state', 'started_at'])
      .where('job_id', '=', jobId)
      .where('state', 'in', ['queued', 'running', 'succeeded'])
      .execute();
  const count = async (jobId: number, state: string) =>
    (await open(jobId)).filter((each) => each.state === state).length;
  const stateOf = async (jobId: number) =>
    (
      await installation.database.kysely
        .selectFrom('jobs')
        .select('state')
        .where('id', '=', jobId)
        .executeTakeFirstOrThrow()
    ).state;
  const succeeds = async (jobId: number) => {
    await until(async () => (await stateOf(jobId)) === 'succeeded', {
      timeoutMs: 60_000,
      message: `job ${jobId} to succeed`,
    });
    await checkInvariants(installation, jobId);
  };

  test('a running job is paused: what runs ends, nothing else starts, others go on, and it is resumed', async () => {
    const gate = join(home, 'gate');
    const gated = { task: 'command', command: ['sh', '-c', `until test -e '${gate}'; do sleep 0.1; done`] };
    const jobId = await submitted({ task_list: [{ ...loop(6, 0), task_list: [gated] }] });
    await until(async () => (await count(jobId, 'running')) === 2 && (await count(jobId, 'queued')) === 4, {
      timeoutMs: 60_000,
      message: 'the slots to be taken',
    });
    const dry = await good('pause', '--job', String(jobId), '--dry-run');
    expect(dry).toContain(`job ${jobId} would be paused: 4 tasks in the queue, 0 ready, 2 running`);
    expect(await good('pauses')).toContain('nothing is paused');
    const { code, stderr } = await easel('pause', '--job', String(jobId));
    expect({ code, says: /--yes/.test(stderr) }).toEqual({ code: 2, says: true });
    const answer = JSON.parse(await good('pause', '--job', String(jobId), '--yes', '--json')) as object;
    expect(answer).toMatchObject({ scope: 'job', name: String(jobId), changed: true, recalled: 4 });
    writeFileSync(gate, '');
    await until(async () => (await count(jobId, 'running')) === 0, {
      timeoutMs: 60_000,
      message: 'what runs to end',
    });
    await succeeds(await submitted({ task_list: [loop(5, 0)] }));
    expect(await open(jobId)).toHaveLength(2);
    expect(await good('jobs')).toContain('running, paused');
    for (const looking of [['progress', String(jobId)], ['tree', String(jobId)], ['queue']])
      expect(await good(...looking)).toMatch(
        new RegExp(`job ${jobId} is paused since .* by .*easel resume --job ${jobId}`),
      );
    expect(await good('resume', '--job', String(jobId), '--yes')).toContain('is resumed');
    await succeeds(jobId);
    const audit = await installation.database.kysely
      .selectFrom('audit')
      .select(['action', 'detail', 'person'])
      .where('action', 'in', ['pause', 'resume'])
      .execute();
    expect(audit.map(({ action }) => action)).toEqual(['pause', 'resume']);
    expect(audit[0]?.detail).toContain(`job ${jobId}: `);
    expect(audit[0]?.person).not.toBe('');
  });

  test('while everything is paused, a job is taken, and waits', async () => {
    await good('pause', '--all', '--yes');
    const { code, stdout, stderr } = await submit({ task_list: [loop(3, 0)] });
    expect({ code, remark: /everything is paused since/.test(stderr) }).toEqual({ code: 0, remark: true });
    const jobId = Number(/job (\d+)/.exec(stdout)?.[1]);
    expect(await good('pauses')).toMatch(/everything .* easel resume --all/);
    expect(await good('jobs')).toContain('running, paused');
    expect(await good('pause', '--all', '--yes')).toContain('was paused already');
    expect(await open(jobId)).toEqual([]);
    await good('resume', '--all', '--yes');
    expect(await good('resume', '--all', '--yes')).toContain('was not paused');
    await succeeds(jobId);
  });

  test('a task type is paused: tasks of other types go on', async () => {
    await good('pause', '--type', 'null', '--yes');
    const jobId = await submitted({
      task_list: [loop(3, 0), { task: 'command', command: ['true'], name: 'other' }],
    });
    await until(async () => (await count(jobId, 'succeeded')) === 1, {
      timeoutMs: 60_000,
      message: 'the other type to run',
    });
    expect(await open(jobId)).toHaveLength(1);
    expect(await good('progress', String(jobId))).toContain('task type null is paused since');
    const answer: unknown = JSON.parse(await good('resume', '--type', 'null', '--yes', '--json'));
    expect(answer).toMatchObject({ changed: true, ready: 3, still_paused: [] });
    await succeeds(jobId);
  });

  test('what cannot be paused is refused', async () => {
    for (const [args, code, says] of [
      [[], 2, '--job ID, --type NAME and --all'],
      [['--all', '--type', 'null'], 2, 'one of'],
      [['--job', '999'], 1, 'there is no job 999'],
      [['--type', 'nul'], 1, 'there is no task type "nul"'],
      [['--type', 'execution_chain'], 2, 'pause the job instead'],
    ] as const) {
      const ended = await easel('pause', ...args, '--yes');
      expect({ args, code: ended.code, says: ended.stderr.includes(says) ? says : ended.stderr }).toEqual({
        ...{ args, code, says },
      });
    }
  });
});
