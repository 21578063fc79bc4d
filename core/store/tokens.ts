/**
 * API tokens: what programs show instead of a password. A token belongs to a user and may do what both its own role and the
 * user's role of the moment allow. It ends with its user, when it is revoked, and at its expiry by the database's clock.
 */
import { sql } from 'kysely';
import { insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import { lowerRole, mayActAs, type Role } from '../model/roles.ts';
import { checkTokenName, checkUserName } from '../model/user-names.ts';
import { recordAction } from './audit.ts';
import { readNow } from './clock.ts';
import type { Ids } from './ids.ts';
import { digest, newTokenSecret } from './secrets.ts';
import { type By, findUser } from './users.ts';

const DAY_MS = 86_400_000;
const NOTED_EVERY_MS = 60_000;
const PER_USER = 100;
const LISTED = 1_000;
export const LONGEST_DAYS = 3_650;

export interface TokenView {
  readonly id: number;
  readonly user: string;
  readonly name: string;
  /** What it may do now: the lower of its own and the user's role. */
  readonly role: Role;
  readonly created_at: number;
  /** To the minute. */
  readonly used_at: number | null;
  readonly expires_at: number | null;
  readonly expired: boolean;
}

export interface TokenWish extends By {
  readonly user: string;
  readonly name: string;
  /** The user's, when it is not said. */
  readonly role?: Role | undefined;
  readonly days?: number | undefined;
}

/** The secret is in no row: this is the only time it can be told. */
export interface NewToken {
  readonly id: number;
  readonly user: string;
  readonly name: string;
  readonly role: Role;
  readonly expires_at: number | null;
  readonly secret: string;
}

export async function addToken(trx: Transaction, ids: Ids, wish: TokenWish): Promise<NewToken> {
  const { user, days, person } = wish;
  const name = checkTokenName(wish.name);
  const role = await chooseRole(trx, wish);
  await refuseTooMany(trx, user);
  const now = await readNow(trx);
  const token = { id: (await ids.take(trx, 1))(), user, name, role, expires_at: expiryAfter(now, days) };
  const secret = newTokenSecret();
  await insertRows(trx, 'tokens', [{ ...token, sha256: digest(secret), created_at: now }]);
  await recordAction(trx, {
    person,
    action: 'token-add',
    detail: `${token.id} of ${user}: ${role}, "${name}"`,
  });
  return { ...token, secret };
}

/** The user's row is locked: with a user that is just being removed no token stays behind. */
async function chooseRole(trx: Transaction, { user, role }: TokenWish): Promise<Role> {
  checkUserName(user);
  const { kysely, dialect } = trx;
  await kysely
    .selectFrom('users')
    .select('name')
    .where('name', '=', user)
    .modifyEnd(dialect.forUpdate)
    .execute();
  const owner = await findUser(trx, user);
  if (role !== undefined && !mayActAs(owner.role, role))
    throw new EaselError('usage', `${user} is ${owner.role}: a token of ${user} cannot be ${role}`);
  return role ?? owner.role;
}

function expiryAfter(now: number, days: number | undefined): number | null {
  if (days === undefined) return null;
  if (!(days > 0 && days <= LONGEST_DAYS))
    throw new EaselError('usage', `a token expires after 1 to ${LONGEST_DAYS} days, or never`);
  return now + Math.round(days * DAY_MS);
}

async function refuseTooMany({ kysely }: Reader, user: string): Promise<void> {
  const rows = await kysely
    .selectFrom('tokens')
    .select('id')
    .where('user', '=', user)
    .limit(PER_USER)
    .execute();
  if (rows.length >= PER_USER)
    throw new EaselError('conflict', `${user} has ${PER_USER} tokens: revoke one that is not used any more`);
}

/** The newest first; of one user or of all. */
export async function listTokens({ kysely, dialect }: Reader, user?: string): Promise<TokenView[]> {
  const rows = await kysely
    .selectFrom('tokens')
    .innerJoin('users', 'users.name', 'tokens.user')
    .select(['tokens.id', 'tokens.user', 'tokens.name', 'tokens.role', 'users.role as user_role'])
    .select(['tokens.created_at', 'tokens.used_at', 'tokens.expires_at'])
    .select(dialect.now.as('now'))
    .$if(user !== undefined, (query) => query.where('tokens.user', '=', user ?? ''))
    .orderBy('tokens.id', 'desc')
    .limit(LISTED)
    .execute();
  return rows.map(({ user_role, role, now, ...row }) => ({
    ...row,
    role: lowerRole(role, user_role),
    expired: row.expires_at !== null && row.expires_at <= Number(now),
  }));
}

export async function findToken({ kysely }: Reader, id: number): Promise<{ user: string; name: string }> {
  const row = await kysely
    .selectFrom('tokens')
    .select(['user', 'name'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row ?? refuseUnknown(id);
}

/** @param wish `user`: only when it is this user's */
export async function revokeToken(
  trx: Transaction,
  { id, user, person }: By & { readonly id: number; readonly user?: string },
): Promise<void> {
  const token = await findToken(trx, id);
  if (user !== undefined && token.user !== user) refuseUnknown(id);
  await trx.kysely.deleteFrom('tokens').where('id', '=', id).execute();
  await recordAction(trx, {
    person,
    action: 'token-revoke',
    detail: `${id} of ${token.user}: "${token.name}"`,
  });
}

function refuseUnknown(id: number): never {
  throw new EaselError('not_found', `there is no token ${id}; \`easel token list\` lists them`);
}

/** Whose this secret is, and what it may do now; undefined when it is nobody's, or nobody's any more. */
export async function useToken(
  reader: Reader,
  secret: string,
): Promise<{ readonly user: string; readonly role: Role } | undefined> {
  const { kysely, dialect } = reader;
  const row = await kysely
    .selectFrom('tokens')
    .innerJoin('users', 'users.name', 'tokens.user')
    .select(['tokens.id', 'tokens.user', 'tokens.role', 'users.role as user_role'])
    .select((of) => sql<number>`${dialect.now} - coalesce(${of.ref('tokens.used_at')}, 0)`.as('unused_ms'))
    .where('tokens.sha256', '=', digest(secret))
    .where((of) => of.or([of('tokens.expires_at', 'is', null), of('tokens.expires_at', '>', dialect.now)]))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (Number(row.unused_ms) >= NOTED_EVERY_MS) await noteUse(reader, row.id);
  return { user: row.user, role: lowerRole(row.role, row.user_role) };
}

async function noteUse({ kysely, dialect }: Reader, id: number): Promise<void> {
  await kysely.updateTable('tokens').set({ used_at: dialect.now }).where('id', '=', id).execute();
}
