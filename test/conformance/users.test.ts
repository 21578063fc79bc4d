/** Users, sessions and tokens as rows: who is let in, until when, and what ends with what. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../core/db/migrate.ts';
import { type Database, openDatabase } from '../../core/db/open.ts';
import { type Reader, reading, type Transaction, transact } from '../../core/db/transaction.ts';
import type { Role } from '../../core/model/roles.ts';
import { Ids } from '../../core/store/ids.ts';
import { webKey } from '../../core/store/installation.ts';
import {
  dropExpiredSessions,
  endSession,
  IDLE_MS,
  LONGEST_MS,
  openSession,
  useSession,
} from '../../core/store/sessions.ts';
import { addToken, listTokens, revokeToken, type TokenWish, useToken } from '../../core/store/tokens.ts';
import {
  addUser,
  findUser,
  hasUsers,
  listUsers,
  removeUser,
  setPassword,
  setRole,
} from '../../core/store/users.ts';
import { forEachDatabase, type TestDatabase } from '../support/databases.ts';

const person = 'tester';
const HOUR_MS = 3_600_000;

forEachDatabase('users', ({ create }) => {
  let made: TestDatabase;
  let database: Database;
  let reader: Reader;
  beforeAll(async () => {
    made = await create();
    database = await openDatabase(made.url, { connections: 8 });
    await migrate(database);
    reader = reading(database);
  });
  afterAll(async () => {
    await database.close();
    await made.drop();
  });
  beforeEach(async () => {
    for (const table of ['users', 'sessions', 'tokens', 'audit'] as const)
      await database.kysely.deleteFrom(table).execute();
    await add('anna', 'admin');
  });

  const run = <T>(work: (trx: Transaction) => Promise<T>) => transact(database, work);
  const add = (name: string, role: Role, password = 'hash') =>
    run((trx) => addUser(trx, { name, role, password, person }));
  const open = async (user: string, password = 'hash') =>
    (await run((trx) => openSession(trx, { user, password }))) ?? '';
  const grant = (wish: Partial<TokenWish> = {}) =>
    run((trx) => addToken(trx, new Ids(database, 1), { user: 'anna', name: 'a program', person, ...wish }));
  const actions = async () =>
    (await database.kysely.selectFrom('audit').selectAll().orderBy('id').execute()).map(
      (row) => `${row.person} ${row.action} ${row.detail}`,
    );
  /** As if that much time had gone by since the session was used and begun. */
  const age = async (table: 'sessions' | 'tokens', ms: number) => {
    const columns = { sessions: ['created_at', 'seen_at', 'expires_at'], tokens: ['used_at', 'expires_at'] };
    for (const column of columns[table] as 'expires_at'[])
      await database.kysely
        .updateTable(table)
        .set((of) => ({ [column]: of(column, '-', ms) }))
        .execute();
  };

  test('the first user is an admin, and a name is there once', async () => {
    await database.kysely.deleteFrom('users').execute();
    expect(await hasUsers(reader)).toBe(false);
    await expect(add('ben', 'operator')).rejects.toThrow(/first user must be an admin/);
    await add('ben', 'admin');
    await expect(add('ben', 'viewer')).rejects.toThrow(/there is a user ben already/);
    await add('Ben', 'viewer');
    expect((await listUsers(reader)).map(({ name }) => name)).toEqual(['Ben', 'ben']);
    for (const name of ['', ' ben', 'ben ', 'b\nn', 'bén', '-x', 'x'.repeat(65)])
      await expect(add(name, 'viewer'), name).rejects.toThrow(/a user name has/);
  });

  test('the last admin is neither removed nor given another role, also by two at once', async () => {
    await expect(run((trx) => removeUser(trx, { name: 'anna', person }))).rejects.toThrow(/only admin/);
    await expect(run((trx) => setRole(trx, { name: 'anna', role: 'viewer', person }))).rejects.toThrow(
      /only admin/,
    );
    await add('ben', 'admin');
    const both = ['anna', 'ben'].map((name) => run((trx) => setRole(trx, { name, role: 'viewer', person })));
    const ended = await Promise.allSettled(both);
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await listUsers(reader)).filter(({ role }) => role === 'admin')).toHaveLength(1);
  });

  test('a session is known by its secret only, and carries the role of the moment', async () => {
    await add('ben', 'viewer');
    const secret = await open('ben');
    expect(await useSession(reader, secret)).toMatchObject({ user: 'ben', role: 'viewer' });
    const [row] = await database.kysely.selectFrom('sessions').selectAll().execute();
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(await useSession(reader, row?.id ?? '')).toBeUndefined();
    expect(await useSession(reader, randomUUID())).toBeUndefined();
    await endSession(reader, secret);
    expect(await useSession(reader, secret)).toBeUndefined();
  });

  test('a session ends when it was idle for too long, and when it is too old', async () => {
    const secret = await open('anna');
    await age('sessions', IDLE_MS - 60_000);
    expect(await useSession(reader, secret)).toMatchObject({ user: 'anna' });
    await age('sessions', IDLE_MS - 60_000);
    expect(await useSession(reader, secret)).toMatchObject({ user: 'anna' });
    await age('sessions', IDLE_MS + 1);
    expect(await useSession(reader, secret)).toBeUndefined();
    const other = await open('anna');
    for (let hours = 10; hours < LONGEST_MS / HOUR_MS; hours += 10) {
      await age('sessions', 10 * HOUR_MS);
      expect(await useSession(reader, other), `after ${hours} h`).toMatchObject({ user: 'anna' });
    }
    await age('sessions', 10 * HOUR_MS);
    expect(await useSession(reader, other)).toBeUndefined();
  });

  test('use is written once a minute, not at each request', async () => {
    const secret = await open('anna');
    const seen = async () =>
      (await database.kysely.selectFrom('sessions').select('seen_at').executeTakeFirstOrThrow()).seen_at;
    await age('sessions', 30_000);
    const before = await seen();
    await useSession(reader, secret);
    expect(await seen()).toBe(before);
    await age('sessions', 31_000);
    await useSession(reader, secret);
    expect(await seen()).toBeGreaterThan(before);
  });

  test('expired sessions are dropped in bounded numbers, others stay', async () => {
    const [first, second] = [await open('anna'), await open('anna')];
    await age('sessions', IDLE_MS);
    const alive = await open('anna');
    expect(await run((trx) => dropExpiredSessions(trx, 1))).toBe(1);
    expect(await run((trx) => dropExpiredSessions(trx, 10))).toBe(1);
    expect(await run((trx) => dropExpiredSessions(trx, 10))).toBe(0);
    expect(await useSession(reader, alive)).toBeDefined();
    for (const gone of [first, second]) expect(await useSession(reader, gone)).toBeUndefined();
  });

  test('sessions end with the password and the role, all with the user; others are not touched', async () => {
    await add('ben', 'operator');
    const annas = await open('anna');
    const ends: [string, (trx: Transaction) => Promise<unknown>][] = [
      ['password', (trx) => setPassword(trx, { name: 'ben', password: 'other', person })],
      ['role', (trx) => setRole(trx, { name: 'ben', role: 'viewer', person })],
      ['user', (trx) => removeUser(trx, { name: 'ben', person })],
    ];
    let password = 'hash';
    const token = await grant({ user: 'ben' });
    for (const [what, end] of ends) {
      const secret = await open('ben', password);
      expect(await useSession(reader, secret), what).toBeDefined();
      await run(end);
      expect(await useSession(reader, secret), what).toBeUndefined();
      expect((await useToken(reader, token.secret))?.role, what).toBe(
        { password: 'operator', role: 'viewer' }[what],
      );
      password = 'other';
    }
    expect(await useSession(reader, annas)).toBeDefined();
    await expect(findUser(reader, 'ben')).rejects.toThrow(/no user ben/);
    expect(await listTokens(reader)).toEqual([]);
  });

  test('with a password that was changed after it was asked for, no session begins', async () => {
    await run((trx) => setPassword(trx, { name: 'anna', password: 'new', person }));
    expect(await open('anna', 'hash')).toBe('');
    expect(await open('nobody')).toBe('');
    expect(await database.kysely.selectFrom('sessions').selectAll().execute()).toEqual([]);
  });

  test('a token may do what both its role and its user’s allow', async () => {
    await add('ben', 'operator');
    await expect(grant({ user: 'ben', role: 'admin' })).rejects.toThrow(/ben is operator/);
    await expect(grant({ user: 'nobody' })).rejects.toThrow(/no user nobody/);
    const [own, lower] = [await grant({ user: 'ben' }), await grant({ user: 'ben', role: 'viewer' })];
    const roles = async () => [
      (await useToken(reader, own.secret))?.role,
      (await useToken(reader, lower.secret))?.role,
    ];
    expect(own.secret).toMatch(/^easel_[0-9A-Za-z]{43}$/);
    expect(await roles()).toEqual(['operator', 'viewer']);
    await run((trx) => setRole(trx, { name: 'ben', role: 'viewer', person }));
    expect(await roles()).toEqual(['viewer', 'viewer']);
    await run((trx) => setRole(trx, { name: 'ben', role: 'admin', person }));
    expect(await roles()).toEqual(['operator', 'viewer']);
  });

  test('a token is listed without its secret, is noted as used once a minute, expires and is revoked', async () => {
    const { id, secret } = await grant({ days: 2 });
    const rows = await database.kysely.selectFrom('tokens').selectAll().execute();
    expect(JSON.stringify([rows, await listTokens(reader)])).not.toContain(secret.slice(6, 30));
    const used = async () => (await listTokens(reader, 'anna'))[0]?.used_at ?? null;
    expect(await used()).toBeNull();
    await useToken(reader, secret);
    const first = await used();
    await age('tokens', 30_000);
    await useToken(reader, secret);
    expect(await used()).toBe((first ?? 0) - 30_000);
    await age('tokens', 31_000);
    await useToken(reader, secret);
    expect(await used()).toBeGreaterThan((first ?? 0) - 30_000);
    await age('tokens', 48 * HOUR_MS);
    expect(await useToken(reader, secret)).toBeUndefined();
    expect((await listTokens(reader))[0]).toMatchObject({ id, expired: true });
    const fresh = await grant();
    await expect(run((trx) => revokeToken(trx, { id: fresh.id, user: 'ben', person }))).rejects.toThrow(
      /no token/,
    );
    expect(await useToken(reader, fresh.secret)).toBeDefined();
    await run((trx) => revokeToken(trx, { id: fresh.id, person }));
    expect(await useToken(reader, fresh.secret)).toBeUndefined();
    for (const days of [0, -1, Number.NaN, 4_000])
      await expect(grant({ days }), String(days)).rejects.toThrow(/expires after/);
  });

  test('what is done to users and tokens is recorded, without any secret', async () => {
    await add('ben', 'viewer', 'ben’s hash');
    await run((trx) => setRole(trx, { name: 'ben', role: 'operator', person: 'anna' }));
    const { id, secret } = await grant({ user: 'ben' });
    await run((trx) => revokeToken(trx, { id, person }));
    await run((trx) => removeUser(trx, { name: 'ben', person }));
    const said = await actions();
    expect(said).toEqual([
      'tester user-add anna: admin',
      'tester user-add ben: viewer',
      'anna user-set-role ben: viewer -> operator',
      `tester token-add ${id} of ben: operator, "a program"`,
      `tester token-revoke ${id} of ben: "a program"`,
      'tester user-remove ben: operator',
    ]);
    expect(said.join()).not.toMatch(new RegExp(`${secret}|hash`));
  });

  test('all processes sign with the same key, also when they make it at once', async () => {
    const keys = await Promise.all(Array.from({ length: 6 }, () => run(webKey)));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
  });
});
