/**
 * Opens the database that a URL names: `mysql://user:password@host:port/database` or `sqlite:path`.
 * A server that is too old for SKIP LOCKED is refused here, once, with the reason.
 */
import { mkdirSync } from 'node:fs';
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
import { type Dialect, MYSQL, SQLITE } from './dialect.ts';
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
}

export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const scheme = url.slice(0, url.indexOf(':'));
  if (scheme === 'sqlite') return openSqlite(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''));
  if (scheme === 'mysql' || scheme === 'mariadb') return openMysql(url, options);
  throw new EaselError('settings', `database URL "${redactUrl(url)}": expected mysql://... or sqlite:PATH`);
}

/** A URL as it may be shown: without its password. */
export function redactUrl(url: string): string {
  return url.replace(/\/\/([^:@/]*):[^@]*@/, '//$1:***@');
}

function openSqlite(path: string): Database {
  if (path === '')
    throw new EaselError('settings', 'database URL "sqlite:": the path of the file is missing');
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const file = new Sqlite(path, { timeout: 10_000 });
  for (const pragma of [
    'journal_mode = wal',
    'synchronous = full',
    'cache_size = -65536',
    'temp_store = memory',
  ]) {
    file.pragma(pragma);
  }
  const kysely = new Kysely<Tables>({ dialect: new ImmediateSqliteDialect({ database: file }) });
  return { kysely, dialect: SQLITE, close: () => kysely.destroy() };
}

/** Write transactions take the lock at once: a deferred one that turns to writing fails under concurrency. */
class ImmediateSqliteDialect extends SqliteDialect {
  readonly #config: ConstructorParameters<typeof SqliteDialect>[0];

  constructor(config: ConstructorParameters<typeof SqliteDialect>[0]) {
    super(config);
    this.#config = config;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver(this.#config);
  }
}

class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(
    connection: Parameters<SqliteDriver['beginTransaction']>[0],
  ): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
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
    throw explainRefusal(error, url);
  }
  return { kysely, dialect: MYSQL, close: () => kysely.destroy() };
}

const ADVICE: Record<string, string> = {
  ER_ACCESS_DENIED_ERROR: 'is the user or the password wrong?',
  ER_DBACCESS_DENIED_ERROR: 'the user has no rights on this database',
  ER_BAD_DB_ERROR: 'create it first: `create database NAME character set utf8mb4`',
  ECONNREFUSED: 'no server listens there: is it running, and is the port right?',
  ENOTFOUND: 'there is no such host',
  ETIMEDOUT: 'the host does not answer',
};

/** What a person can do something about is told without a stack. */
function explainRefusal(error: unknown, url: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const advice = ADVICE[code];
  if (advice === undefined || !(error instanceof Error)) return error;
  return new EaselError('unavailable', `database ${redactUrl(url)}: ${error.message}: ${advice}`);
}

/** mysql2 waits for ever for a peer that has stalled, unless every statement says how long it may take. */
function withTimeout(pool: Pool, timeout: number): MysqlPool {
  return {
    end: (callback) => pool.end(callback),
    getConnection: (callback) =>
      pool.getConnection((error, connection) => {
        if (error !== null) return callback(error, undefined as never);
        const { query } = connection;
        const timed = Object.create(connection) as MysqlPoolConnection;
        timed.query = ((text: string, values: unknown[], done: never) =>
          query.call(connection, { sql: text, values, timeout }, done)) as MysqlPoolConnection['query'];
        timed.release = () => connection.release();
        timed.destroy = () => connection.destroy();
        callback(null, timed);
      }),
  };
}

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
