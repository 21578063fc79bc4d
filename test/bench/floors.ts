/**
 * What the bare database does on this machine, now, at its durable defaults and without Easel: the measure that every figure
 * stands beside. MySQL is asked over ten connections; SQLite has one writer at a time, so one connection says it all.
 */
import Sqlite from 'better-sqlite3';
import { createConnection, format } from 'mysql2/promise';
import { quantile } from './quantile.ts';

export interface Floors {
  /** Single-row autocommit updates. */
  readonly updatesPerSecond: number;
  /** Rows inserted by statements of 1,000 rows, each its own transaction. */
  readonly rowsPerSecond: number;
  /** Median time of one single-row autocommit update on one connection. */
  readonly commitMs: number;
}

const CONNECTIONS = 10;
const ROWS = 1_000;

interface Bare {
  readonly connections: number;
  update(connection: number, id: number): Promise<unknown>;
  insertRows(): Promise<unknown>;
  close(): Promise<void>;
}

/** @param url of a database that may be filled; two tables are made in it */
export async function measureFloors(url: string, spanMs: number): Promise<Floors> {
  const bare = url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : await openMysql(url);
  try {
    await bare.insertRows();
    return {
      commitMs: quantile(await timesOf(spanMs, () => bare.update(0, anyRow())), 0.5),
      updatesPerSecond: await rateOf(spanMs, bare.connections, (connection) =>
        bare.update(connection, anyRow()),
      ),
      rowsPerSecond: ROWS * (await rateOf(spanMs, 1, () => bare.insertRows())),
    };
  } finally {
    await bare.close();
  }
}

const updating = 'update floor set counter = counter + 1 where id = ?';
const filling = `insert into floor (counter, label) values ${Array(ROWS).fill('(?, ?)').join(', ')}`;
const rows = Array.from({ length: ROWS }, (_, at) => [at, `row ${at} of a thousand`]).flat();

async function openMysql(uri: string): Promise<Bare> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => createConnection({ uri })));
  const [first] = connections;
  if (first === undefined) throw new Error('there is no connection');
  await first.query(
    'create table if not exists floor (id bigint auto_increment primary key, counter bigint, label varchar(64)) engine=innodb',
  );
  const text = format(filling, rows);
  return {
    connections: CONNECTIONS,
    update: async (connection, id) => await connections[connection]?.execute(updating, [id]),
    insertRows: async () => await first.query(text),
    close: async () => void (await Promise.all(connections.map((connection) => connection.end()))),
  };
}

function openSqlite(path: string): Bare {
  const file = new Sqlite(path);
  for (const pragma of ['journal_mode = wal', 'synchronous = full']) file.pragma(pragma);
  file.exec('create table if not exists floor (id integer primary key, counter integer, label text)');
  const [update, fill] = [file.prepare(updating), file.prepare(filling)];
  return {
    connections: 1,
    update: async (_connection, id) => update.run(id),
    insertRows: async () => fill.run(rows),
    close: async () => void file.close(),
  };
}

function anyRow(): number {
  return 1 + Math.floor(Math.random() * ROWS);
}

async function timesOf(spanMs: number, act: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (const end = performance.now() + spanMs; performance.now() < end; ) {
    const begun = performance.now();
    await act();
    times.push(performance.now() - begun);
  }
  return times;
}

async function rateOf(
  spanMs: number,
  lanes: number,
  act: (lane: number) => Promise<unknown>,
): Promise<number> {
  const begun = performance.now();
  const times = await Promise.all(
    Array.from({ length: lanes }, (_, lane) => timesOf(spanMs, () => act(lane))),
  );
  return (times.flat().length * 1_000) / (performance.now() - begun);
}
