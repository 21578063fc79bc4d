/**
 * Talking to a MySQL or MariaDB server as its administrator: does it answer, is it young enough, and what has a run left there.
 * Only names that carry our prefix are ever dropped.
 */
import { type Connection, createConnection } from 'mysql2/promise';
import { within } from './holdings.ts';

const answerMs = 8_000;
const dropLockSeconds = 20;

export type MysqlAddress = string | { socketPath: string; user: string };

export async function withMysql<T>(
  address: MysqlAddress,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const options = typeof address === 'string' ? { uri: address } : address;
  const opening = createConnection({ ...options, connectTimeout: answerMs });
  const connection = await within(answerMs, 'MySQL', opening);
  // Without a listener a broken connection would end the whole process; the failed query tells the story already.
  connection.on('error', () => undefined);
  try {
    return await use(connection);
  } finally {
    connection.destroy();
  }
}

/** The server's version, once it is known that Easel supports it; throws when it does not answer or is too old. */
export async function checkMysql(address: MysqlAddress): Promise<string> {
  const version = await withMysql(address, async (connection) => {
    const [rows] = await connection.query('select version() as version');
    return (rows as { version: string }[])[0]?.version ?? '';
  });
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isMariadb = /mariadb/i.test(version);
  const isSupported = isMariadb ? major > 10 || (major === 10 && minor >= 6) : major >= 8;
  if (!isSupported) throw new Error(`version ${version} is too old: MySQL 8 or MariaDB 10.6 is needed`);
  return isMariadb ? version : `MySQL ${version}`;
}

/** Drops the databases that `isOurs` names. */
export async function sweepMysql(address: MysqlAddress, isOurs: (name: string) => boolean): Promise<number> {
  return withMysql(address, async (connection) => {
    await connection.query(`set session lock_wait_timeout = ${dropLockSeconds}`);
    const [rows] = await connection.query(
      "select schema_name as name from information_schema.schemata where schema_name like 'easel\\_test\\_%'",
    );
    const names = (rows as { name: string }[]).map((row) => row.name).filter(isOurs);
    for (const name of names) await connection.query('drop database if exists ??', [name]);
    return names.length;
  });
}
