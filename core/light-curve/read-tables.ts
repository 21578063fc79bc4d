/**
 * Reads one table from the tar.gz that write-tables.ts writes: a CSV file whose first line has the titles of its columns.
 * Archives may come from anywhere: entries, bytes unpacked, columns and rows are bounded, and what is no such archive is
 * refused with words.
 */
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { EaselError } from '../model/errors.ts';
import { type FileSource, readHead, streamOf } from './file-bytes.ts';
import { type RowConsumer, RowParser } from './read-rows.ts';
import type { Column } from './write-tables.ts';

export interface TableFile {
  readonly path: FileSource;
  /** For messages. */
  readonly name: string;
  /** Without its ending: `spectrum`. */
  readonly table: string;
}

const MAX_ENTRIES = 1_000;
const MAX_BYTES = 2 ** 30;
const MAX_COLUMNS = 100;
const MAX_ROWS = 20_000_000;
const MAX_LINE_BYTES = 1 << 16;
const NEWLINE = 10;
const HEAD_BYTES = 4_096;

/** Whether the file is a tar.gz, by what stands in its first block. */
export async function isArchive(path: FileSource): Promise<boolean> {
  const packed = await readHead(path, HEAD_BYTES);
  return unpackHead(packed).toString('latin1', 257, 262) === 'ustar';
}

/** Throws EaselError `task`, naming file and table, when it is not there or is no table of numbers. */
export async function readTable({ path, name, table }: TableFile): Promise<Column[]> {
  const archive = extract();
  // What goes wrong on the way is thrown by the loop over the entries.
  void pipeline(streamOf(path), createGunzip(), bounded(name), archive).catch(() => undefined);
  const found: string[] = [];
  try {
    for await (const entry of archive) {
      if (found.length === MAX_ENTRIES)
        throw new EaselError('task', `${name} has more than ${MAX_ENTRIES} entries`);
      found.push(entry.header.name);
      const isWanted = entry.header.name === `${table}.csv`;
      const columns = await readEntry(entry as AsyncIterable<Buffer>, `${name}, ${table}.csv`, isWanted);
      if (columns !== undefined) return columns;
    }
  } catch (error) {
    if (error instanceof EaselError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new EaselError('task', `${name} cannot be read: ${reason}`, { cause: error });
  }
  const shown = found.slice(0, 10).map((each) => JSON.stringify(each));
  throw new EaselError('task', `${name} has no ${table}.csv: it holds ${shown.join(', ') || 'nothing'}`);
}

/** A few bytes may unpack to very many. */
function bounded(name: string): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (chunks) {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new EaselError('task', `${name} unpacks to more than ${MAX_BYTES} bytes`);
      yield chunk;
    }
  };
}

async function readEntry(
  entry: AsyncIterable<Buffer>,
  name: string,
  isWanted: boolean,
): Promise<Column[] | undefined> {
  const table = new Table(name);
  for await (const chunk of entry) if (isWanted) table.feed(chunk);
  return isWanted ? table.finish() : undefined;
}

/** The first line gives the titles, all others are rows of as many numbers. */
class Table implements RowConsumer {
  readonly #name: string;
  readonly #values: number[][] = [];
  #titles: string[] | undefined;
  #rows: RowParser | undefined;
  #rest: Buffer = Buffer.alloc(0);

  constructor(name: string) {
    this.#name = name;
  }

  feed(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = this.#rows?.feed(bytes) ?? this.#begin(bytes);
    if (this.#rest.length > MAX_LINE_BYTES)
      throw this.#refused(`a line is longer than ${MAX_LINE_BYTES} bytes`);
  }

  finish(): Column[] {
    if (this.#rest.length > 0) this.feed(Buffer.of(NEWLINE));
    if (this.#titles === undefined) throw this.#refused('it is empty');
    return this.#titles.map((title, at) => ({ title, values: Float64Array.from(this.#values[at] ?? []) }));
  }

  row(values: Float64Array): string | undefined {
    if ((this.#values[0]?.length ?? 0) >= MAX_ROWS) return `more than ${MAX_ROWS} rows`;
    for (const [at, column] of this.#values.entries()) column.push(values[at] ?? Number.NaN);
    return undefined;
  }

  comment(): void {
    // Tables have none of their own; whoever wrote one there meant it for people.
  }

  #begin(bytes: Buffer): Buffer {
    const end = bytes.indexOf(NEWLINE);
    if (end < 0) return bytes;
    this.#titles = bytes
      .toString('utf8', 0, end)
      .split(',')
      .map((title) => title.trim());
    if (this.#titles.length > MAX_COLUMNS) throw this.#refused(`it has more than ${MAX_COLUMNS} columns`);
    this.#values.push(...this.#titles.map(() => []));
    const count = this.#titles.length;
    const shape = { separator: 'comma', minColumns: count, maxColumns: count, titles: false } as const;
    this.#rows = new RowParser(`${this.#name}, below its titles`, shape, this);
    return this.#rows.feed(bytes.subarray(end + 1));
  }

  #refused(reason: string): EaselError {
    return new EaselError('task', `${this.#name}: ${reason}`);
  }
}

/** Nothing when it is not gzip. The beginning of a file is no whole stream: what can be unpacked of it is wanted. */
function unpackHead(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 24 });
  } catch {
    return Buffer.alloc(0);
  }
}
