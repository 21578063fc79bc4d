/**
 * Log lines of an attempt by pages, both ways along its chunks. Chunks are read a few at a time, more as long as they are small;
 * lines are looked at up to a bound, and the answer says how many.
 */
import type { Reader } from '../db/transaction.ts';
import { type LineFilter, type LogLine, parseLines, wants } from '../model/log-lines.ts';
import type { LogChunk } from './logs.ts';

const MOST_LINES = 50_000;
const MOST_CHARACTERS = 8_000_000;
const FIRST_CHUNKS = 4;
const MOST_CHUNKS = 256;

/** A line's place: its chunk, and which line of it, from 0. */
export interface LineCursor {
  readonly chunk: number;
  readonly line: number;
}

export interface PlacedLine extends LogLine, LineCursor {}

export interface LogQuery extends LineFilter {
  readonly attemptId: number;
  /** Lines before that one, or after it; the last lines when neither is given. */
  readonly before?: LineCursor | undefined;
  readonly after?: LineCursor | undefined;
  readonly limit: number;
}

export interface LogPage {
  /** In the order in which they were written. */
  readonly lines: readonly PlacedLine[];
  readonly looked: number;
  /** To be passed as `before`; null when the beginning was reached. */
  readonly older: LineCursor | null;
  /** To be passed as `after`, now or when there may be more; null when nothing was looked at. */
  readonly newer: LineCursor | null;
  /** Nothing newer was there when this was read. */
  readonly at_end: boolean;
}

interface Scan {
  readonly lines: readonly PlacedLine[];
  readonly looked: number;
  readonly first: LineCursor | undefined;
  readonly last: LineCursor | undefined;
  readonly isDone: boolean;
}

export async function readLogPage(reader: Reader, query: LogQuery): Promise<LogPage> {
  const { before, after, limit } = query;
  const isForwards = after !== undefined && before === undefined;
  const { lines, looked, first, last, isDone } = await scan(reader, query, isForwards);
  if (isForwards) return { lines, looked, older: first ?? after, newer: last ?? after, at_end: isDone };
  const older = isDone ? null : (last ?? null);
  return {
    lines: lines.toReversed().slice(-limit),
    looked,
    older,
    newer: first ?? null,
    at_end: before === undefined,
  };
}

/** In one direction from the cursor, until enough lines were found. */
async function scan(reader: Reader, query: LogQuery, isForwards: boolean): Promise<Scan> {
  const isWanted = wants(query);
  const from = isForwards ? query.after : query.before;
  const lines: PlacedLine[] = [];
  let [looked, characters, size] = [0, 0, FIRST_CHUNKS];
  let [first, last]: [LineCursor | undefined, LineCursor | undefined] = [undefined, undefined];
  let edge = from;
  for (;;) {
    const chunks = await readChunks(reader, { attemptId: query.attemptId, edge, size, isForwards });
    for (const { number, content } of chunks) {
      characters += content.length;
      for (const line of placeLines(content, number, { edge, isForwards })) {
        looked++;
        first ??= { chunk: line.chunk, line: line.line };
        last = { chunk: line.chunk, line: line.line };
        if (isWanted(line)) lines.push(line);
        if (lines.length === query.limit) return { lines, looked, first, last, isDone: false };
      }
      edge = { chunk: number, line: isForwards ? Number.MAX_SAFE_INTEGER : 0 };
    }
    if (chunks.length < size) return { lines, looked, first, last, isDone: true };
    if (looked >= MOST_LINES || characters >= MOST_CHARACTERS)
      return { lines, looked, first, last, isDone: false };
    if (characters < MOST_CHARACTERS / 8) size = Math.min(MOST_CHUNKS, size * 2);
  }
}

interface ChunkQuery {
  readonly attemptId: number;
  readonly edge: LineCursor | undefined;
  readonly size: number;
  readonly isForwards: boolean;
}

/** The chunk of the cursor among them: some of its lines may be left. */
async function readChunks(
  { kysely }: Reader,
  { attemptId, edge, size, isForwards }: ChunkQuery,
): Promise<Pick<LogChunk, 'number' | 'content'>[]> {
  const isUsedUp =
    edge !== undefined && (isForwards ? edge.line === Number.MAX_SAFE_INTEGER : edge.line === 0);
  const operator = isForwards ? (isUsedUp ? '>' : '>=') : isUsedUp ? '<' : '<=';
  return await kysely
    .selectFrom('log_chunks')
    .select(['number', 'content'])
    .where('attempt_id', '=', attemptId)
    .$if(edge !== undefined, (query) => query.where('number', operator, edge?.chunk ?? 0))
    .orderBy('number', isForwards ? 'asc' : 'desc')
    .limit(size)
    .execute();
}

/** The lines of a chunk beyond the edge, in the direction of the look. */
export function placeLines(
  content: string,
  chunk: number,
  { edge, isForwards }: Pick<ChunkQuery, 'edge' | 'isForwards'>,
): PlacedLine[] {
  const lines = parseLines(content).map((line, at) => ({ ...line, chunk, line: at }));
  const isBeyond = ({ line }: PlacedLine) =>
    edge?.chunk !== chunk || (isForwards ? line > edge.line : line < edge.line);
  const left = lines.filter(isBeyond);
  return isForwards ? left : left.reverse();
}
