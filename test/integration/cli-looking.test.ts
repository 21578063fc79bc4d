/** The commands that look: run as people run them, on jobs that have ended well, ended badly, and wait for a worker. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forEachDatabase, type TestDatabase } from '../support/databases.ts';

const program = resolve('scripts/easel.js');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((done, fail) => {
    const [command = '', ...rest] = argv;
    const child = spawn(command, rest, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', fail).on('close', (code) => done({ code, stdout, stderr }));
  });
}

const GOOD = {
  job_name: 'good',
  task_list: [
    {
      ...{ task: 'execution_for_loop', name: 'loop', parameter: 'x', linear_range: [0, 1, 12] },
      task_list: [
        { task: 'null', duration: 0, name: 'step', outputs: { o: "'a{x_index}.gz'.format(**metadata)" } },
      ],
    },
    {
      ...{ task: 'execution_conditional', criterion: '(1 > 2)' },
      task_list: [{ task: 'null', duration: 0 }],
      else_task_list: [{ task: 'null', duration: 0, name: 'other' }],
    },
    {
      ...{ task: 'command', name: 'talk' },
      command: ['printf', '%s\\n', 'a plain line \u001b[5m', '{{"level":"warning","message":"careful"}}'],
    },
  ],
};

const BAD = {
  job_name: 'bad \u001b[31m',
  task_list: [
    { task: 'error', message: 'kaputt \u001b[2J\nsecond line', name: 'broken', outputs: { o: 'two.gz' } },
    { task: 'null', duration: 0, name: 'after', inputs: { i: 'two.gz' }, outputs: { o: 'three.gz' } },
    { task: 'null', duration: 0, name: 'last', inputs: { i: 'three.gz' } },
    { task: 'null', duration: 0, name: 'unnameable', outputs: { o: "'{nothing}'.format(**metadata)" } },
  ],
};

const PENDING = {
  job_name: 'pending',
  task_list: [
    { task: 'null', duration: 0, name: 'first', outputs: { o: 'first.gz' } },
    { task: 'null', duration: 0, name: 'second', inputs: { i: 'first.gz' } },
    { task: 'null', duration: 0, name: 'third', requires_metadata_from: ['second'] },
    { task: 'null', duration: 0, name: 'hopeful', inputs: { i: 'late0.gz' } },
    {
      ...{ task: 'execution_for_loop', name: 'later', parameter: 'y', requires_metadata_from: ['third'] },
      values: [1, 2],
      task_list: [{ task: 'null', duration: 0, outputs: { o: "'late{y_index}.gz'.format(**metadata)" } }],
    },
  ],
};

interface Node {
  readonly id: number;
  readonly label: string;
  readonly state: string;
  readonly more: number;
  readonly children: readonly Node[];
}

forEachDatabase('the commands that look', ({ create }) => {
  let home: string;
  let database: TestDatabase;
  const jobs = { good: 0, bad: 0, pending: 0 };
  let ran: Ended;
  let failed: Ended;

  const easel = (...args: string[]) =>
    run([process.execPath, program, '--home', home, ...args], {
      EASEL_DATABASE_URL: database.url,
      NO_COLOR: '1',
    });
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await easel(...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as T;
  };
  const tree = (job: number, ...more: string[]) => json<Node>('tree', String(job), ...more);
  const trees = new Map<number, Promise<Node>>();
  const taskOf = async (job: number, name: string) => {
    const known = trees.get(job) ?? tree(job); // nothing changes any more: what was read once holds
    trees.set(job, known);
    const found = (await known).children.find(({ label }) => label.startsWith(name));
    return found?.id ?? expect.fail(`job ${job} has no task ${name}`);
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'easel-looking-'));
    database = await create();
    for (const [name, job] of Object.entries({ good: GOOD, bad: BAD, pending: PENDING })) {
      await writeFile(join(home, `${name}.json`), JSON.stringify(job));
    }
    const made = await easel('init-schema');
    expect(made).toMatchObject({ code: 0 });
    ran = await easel('run', join(home, 'good.json'), '--slots', '2');
    failed = await easel('run', join(home, 'bad.json'), '--slots', '2');
    const submitted = await easel('submit', '--tasks', join(home, 'pending.json'));
    const scheduled = await easel('schedule-waiting', '--once');
    expect([submitted, scheduled]).toMatchObject([{ code: 0 }, { code: 0 }]);
    const listed = await json<{ id: number; name: string }[]>('jobs');
    const idOf = (start: string) => listed.find(({ name }) => name.startsWith(start))?.id ?? 0;
    Object.assign(jobs, { good: idOf('good'), bad: idOf('bad'), pending: idOf('pending') });
  });

  afterAll(async () => {
    await database.drop();
    await rm(home, { recursive: true, force: true });
  });

  test('a run says how its job ended, and of a failed one what failed and where to read on', () => {
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toMatch(/job \d+ succeeded: 14 tasks done, /);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/job \d+ failed: 2 tasks failed, 2 tasks blocked, /);
    expect(failed.stdout).toContain('broken (error) (error): kaputt \\u001b[2J');
    expect(failed.stdout).toContain(`all failures: easel errors ${jobs.bad};`);
  });

  test('jobs are listed newest first, by pages and by state', async () => {
    const all =
      await json<{ id: number; state: string; tasks: number; done: number; failed: number }[]>('jobs');
    expect(all.map(({ id }) => id)).toEqual([jobs.pending, jobs.bad, jobs.good]);
    expect(all[2]).toMatchObject({ state: 'succeeded', tasks: 14, done: 14, failed: 0 });
    expect(all[1]).toMatchObject({ state: 'failed', tasks: 4, done: 0, failed: 2, blocked: 2 });
    const older = await json<{ id: number }[]>('jobs', '--before', String(jobs.bad), '--limit', '5');
    expect(older.map(({ id }) => id)).toEqual([jobs.good]);
    const { stdout } = await easel('jobs', '--state', 'failed');
    expect(stdout).toMatch(/^ *JOB {2}NAME/);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stdout).toContain('bad \\u001b[31m');
  });

  test('a tree shows a page of each level and how to go on', async () => {
    const { stdout } = await easel('tree', String(jobs.good), '--limit', '3');
    const loop = await taskOf(jobs.good, 'loop');
    expect(stdout).toContain('✓ x = 0.0  #');
    expect(stdout).toContain(`... and 9 more (easel tree ${jobs.good} ${loop} --after 2)`);
    expect(stdout).toMatch(/– then {2}#\d+ {2}not taken/);
    const rest = await tree(jobs.good, String(loop), '--after', '2', '--limit', '100');
    expect(rest.children).toHaveLength(9);
    expect(rest.children.at(-1)?.label).toBe('x = 1.0');
    const shallow = await easel('tree', String(jobs.good), String(loop), '--depth', '1', '--limit', '1');
    expect(shallow.stdout).toMatch(/x = 0\.0 .*\n {4}\.\.\. 1 child \(easel tree/);
  });

  test('progress counts by type and state, and of no job in particular shows the one that runs', async () => {
    const counts = await json<{ type: string; state: string; tasks: number }[]>(
      'progress',
      String(jobs.good),
    );
    expect(counts).toContainEqual({ job_id: jobs.good, type: 'null', state: 'done', tasks: 13 });
    const { stdout } = await easel('progress');
    const [line, head] = stdout.split('\n');
    expect({ line, head }).toEqual({
      line: expect.stringContaining(`job ${jobs.pending}: [`),
      head: expect.stringMatching(/^TYPE +WAITING +QUEUED/),
    });
    const followed = await easel('progress', String(jobs.bad), '--follow');
    expect(followed.code).toBe(1);
    expect(followed.stdout).toMatch(/failed: 2 tasks failed/);
  });

  test('following stops when it is asked to, and that is no failure', async () => {
    const args = [program, '--home', home, 'progress', String(jobs.pending), '--follow'];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, EASEL_DATABASE_URL: database.url },
    });
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(line).toMatch(/^job \d+: 0\/4\+ tasks, /);
  });

  test('the queue shows what waits, and that nobody is there to take it', async () => {
    const queue = await json<{ classes: object[]; schedulers: number }>('queue');
    expect(queue).toMatchObject({ schedulers: 0, to_expand: 0 });
    expect(queue.classes).toMatchObject([{ worker_class: 'default', queued: 1, running: 0, workers: 0 }]);
    expect((await easel('queue')).stdout).toContain(
      'no worker of class "default" is alive: start `easel work --class default`',
    );
  });

  test('errors of a job include the tasks that were never tried', async () => {
    const errors = await json<{ task_id: number; path: string; exit_class: string | null; error: string }[]>(
      'errors',
      String(jobs.bad),
    );
    expect(
      errors.map(({ path, exit_class }) => ({ path, exit_class })).sort((a, b) => (a.path < b.path ? -1 : 1)),
    ).toEqual([
      { path: '$.task_list[0]', exit_class: 'error' },
      { path: '$.task_list[3]', exit_class: null },
    ]);
    const [newest] = errors;
    const older = await json<object[]>('errors', String(jobs.bad), '--before', String(newest?.task_id));
    expect(older).toEqual(errors.slice(1));
    const everywhere = await easel('errors');
    expect(everywhere.stdout).toMatch(/broken \(error\) .*error .*kaputt \\u001b\[2J\n$/);
  });

  test('logs show what a task said, by level', async () => {
    const talk = String(await taskOf(jobs.good, 'talk'));
    const all = await easel('logs', talk);
    expect(all.stdout).toMatch(
      /succeeded, .*\n\d\d:\d\d:\d\d a plain line \\u001b\[5m\n\d\d:\d\d:\d\d warning: careful\n$/,
    );
    const warnings = await easel('logs', talk, '--level', 'warning', '--json', '--follow');
    expect(
      warnings.stdout
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toMatchObject([{ level: 'warning', message: 'careful' }]);
  });

  test('logs say how the attempt ended, and of a task that was never tried why there are none', async () => {
    const broken = await easel('logs', String(await taskOf(jobs.bad, 'broken')));
    expect(broken.stdout).toMatch(/^task \d+ error: failed; attempt 1 of 1 on .*: failed \(error\), /);
    const untried = await easel('logs', String(await taskOf(jobs.bad, 'unnameable')));
    expect(untried).toMatchObject({ code: 0 });
    expect(untried.stdout).toContain('never tried, so there is no log (KeyError: ');
    const missing = await easel('logs', String(await taskOf(jobs.bad, 'broken')), '--attempt', '9');
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('has no attempt 9');
  });

  test('why leads from a blocked task to the failure that it comes down to', async () => {
    const { stdout } = await easel('why', String(await taskOf(jobs.bad, 'last')));
    const [first, second, third] = stdout.split('\n');
    expect(first).toMatch(
      /^task \d+ last \(null\) is blocked: it can never run, because of task \d+ after \(null\) \(blocked\); it comes down to this: task \d+ broken \(error\) failed after 1 attempt \(error\)$/,
    );
    expect(second).toMatch(/^See `easel logs \d+`, correct what is wrong, then `easel retry \d+`\.$/);
    expect(third).toBe(`$.task_list[2] of job ${jobs.bad} (failed)`);
    expect(stdout).toMatch(
      /broken \(error\) failed after 1 attempt \(error\)\n *kaputt \\u001b\[2J\n *second line/,
    );
    expect(stdout).toMatch(/`easel retry \d+`/);
    const broken = await taskOf(jobs.bad, 'broken');
    const { steps } = await json<{ steps: { task: { id: number }; reason: object }[] }>(
      'why',
      String(await taskOf(jobs.bad, 'last')),
    );
    expect(steps).toHaveLength(3);
    expect(steps.at(-1)).toMatchObject({
      task: { id: broken },
      reason: { kind: 'failed', error: 'kaputt \u001b[2J\nsecond line' },
    });
  });

  test('why names what a waiting task waits for, and that no worker is there', async () => {
    const third = await easel('why', String(await taskOf(jobs.pending, 'third')));
    expect(third.stdout).toMatch(
      /^task \d+ third \(null\) is waiting for the metadata of task \d+ second \(null\) \(waiting\); it comes down to this: task \d+ first \(null\) is queued: no worker of class "default" is alive\nStart a worker/,
    );
    expect(third.stdout).toMatch(/input "i" \(first\.gz\), a product of task \d+ first \(null\) \(queued\)/);
    expect(third.stdout).toContain('`easel work --class default`');
    const hopeful = await easel('why', String(await taskOf(jobs.pending, 'hopeful')));
    expect(hopeful.stdout).toMatch(
      /input "i" \(late0\.gz\), which no task makes yet: it may still come from task \d+ later/,
    );
  });

  test('why explains what is well too', async () => {
    const loop = await easel('why', String(await taskOf(jobs.good, 'loop')));
    expect(loop.stdout).toMatch(/^task \d+ loop \(execution_for_loop\) is done\n/);
    const { children } = await tree(jobs.good, String(await taskOf(jobs.good, 'execution_conditional')));
    const branch = await easel('why', String(children[0]?.id));
    expect(branch.stdout).toMatch(
      /was not taken: task \d+ execution_conditional \(done\) chose the other branch/,
    );
  });

  test('what is not there is said in one line, without a stack', async () => {
    for (const args of [
      ['why', '999999'],
      ['tree', '999999'],
      ['errors', '999999'],
    ]) {
      const { code, stderr } = await easel(...args);
      expect({ args, code, stderr }).toEqual({
        args,
        code: 1,
        stderr: expect.stringMatching(/^easel: there is no (job|task) 999999;.*\n$/),
      });
    }
    const tasks = await easel('tree', String(jobs.good), String(await taskOf(jobs.bad, 'broken')));
    expect(tasks.stderr).toContain(`is not of job ${jobs.good}`);
  });
});

describe('without a database', () => {
  let home: string;
  const easel = (...args: string[]) =>
    run([process.execPath, program, '--home', home, ...args], {
      EASEL_DATABASE_URL: 'mysql://nobody@127.0.0.1:1/none',
      NO_COLOR: '1',
    });

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'easel-looking-'));
    await writeFile(join(home, 'good.json'), JSON.stringify(GOOD));
    await writeFile(join(home, 'wrong.yaml'), 'task_list:\n  - task: nul\n  - task: verify\n    inputs: 7\n');
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  test('validate checks every file and says all that is wrong with each', async () => {
    const files = [join(home, 'wrong.yaml'), join(home, 'none.json'), join(home, 'good.json')];
    const { code, stdout } = await easel('validate', ...files);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `${files[0]}:2:11: $.task_list[0].task: no task type is called "nul" (did you mean "null"?)`,
    );
    expect(stdout).toContain(`${files[1]}: cannot be read`);
    expect(stdout).toContain(`${files[2]}: ok (6 tasks in the definition)`);
    const good = await easel('validate', files[2] ?? '', '--json');
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toEqual([
      { file: files[2], ok: true, tasks: 6, errors: [], warnings: [] },
    ]);
  });

  test('plan counts what would be made', async () => {
    const { stdout } = await easel('plan', join(home, 'good.json'));
    expect(stdout).toContain('  for x: 1\n    step (null): 12\n');
    const planned: unknown = JSON.parse((await easel('plan', join(home, 'good.json'), '--json')).stdout);
    expect(planned).toMatchObject({ work_tasks: { min: 14, max: 14 } });
  });

  test('wrong usage is told from failure by the exit code', async () => {
    expect((await easel('jobs', '--state', 'nonsense')).code).toBe(2);
    expect((await easel('tree', 'x')).code).toBe(2);
    expect((await easel('why')).code).toBe(2);
  });

  test('every command has a help with an example', async () => {
    const list = (await easel('--help')).stdout.split('Commands:\n')[1] ?? '';
    const names = [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(30);
    const check = async (name: string) => {
      const { code, stdout } = await easel(name, '--help');
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(stdout).toMatch(new RegExp(`Examples?:\\n  .*easel ${name}`));
    };
    await Promise.all(names.filter((each) => each !== 'help').map(check));
  }, 60_000);

  test('the completion of bash knows commands, options and choices', async () => {
    const { stdout: script } = await easel('completion', 'bash');
    const complete = async (...words: string[]) => {
      const quoted = words.map((word) => `'${word}'`).join(' ');
      const call = `_easel easel '${words.at(-1)}' '${words.at(-2)}'`;
      const asked = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; ${call}; echo "\${COMPREPLY[*]}"`;
      return (await run(['bash', '-c', asked])).stdout.trim();
    };
    expect(await complete('easel', 'wh')).toBe('why');
    expect(await complete('easel', 'jobs', '--st')).toBe('--state');
    expect(await complete('easel', 'jobs', '--state', 'run')).toBe('running');
  });

  test('colours appear only when they are asked for, and a reader that leaves is no error', async () => {
    const file = join(home, 'good.json');
    const forced = await run([process.execPath, program, '--home', home, 'validate', file], {
      FORCE_COLOR: '1',
      NO_COLOR: '',
    });
    expect(forced.stdout).toContain('\u001b[32mok');
    expect((await easel('validate', file)).stdout).not.toContain('\u001b');
    const piped = `"$0" "$1" plan "$2" | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await run(['bash', '-c', piped, process.execPath, program, file]);
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });
});
