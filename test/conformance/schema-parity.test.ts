/** The two DDLs make the same tables; migrating is safe to repeat, to run at once, and never touches what is not ours. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSchema, migrate, schemaVersion } from '../../core/db/migrate.ts';
import { type Database, openDatabase } from '../../core/db/open.ts';
import {
  createMysqlDatabase,
  createSqliteDatabase,
  forEachDatabase,
  type TestDatabase,
} from '../support/databases.ts';
import { runEasel } from '../support/easel.ts';

interface Shape {
  readonly columns: readonly string[];
  readonly keys: readonly string[];
}

async function tablesOf({ kysely, dialect }: Database): Promise<string[]> {
  const query =
    dialect.name === 'sqlite'
      ? sql<{
          name: string;
        }>`select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by name`
      : sql<{
          name: string;
        }>`select table_name as name from information_schema.tables where table_schema = database() order by table_name`;
  return (await query.execute(kysely)).rows.map(({ name }) => name);
}

/** Names, kinds (whole number, number, text) and nullability of columns; columns and uniqueness of keys. */
async function shapeOf(database: Database, table: string): Promise<Shape> {
  const shape =
    database.dialect.name === 'sqlite'
      ? await sqliteShape(database, table)
      : await mysqlShape(database, table);
  return { columns: shape.columns.toSorted(), keys: shape.keys.toSorted() };
}

async function sqliteShape({ kysely }: Database, table: string): Promise<Shape> {
  const columns = await sql<{
    name: string;
    type: string;
    notnull: number;
    dflt_value: string | null;
    pk: number;
  }>`
    select name, type, "notnull", dflt_value, pk from pragma_table_info(${table})`.execute(kysely);
  const keys = await sql<{
    name: string;
    unique: number;
    origin: string;
  }>`select name, "unique", origin from pragma_index_list(${table})`.execute(kysely);
  const named = [];
  for (const { name, unique, origin } of keys.rows) {
    if (origin === 'pk') continue;
    const parts = await sql<{
      name: string;
    }>`select name from pragma_index_info(${name}) order by seqno`.execute(kysely);
    named.push(`${name} ${unique === 1 ? 'unique ' : ''}(${parts.rows.map((part) => part.name).join(', ')})`);
  }
  const primary = columns.rows.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const isOwnNumber = primary.length === 1 && primary[0]?.notnull === 0; // INTEGER PRIMARY KEY AUTOINCREMENT
  return {
    columns: columns.rows.map(({ name, type, notnull, dflt_value }) => {
      const isNull = notnull === 0 && !(isOwnNumber && name === primary[0]?.name);
      return `${name} ${kindOf(type)}${isNull ? ' null' : ''}${dflt_value === null ? '' : ` default ${dflt_value}`}`;
    }),
    keys: [`PRIMARY unique (${primary.map(({ name }) => name).join(', ')})`, ...named],
  };
}

async function mysqlShape({ kysely }: Database, table: string): Promise<Shape> {
  const columns = await sql<{ name: string; type: string; nullable: string; preset: string | null }>`
    select column_name as name, data_type as type, is_nullable as nullable, column_default as preset
    from information_schema.columns where table_schema = database() and table_name = ${table}`.execute(
    kysely,
  );
  const keys = await sql<{ name: string; unique: number; columns: string }>`
    select index_name as name, non_unique = 0 as \`unique\`, group_concat(column_name order by seq_in_index separator ', ') as columns
    from information_schema.statistics where table_schema = database() and table_name = ${table}
    group by index_name, non_unique`.execute(kysely);
  return {
    columns: columns.rows.map(({ name, type, nullable, preset }) => {
      const given = preset === null || preset === 'NULL' ? '' : ` default ${preset}`;
      return `${name} ${kindOf(type)}${nullable === 'YES' ? ' null' : ''}${given}`;
    }),
    keys: keys.rows.map(
      ({ name, unique, columns: parts }) => `${name} ${Number(unique) === 1 ? 'unique ' : ''}(${parts})`,
    ),
  };
}

function kindOf(type: string): string {
  if (/int/i.test(type)) return 'whole number';
  return /real|double/i.test(type) ? 'number' : 'text';
}

test('both databases have the same tables, columns and keys', async () => {
  const made: TestDatabase[] = [await createSqliteDatabase(), await createMysqlDatabase()];
  const opened = await Promise.all(made.map(({ url }) => openDatabase(url)));
  for (const database of opened) await migrate(database);
  const [sqlite, mysql] = await Promise.all(
    opened.map(async (database) => {
      const tables = await tablesOf(database);
      return Object.fromEntries(
        await Promise.all(tables.map(async (table) => [table, await shapeOf(database, table)] as const)),
      );
    }),
  );
  expect(Object.keys(sqlite ?? {}).length).toBeGreaterThan(15);
  expect(mysql).toEqual(sqlite);
  for (const database of opened) await database.close();
  for (const { drop } of made) await drop();
});

forEachDatabase('migration', ({ create }) => {
  let database: TestDatabase;
  let opened: Database;
  beforeAll(async () => {
    database = await create();
    opened = await openDatabase(database.url);
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });

  const setVersion = (value: string) =>
    opened.kysely.updateTable('installation').set({ value }).where('name', '=', 'schema_version').execute();

  test('a database without tables is refused, and says what to do', async () => {
    await expect(checkSchema(opened)).rejects.toThrow(/init-schema/);
  });

  test('five processes at once migrate it once, and again changes nothing', {
    timeout: 180_000,
  }, async () => {
    const home = await mkdtemp(join(tmpdir(), 'easel_home_'));
    const ends = await Promise.all(
      Array.from({ length: 5 }, () =>
        runEasel(['init-schema'], { EASEL_HOME: home, EASEL_DATABASE_URL: database.url }),
      ),
    );
    expect(ends.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0, 0]);
    await rm(home, { recursive: true });
    await opened.kysely.updateTable('ids').set({ next: 77 }).execute();
    expect(await migrate(opened)).toEqual([]);
    await checkSchema(opened);
    expect(
      (await opened.kysely.selectFrom('ids').selectAll().execute()).every(({ next }) => next === 77),
    ).toBe(true);
  });

  test('another version is refused, saying which side is older', async () => {
    const version = String(await schemaVersion(opened));
    await setVersion('999');
    await expect(checkSchema(opened)).rejects.toThrow(/version 999.*this program is older/);
    await expect(migrate(opened)).rejects.toThrow(/version 999/);
    await setVersion('0');
    await expect(checkSchema(opened)).rejects.toThrow(/version 0.*init-schema/);
    await setVersion(version);
    await checkSchema(opened);
  });

  test("somebody else's tables are left alone, and the database is refused", async () => {
    const foreign = await create();
    const theirs = await openDatabase(foreign.url);
    await sql`create table jobs (number int, boss varchar(20))`.execute(theirs.kysely);
    await sql`insert into jobs values (1, 'somebody')`.execute(theirs.kysely);
    await expect(migrate(theirs)).rejects.toThrow(/not Easel/);
    expect(await tablesOf(theirs)).toEqual(['jobs']);
    expect((await sql`select * from jobs`.execute(theirs.kysely)).rows).toEqual([
      { number: 1, boss: 'somebody' },
    ]);
    await theirs.close();
    await foreign.drop();
  });
});
