/**
 * Sessions: logins of people that have not ended. One ends when it was idle too long or is too old, by the database's clock, and
 * with the role, the password or the user it began with. `expires_at` is whichever comes first; it moves on with use, but is written
 * once a minute at most.
 */
import { sql } from 'kysely';
import { insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import type { Role } from '../model/roles.ts';
import { readNow } from './clock.ts';
import { digest, newSessionSecret } from './secrets.ts';

export const IDLE_MS = 12 * 3_600_000;
export const LONGEST_MS = 7 * 24 * 3_600_000;
const NOTED_EVERY_MS = 60_000;

export interface Session {
  /** The SHA-256 of its secret. */
  readonly id: string;
  readonly user: string;
  /** The user's, now. */
  readonly role: Role;
}

/**
 * @param password the hash that was asked for just now: when it has been changed since, there is no session
 * @returns the secret for the browser's cookie
 */
export async function openSession(
  trx: Transaction,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<string | undefined> {
  const { kysely, dialect } = trx;
  const row = await kysely
    .selectFrom('users')
    .select('password')
    .where('name', '=', user)
    .modifyEnd(dialect.forUpdate)
    .executeTakeFirst();
  if (row?.password !== password) return undefined;
  const secret = newSessionSecret();
  const now = await readNow(trx);
  await insertRows(trx, 'sessions', [
    { id: digest(secret), user, created_at: now, seen_at: now, expires_at: now + IDLE_MS },
  ]);
  return secret;
}

/** The session of this secret, if it has not ended; it is seen with that. */
export async function useSession(reader: Reader, secret: string): Promise<Session | undefined> {
  const { kysely, dialect } = reader;
  const row = await kysely
    .selectFrom('sessions')
    .innerJoin('users', 'users.name', 'sessions.user')
    .select(['sessions.id', 'sessions.user', 'users.role'])
    .select((of) => sql<number>`${dialect.now} - ${of.ref('sessions.seen_at')}`.as('idle_ms'))
    .where('sessions.id', '=', digest(secret))
    .where('sessions.expires_at', '>', dialect.now)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { idle_ms, ...session } = row;
  if (Number(idle_ms) >= NOTED_EVERY_MS) await noteUse(reader, session.id);
  return session;
}

/** Not one that has ended meanwhile. */
async function noteUse({ kysely, dialect }: Reader, id: string): Promise<void> {
  const { now } = dialect;
  await kysely
    .updateTable('sessions')
    .set((of) => ({
      seen_at: now,
      expires_at: sql<number>`case when ${of.ref('created_at')} + ${LONGEST_MS} < ${now} + ${IDLE_MS}
        then ${of.ref('created_at')} + ${LONGEST_MS} else ${now} + ${IDLE_MS} end`,
    }))
    .where('id', '=', id)
    .where('expires_at', '>', now)
    .execute();
}

export async function endSession({ kysely }: Reader, secret: string): Promise<void> {
  await kysely.deleteFrom('sessions').where('id', '=', digest(secret)).execute();
}

export async function endSessionsOf({ kysely }: Transaction, user: string): Promise<void> {
  await kysely.deleteFrom('sessions').where('user', '=', user).execute();
}

/** At most `limit` of those that have ended by themselves; how many there were. */
export async function dropExpiredSessions({ kysely, dialect }: Transaction, limit: number): Promise<number> {
  const rows = await kysely
    .selectFrom('sessions')
    .select('id')
    .where('expires_at', '<=', dialect.now)
    .orderBy('expires_at')
    .limit(limit)
    .modifyEnd(dialect.skipLocked)
    .execute();
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) await kysely.deleteFrom('sessions').where('id', 'in', ids).execute();
  return ids.length;
}
