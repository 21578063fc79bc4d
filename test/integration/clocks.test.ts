/**
 * Hosts whose clocks are hours wrong, in both directions: leases, reaping, ages and every instant that is stored are
 * those of the database's clock. The processes are real, each on a clock of its own.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reading } from '../../core/db/transaction.ts';
import { readNow } from '../../core/store/clock.ts';
import { createDaemons, type Daemons } from '../support/daemons.ts';
import { createMysqlDatabase, type TestDatabase } from '../support/databases.ts';
import { program } from '../support/engine.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const SLACK_MS = 2_000;
const LEASE_S = 9;

/** The environment of a process whose clock is so many hours ahead. */
const on = (hours: number) => ({
  NODE_OPTIONS: `--import=${new URL('./fixtures/shifted-clock.ts', import.meta.url).href}`,
  EASEL_TEST_CLOCK_MS: String(hours * HOUR_MS),
});

let database: TestDatabase;
let daemons: Daemons;
let begunAt: number;
beforeAll(async () => {
  database = await createMysqlDatabase();
  daemons = await createDaemons({
    databaseUrl: database.url,
    settings: { lease_seconds: LEASE_S, renew_seconds: 1, kill_grace_seconds: 0.5 },
  });
  begunAt = await readNow(reading(daemons.database));
  await daemons.startScheduler(on(-7));
});
afterAll(async () => {
  await daemons.close();
  await database.drop();
});

/** Every instant in the database, by table and column: columns are named for it. */
async function instants(): Promise<[string, number][]> {
  const columns = await sql<{ place: string; table: string; column: string }>`
    select concat(table_name, '.', column_name) as place, table_name as \`table\`, column_name as \`column\`
    from information_schema.columns
    where table_schema = database() and (column_name regexp '(^|_)at$' or column_name in ('lease_until', 'since'))`.execute(
    daemons.kysely,
  );
  const found: [string, number][] = [];
  for (const { place, table, column } of columns.rows) {
    const values = sql<{ at: number }>`select ${sql.ref(column)} as at from ${sql.table(table)}
      where ${sql.ref(column)} is not null`;
    for (const { at } of (await values.execute(daemons.kysely)).rows) found.push([place, Number(at)]);
  }
  return found;
}

async function logTimes(): Promise<[string, number][]> {
  const chunks = await daemons.kysely.selectFrom('log_chunks').select('content').execute();
  const lines = chunks.flatMap(({ content }) => content.split('\n').filter((line) => line !== ''));
  return lines.map((line) => ['a log line', (JSON.parse(line) as { at: number }).at]);
}

async function expectTheDatabasesTime(): Promise<void> {
  const now = await readNow(reading(daemons.database));
  const all = [...(await instants()), ...(await logTimes())];
  const wrong = all.filter(([, at]) => at < begunAt - SLACK_MS || at > now + LEASE_S * 1_000 + SLACK_MS);
  expect(wrong).toEqual([]);
  expect(new Set(all.map(([place]) => place)).size).toBeGreaterThan(8);
}

test('a shifted process is shifted indeed', { timeout: 120_000 }, async () => {
  const { stderr } = await daemons.startWorker(1, on(5)).then((worker) => worker.stop());
  const at = Date.parse(String(/"at":"([^"]+)"/.exec(stderr)?.[1]));
  expect(Math.abs(at - Date.now() - 5 * HOUR_MS)).toBeLessThan(60_000);
});

test('a task longer than its lease is not lost, ages are right, and so is every instant that is stored', {
  timeout: 240_000,
}, async () => {
  const speak = (name: string, seconds: number) =>
    program(['sh', '-c', `echo ${name}; sleep ${seconds}; echo done`], { name });
  const jobId = await daemons.submit({ task_list: [speak('long', LEASE_S + 3), speak('waits', 0)] }, on(11));
  const queued = async () => await daemons.kysely.selectFrom('queue_entries').selectAll().execute();
  await until(async () => (await queued()).length === 2, { message: 'both to be queued', timeoutMs: 60_000 });
  const { stdout } = await daemons.must(['queue', '--json'], on(-3));
  const age = Number(/"oldest_ms": (\d+)/.exec(stdout)?.[1]);
  expect(age).toBeGreaterThan(0);
  expect(age).toBeLessThan(HOUR_MS);
  const worker = await daemons.startWorker(1, on(5));
  const job = await daemons.end(jobId);
  expect(job.state).toBe('succeeded');
  expect(job.task('long').attempts).toBe(1);
  expect((await logTimes()).length).toBe(4);
  await expectTheDatabasesTime();
  expect((await worker.stop()).code).toBe(0);
});

test('a lease runs out when the database says so: neither hours late nor before', {
  timeout: 240_000,
}, async () => {
  const ahead = await daemons.startWorker(1, on(9));
  const behind = await daemons.startWorker(1, on(-5));
  const jobId = await daemons.submit(
    { task_list: [program(['sleep', '10'], { name: 'one' }), program(['sleep', '10'], { name: 'two' })] },
    on(-11),
  );
  const running = async () =>
    daemons.kysely.selectFrom('attempts').selectAll().where('state', '=', 'running').execute();
  await until(async () => (await running()).length === 2, { message: 'both to run', timeoutMs: 60_000 });
  await ahead.stop('SIGKILL');
  const job = await daemons.end(jobId);
  expect(job.state).toBe('succeeded');
  const attempts = await daemons.kysely
    .selectFrom('attempts')
    .selectAll()
    .where('job_id', '=', jobId)
    .execute();
  expect(attempts.map(({ state }) => state).sort()).toEqual(['lost', 'succeeded', 'succeeded']);
  const lost = attempts.find(({ state }) => state === 'lost');
  expect(Number(lost?.ended_at) - Number(lost?.started_at)).toBeGreaterThanOrEqual(LEASE_S * 1_000);
  await expectTheDatabasesTime();
  await behind.stop();
});
