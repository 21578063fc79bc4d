/** Schedulers and workers as real processes on MariaDB and RabbitMQ: stopped, killed, and made up for by others. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { openInstallation } from '../../core/installation.ts';
import { loadSettings } from '../../core/runtime/settings.ts';
import { createMysqlDatabase, createVhost, type TestDatabase } from '../support/databases.ts';
import { EaselProcess, runEasel } from '../support/easel.ts';
import { nothing } from '../support/engine.ts';
import { checkInvariants } from '../support/invariants.ts';
import { type JobView, readJobView } from '../support/job-view.ts';
import { until } from '../support/until.ts';

let home: string;
let database: TestDatabase;
let vhost: Awaited<ReturnType<typeof createVhost>>;
let scheduler: EaselProcess;
const started: EaselProcess[] = [];

const easel = (...args: string[]) => runEasel(args, { EASEL_HOME: home });
const start = (...args: string[]): EaselProcess => {
  const daemon = new EaselProcess(args, { EASEL_HOME: home });
  started.push(daemon);
  return daemon;
};
const startWorker = async (): Promise<EaselProcess> => {
  const worker = start('work', '--slots', '2');
  await worker.says('worker_started');
  return worker;
};
const write = (name: string, job: object): string => {
  const file = join(home, name);
  writeFileSync(file, JSON.stringify(job));
  return file;
};

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'easel_daemons_'));
  [database, vhost] = await Promise.all([createMysqlDatabase(), createVhost()]);
  const env = { EASEL_HOME: home, EASEL_DATABASE_URL: database.url, EASEL_QUEUE_URL: vhost.url };
  const made = [
    await runEasel(['init-schema'], env),
    await runEasel(['init-queues', '--queue-implementation', 'amqp'], env),
  ];
  expect(made.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0]);
  const remembered = readFileSync(join(home, 'settings.yaml'), 'utf8');
  writeFileSync(
    join(home, 'settings.yaml'),
    remembered +
      stringify({ lease_seconds: 3, renew_seconds: 0.5, drain_seconds: 1.5, kill_grace_seconds: 0.5 }),
  );
  scheduler = start('schedule-waiting');
  await scheduler.says('scheduler_started');
});

afterAll(async () => {
  for (const daemon of started) if (daemon.child.exitCode === null) daemon.child.kill('SIGKILL');
  await Promise.all(started.map((daemon) => daemon.ended()));
  await vhost.remove();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

const open = () => openInstallation(loadSettings({ home }, {}), { connections: 2 });

async function look(jobId: number): Promise<JobView> {
  const installation = await open();
  try {
    return await readJobView(installation.database, jobId);
  } finally {
    await installation.database.close();
  }
}

async function end(jobId: number): Promise<JobView> {
  const installation = await open();
  try {
    await until(async () => (await readJobView(installation.database, jobId)).state !== 'running', {
      timeoutMs: 30_000,
      message: `job ${jobId} to end`,
    });
    await checkInvariants(installation, jobId);
    return await readJobView(installation.database, jobId);
  } finally {
    await installation.database.close();
  }
}

async function submit(name: string, job: object): Promise<number> {
  const { code, stdout, stderr } = await easel('submit', '--tasks', write(name, job), '--json');
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const id = /\d+/.exec(stdout)?.[0];
  return Number(id);
}

const marked = (marker: string, keys: object = {}) => ({
  task: 'command',
  name: 'long',
  command: [
    'sh',
    '-c',
    `if test -e '${marker}'; then echo again > "$0"; else echo > '${marker}'; exec sleep 60; fi`,
    '{outputs.o}',
  ],
  ...keys,
});

test('what init remembers is readable by its owner only', () => {
  expect(statSync(join(home, 'settings.yaml')).mode & 0o777).toBe(0o600);
});

test('a job that is waited for answers by its exit code', async () => {
  const worker = await startWorker();
  const good = easel(
    'submit',
    '--wait',
    '--tasks',
    write('good.json', { task_list: [nothing({ outputs: { o: 'good' } })] }),
  );
  const bad = easel(
    'submit',
    '--wait',
    '--tasks',
    write('bad.json', { task_list: [{ task: 'error', message: 'no' }] }),
  );
  expect((await good).code).toBe(0);
  expect((await bad).code).toBe(1);
  expect((await worker.stop()).code).toBe(0);
});

test('a bad file stores nothing and says where it is wrong', async () => {
  const { code, stderr } = await easel(
    'submit',
    '--tasks',
    write('wrong.json', { task_list: [{ task: 'nul' }] }),
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(/wrong\.json:1:\d+.*\$\.task_list\[0\]\.task/);
  const { stdout } = await easel('jobs', '--json');
  expect(stdout).not.toContain('wrong');
});

test('a worker that is asked to stop lets its task finish', async () => {
  const worker = await startWorker();
  const jobId = await submit('drain.json', {
    task_list: [{ task: 'null', duration: 1, name: 'one', outputs: { o: 'drained' } }],
  });
  await until(async () => (await look(jobId)).states().one === 'running', { message: 'the task to run' });
  expect((await worker.stop()).code).toBe(0);
  const job = await end(jobId);
  expect(job.state).toBe('succeeded');
  expect(job.task('one').attempts).toBe(1);
});

test('what does not finish in time is given back, and another worker runs it', async () => {
  const worker = await startWorker();
  const jobId = await submit('back.json', {
    task_list: [marked(join(home, 'back'), { outputs: { o: 'back' } })],
  });
  await until(async () => (await look(jobId)).states().long === 'running', { message: 'the task to run' });
  expect((await worker.stop()).code).toBe(0);
  expect((await look(jobId)).states().long).toMatch(/ready|queued/);
  const next = await startWorker();
  const job = await end(jobId);
  expect(job.state).toBe('succeeded');
  expect(job.task('long').attempts).toBe(2);
  await next.stop();
});

test('a task whose worker was killed completes elsewhere', async () => {
  const worker = await startWorker();
  const marker = join(home, 'killed');
  const jobId = await submit('killed.json', { task_list: [marked(marker, { outputs: { o: 'killed' } })] });
  await until(async () => (await look(jobId)).states().long === 'running', { message: 'the task to run' });
  await until(() => statSync(marker, { throwIfNoEntry: false }) !== undefined);
  await worker.stop('SIGKILL');
  const next = await startWorker();
  const job = await end(jobId);
  expect(job.state).toBe('succeeded');
  expect(job.task('long').attempts).toBe(2);
  await next.stop();
});

test('a scheduler that was killed is made up for by another', async () => {
  const worker = await startWorker();
  const jobId = await submit('loop.json', {
    task_list: [
      {
        task: 'execution_for_loop',
        name: 'loop',
        parameter: 'i',
        linear_range: [0, 1, 3_000],
        task_list: [nothing({ name: 'one' })],
      },
      nothing({ name: 'after', requires_metadata_from: ['loop'] }),
    ],
  });
  await until(async () => (await look(jobId)).named('one').length > 0, { message: 'the loop to begin' });
  await scheduler.stop('SIGKILL');
  scheduler = start('schedule-waiting');
  const job = await end(jobId);
  expect(job.state).toBe('succeeded');
  expect(job.named('one')).toHaveLength(3_000);
  await worker.stop();
  expect((await scheduler.stop()).code).toBe(0);
});
