/** Connections to a database server that break or stall on the way: what was under way is told as an outage, the rest goes on. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../core/db/migrate.ts';
import { type Database, openDatabase } from '../../core/db/open.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { readLogs } from '../../core/store/logs.ts';
import { LogShipper } from '../../worker/log-shipper.ts';
import { TcpProxy } from '../chaos/proxy.ts';
import { createMysqlDatabase, type TestDatabase } from '../support/databases.ts';
import { until } from '../support/until.ts';

const STATEMENT_TIMEOUT_MS = 1_000;

let server: TestDatabase;
let proxy: TcpProxy;
let database: Database;

beforeAll(async () => {
  server = await createMysqlDatabase();
});
afterAll(() => server.drop());

beforeEach(async () => {
  const url = new URL(server.url);
  proxy = await TcpProxy.listen(Number(url.port || 3306));
  url.port = String(proxy.port);
  database = await openDatabase(url.href, { connections: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  return async () => {
    proxy.close();
    await database.close();
  };
});

const one = () => sql<{ one: number }>`select 1 as one`.execute(database.kysely);

const caught = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => undefined,
    (error: unknown) => error,
  );

test('a connection that breaks between two statements of a transaction is an outage, not a defect', async () => {
  const error = await caught(
    transact(database, async ({ kysely }) => {
      await sql`select 1`.execute(kysely);
      proxy.cut();
      await until(async () => (await caught(sql`select 1`.execute(kysely))) !== undefined);
      await sql`select 1`.execute(kysely);
    }),
  );
  expect(database.dialect.isOutage(error), String(error)).toBe(true);
  expect((await one()).rows).toEqual([{ one: 1 }]);
});

test('an error in a transaction stays what it is, though its connection cannot say rollback any more', async () => {
  const error = await caught(
    transact(database, async ({ kysely }) => {
      await sql`select 1`.execute(kysely);
      proxy.cut();
      await until(async () => (await caught(sql`select 1`.execute(kysely))) !== undefined);
      throw new Error('of the work itself');
    }),
  );
  expect(error).toHaveProperty('message', 'of the work itself');
});

test('a statement without an answer is given up, and its connection with it', async () => {
  await one();
  proxy.hang();
  const error = await caught(transact(database, ({ kysely }) => sql`select 1`.execute(kysely)));
  expect(database.dialect.isOutage(error), String(error)).toBe(true);
  expect((await one()).rows).toEqual([{ one: 1 }]);
});

test('log lines whose storing was not answered are stored once, and keep none after them from being stored', async () => {
  await migrate(database);
  const shipper = new LogShipper(database, () => undefined);
  const line = (message: string) => ({ at: 1, level: 'info' as const, message });
  shipper.add(1, [line('first')]);
  await shipper.ship();
  shipper.add(1, [line('second')]);
  shipper.add(2, [line('other')]);
  const cut = proxy.loseAnswers(300);
  await expect(shipper.ship()).rejects.toSatisfy((error) => database.dialect.isOutage(error));
  await cut;
  shipper.add(1, [line('third')]);
  await shipper.ship();
  shipper.forget(1);
  expect(await stored(1)).toEqual(['first', 'second', 'third']);
  expect(await stored(2)).toEqual(['other']);
});

test('a shipper that closes stores what is left, and leaves what comes later', async () => {
  await migrate(database);
  const shipper = new LogShipper(database, () => undefined);
  shipper.add(3, [{ at: 1, level: 'info', message: 'last' }]);
  await shipper.close();
  shipper.add(3, [{ at: 1, level: 'info', message: 'late' }]);
  await shipper.ship();
  expect(await stored(3)).toEqual(['last']);
});

async function stored(attemptId: number): Promise<string[]> {
  return (await readLogs(reading(database), attemptId))
    .flatMap(({ content }) => content.trimEnd().split('\n'))
    .map((text) => (JSON.parse(text) as { message: string }).message);
}
