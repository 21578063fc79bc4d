/** Logging in to the dashboard, on a real server: whom it lets in, until when, and what somebody who guesses learns. */
import { afterEach, expect, test } from 'vitest';
import { transact } from '../../core/db/transaction.ts';
import { removeUser, setPassword, setRole } from '../../core/store/users.ts';
import { type Dashboard, openDashboard, PASSWORD } from '../support/dashboard.ts';
import { forEachDatabase } from '../support/databases.ts';
import { until } from '../support/until.ts';
import { csrfOf, type WebClient } from '../support/web-client.ts';

let dashboard: Dashboard;
afterEach(() => dashboard.close());

const USERS = { anna: 'admin', ben: 'operator', vera: 'viewer' } as const;
const logIn = (client: WebClient, name: string, password = PASSWORD, next = '') =>
  client.submit('/login', '/login', { name, password, next });
const sessions = () => dashboard.database.kysely.selectFrom('sessions').selectAll().execute();
const audit = async () =>
  (await dashboard.database.kysely.selectFrom('audit').selectAll().orderBy('id').execute()).filter(
    ({ action }) => action.startsWith('login'),
  );
const person = 'tester';

forEachDatabase('login', ({ create }) => {
  test('leads back to where one wanted to go, with a cookie that scripts and other sites do not get', async () => {
    dashboard = await openDashboard({ create, users: USERS });
    const client = dashboard.browser();
    const asked = await client.get('/jobs?state=failed');
    expect([asked.status, asked.headers.location]).toEqual([303, '/login?next=%2Fjobs%3Fstate%3Dfailed']);
    const form = await client.get(asked.headers.location ?? '');
    const next = /name="next" value="([^"]*)"/.exec(form.text)?.[1] ?? '';
    const fields = { name: 'ben', password: PASSWORD, next, _csrf: csrfOf(form.text) };
    const answer = await client.post('/login', fields);
    expect([answer.status, answer.headers.location]).toEqual([303, '/jobs?state=failed']);
    const [cookie] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^easel_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/);
    expect((await client.get('/account')).text).toContain('<strong>ben</strong>, operator');
    const [login] = await audit();
    expect(login).toMatchObject({ person: 'ben', action: 'login', detail: 'from 127.0.0.1' });
  });

  test('says the same of an unknown name and of a wrong password, and keeps neither in the audit', async () => {
    dashboard = await openDashboard({ create, users: USERS });
    const wrong = await logIn(dashboard.browser(), 'ben', 'not the password');
    const unknown = await logIn(dashboard.browser(), 'my-secret-typed-here', 'not the password');
    const padded = await logIn(dashboard.browser(), 'ben ', PASSWORD);
    for (const { status, text } of [wrong, unknown, padded]) {
      expect(status).toBe(403);
      expect(text).toContain('The name or the password is not right.');
    }
    await logIn(dashboard.browser(), 'ben', 'not the password');
    await until(async () => (await audit()).length === 2);
    expect((await audit()).map(({ person: who, detail }) => [who, detail])).toEqual([
      ['ben', 'as ben, from 127.0.0.1'],
      ['', 'with the name of nobody, from 127.0.0.1'],
    ]);
    expect(await sessions()).toEqual([]);
  });
});

test('a session that a browser had before ends with the login: nobody can prepare one for somebody else', async () => {
  dashboard = await openDashboard({ users: USERS });
  const client = await dashboard.loggedIn('vera');
  const before = client.cookies.get('easel_session') ?? '';
  const csrf = await client.csrf('/account');
  const answer = await client.post('/login', { name: 'ben', password: PASSWORD, _csrf: csrf });
  expect(answer.status).toBe(303);
  expect(client.cookies.get('easel_session')).not.toBe(before);
  expect((await sessions()).map(({ user }) => user)).toEqual(['ben']);
  const other = dashboard.browser();
  for (const cookie of [before, 'chosen-by-somebody', 'chosen.by-somebody', '']) {
    other.cookies.set('easel_session', cookie);
    expect((await other.get('/account')).status, cookie).toBe(303);
  }
});

test('logging out ends the session, not only the cookie', async () => {
  dashboard = await openDashboard({ users: USERS });
  const client = await dashboard.loggedIn('ben');
  const stolen = dashboard.browser();
  stolen.cookies.set('easel_session', client.cookies.get('easel_session') ?? '');
  expect((await client.submit('/account', '/logout', {})).headers.location).toBe('/login');
  expect(client.cookies.has('easel_session')).toBe(false);
  expect((await stolen.get('/account')).status).toBe(303);
  expect(await sessions()).toEqual([]);
});

test('an expired session is none, and is swept away by the next login', async () => {
  dashboard = await openDashboard({ users: USERS });
  const client = await dashboard.loggedIn('ben');
  expect((await client.get('/account')).status).toBe(200);
  await dashboard.database.kysely.updateTable('sessions').set({ expires_at: 1 }).execute();
  expect((await client.get('/account')).status).toBe(303);
  await logIn(dashboard.browser(), 'anna');
  expect((await sessions()).map(({ user }) => user)).toEqual(['anna']);
});

test('role, password and user are what they are at each request', async () => {
  dashboard = await openDashboard({ users: USERS });
  const { database } = dashboard;
  const changes = [
    () => transact(database, (trx) => setRole(trx, { name: 'ben', role: 'viewer', person })),
    () => transact(database, (trx) => setPassword(trx, { name: 'ben', password: 'x', person })),
    () => transact(database, (trx) => removeUser(trx, { name: 'ben', person })),
  ];
  for (const change of changes) {
    const client = await dashboard.loggedIn('ben');
    const csrf = await client.csrf('/account');
    await change();
    expect((await client.get('/account')).status).toBe(303);
    expect((await client.post('/account/tokens', { name: 'late', _csrf: csrf })).status).toBe(403);
  }
});

test('changing one’s own password ends the other sessions and goes on with a new one', async () => {
  dashboard = await openDashboard({ users: USERS });
  const [client, other] = [await dashboard.loggedIn('ben'), await dashboard.loggedIn('ben')];
  const before = client.cookies.get('easel_session') ?? '';
  const fields = { current: PASSWORD, password: 'another password', again: 'another password' };
  const change = (changed: object) =>
    client.submit('/account', '/account/password', { ...fields, ...changed });
  expect((await change({ current: 'wrong' })).text).toContain('The current password is not right.');
  expect((await change({ again: 'different pass' })).text).toContain('not the same');
  expect((await change({ password: 'short', again: 'short' })).text).toContain('at least 10 characters');
  expect((await other.get('/account')).status).toBe(200);
  expect((await change({})).headers.location).toBe('/account');
  expect((await client.get('/account')).status).toBe(200);
  expect((await other.get('/account')).status).toBe(303);
  other.cookies.set('easel_session', before);
  expect((await other.get('/account')).status).toBe(303);
  expect((await logIn(dashboard.browser(), 'ben', 'another password')).status).toBe(303);
});

test('after the login one stays on this server, whatever `next` says', async () => {
  dashboard = await openDashboard({ users: USERS });
  const client = await dashboard.loggedIn('ben');
  const elsewhere = [
    ...['//evil.test', '/\\evil.test', '\\\\evil.test', 'https://evil.test', 'https:evil.test', 'evil.test'],
    ...[
      '/\t/evil.test',
      '/\n/evil.test',
      '/%09/evil.test',
      '/%2f/evil.test',
      '/%5cevil.test',
      '/%252f/evil.test',
    ],
    ...['/.//evil.test', '/./\\evil.test', '/x/..//evil.test', '/%2e//evil.test', 'javascript:alert(1)', ''],
    ...['/login?next=/login', '/logout', `/${'x'.repeat(3_000)}`, '/%zz'],
  ];
  for (const next of elsewhere) {
    const { status, headers } = await client.get(`/login?next=${encodeURIComponent(next)}`);
    expect([status, headers.location], next).toEqual([303, '/']);
  }
  for (const next of [
    '/',
    '/jobs/7',
    '/jobs?state=failed&name=a%20b%25',
    '/products/a%20b#top',
    '/x?y=//z',
  ]) {
    const { headers } = await client.get(`/login?next=${encodeURIComponent(next)}`);
    expect(headers.location).toBe(next);
  }
});

test('an address gets ten tries a minute', async () => {
  dashboard = await openDashboard({ users: USERS });
  const client = dashboard.browser();
  const csrf = await client.csrf('/login');
  const tries = Array.from({ length: 12 }, (_each, at) =>
    client.post('/login', { name: `no.${at}`, password: 'x', _csrf: csrf }),
  );
  const answers = await Promise.all(tries);
  expect(answers.filter(({ status }) => status === 403)).toHaveLength(10);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  for (const { headers, text } of refused) {
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(text).toContain('Too many tries');
  }
  expect((await client.get('/login')).status).toBe(200);
});

test('a name gets three tries, then has to wait, from wherever they come', async () => {
  dashboard = await openDashboard({ users: USERS, settings: { web: { trusted_proxies: ['loopback'] } } });
  const client = dashboard.browser();
  const csrf = await client.csrf('/login');
  const attempt = (at: number, password: string, name = 'ben') =>
    client.post('/login', { name, password, _csrf: csrf }, { 'x-forwarded-for': `198.51.100.${at}` });
  const at = await Promise.all([1, 2, 3, 4, 5, 6].map((each) => attempt(each, 'a guess')));
  expect(at.map(({ status }) => status).sort()).toEqual([403, 403, 403, 403, 429, 429]);
  expect((await attempt(7, 'a guess', 'anna')).status).toBe(403);
});

test('a user that does not exist takes as long as one that does', async () => {
  dashboard = await openDashboard({ users: USERS });
  const client = dashboard.browser();
  const csrf = await client.csrf('/login');
  const time = async (name: string) => {
    const from = performance.now();
    await client.post('/login', { name, password: 'not the password', _csrf: csrf });
    return performance.now() - from;
  };
  await time('warm.up');
  const known = [await time('ben'), await time('anna'), await time('vera')];
  const unknown = [await time('nobody'), await time('no one'), await time('ben ')];
  const [slow, fast] = [Math.min(...known), Math.min(...unknown)];
  expect(Math.max(slow, fast) / Math.min(slow, fast)).toBeLessThan(2);
});
