/** People of an installation, and browsers in which they have a session without having typed a password. */
import type { Database } from '../../core/db/open.ts';
import { transact } from '../../core/db/transaction.ts';
import type { Role } from '../../core/model/roles.ts';
import { hashPassword } from '../../core/runtime/password.ts';
import { webKey } from '../../core/store/installation.ts';
import { openSession } from '../../core/store/sessions.ts';
import { addUser, readPassword } from '../../core/store/users.ts';
import { seal } from '../../web/security/cookies.ts';

export const PASSWORD = 'a password for tests';
const COOKIE = 'easel_session';

let hash: Promise<string> | undefined;

/** All with the same password, which is hashed once. */
export async function addPerson(database: Database, name: string, role: Role): Promise<void> {
  hash ??= hashPassword(PASSWORD);
  const password = await hash;
  await transact(database, (trx) => addUser(trx, { name, role, password, person: 'tester' }));
}

/** The cookie of a new session, as browsers take it. */
export async function sessionCookie(database: Database, user: string, url: string) {
  const password = (await readPassword(database, user)) ?? '';
  const secret = await transact(database, (trx) => openSession(trx, { user, password }));
  const key = await transact(database, webKey);
  return { name: COOKIE, value: seal(key, COOKIE, secret ?? ''), url };
}
