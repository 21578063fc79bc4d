/**
 * Reading a saved database back, streamed, in batches that one INSERT takes. Whoever reads to the end knows that the
 * file is whole and unaltered: the footer is there, its counts and its hash are those of what was read. Before the
 * end nothing is sure, so the file is read once to check it and once more to store it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { z } from 'zod';
import { EaselError } from '../../model/errors.ts';
import {
  FORMAT_VERSION,
  footerSchema,
  headerSchema,
  type OnRows,
  type SavedFooter,
  type SavedHeader,
  tableSchema,
  unfit,
} from './format.ts';

const BATCH_ROWS = 1_000;
const BATCH_BYTES = 1_048_576;

export interface SavedBatch {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface SavedFile {
  readonly header: SavedHeader;
  /** Table -> columns. */
  readonly tables: ReadonlyMap<string, readonly string[]>;
  readonly footer: SavedFooter;
}

/** Reads the whole file, keeping nothing; throws saying what is wrong with it. */
export async function checkSavedFile(file: string, onRows: OnRows): Promise<SavedFile> {
  const reading = new SavedReading(file);
  let [table, rows] = ['', 0];
  for await (const batch of reading.batches()) {
    rows = batch.table === table ? rows + batch.rows.length : batch.rows.length;
    table = batch.table;
    onRows(table, rows);
  }
  return reading.result();
}

/** Every row; throws at the end when the file is not what `checkSavedFile` saw. */
export async function* readSavedFile(file: string, checked: SavedFile): AsyncGenerator<SavedBatch> {
  const reading = new SavedReading(file);
  yield* reading.batches();
  if (reading.result().footer.sha256 !== checked.footer.sha256)
    throw unfit(file, 'the file has changed while it was read');
}

class SavedReading {
  readonly #file: string;
  readonly #hash = createHash('sha256');
  readonly #tables = new Map<string, readonly string[]>();
  readonly #counts = new Map<string, number>();
  #header: SavedHeader | undefined;
  #footer: SavedFooter | undefined;
  #table = '';
  #number = 0;
  #rows: unknown[][] = [];
  #bytes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  result(): SavedFile {
    const [header, footer] = [this.#header, this.#footer];
    if (header === undefined || footer === undefined)
      throw unfit(this.#file, 'the file is cut short: its end is missing');
    for (const [table, rows] of this.#counts) {
      if (footer.rows[table] !== rows)
        throw unfit(this.#file, `table ${table} should have ${footer.rows[table] ?? 0} rows and has ${rows}`);
    }
    return { header, footer, tables: this.#tables };
  }

  async *batches(): AsyncGenerator<SavedBatch> {
    for await (const line of readLines(this.#file)) {
      this.#number++;
      if (line[0] === OPENING_BRACKET) this.#takeRow(line);
      else {
        yield* this.#batch();
        this.#takeObject(line);
      }
      if (this.#rows.length >= BATCH_ROWS || this.#bytes >= BATCH_BYTES) yield* this.#batch();
    }
    this.result();
  }

  *#batch(): Generator<SavedBatch> {
    if (this.#rows.length === 0) return;
    yield { table: this.#table, columns: this.#tables.get(this.#table) ?? [], rows: this.#rows };
    this.#rows = [];
    this.#bytes = 0;
  }

  #takeRow(line: Buffer): void {
    const values = this.#parse(line);
    const columns = this.#tables.get(this.#table);
    if (!Array.isArray(values) || values.length !== columns?.length || this.#footer !== undefined)
      throw this.#altered();
    this.#hash.update(line);
    this.#counts.set(this.#table, (this.#counts.get(this.#table) ?? 0) + 1);
    this.#rows.push(values);
    this.#bytes += line.length;
  }

  #takeObject(line: Buffer): void {
    const value = this.#parse(line);
    if (this.#footer !== undefined) throw unfit(this.#file, 'something was added after its end');
    if (this.#header === undefined) this.#header = this.#takeHeader(value);
    else if (footerSchema.safeParse(value).success) this.#takeFooter(line, value);
    else this.#takeTable(value);
    this.#hash.update(line);
  }

  #takeTable(value: unknown): void {
    const { table, columns } = this.#expect(tableSchema, value);
    this.#table = table;
    this.#tables.set(table, columns);
    this.#counts.set(table, 0);
  }

  #takeHeader(value: unknown): SavedHeader {
    const header = headerSchema.safeParse(value);
    if (!header.success) throw unfit(this.#file, 'this is not a file that `easel db-save` made');
    if (header.data.format_version !== FORMAT_VERSION)
      throw unfit(
        this.#file,
        `the file has format version ${header.data.format_version}, this program reads ${FORMAT_VERSION}`,
      );
    return header.data;
  }

  #takeFooter(line: Buffer, value: unknown): void {
    if (line.at(-1) !== LINE_END)
      throw unfit(this.#file, 'the file is cut short: its last line is not whole');
    const footer = this.#expect(footerSchema, value);
    if (this.#hash.copy().digest('hex') !== footer.sha256)
      throw unfit(this.#file, 'the file was altered: its SHA-256 is not the one it was saved with');
    this.#footer = footer;
  }

  #parse(line: Buffer): unknown {
    try {
      return JSON.parse(line.toString());
    } catch {
      throw this.#number === 1
        ? unfit(this.#file, 'this is not a file that `easel db-save` made')
        : this.#altered();
    }
  }

  #expect<T>(schema: z.ZodType<T>, value: unknown): T {
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw this.#altered();
    return parsed.data;
  }

  #altered(): EaselError {
    return unfit(
      this.#file,
      `the file was altered or cut short: line ${this.#number} is not as it was saved`,
    );
  }
}

const LINE_END = 10;
const OPENING_BRACKET = 91;

/** Lines with their ends; the last may lack its own. */
async function* readLines(file: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  const text = pipeline(createReadStream(file), createGunzip(), () => undefined);
  try {
    for await (const chunk of text as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
        const last = chunk.subarray(start, end + 1);
        yield rest.length === 0 ? last : Buffer.concat([...rest, last]);
        rest = [];
        start = end + 1;
      }
      if (start < chunk.length) rest.push(chunk.subarray(start));
    }
  } catch (error) {
    throw explain(file, error);
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

function explain(file: string, error: unknown): unknown {
  if (error instanceof EaselError || !(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'Z_BUF_ERROR') return unfit(file, 'the file is cut short');
  if (error.code === 'Z_DATA_ERROR')
    return unfit(file, `the file is damaged, or was not made by \`easel db-save\` (${error.message})`);
  if (typeof error.code === 'string' && error.code.startsWith('E')) return unfit(file, error.message);
  return error;
}
