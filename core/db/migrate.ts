/**
 * Forward migrations: the files `schema/NNNN-name.DIALECT.sql`, applied in order, each once. The version in force is
 * a row of `installation`. A process refuses a database whose version is not the one it was written for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledQuery, sql } from 'kysely';
import { EaselError } from '../model/errors.ts';
import { packageDirectory } from '../runtime/package.ts';
import { exclusively } from './exclusive.ts';
import type { Database } from './open.ts';

interface Migration {
  readonly version: number;
  readonly file: string;
}

/** Applies what is missing; returns the versions applied. Safe to run from several processes at once. */
export async function migrate(database: Database): Promise<number[]> {
  return await exclusively(database, applyMissing);
}

async function applyMissing(database: Database): Promise<number[]> {
  const current = (await schemaVersion(database)) ?? 0;
  const newest = newestVersion(database);
  if (current === 0) await refuseForeignTables(database);
  if (current > newest) throw wrongVersion(current, newest);
  const missing = migrationsOf(database).filter(({ version }) => version > current);
  for (const { version, file } of missing) {
    for (const statement of readStatements(file)) await applyStatement(database, statement);
    await database.kysely.deleteFrom('installation').where('name', '=', 'schema_version').execute();
    await database.kysely
      .insertInto('installation')
      .values({ name: 'schema_version', value: String(version) })
      .execute();
  }
  return missing.map(({ version }) => version);
}

export function readStatements(file: string): string[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^\s*--.*$/gm, '');
  return text.split(/;\s*(?:\n|$)/).filter((statement) => statement.trim() !== '');
}

/** MySQL commits each statement by itself: of a migration that was cut short, some columns and indexes are there already. */
async function applyStatement({ kysely, dialect }: Database, statement: string): Promise<void> {
  try {
    await kysely.executeQuery(CompiledQuery.raw(statement));
  } catch (error) {
    if (!dialect.isDuplicate(error)) throw error;
  }
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
  if (current === undefined) {
    throw new EaselError('schema', 'the database has no Easel tables yet: run `easel init-schema`');
  }
  const refusal = refuseVersion(database, current);
  if (refusal !== undefined) throw refusal;
  if (await isBeingRestored(database))
    throw new EaselError(
      'conflict',
      'the database is being restored, or restoring it was broken off: wait for `easel db-restore`, or run it again',
    );
}

/** While rows are put in, batch by batch; on SQLite nobody ever sees this. */
const RESTORING = 'restoring';

export async function isBeingRestored({ kysely }: Pick<Database, 'kysely'>): Promise<boolean> {
  const row = await kysely
    .selectFrom('installation')
    .select('value')
    .where('name', '=', RESTORING)
    .executeTakeFirst();
  return row !== undefined;
}

/** From here on every process refuses the database, until `markRestored`. */
export async function markRestoring({ kysely }: Database, from: string): Promise<void> {
  await markRestored({ kysely });
  await kysely.insertInto('installation').values({ name: RESTORING, value: from }).execute();
}

export async function markRestored({ kysely }: Pick<Database, 'kysely'>): Promise<void> {
  await kysely.deleteFrom('installation').where('name', '=', RESTORING).execute();
}

/** Why this program cannot work on that version, if it cannot. */
export function refuseVersion(database: Database, current: number): EaselError | undefined {
  const newest = newestVersion(database);
  return current === newest ? undefined : wrongVersion(current, newest);
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
export async function schemaVersion(
  database: Pick<Database, 'kysely' | 'dialect'>,
): Promise<number | undefined> {
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

export function migrationsOf(database: Database): Migration[] {
  const directory = join(packageDirectory(), 'schema');
  return readdirSync(directory)
    .filter((name) => name.endsWith(`.${database.dialect.name}.sql`))
    .sort()
    .map((name) => ({ version: Number.parseInt(name, 10), file: join(directory, name) }));
}
