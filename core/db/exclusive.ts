/**
 * Work on a database as a whole that nobody may do twice at once: migrating, restoring. On SQLite it is one
 * transaction, so that it happens wholly or not at all; on a server DDL commits by itself, so a named lock keeps
 * others out, and the work must bear being broken off and begun again.
 */
import { sql } from 'kysely';
import { EaselError } from '../model/errors.ts';
import type { Database } from './open.ts';

const WAIT_SECONDS = 60;

export async function exclusively<T>(database: Database, work: (locked: Database) => Promise<T>): Promise<T> {
  return await database.kysely.connection().execute(async (kysely) => {
    const locked: Database = { ...database, kysely };
    await lock(locked);
    try {
      const result = await work(locked);
      await unlock(locked, 'commit');
      return result;
    } catch (error) {
      await unlock(locked, 'rollback').catch(() => undefined); // the connection may be gone: why it is, is told
      throw error;
    }
  });
}

async function lock({ kysely, dialect }: Database): Promise<void> {
  if (dialect.name === 'sqlite') {
    await sql`begin immediate`.execute(kysely);
    return;
  }
  const { rows } = await sql<{
    taken: number | null;
  }>`select get_lock(concat('easel:', database()), ${WAIT_SECONDS}) as taken`.execute(kysely);
  if (rows[0]?.taken !== 1)
    throw new EaselError(
      'conflict',
      'another process is migrating or restoring this database: try again when it has ended',
    );
}

async function unlock({ kysely, dialect }: Database, end: 'commit' | 'rollback'): Promise<void> {
  if (dialect.name === 'sqlite') await sql.raw(end).execute(kysely);
  else await sql`select release_lock(concat('easel:', database()))`.execute(kysely);
}
