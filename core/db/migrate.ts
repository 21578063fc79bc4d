/**
 * Forward migrations: the files `schema/NNNN-name.DIALECT.sql`, applied in order, each once. The version in force is
 * a row of `installation`. A process refuses a database whose version is not the one it was written for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledQuery, sql } from 'kysely';
import { EaselError } from '../model/errors.ts';
import { packageDirectory } from '../runtime/package.ts';
import type { Database } from './open.ts';

interface Migration {
  readonly version: number;
  readonly file: string;
}

/** Applies what is missing; returns the versions applied. Safe to run from several processes at once. */
export async function migrate(database: Database): Promise<number[]> {
  return await database.kysely.connection().execute(async (kysely) => {
    const locked: Database = { ...database, kysely };
    await lockMigrations(locked);
    try {
      const applied = await applyMissing(locked);
      await unlockMigrations(locked, 'commit');
      return applied;
    } catch (error) {
      await unlockMigrations(locked, 'rollback');
      throw error;
    }
  });
}

async function applyMissing(database: Database): Promise<number[]> {
  const current = (await schemaVersion(database)) ?? 0;
  const newest = newestVersion(database);
  if (current === 0) await refuseForeignTables(database);
  if (current > newest) throw wrongVersion(current, newest);
  const missing = migrationsOf(database).filter(({ version }) => version > current);
  for (const { version, file } of missing) {
    const text = readFileSync(file, 'utf8').replaceAll(/^\s*--.*$/gm, '');
    for (const statement of text.split(/;\s*(?:\n|$)/)) {
      if (statement.trim() !== '') await database.kysely.executeQuery(CompiledQuery.raw(statement));
    }
    await database.kysely.deleteFrom('installation').where('name', '=', 'schema_version').execute();
    await database.kysely
      .insertInto('installation')
      .values({ name: 'schema_version', value: String(version) })
      .execute();
  }
  return missing.map(({ version }) => version);
}

/** A first migration that was cut short has left the table `installation`; anything else here is somebody else's. */
async function refuseForeignTables({ kysely, dialect }: Database): Promise<void> {
  const tables =
    dialect.name === 'mysql'
      ? sql<{
          name: string;
        }>`select table_name as name from information_schema.tables where table_schema = database()`
      : sql<{
          name: string;
        }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`;
  const names = (await tables.execute(kysely)).rows.map(({ name }) => name);
  if (names.length === 0 || names.includes('installation')) return;
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '');
  throw new EaselError(
    'schema',
    `the database holds tables that are not Easel's (${shown}): give Easel a database of its own`,
  );
}

/** To be called by every process before anything else. */
export async function checkSchema(database: Database): Promise<void> {
  const current = await schemaVersion(database);
  const newest = newestVersion(database);
  if (current === undefined) {
    throw new EaselError('schema', 'the database has no Easel tables yet: run `easel init-schema`');
  }
  if (current !== newest) throw wrongVersion(current, newest);
}

function wrongVersion(current: number, newest: number): EaselError {
  const advice =
    current < newest
      ? 'run `easel init-schema` to bring the database up to date, after stopping older schedulers and workers'
      : 'this program is older than the database: install the version that the other processes run';
  return new EaselError(
    'schema',
    `the database has schema version ${current}, this program needs ${newest}: ${advice}`,
  );
}

/** Undefined when the database has no Easel tables. */
export async function schemaVersion(database: Database): Promise<number | undefined> {
  const table =
    database.dialect.name === 'mysql'
      ? sql`select 1 from information_schema.tables where table_schema = database() and table_name = 'installation'`
      : sql`select 1 from sqlite_master where type = 'table' and name = 'installation'`;
  const { rows } = await table.execute(database.kysely);
  if (rows.length === 0) return undefined;
  const row = await database.kysely
    .selectFrom('installation')
    .select('value')
    .where('name', '=', 'schema_version')
    .executeTakeFirst();
  return row === undefined ? undefined : Number(row.value);
}

function newestVersion(database: Database): number {
  return Math.max(...migrationsOf(database).map(({ version }) => version));
}

function migrationsOf(database: Database): Migration[] {
  const directory = join(packageDirectory(), 'schema');
  return readdirSync(directory)
    .filter((name) => name.endsWith(`.${database.dialect.name}.sql`))
    .sort()
    .map((name) => ({ version: Number.parseInt(name, 10), file: join(directory, name) }));
}

/** DDL commits by itself on MySQL, so a named lock keeps other processes out; SQLite migrates in one transaction. */
async function lockMigrations({ kysely, dialect }: Database): Promise<void> {
  if (dialect.name === 'sqlite') await sql`begin immediate`.execute(kysely);
  else await sql`select get_lock(concat('easel:', database()), 60)`.execute(kysely);
}

async function unlockMigrations({ kysely, dialect }: Database, end: 'commit' | 'rollback'): Promise<void> {
  if (dialect.name === 'sqlite') await sql.raw(end).execute(kysely);
  else await sql`select release_lock(concat('easel:', database()))`.execute(kysely);
}
