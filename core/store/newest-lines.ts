/**
 * The newest log lines of the installation, or of a job, along the time of their chunks: keys first, from the index alone, and then the
 * lines of those chunks that may have any. A job that has been silent for long is beyond the bound of the look; the answer tells where to go on.
 */
import { chunks, forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { type LineFilter, wants } from '../model/log-lines.ts';
import { type PlacedLine, placeLines } from './log-views.ts';

const MOST_CHUNKS_LOOKED_AT = 2_000;
const MOST_CHARACTERS = 8_000_000;
/** Chunks whose lines are read together. */
const TOGETHER = 32;
const MOST_KEYS = 1_000;

export interface ChunkCursor {
  readonly at: number;
  readonly attempt_id: number;
  readonly number: number;
}

export interface NewestQuery extends LineFilter {
  readonly jobId?: number | undefined;
  readonly before?: ChunkCursor | undefined;
  /** Whole chunks are taken, so that a few lines more may come. */
  readonly limit: number;
}

export interface TaskLine extends PlacedLine {
  readonly attempt_id: number;
  readonly attempt: number;
  readonly task_id: number;
  readonly job_id: number;
  readonly type: string;
}

export interface NewestLines {
  /** Newest first. */
  readonly lines: readonly TaskLine[];
  /** Chunks of lines. */
  readonly looked: number;
  readonly next: ChunkCursor | null;
}

export async function readNewestLines(reader: Reader, query: NewestQuery): Promise<NewestLines> {
  const isWanted = wants(query);
  const lines: TaskLine[] = [];
  let [looked, characters, size] = [0, 0, TOGETHER];
  let from = query.before;
  for (;;) {
    const keys = await readKeys(reader, from, Math.min(size, MOST_CHUNKS_LOOKED_AT - looked));
    const writers = await readWriters(reader, keys);
    for (const part of chunks(keys, TOGETHER)) {
      const own = part.filter(({ attempt_id }) => {
        const writer = writers.get(attempt_id);
        return writer !== undefined && (query.jobId ?? writer.job_id) === writer.job_id;
      });
      const contents = await readContents(reader, own);
      for (const key of part) {
        [from, looked] = [key, looked + 1];
        const [content, writer] = [contents.get(nameOf(key)), writers.get(key.attempt_id)];
        if (content === undefined || writer === undefined) continue;
        characters += content.length;
        const found = placeLines(content, key.number, { edge: undefined, isForwards: false }).filter(
          isWanted,
        );
        for (const line of found) lines.push({ ...line, attempt_id: key.attempt_id, ...writer });
        if (lines.length >= query.limit || characters >= MOST_CHARACTERS)
          return { lines, looked, next: from };
      }
    }
    if (keys.length < Math.min(size, MOST_CHUNKS_LOOKED_AT - looked + keys.length))
      return { lines, looked, next: null };
    if (looked >= MOST_CHUNKS_LOOKED_AT) return { lines, looked, next: from ?? null };
    size = Math.min(MOST_KEYS, size * 4);
  }
}

async function readKeys(
  { kysely }: Reader,
  before: ChunkCursor | undefined,
  limit: number,
): Promise<ChunkCursor[]> {
  let query = kysely.selectFrom('log_chunks').select(['at', 'attempt_id', 'number']);
  if (before !== undefined)
    query = query
      .where('at', '<=', before.at)
      .where((row) =>
        row.or([
          row('at', '<', before.at),
          row('attempt_id', '<', before.attempt_id),
          row.and([row('attempt_id', '=', before.attempt_id), row('number', '<', before.number)]),
        ]),
      );
  return await query
    .orderBy('at', 'desc')
    .orderBy('attempt_id', 'desc')
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
}

async function readWriters({ kysely }: Reader, keys: readonly ChunkCursor[]) {
  const rows = await forIds(
    keys.map(({ attempt_id }) => attempt_id),
    (part) =>
      kysely
        .selectFrom('attempts')
        .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
        .select(['attempts.id', 'attempts.number as attempt', 'task_id', 'attempts.job_id', 'tasks.type'])
        .where('attempts.id', 'in', part)
        .execute(),
  );
  return new Map(rows.map(({ id, ...writer }) => [id, writer]));
}

const nameOf = ({ attempt_id, number }: Pick<ChunkCursor, 'attempt_id' | 'number'>) =>
  `${attempt_id} ${number}`;

async function readContents({ kysely }: Reader, keys: readonly ChunkCursor[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await kysely
    .selectFrom('log_chunks')
    .select(['attempt_id', 'number', 'content'])
    .where((row) =>
      row.or(
        keys.map(({ attempt_id, number }) =>
          row.and([row('attempt_id', '=', attempt_id), row('number', '=', number)]),
        ),
      ),
    )
    .execute();
  return new Map(rows.map((row) => [nameOf(row), row.content]));
}
