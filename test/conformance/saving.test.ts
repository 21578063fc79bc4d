/** One file for every kind of database: all four ways carry every row over exactly, and a bad file stores nothing. */
import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { describeTables } from '../../core/db/catalogue.ts';
import { checkSchema, migrate } from '../../core/db/migrate.ts';
import { type Database, openDatabase } from '../../core/db/open.ts';
import { insertRows } from '../../core/db/rows.ts';
import { inSnapshot } from '../../core/db/snapshot.ts';
import type { Tables } from '../../core/db/tables.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { webKey } from '../../core/store/installation.ts';
import { restore } from '../../core/store/saving/restore.ts';
import { savedText } from '../../core/store/saving/save.ts';
import { checkSavedFile } from '../../core/store/saving/saved-file.ts';
import { createMysqlDatabase, createSqliteDatabase, forEachDatabase } from '../support/databases.ts';
import { awkwardRows, readAllRows } from '../support/rows.ts';

const directory = mkdtempSync(join(tmpdir(), 'easel_saving_'));
const ends: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
  rmSync(directory, { recursive: true });
});

const silent = () => undefined;
const newFile = () => join(directory, `${randomUUID()}.gz`);

const CREATE = { sqlite: createSqliteDatabase, mysql: createMysqlDatabase };

async function openNew(kind: keyof typeof CREATE): Promise<Database> {
  const made = await CREATE[kind]();
  const database = await openDatabase(made.url);
  ends.unshift(
    () => database.close(),
    () => made.drop(),
  );
  await migrate(database);
  return database;
}

async function fill(database: Database): Promise<void> {
  for (const table of await describeTables(database)) {
    const kept = table.name === 'installation' || table.name === 'ids';
    if (!kept) await insertRows(reading(database), table.name as keyof Tables, awkwardRows(table) as never[]);
  }
  await database.kysely.insertInto('installation').values({ name: 'id', value: 'c0ffee' }).execute();
  await transact(database, webKey);
  await database.kysely
    .updateTable('ids')
    .set({ next: 2 ** 53 - 2 })
    .where('name', '=', 'rows')
    .execute();
}

async function save(database: Database): Promise<string> {
  const file = newFile();
  await inSnapshot(database, (reader) =>
    pipeline(Readable.from(savedText(reader, silent)), createGzip(), createWriteStream(file)),
  );
  return file;
}

async function load(database: Database, file: string, asCopy = false): Promise<void> {
  const checked = await checkSavedFile(file, silent);
  await restore(database, { file, checked, asCopy, aliveMs: 60_000, onRows: silent });
}

/** Logins, and the key that signs them, belong to the running installation alone. */
const withoutLogins = (rows: Awaited<ReturnType<typeof readAllRows>>) => ({
  ...rows,
  sessions: [],
  installation: rows.installation?.filter(({ name }) => name !== 'web_key'),
});

const linesOf = (file: string) => gunzipSync(readFileSync(file)).toString().split('\n');

const full = new Map<string, Promise<Database>>();
/** One of each kind, with rows in every table; never written to again. */
function fullOne(kind: keyof typeof CREATE): Promise<Database> {
  const made =
    full.get(kind) ??
    openNew(kind).then(async (database) => {
      await fill(database);
      return database;
    });
  full.set(kind, made);
  return made;
}

for (const from of ['sqlite', 'mysql'] as const) {
  for (const to of ['sqlite', 'mysql'] as const) {
    test(`every row of every table, saved on ${from}, is the same on ${to}, and saves the same`, async () => {
      const source = await fullOne(from);
      const target = await openNew(to);
      const file = await save(source);
      await load(target, file);
      const rows = await readAllRows(source);
      expect(await readAllRows(target)).toEqual(withoutLogins(rows));
      for (const [table, of] of Object.entries(rows)) expect(of.length, table).toBeGreaterThanOrEqual(2);
      expect(linesOf(await save(target)).slice(1, -2)).toEqual(linesOf(file).slice(1, -2));
      expect(
        linesOf(file).filter((line) => line.includes('946.8265329999995,946.8265329999995')),
      ).toHaveLength(1);
      await checkSchema(target);
      const { id } = await target.kysely
        .insertInto('audit')
        .values({ at: 1, person: 'x', action: 'next', detail: '' })
        .executeTakeFirstOrThrow()
        .then(() =>
          target.kysely
            .selectFrom('audit')
            .select('id')
            .where('action', '=', 'next')
            .executeTakeFirstOrThrow(),
        );
      expect(id).toBeGreaterThan(Number(rows.audit?.at(-1)?.id));
    });
  }
}

forEachDatabase('what is in the file', ({ kind }) => {
  test('every table and column that the database has', async () => {
    const database = await fullOne(kind);
    const { tables, header } = await checkSavedFile(await save(database), silent);
    const { rows } = await (kind === 'sqlite'
      ? sql<{
          name: string;
        }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`
      : sql<{
          name: string;
        }>`select table_name as name from information_schema.tables where table_schema = database()`
    ).execute(database.kysely);
    expect([...tables.keys()].sort()).toEqual(rows.map(({ name }) => name).sort());
    expect(tables.get('tasks')).toContain('created_children');
    expect(header.database).toBe(kind);
  });

  test('no login and no key: whoever finds the file is not logged in by it', async () => {
    const database = await fullOne(kind);
    const key = (await transact(database, webKey)).toString('hex');
    const text = linesOf(await save(database)).join('\n');
    expect((await readAllRows(database)).sessions).toHaveLength(3);
    expect(text).not.toContain(key);
    expect((await checkSavedFile(await save(database), silent)).footer.rows.sessions).toBe(0);
  });

  test('what was committed after the snapshot began is not', async () => {
    const database = await openNew(kind);
    const [other, file] = [await reopen(database), newFile()];
    await inSnapshot(database, async (reader) => {
      const text = savedText(reader, silent);
      const first = await text.next();
      const job = {
        id: 1,
        name: null,
        priority: 0,
        state: 'running',
        pending_flows: 0,
        definition: '{}',
        submitted_at: 0,
      } as const;
      await other.kysely.insertInto('jobs').values(job).execute();
      const rest: string[] = [String(first.value)];
      for await (const part of text) rest.push(part);
      writeFileSync(file, gzipSync(rest.join('')));
    });
    const checked = await checkSavedFile(file, silent);
    expect(checked.footer.rows.jobs).toBe(0);
    expect((await readAllRows(database)).jobs).toHaveLength(1);
  });
});

/** The same database through a connection of its own. */
async function reopen(database: Database): Promise<Database> {
  const { rows } = await (database.dialect.name === 'sqlite'
    ? sql<{ file: string }>`select file from pragma_database_list`
    : sql<{ file: string }>`select database() as file`
  ).execute(database.kysely);
  const name = rows[0]?.file ?? '';
  if (database.dialect.name === 'sqlite') return opened(await openDatabase(`sqlite:${name}`));
  const sample = await createMysqlDatabase();
  ends.push(() => sample.drop());
  const url = new URL(sample.url);
  url.pathname = `/${name}`;
  return opened(await openDatabase(url.href));
}

function opened(database: Database): Database {
  ends.unshift(() => database.close());
  return database;
}

describe('a file that is not whole or not as it was', () => {
  const alter = async (change: (lines: string[]) => void): Promise<string> => {
    const file = newFile();
    const lines = linesOf(await save(await fullOne('sqlite')));
    change(lines);
    writeFileSync(file, gzipSync(lines.join('\n')));
    return file;
  };
  const atTable = (lines: readonly string[], name: string) =>
    lines.findIndex((line) => line.startsWith(`{"table":"${name}"`));
  const cases: [string, (lines: string[]) => void, RegExp][] = [
    [
      'a value that was changed',
      (lines) =>
        void lines.splice(2, 1, (lines[2] ?? '').replace('lost', 'oops').replace('queued', 'failed')),
      /altered.*SHA-256/,
    ],
    ['a row that is missing', (lines) => void lines.splice(atTable(lines, 'jobs') + 1, 1), /altered/],
    [
      'a row too many',
      (lines) => void lines.splice(atTable(lines, 'jobs') + 1, 0, lines[atTable(lines, 'jobs') + 1] ?? ''),
      /altered/,
    ],
    [
      'a value that is missing',
      (lines) => void lines.splice(atTable(lines, 'ids') + 1, 1, '["rows"]'),
      /altered.*line \d+/,
    ],
    ['no end', (lines) => void lines.splice(-2), /cut short/],
    ['half a last line', (lines) => void lines.splice(-2, 2, (lines.at(-2) ?? '').slice(0, -9)), /cut short/],
    [
      'something after its end',
      (lines) => void lines.splice(-1, 1, '{"table":"jobs","columns":[]}', ''),
      /after its end/,
    ],
    [
      'another format version',
      (lines) =>
        void lines.splice(0, 1, (lines[0] ?? '').replace('"format_version":1', '"format_version":9')),
      /format version 9/,
    ],
    [
      'another format',
      (lines) => void lines.splice(0, 1, '{"hello":1}'),
      /not a file that `easel db-save` made/,
    ],
  ];
  for (const [name, change, message] of cases) {
    test(`is refused: ${name}`, async () => {
      await expect(checkSavedFile(await alter(change), silent)).rejects.toThrow(message);
    });
  }

  test('is refused wherever it was cut, and whatever it is instead', async () => {
    const whole = readFileSync(await save(await fullOne('sqlite')));
    const file = newFile();
    for (const length of [0, 1, 10, 18, 100, whole.length >> 1, whole.length - 9, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length));
      await expect(checkSavedFile(file, silent), `${length} bytes`).rejects.toThrow(
        /cut short|nothing was stored/,
      );
    }
    writeFileSync(file, 'plain text\n');
    await expect(checkSavedFile(file, silent)).rejects.toThrow(/not made by `easel db-save`/);
    await expect(checkSavedFile(join(directory, 'none.gz'), silent)).rejects.toThrow(/ENOENT/);
    expect(existsSync(file)).toBe(true);
  });
});

forEachDatabase('restoring', ({ kind }) => {
  test('refuses a database that is not empty, or in use, and touches nothing', async () => {
    const file = await save(await fullOne('sqlite'));
    const full = await fullOne(kind);
    const before = await readAllRows(full);
    await expect(load(full, file)).rejects.toThrow(/not empty.*new database/);
    expect(await readAllRows(full)).toEqual(before);
    const used = await openNew(kind);
    await sql`insert into processes (id, role, host, pid, version, slots, started_at, last_seen_at)
      select 1, 'worker', 'h', 1, 'v', 1, ${used.dialect.now}, ${used.dialect.now}`.execute(used.kysely);
    await expect(load(used, file)).rejects.toThrow(/use the database: stop them/);
    expect((await readAllRows(used)).jobs).toEqual([]);
    await checkSchema(used);
  });

  test('a copy gets an id of its own', async () => {
    const copy = await openNew(kind);
    await load(copy, await save(await fullOne('mysql')), true);
    const facts = (await readAllRows(copy)).installation?.map(({ name }) => name);
    expect(facts).toEqual(['schema_version']);
  });

  test('broken off, leaves nothing that anybody uses, and is begun anew', async () => {
    const target = await openNew(kind);
    const good = await save(await fullOne('sqlite'));
    const checked = await checkSavedFile(good, silent);
    const stopAt = (table: string) => (at: string) => {
      if (at === table) throw new Error('broken off');
    };
    const half = { file: good, checked, asCopy: false, aliveMs: 60_000, onRows: stopAt('tasks') };
    await expect(restore(target, half)).rejects.toThrow('broken off');
    if (kind === 'sqlite') expect((await readAllRows(target)).jobs).toEqual([]);
    else await expect(checkSchema(target)).rejects.toThrow(/being restored, or restoring it was broken off/);
    await load(target, good);
    await checkSchema(target);
    expect(await readAllRows(target)).toEqual(withoutLogins(await readAllRows(await fullOne('sqlite'))));
  });

  test('a file of another schema version is refused', async () => {
    const target = await openNew(kind);
    const file = await save(await fullOne('sqlite'));
    const checked = await checkSavedFile(file, silent);
    const older = { ...checked, header: { ...checked.header, schema_version: 1 } };
    await expect(
      restore(target, { file, checked: older, asCopy: false, aliveMs: 0, onRows: silent }),
    ).rejects.toThrow(/schema version 1 and the database \d+/);
    await checkSchema(target);
  });
});
