/**
 * Restoring a saved database into an empty one. The file has been checked before. On SQLite all happens in one
 * transaction; on a server rows are put in batch by batch while a mark makes every process refuse the database, and
 * whoever finds the mark of a restoring that was broken off begins anew. So there is no state in between to be used.
 */
import { describeTables, emptyTable, type TableShape } from '../../db/catalogue.ts';
import { exclusively } from '../../db/exclusive.ts';
import { isBeingRestored, markRestored, markRestoring, schemaVersion } from '../../db/migrate.ts';
import type { Database } from '../../db/open.ts';
import { insertRows } from '../../db/rows.ts';
import { countRows } from '../../db/snapshot.ts';
import type { Tables } from '../../db/tables.ts';
import { EaselError } from '../../model/errors.ts';
import { aliveProcesses } from '../processes.ts';
import { type OnRows, unfit } from './format.ts';
import { readSavedFile, type SavedBatch, type SavedFile } from './saved-file.ts';

/** What a database holds that was only prepared. */
const OF_AN_EMPTY_DATABASE = new Set(['installation', 'ids', 'audit', 'processes']);
/** Facts that are the database's own, not the saved one's. */
const OWN_FACTS = new Set(['schema_version', 'restoring']);

export interface Restoring {
  readonly file: string;
  readonly checked: SavedFile;
  /** The copy gets an id of its own, for it runs beside the original. */
  readonly asCopy: boolean;
  /** Schedulers and workers seen within this time are alive. */
  readonly aliveMs: number;
  readonly onRows: OnRows;
}

/** The database has the schema already, of the version of the file. */
export async function restore(database: Database, restoring: Restoring): Promise<void> {
  await exclusively(database, async (locked) => {
    const tables = await describeTables(locked);
    expectFit(restoring, tables, await schemaVersion(locked));
    if (!(await isBeingRestored(locked))) await refuseOccupied(locked, tables, restoring);
    await markRestoring(locked, restoring.file);
    await emptyAll(locked, tables);
    await insertAll(locked, restoring);
    await expectCounts(locked, restoring);
    await markRestored(locked);
  });
}

function expectFit(
  { file, checked }: Restoring,
  tables: readonly TableShape[],
  version: number | undefined,
): void {
  const { schema_version, easel_version } = checked.header;
  if (schema_version !== version)
    throw unfit(
      file,
      `it has schema version ${schema_version} and the database ${version}: restore it with Easel ${easel_version}, then bring the database up to date`,
    );
  const shape = (entries: readonly (readonly [string, readonly string[]])[]) =>
    JSON.stringify(entries.map(([name, columns]) => [name, columns.toSorted()]).sort());
  const here = tables.map(({ name, columns }) => [name, columns.map((column) => column.name)] as const);
  if (shape([...checked.tables]) !== shape(here))
    throw unfit(file, 'it has other tables or columns than the database');
}

async function refuseOccupied(
  locked: Database,
  tables: readonly TableShape[],
  { aliveMs }: Restoring,
): Promise<void> {
  for (const { name } of tables) {
    if (OF_AN_EMPTY_DATABASE.has(name)) continue;
    const row = await locked.kysely
      .selectFrom(name as keyof Tables)
      .select((of) => of.lit(1).as('one'))
      .limit(1)
      .execute();
    if (row.length > 0)
      throw new EaselError(
        'conflict',
        `the database is not empty (table ${name}): nothing was stored. Restore into a new database: create one, or name another file with --database-url sqlite:PATH`,
      );
  }
  const alive = await aliveProcesses(locked, aliveMs);
  if (alive.length > 0)
    throw new EaselError(
      'conflict',
      `${alive.length} schedulers or workers use the database: stop them first; nothing was stored`,
    );
}

async function emptyAll(locked: Database, tables: readonly TableShape[]): Promise<void> {
  for (const { name } of tables) if (name !== 'installation') await emptyTable(locked, name);
  await locked.kysely
    .deleteFrom('installation')
    .where('name', 'not in', [...OWN_FACTS])
    .execute();
}

async function insertAll(locked: Database, { file, checked, asCopy, onRows }: Restoring): Promise<void> {
  let [table, rows] = ['', 0];
  for await (const batch of readSavedFile(file, checked)) {
    const objects = toObjects(batch);
    const kept =
      batch.table === 'installation' ? objects.filter(({ name }) => isKept(String(name), asCopy)) : objects;
    await insertRows(locked, batch.table as keyof Tables, kept as never[]);
    rows = batch.table === table ? rows + batch.rows.length : batch.rows.length;
    table = batch.table;
    onRows(table, rows);
  }
}

const isKept = (fact: string, asCopy: boolean): boolean => !OWN_FACTS.has(fact) && !(asCopy && fact === 'id');

function toObjects({ columns, rows }: SavedBatch): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
}

async function expectCounts(locked: Database, { file, checked }: Restoring): Promise<void> {
  for (const [table, saved] of Object.entries(checked.footer.rows)) {
    const there = table === 'installation' ? saved : await countRows(locked, table);
    if (there !== saved)
      throw new Error(`${file}: table ${table} has ${there} of ${saved} rows after restoring`);
  }
}
