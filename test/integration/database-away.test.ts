/** A real database server that goes and comes back under real daemons, for less than a lease and for more. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDaemons, type Daemons } from '../support/daemons.ts';
import type { EaselProcess } from '../support/easel.ts';
import { createHoldings, type Holdings } from '../support/servers/holdings.ts';
import { checkMysql, withMysql } from '../support/servers/mysql.ts';
import { findMysqlProgram, type PrivateMysql, startPrivateMysql } from '../support/servers/private-mysql.ts';
import { until } from '../support/until.ts';

const PATIENCE_MS = 90_000;
const TIMEOUT = { timeout: 300_000 };
const SHORT_LEASE_S = 15;
const LONG_LEASE_S = 90;

let holdings: Holdings;
let server: PrivateMysql;
let site: Daemons;
let databases = 0;

beforeAll(async () => {
  const program = findMysqlProgram();
  if (program === null)
    throw new Error('these tests stop a server of their own: mariadbd or mysqld is not installed');
  holdings = createHoldings(() => undefined);
  server = await startPrivateMysql(holdings, program);
}, 180_000);

afterAll(async () => {
  expect(await holdings.releaseAll()).toEqual([]);
});

async function prepare(leaseSeconds: number): Promise<void> {
  const name = `easel_away_${databases++}`;
  await withMysql(server.adminUrl, (connection) => connection.query('create database ??', [name]));
  const times = { lease_seconds: leaseSeconds, renew_seconds: 2, drain_seconds: 2, kill_grace_seconds: 1 };
  site = await createDaemons({ databaseUrl: `${server.adminUrl}/${name}`, settings: times });
}

afterEach(async () => {
  await checkMysql(server.adminUrl).catch(() => server.start()); // a test that failed may have left it killed
  await site.close();
});

const path = (name: string) => join(site.home, name);
/** Notes each of its beginnings, and ends, having written its product, when it is let go. */
const held = () => ({
  ...{ task: 'command', shell: true, name: 'held', outputs: { file: 'held.txt' } },
  command: `echo begun >> '${path('begun')}'; echo product > {outputs.file}; while ! test -e '${path('go')}'; do sleep 0.1; done; echo over >> '${path('over')}'`,
});
const beginnings = () =>
  existsSync(path('begun')) ? readFileSync(path('begun'), 'utf8').split('\n').length - 1 : 0;
const letGo = () => writeFileSync(path('go'), '');
const count = ({ stderr }: EaselProcess, event: string) => stderr.split(`"event":"${event}"`).length - 1;
const defects = ({ stderr }: EaselProcess) =>
  stderr.split('\n').filter((line) => line.includes('"event":"defect"'));
const pass = (ms: number) => {
  const from = performance.now();
  return until(() => performance.now() - from > ms, { timeoutMs: 2 * ms });
};

test('a task that ends during an outage shorter than the lease is committed after it', TIMEOUT, async () => {
  await prepare(LONG_LEASE_S);
  const scheduler = await site.startScheduler();
  const worker = await site.startWorker(1);
  const job = await site.submit({ task_list: [held()] });
  await until(() => beginnings() === 1, { timeoutMs: PATIENCE_MS, message: 'the task to begin' });
  await server.kill();
  letGo();
  await until(() => existsSync(path('over')), { timeoutMs: PATIENCE_MS, message: 'the task to end' });
  await until(() => count(worker, 'outage') > 0 && count(scheduler, 'outage') > 0, {
    timeoutMs: PATIENCE_MS,
  });
  await server.start();
  const ended = await site.end(job, PATIENCE_MS);
  expect(ended.state).toBe('succeeded');
  expect(ended.task('held').attempts).toBe(1);
  expect(beginnings()).toBe(1);
  await worker.says('outage_over', PATIENCE_MS);
  await scheduler.says('outage_over', PATIENCE_MS);
  expect([worker, scheduler].flatMap(defects)).toEqual([]);
});

test(
  'a task whose lease runs out in an outage is stopped, commits nothing, and runs again',
  TIMEOUT,
  async () => {
    await prepare(SHORT_LEASE_S);
    await site.startScheduler();
    const worker = await site.startWorker(1);
    const job = await site.submit({ task_list: [held()] });
    await until(() => beginnings() === 1, { timeoutMs: PATIENCE_MS, message: 'the task to begin' });
    await server.kill();
    await worker.says('lease_lost', PATIENCE_MS);
    await pass(5_000); // the lease itself has run out
    await server.start();
    await until(() => beginnings() === 2, { timeoutMs: PATIENCE_MS, message: 'the task to begin again' });
    letGo();
    const ended = await site.end(job, PATIENCE_MS);
    expect(ended.state).toBe('succeeded');
    expect(ended.task('held').attempts).toBe(2);
    const states = await site.kysely.selectFrom('attempts').select('state').orderBy('number').execute();
    expect(states.map(({ state }) => state)).toEqual(['lost', 'succeeded']);
    expect(readdirSync(join(site.installation.areas.output, '.easel', 'scratch'))).toEqual([]);
  },
);

test(
  'commands say so in one line; daemons started meanwhile wait, and a stop ends that well',
  TIMEOUT,
  async () => {
    await prepare(SHORT_LEASE_S);
    const file = path('job.json');
    writeFileSync(file, JSON.stringify({ task_list: [{ task: 'null', duration: 0 }] }));
    await server.kill();
    for (const command of [['jobs'], ['why', '1'], ['submit', '--tasks', file], ['queue']]) {
      const from = performance.now();
      const { code, stdout, stderr } = await site.easel(command);
      expect({ command, code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
        ...{ command, code: 1, stdout: '', lines: 1 },
      });
      expect(stderr).toMatch(/^easel: database mysql:.*no server listens there: is it running/);
      expect(performance.now() - from).toBeLessThan(60_000);
    }
    const daemons = [
      site.spawn(['schedule-waiting']),
      site.spawn(['work', '--slots', '1']),
      site.spawn(['work']),
    ];
    for (const daemon of daemons) await daemon.says('"outage"', PATIENCE_MS);
    expect(await daemons[2]?.stop()).toMatchObject({ code: 0 });
    await server.start();
    await daemons[0]?.says('scheduler_started', PATIENCE_MS);
    await daemons[1]?.says('worker_started', PATIENCE_MS);
    const job = await site.submit({ task_list: [{ task: 'null', duration: 0 }] });
    expect((await site.end(job, PATIENCE_MS)).state).toBe('succeeded');
    for (const daemon of daemons.slice(0, 2)) expect(count(daemon, 'outage')).toBe(1);
  },
);

test('what a task said before its worker was killed stays readable', TIMEOUT, async () => {
  await prepare(SHORT_LEASE_S);
  await site.startScheduler();
  const worker = await site.startWorker(1);
  const talk = {
    ...{ task: 'command', shell: true, name: 'talk' },
    command: `test -e '${path('go')}' || (echo 'before the end'; sleep 100)`,
  };
  const job = await site.submit({ task_list: [talk] });
  const isStored = async () =>
    (await site.kysely.selectFrom('log_chunks').select('content').execute()).length > 0;
  await until(isStored, { timeoutMs: PATIENCE_MS, message: 'the log to be stored' });
  await worker.stop('SIGKILL');
  letGo();
  await site.startWorker(1);
  expect((await site.end(job, PATIENCE_MS)).state).toBe('succeeded');
  const task = (await site.view(job)).task('talk');
  expect(task.attempts).toBe(2);
  const { stdout } = await site.must(['logs', String(task.id), '--attempt', '1']);
  expect(stdout).toContain('before the end');
});
