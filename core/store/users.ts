/**
 * Users of the dashboard. Where there are users there is an admin among them: the first one is, and the last one stays. Whatever
 * changes a user locks its row first, as a login does, so no session begins with a password or role that has just been changed.
 */
import { insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import type { Role } from '../model/roles.ts';
import { checkUserName } from '../model/user-names.ts';
import { recordAction } from './audit.ts';
import { readNow } from './clock.ts';
import { endSessionsOf } from './sessions.ts';

export interface UserView {
  readonly name: string;
  readonly role: Role;
  readonly created_at: number;
}

/** More are listed by none: people are added by hand. */
const LISTED = 1_000;

export async function listUsers({ kysely }: Reader): Promise<UserView[]> {
  return await kysely
    .selectFrom('users')
    .select(['name', 'role', 'created_at'])
    .orderBy('name')
    .limit(LISTED)
    .execute();
}

export async function hasUsers({ kysely }: Reader): Promise<boolean> {
  const row = await kysely.selectFrom('users').select('name').limit(1).executeTakeFirst();
  return row !== undefined;
}

export async function findUser({ kysely }: Reader, name: string): Promise<UserView> {
  const row = await kysely
    .selectFrom('users')
    .select(['name', 'role', 'created_at'])
    .where('name', '=', checkUserName(name))
    .executeTakeFirst();
  return row ?? refuseUnknown(name);
}

/** The stored hash. */
export async function readPassword({ kysely }: Reader, name: string): Promise<string | undefined> {
  const row = await kysely.selectFrom('users').select('password').where('name', '=', name).executeTakeFirst();
  return row?.password;
}

/** Who changes users: for the record. */
export interface By {
  readonly person: string;
}

/** @param wish `password` is a hash */
export async function addUser(
  trx: Transaction,
  { name, role, password, person }: By & { name: string; role: Role; password: string },
): Promise<void> {
  checkUserName(name);
  const users = await lockUsers(trx);
  if (users.some((user) => user.name === name))
    throw new EaselError('conflict', `there is a user ${name} already`);
  if (users.length === 0 && role !== 'admin')
    throw new EaselError('usage', `the first user must be an admin, so that there is one: not ${role}`);
  await insertRows(trx, 'users', [{ name, role, password, created_at: await readNow(trx) }]);
  await recordAction(trx, { person, action: 'user-add', detail: `${name}: ${role}` });
}

/** False when it was the role already. Otherwise the user's sessions end. */
export async function setRole(
  trx: Transaction,
  { name, role, person }: By & { name: string; role: Role },
): Promise<boolean> {
  const user = await lockUser(trx, name);
  if (user.role === role) return false;
  await refuseLastAdmin(trx, user, 'keep its role');
  await trx.kysely.updateTable('users').set({ role }).where('name', '=', name).execute();
  await endSessionsOf(trx, name);
  await recordAction(trx, { person, action: 'user-set-role', detail: `${name}: ${user.role} -> ${role}` });
  return true;
}

/** The user's sessions end. @param wish `password` is a hash */
export async function setPassword(
  trx: Transaction,
  { name, password, person }: By & { name: string; password: string },
): Promise<void> {
  await lockUser(trx, name);
  await trx.kysely.updateTable('users').set({ password }).where('name', '=', name).execute();
  await endSessionsOf(trx, name);
  await recordAction(trx, { person, action: 'user-set-password', detail: name });
}

/** With all sessions and tokens. */
export async function removeUser(trx: Transaction, { name, person }: By & { name: string }): Promise<void> {
  const user = await lockUser(trx, name);
  await refuseLastAdmin(trx, user, 'stay');
  await endSessionsOf(trx, name);
  await trx.kysely.deleteFrom('tokens').where('user', '=', name).execute();
  await trx.kysely.deleteFrom('users').where('name', '=', name).execute();
  await recordAction(trx, { person, action: 'user-remove', detail: `${name}: ${user.role}` });
}

/** What would refuse the removal or another role, said before anybody is asked. */
export async function refuseLastAdmin(
  { kysely }: Reader,
  { name, role }: Pick<UserView, 'name' | 'role'>,
  what: string,
): Promise<void> {
  if (role !== 'admin') return;
  const other = await kysely
    .selectFrom('users')
    .select('name')
    .where('role', '=', 'admin')
    .where('name', '<>', name)
    .limit(1)
    .executeTakeFirst();
  if (other === undefined)
    throw new EaselError(
      'conflict',
      `${name} is the only admin and must ${what}: make another user admin first`,
    );
}

/** All of them, in one order: of two admins who remove one another, one is refused. */
async function lockUser(trx: Transaction, name: string): Promise<UserView> {
  const users = await lockUsers(trx);
  return users.find((user) => user.name === name) ?? refuseUnknown(name);
}

async function lockUsers({ kysely, dialect }: Transaction): Promise<UserView[]> {
  return await kysely
    .selectFrom('users')
    .select(['name', 'role', 'created_at'])
    .orderBy('name')
    .modifyEnd(dialect.forUpdate)
    .execute();
}

function refuseUnknown(name: string): never {
  throw new EaselError('not_found', `there is no user ${name}; \`easel user list\` lists them`);
}
