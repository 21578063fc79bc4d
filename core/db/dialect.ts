/**
 * Everything in which the databases differ, and nothing else. Queries are written once, in core/store;
 * where they cannot be the same text, they ask here.
 */
import { type RawBuilder, sql } from 'kysely';

export interface Dialect {
  readonly name: 'mysql' | 'sqlite';
  /** The database's clock: milliseconds since 1970. The only clock that leases and deadlines are judged by. */
  readonly now: RawBuilder<number>;
  /** Appended to a SELECT: lock its rows, waiting for others / passing over those that others hold. */
  readonly forUpdate: RawBuilder<unknown>;
  readonly skipLocked: RawBuilder<unknown>;
  /** A conflict with another transaction that is to be expected: try again. */
  isContention(error: unknown): boolean;
  /** A column or an index that is to be added is there. */
  isDuplicate(error: unknown): boolean;
  /** The server is away, or refuses for now: wait, then try again. */
  isOutage(error: unknown): boolean;
}

export const MYSQL: Dialect = {
  name: 'mysql',
  now: sql<number>`cast(unix_timestamp(now(3)) * 1000 as signed)`,
  forUpdate: sql`for update`,
  skipLocked: sql`for update skip locked`,
  // 1213 deadlock, 1205 lock wait timeout, 1020 record changed since last read (MariaDB's snapshot check)
  isContention: (error) => [1213, 1205, 1020].includes(numberOf(error)),
  isDuplicate: (error) => [1060, 1061].includes(numberOf(error)),
  // 1040 too many connections, 1053 shutdown, 1927 connection killed, 2006/2013 gone away; 1290/1836 read only
  isOutage: (error) =>
    [1040, 1053, 1927, 2006, 2013, 1290, 1836].includes(numberOf(error)) ||
    CONNECTION_LOST.has(codeOf(error)) ||
    isLateNews(error) ||
    isServerDiskFull(error),
};

/** A connection that was lost between two statements of a transaction: mysql2 gives the second no code. */
function isLateNews(error: unknown): boolean {
  return error instanceof Error && 'fatal' in error && error.message.endsWith('in closed state');
}

/** 1021 disk full, 1114 table full, 20 disk full; 3, 1026 and 1030 wrap an errno: 28 no space, 122 quota, 30 read only */
function isServerDiskFull(error: unknown): boolean {
  const number = numberOf(error);
  if ([20, 1021, 1114].includes(number)) return true;
  const text = error instanceof Error ? error.message : '';
  return [3, 1026, 1030].includes(number) && /\b(?:errno|errcode|error)\b:?\s*"?(?:28|122|30)\b/i.test(text);
}

export const SQLITE: Dialect = {
  name: 'sqlite',
  now: sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
  // A write transaction holds the whole database, so there is no row to lock.
  forUpdate: sql``,
  skipLocked: sql``,
  isContention: (error) => codeOf(error).startsWith('SQLITE_BUSY') || codeOf(error) === 'SQLITE_LOCKED',
  isDuplicate: () => false, // a migration is one transaction
  isOutage: (error) =>
    ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'].some((code) =>
      codeOf(error).startsWith(code),
    ),
};

/** Where it is not known yet which database it is. */
export function isAnyOutage(error: unknown): boolean {
  return MYSQL.isOutage(error) || SQLITE.isOutage(error);
}

const CONNECTION_LOST = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function numberOf(error: unknown): number {
  return error instanceof Error && 'errno' in error ? Number(error.errno) : 0;
}
