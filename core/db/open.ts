/**
 * Opens the database that a URL names: `mysql://user:password@host:port/database` or `sqlite:path`.
 * A server that is too old for SKIP LOCKED is refused here, once, with the reason.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import {
  CompiledQuery,
  Kysely,
  MysqlDialect,
  type MysqlPool,
  type MysqlPoolConnection,
  SqliteDialect,
  SqliteDriver,
  sql,
} from 'kysely';
import { createPool, type Pool } from 'mysql2';
import { EaselError } from '../model/errors.ts';
import { explainRefusal } from './advice.ts';
import { codeOf, type Dialect, MYSQL, SQLITE } from './dialect.ts';
import type { Tables } from './tables.ts';

export interface Database {
  readonly kysely: Kysely<Tables>;
  readonly dialect: Dialect;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Connections at most; MySQL only. */
  readonly connections?: number;
  /** A statement that takes longer is given up, and its connection with it. */
  readonly statementTimeoutMs?: number;
  /** An embedded database that is not there is refused rather than made. */
  readonly mustExist?: boolean;
}

export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const scheme = url.slice(0, url.indexOf(':'));
  if (scheme === 'sqlite') return openSqlite(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''), options);
  if (scheme === 'mysql' || scheme === 'mariadb') return openMysql(url, options);
  throw new EaselError('settings', `database URL "${redactUrl(url)}": expected mysql://... or sqlite:PATH`);
}

/** A URL as it may be shown: without its password. */
export function redactUrl(url: string): string {
  return url.replace(/\/\/([^:@/]*):[^@]*@/, '//$1:***@');
}

function openSqlite(path: string, { mustExist = false }: OpenOptions): Database {
  if (path === '')
    throw new EaselError('settings', 'database URL "sqlite:": the path of the file is missing');
  if (mustExist && !existsSync(path)) throw explainRefusal(new NoDatabase(), path);
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const file = openFile(path);
  const kysely = new Kysely<Tables>({ dialect: new EmbeddedDialect(file) });
  return { kysely, dialect: SQLITE, close: () => kysely.destroy() };
}

/** As SQLite would say it of a file that it may not make. */
class NoDatabase extends Error {
  override readonly name = 'SqliteError';
  readonly code = 'SQLITE_CANTOPEN_ABSENT';

  constructor() {
    super('there is no such file');
  }
}

function openFile(path: string): Sqlite.Database {
  try {
    const file = new Sqlite(path, { timeout: 10_000 });
    for (const pragma of PRAGMAS) file.pragma(pragma);
    return file;
  } catch (error) {
    throw explainRefusal(error, path);
  }
}

const PRAGMAS = ['journal_mode = wal', 'synchronous = full', 'cache_size = -65536', 'temp_store = memory'];

class EmbeddedDialect extends SqliteDialect {
  readonly #file: Sqlite.Database;

  constructor(file: Sqlite.Database) {
    super({ database: file });
    this.#file = file;
  }

  override createDriver(): SqliteDriver {
    return new EmbeddedDriver(this.#file);
  }
}

class EmbeddedDriver extends SqliteDriver {
  readonly #file: Sqlite.Database;

  constructor(file: Sqlite.Database) {
    super({ database: file });
    this.#file = file;
  }

  /** Write transactions take the lock at once: a deferred one that turns to writing fails under concurrency. */
  override async beginTransaction(
    connection: Parameters<SqliteDriver['beginTransaction']>[0],
  ): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** SQLite itself rolls back when its disk is full; doing it again is an error, which would hide the first one. */
  override async rollbackTransaction(
    connection: Parameters<SqliteDriver['rollbackTransaction']>[0],
  ): Promise<void> {
    if (this.#file.inTransaction) await super.rollbackTransaction(connection);
  }
}

async function openMysql(url: string, options: OpenOptions): Promise<Database> {
  const pool = createPool({
    uri: url.replace(/^mariadb:/, 'mysql:'),
    connectionLimit: options.connections ?? 8,
    connectTimeout: 10_000,
    charset: 'utf8mb4_bin',
    decimalNumbers: true,
    jsonStrings: true,
    enableKeepAlive: true,
    maxPreparedStatements: 256,
    timezone: 'Z',
  });
  pool.on('connection', (connection) => {
    connection.query('set session transaction isolation level read committed');
    connection.query("set session sql_mode = concat(@@sql_mode, ',STRICT_ALL_TABLES')");
  });
  const kysely = new Kysely<Tables>({
    dialect: new MysqlDialect({ pool: withTimeout(pool, options.statementTimeoutMs ?? 30_000) }),
  });
  try {
    await refuseOldServer(kysely);
  } catch (error) {
    await kysely.destroy();
    throw explainRefusal(error, redactUrl(url));
  }
  return { kysely, dialect: MYSQL, close: () => kysely.destroy() };
}

/**
 * mysql2 waits for ever for a peer that has stalled, unless every statement says how long it may take. What comes after
 * one that was given up would wait behind it, so its connection is given up too. So is one that cannot say `rollback`:
 * its end is the rollback, and the error that led there is told, not this one.
 */
function withTimeout(pool: Pool, timeout: number): MysqlPool {
  return {
    end: (callback) => pool.end(callback),
    getConnection: (callback) =>
      pool.getConnection((error, connection) => {
        if (error !== null) return callback(error, undefined as never);
        const { query } = connection;
        const timed = Object.create(connection) as MysqlPoolConnection;
        timed.query = ((text: string, values: unknown[], done?: Answer) => {
          if (done === undefined) return query.call(connection, { sql: text, values, timeout }, undefined); // read as a stream
          const isRollback = text === 'rollback';
          const answer = (problem: unknown, result: unknown) => {
            if (problem !== null && (isRollback || codeOf(problem) === 'PROTOCOL_SEQUENCE_TIMEOUT'))
              connection.destroy();
            if (isRollback) done(null, []);
            else done(problem, result);
          };
          return query.call(connection, { sql: text, values, timeout }, answer as never);
        }) as MysqlPoolConnection['query'];
        timed.release = () => connection.release();
        timed.destroy = () => connection.destroy();
        callback(null, timed);
      }),
  };
}

type Answer = (problem: unknown, result: unknown) => void;

async function refuseOldServer(kysely: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ version: string }>`select version() as version`.execute(kysely);
  const version = rows[0]?.version ?? '';
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const isMariaDb = /mariadb/i.test(version);
  const recent = isMariaDb ? major > 10 || (major === 10 && minor >= 6) : major >= 8;
  if (!recent) {
    throw new EaselError(
      'unsupported',
      `database server ${version}: Easel needs MySQL 8 or MariaDB 10.6 or later (SELECT ... SKIP LOCKED)`,
    );
  }
}
