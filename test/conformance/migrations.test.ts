/**
 * Migrations that were cut short, after any of their statements, are completed by the next `init-schema`; and a database
 * of schema 1 with jobs in it goes on under the newest.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkSchema, migrate, migrationsOf, readStatements, schemaVersion } from '../../core/db/migrate.ts';
import { type Database, openDatabase } from '../../core/db/open.ts';
import { insertRows } from '../../core/db/rows.ts';
import type { Tables } from '../../core/db/tables.ts';
import { reading } from '../../core/db/transaction.ts';
import { forEachDatabase, type TestDatabase } from '../support/databases.ts';
import { runEasel } from '../support/easel.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
import { until } from '../support/until.ts';

const execute = async ({ kysely }: Database, statements: readonly string[]) => {
  for (const statement of statements) await kysely.executeQuery(CompiledQuery.raw(statement));
};
const setVersion = ({ kysely }: Database, version: number) =>
  kysely
    .insertInto('installation')
    .values({ name: 'schema_version', value: String(version) })
    .execute();

/** The statements of one migration. */
const statementsOf = (database: Database, version: number): string[] =>
  readStatements(String(migrationsOf(database).find((each) => each.version === version)?.file));

/** The columns of every table, in order. */
async function columnsOf({ kysely, dialect }: Database): Promise<string[]> {
  const query =
    dialect.name === 'sqlite'
      ? sql<{
          name: string;
        }>`select m.name || '.' || c.name as name from sqlite_master m, pragma_table_info(m.name) c
          where m.type = 'table' and m.name not like 'sqlite_%'`
      : sql<{ name: string }>`select concat(table_name, '.', column_name) as name
          from information_schema.columns where table_schema = database()`;
  return (await query.execute(kysely)).rows.map(({ name }) => name).sort();
}

forEachDatabase('a migration that was cut short', ({ kind, create }) => {
  let whole: string[];
  beforeAll(async () => {
    const database = await create();
    const opened = await openDatabase(database.url);
    await migrate(opened);
    whole = await columnsOf(opened);
    await opened.close();
    await database.drop();
  });

  /** On MySQL what was done stays done; on SQLite it is undone, since a migration is one transaction. */
  const cutShort = async (opened: Database, statements: readonly string[]) => {
    if (kind === 'mysql') return await execute(opened, statements);
    await execute(opened, ['begin immediate', ...statements]);
    await opened.close(); // as when the process dies
  };

  test.each([1, 2])('version %i, after each of its statements', { timeout: 300_000 }, async (version) => {
    const probe = await create();
    const first = await openDatabase(probe.url);
    const statements = statementsOf(first, version);
    expect(statements.length).toBeGreaterThan(5);
    await first.close();
    await probe.drop();
    for (let count = 1; count <= statements.length; count += version === 1 ? 4 : 1) {
      const database = await create();
      let opened = await openDatabase(database.url);
      if (version === 2) {
        await execute(opened, statementsOf(opened, 1));
        await setVersion(opened, 1);
      }
      await cutShort(opened, statements.slice(0, count));
      if (kind === 'sqlite') opened = await openDatabase(database.url);
      await expect(checkSchema(opened)).rejects.toThrow(/init-schema/);
      await migrate(opened);
      await checkSchema(opened);
      expect(await columnsOf(opened)).toEqual(whole);
      expect(await opened.kysely.selectFrom('ids').selectAll().execute()).toHaveLength(2);
      await opened.close();
      await database.drop();
    }
  });
});

forEachDatabase('a database of schema 1 with jobs in it', ({ kind, create }) => {
  const databases: TestDatabase[] = [];
  let newest: Engine;
  let old: TestDatabase;
  let home: string;
  beforeEach(async () => {
    databases.push(await create(), await create());
    const [from, to] = databases as [TestDatabase, TestDatabase];
    home = await mkdtemp(join(tmpdir(), 'easel_home_'));
    newest = await openEngine({ databaseUrl: from.url });
    old = to;
  });
  afterEach(async () => {
    await newest.close();
    for (const database of databases.splice(0)) await database.drop();
    await rm(home, { recursive: true, force: true });
  });

  /** What the tables of schema 1 hold, put into a database that has only these. */
  const copyToSchema1 = async (): Promise<void> => {
    const target = await openDatabase(old.url);
    await execute(target, [...statementsOf(target, 1), 'delete from ids']);
    const columns = Map.groupBy(await columnsOf(target), (name) => name.split('.')[0] ?? '');
    for (const [table, names] of columns) {
      const kept = names.map((name) => name.split('.')[1] ?? '');
      const { rows } =
        await sql<never>`select ${sql.join(kept.map((name) => sql.ref(name)))} from ${sql.table(table)}`.execute(
          newest.kysely as Kysely<unknown>,
        );
      await insertRows(reading(target), table as keyof Tables & string, rows);
    }
    await sql`update installation set value = '1' where name = 'schema_version'`.execute(target.kysely);
    expect(await schemaVersion(target)).toBe(1);
    await target.close();
  };

  test('is brought up to date, and its jobs go on', { timeout: 120_000 }, async () => {
    const scheduler = await newest.startScheduler();
    const worker = await newest.startWorker();
    const ended = await newest.run({ task_list: [nothing({ name: 'good' })] });
    const failed = await newest.run({
      task_list: [
        { task: 'error', name: 'bad', message: 'as it should', outputs: { o: 'x' } },
        nothing({ name: 'after', inputs: { i: 'x' } }),
      ],
    });
    await worker.stop();
    const running = await newest.submit({
      task_list: [
        {
          ...{ task: 'execution_for_loop', name: 'loop', parameter: 'i', linear_range: [0, 1, 20] },
          task_list: [nothing({ name: 'one' })],
        },
        nothing({ name: 'last', requires_metadata_from: ['loop'] }),
      ],
    });
    await until(async () => (await newest.view(running)).named('one').length === 20, {
      message: 'the loop to expand',
    });
    await scheduler.stop();
    await copyToSchema1();

    const own = { EASEL_HOME: home, EASEL_DATABASE_URL: old.url };
    const refused = await runEasel(['schedule-waiting', '--once'], own);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/schema version 1.*init-schema/);
    const upgraded = await runEasel(['init-schema'], own);
    expect({ code: upgraded.code, stderr: upgraded.stderr }).toEqual({ code: 0, stderr: '' });

    const engine = await openEngine({ databaseUrl: old.url });
    try {
      const jobs = await engine.kysely.selectFrom('jobs').select(['id', 'root_id']).orderBy('id').execute();
      expect(jobs.map(({ id }) => id)).toEqual([ended.id, failed.id, running]);
      for (const { id, root_id } of jobs) {
        const root = (await engine.view(id)).tasks.find(({ parent_id }) => parent_id === null);
        expect(root_id).toBe(root?.id);
      }
      const bad = engine.kysely
        .selectFrom('tasks')
        .select(['attempts', 'tried_from'])
        .where('type', '=', 'error');
      expect(await bad.executeTakeFirst()).toEqual({ attempts: 1, tried_from: 1 });
      await engine.startScheduler();
      await engine.startWorker();
      expect((await engine.end(running)).state).toBe('succeeded');
      const again = await runEasel(['reschedule-unfinished', '--yes'], own);
      expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: '' });
      await until(async () => (await engine.view(failed.id)).task('bad').attempts === 2, {
        message: `a second attempt (${kind})`,
      });
      expect((await engine.end(failed.id)).states()).toEqual({ bad: 'failed', after: 'blocked' });
    } finally {
      await engine.close();
    }
  });
});
