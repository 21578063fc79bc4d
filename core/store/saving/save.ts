/**
 * Saving: the text of a saved database (see format.ts), from one snapshot, streamed: memory does not grow with rows. Logins and the
 * key that signs them are left out: whoever finds a backup is not logged in by it, and people log in again after restoring.
 */
import { createHash } from 'node:crypto';
import { describeTables, type TableShape } from '../../db/catalogue.ts';
import { schemaVersion } from '../../db/migrate.ts';
import { countRows, streamRows } from '../../db/snapshot.ts';
import type { Reader } from '../../db/transaction.ts';
import { easelVersion } from '../../runtime/package.ts';
import { WEB_KEY } from '../installation.ts';
import { FORMAT, FORMAT_VERSION, type OnRows, type SavedFooter, type SavedHeader } from './format.ts';

const PART_CHARACTERS = 65_536;

/** The reader must be one of a snapshot: tables are read one after the other. */
export async function* savedText(reader: Reader, onRows: OnRows): AsyncGenerator<string, SavedFooter> {
  const hash = createHash('sha256');
  const rows: Record<string, number> = {};
  const hashed = (text: string) => {
    hash.update(text);
    return text;
  };
  yield hashed(line(await readHeader(reader)));
  for (const table of await describeTables(reader)) {
    yield hashed(line({ table: table.name, columns: table.columns.map(({ name }) => name) }));
    let [count, left] = [0, 0];
    for await (const part of tableText(reader, table)) {
      yield hashed(part.text);
      count += part.rows;
      left += part.left;
      onRows(table.name, count);
    }
    await expectAll(reader, table.name, count + left);
    rows[table.name] = count;
  }
  const footer = { rows, sha256: hash.digest('hex') };
  yield line(footer);
  return footer;
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

async function readHeader(reader: Reader): Promise<SavedHeader> {
  const { now } = await reader.kysely
    .selectFrom('installation')
    .select(reader.dialect.now.as('now'))
    .limit(1)
    .executeTakeFirstOrThrow();
  return {
    format: FORMAT,
    format_version: FORMAT_VERSION,
    schema_version: (await schemaVersion(reader)) ?? 0,
    easel_version: easelVersion(),
    saved_at: Number(now),
    database: reader.dialect.name,
  };
}

interface Part {
  readonly text: string;
  readonly rows: number;
  /** Rows that are not saved. */
  readonly left: number;
}

async function* tableText(reader: Reader, table: TableShape): AsyncGenerator<Part> {
  let [text, rows, left] = ['', 0, 0];
  for await (const row of streamRows(reader, table)) {
    if (isLeftOut(table, row)) {
      left++;
      continue;
    }
    text += line(row.map((value, at) => checked(value, table, at)));
    rows++;
    if (text.length < PART_CHARACTERS) continue;
    yield { text, rows, left };
    [text, rows, left] = ['', 0, 0];
  }
  yield { text, rows, left };
}

function isLeftOut({ name }: TableShape, row: readonly unknown[]): boolean {
  return name === 'sessions' || (name === 'installation' && row.includes(WEB_KEY));
}

/** A number that JSON, or a reader of it, would change is refused rather than changed. */
function checked(value: unknown, { name, columns }: TableShape, at: number): unknown {
  if (value === null || typeof value === 'string') return value;
  const column = columns[at];
  const isExact = column?.kind === 'whole' ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!isExact)
    throw new Error(`${name}.${column?.name} holds ${String(value)}, which cannot be saved exactly`);
  return value;
}

/** A connection that is lost may look like the end of the rows. */
async function expectAll(reader: Reader, table: string, read: number): Promise<void> {
  const there = await countRows(reader, table);
  if (there !== read) throw new Error(`table ${table} has ${there} rows, of which ${read} were read`);
}
