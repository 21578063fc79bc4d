/**
 * Databases and virtual hosts for one test file each, fresh and empty. What a test forgets to remove goes at the end of the run.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject } from 'vitest';
import { createName } from './servers/access.ts';
import { withMysql } from './servers/mysql.ts';
import { createVhostOn, removeVhostOn, vhostUrl } from './servers/vhosts.ts';

const dropLockSeconds = 20;

export type DatabaseKind = 'mysql' | 'sqlite';

export interface TestDatabase {
  /** As `EASEL_DATABASE_URL` takes it. */
  url: string;
  drop(): Promise<void>;
}

export interface DatabaseMaker {
  kind: DatabaseKind;
  create(): Promise<TestDatabase>;
}

/** An empty database on the run's MySQL or MariaDB server. */
export async function createMysqlDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('mysqlAdminUrl');
  const name = createName(inject('servers').prefix);
  await withMysql(adminUrl, (connection) => connection.query('create database ??', [name]));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () =>
      withMysql(adminUrl, async (connection) => {
        await connection.query(`set session lock_wait_timeout = ${dropLockSeconds}`);
        await connection.query('drop database if exists ??', [name]);
      }),
  };
}

/** A SQLite database in a new directory under the temp directory; the file itself does not exist yet. */
export async function createSqliteDatabase(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), `easel_test_${randomBytes(4).toString('hex')}_`));
  return {
    url: `sqlite:${join(directory, 'easel.db')}`,
    drop: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A virtual host on the run's broker, in which queue names are free. Making one takes about a second: one per test file. */
export async function createVhost(): Promise<{ url: string; remove(): Promise<void> }> {
  const { prefix, amqp } = inject('servers');
  const name = createName(prefix);
  await createVhostOn(amqp.vhosts, name, decodeURIComponent(new URL(amqp.url).username));
  return { url: vhostUrl(amqp.url, name), remove: () => removeVhostOn(amqp.vhosts, name) };
}

/** Describes the same behaviour once for each kind of database. */
export function forEachDatabase(name: string, define: (database: DatabaseMaker) => void): void {
  const makers: DatabaseMaker[] = [
    { kind: 'sqlite', create: createSqliteDatabase },
    { kind: 'mysql', create: createMysqlDatabase },
  ];
  for (const maker of makers) describe(`${name} (${maker.kind})`, () => define(maker));
}
