/**
 * Text of numbers in rows, read as a stream: memory holds one chunk, whatever the size of the file.
 * This file knows lines, separators, comments (`#`) and where an error stands; what the numbers mean is its caller's.
 * The files may come from anywhere: a line has a greatest length, and every error names file and line.
 */
import { EaselError } from '../model/errors.ts';
import { isNanText, parseNumber, textOf } from './number-text.ts';

export interface RowShape {
  /** `blank`: spaces or tabs; `comma`: one comma, with spaces or tabs around it. */
  readonly separator: 'blank' | 'comma';
  readonly minColumns: number;
  readonly maxColumns: number;
  /** Whether the first line that is no comment may be a line of titles. */
  readonly titles: boolean;
  /** A first line that is exactly this says that the columns are separated by commas, and is no row. */
  readonly commaTitles?: string;
}

export interface RowConsumer {
  /** Gets the numbers of one row (reused for the next) and how many; returns what is wrong with them, if anything. */
  row(values: Float64Array, count: number): string | undefined;
  /** Gets a line that starts with `#`. */
  comment(text: string): void;
}

const MAX_LINE_BYTES = 1 << 16;
const NEWLINE = 10;
const RETURN = 13;
const TAB = 9;
const SPACE = 32;
const HASH = 35;
const COMMA = 44;

export interface RowSource {
  readonly chunks: AsyncIterable<Buffer>;
  /** What errors call the file. */
  readonly name: string;
}

export async function readRows(
  { chunks, name }: RowSource,
  shape: RowShape,
  consumer: RowConsumer,
): Promise<void> {
  const lines = new RowParser(name, shape, consumer);
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = lines.feed(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
    if (rest.length > MAX_LINE_BYTES) throw lines.failure(`is longer than ${MAX_LINE_BYTES} bytes`, 1);
  }
  if (rest.length > 0) lines.feed(Buffer.concat([rest, Buffer.of(NEWLINE)]));
}

export class RowParser {
  readonly #name: string;
  readonly #shape: RowShape;
  readonly #consumer: RowConsumer;
  readonly #values: Float64Array;
  #line = 0;
  /** No row has been taken yet. */
  #isFirst = true;
  #comma: boolean;

  constructor(name: string, shape: RowShape, consumer: RowConsumer) {
    this.#name = name;
    this.#shape = shape;
    this.#consumer = consumer;
    this.#values = new Float64Array(shape.maxColumns);
    this.#comma = shape.separator === 'comma';
  }

  /** Takes the whole lines of `bytes` and returns the begun one behind them. */
  feed(bytes: Buffer): Buffer {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#line++;
      this.#takeLine(bytes, start, end > start && bytes[end - 1] === RETURN ? end - 1 : end);
      start = end + 1;
    }
    return bytes.subarray(start);
  }

  failure(problem: string, ahead = 0): EaselError {
    return new EaselError('task', `${this.#name}, line ${this.#line + ahead}: ${problem}`);
  }

  #takeLine(bytes: Buffer, from: number, to: number): void {
    const start = skipBlank(bytes, from, to);
    if (start === to) return;
    if (bytes[start] === HASH) {
      this.#consumer.comment(bytes.toString('utf8', start, to));
      return;
    }
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isFirst && this.#takeCommaTitles(bytes.subarray(start, to))) return;
    const count = this.#takeNumbers(bytes, start, to, isFirst && this.#shape.titles);
    if (count === 0) return;
    if (count < this.#shape.minColumns) throw this.failure(`${count} columns, not ${this.#columns()}`);
    const problem = this.#consumer.row(this.#values, count);
    if (problem !== undefined) throw this.failure(problem);
  }

  #takeCommaTitles(line: Buffer): boolean {
    const { commaTitles } = this.#shape;
    if (commaTitles === undefined || !line.includes(COMMA)) return false;
    this.#comma = line.toString('latin1').replace(/[ \t]/g, '') === commaTitles;
    if (!this.#comma) throw this.failure(`comma-separated columns must have the titles ${commaTitles}`);
    return true;
  }

  /** Returns the number of columns; 0 for a line of titles. */
  #takeNumbers(bytes: Buffer, from: number, to: number, titlesPossible: boolean): number {
    const comma = this.#comma;
    let count = 0;
    let start = from;
    for (let more = true; more; ) {
      const end = fieldEnd(bytes, start, to, comma);
      if (count === this.#shape.maxColumns) throw this.failure(`more than ${this.#columns()} columns`);
      const value = parseNumber(bytes, start, end);
      if (Number.isNaN(value) && !isNanText(bytes, start, end)) {
        if (titlesPossible && count === 0) return 0;
        throw this.failure(`column ${count + 1} is no number: ${quote(bytes, start, end)}`);
      }
      this.#values[count++] = value;
      start = skipBlank(bytes, end, to);
      more = start < to;
      if (comma && more) {
        if (bytes[start] !== COMMA) throw this.failure('the columns must be separated by commas');
        start = skipBlank(bytes, start + 1, to);
      }
    }
    return count;
  }

  #columns(): string {
    const { minColumns, maxColumns } = this.#shape;
    return minColumns === maxColumns ? `${minColumns}` : `${minColumns} to ${maxColumns}`;
  }
}

function skipBlank(bytes: Uint8Array, from: number, to: number): number {
  let index = from;
  while (index < to && (bytes[index] === SPACE || bytes[index] === TAB)) index++;
  return index;
}

function fieldEnd(bytes: Uint8Array, from: number, to: number, comma: boolean): number {
  let index = from;
  for (; index < to; index++) {
    const byte = bytes[index];
    if (byte === SPACE || byte === TAB || (comma && byte === COMMA)) break;
  }
  return index;
}

function quote(bytes: Uint8Array, start: number, end: number): string {
  return end === start ? 'it is empty' : JSON.stringify(textOf(bytes, start, Math.min(end, start + 40)));
}
