/** What the dashboard refuses, on a real server: other sites, other names, too little role, too much of anything. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personName } from '../../core/cli/person.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { listTokens, revokeToken } from '../../core/store/tokens.ts';
import { addUser, listUsers } from '../../core/store/users.ts';
import { type Dashboard, openDashboard, PASSWORD } from '../support/dashboard.ts';
import { until } from '../support/until.ts';
import type { WebAnswer, WebClient } from '../support/web-client.ts';

const person = 'tester';

describe('with users', () => {
  let dashboard: Dashboard;
  let port: string;
  beforeAll(async () => {
    dashboard = await openDashboard({
      users: { anna: 'admin', ben: 'operator', vera: 'viewer' },
      settings: { web: { allowed_hosts: ['easel.example.org'], trusted_proxies: ['loopback'] } },
    });
    port = new URL(dashboard.url).port;
  });
  afterAll(() => dashboard.close());

  const tokensOf = async (user: string) => (await listTokens(reading(dashboard.database), user)).length;
  /** A post that makes a token, which is easily seen. */
  const post = (client: WebClient, csrf: string, headers = {}) =>
    client.post('/account/tokens', { name: 'x', _csrf: csrf }, headers);
  const refuses = async (client: WebClient, send: () => Promise<WebAnswer>, what: string) => {
    const before = await tokensOf('ben');
    expect((await send()).status, what).toBe(403);
    expect(await tokensOf('ben'), what).toBe(before);
    expect((await client.get('/account')).status).toBe(200);
  };

  test('a form without the token of its session does nothing', async () => {
    const [client, other] = [await dashboard.loggedIn('ben'), await dashboard.loggedIn('ben')];
    const [own, others] = [await client.csrf('/account'), await other.csrf('/account')];
    const anonymous = await dashboard.browser().csrf('/login');
    const [salt = '', signature = ''] = own.split('.');
    const wrong = [
      '',
      'x',
      others,
      anonymous,
      `${salt}.`,
      `.${signature}`,
      `${salt}x.${signature}`,
      `${own}x`,
    ];
    for (const token of wrong) await refuses(client, () => post(client, token), `token "${token}"`);
    await refuses(client, () => client.post(`/account/tokens?_csrf=${own}`, { name: 'x' }), 'in the address');
    const json = { 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'x', _csrf: [own] });
    await refuses(
      client,
      () => client.send('/account/tokens', { method: 'POST', headers: json, body }),
      'a list',
    );
    expect((await post(client, own)).status).toBe(200);
    expect((await client.post('/account/tokens', { name: 'y' }, { 'x-csrf-token': own })).status).toBe(200);
  });

  test('a form that another site sends does nothing, even with the right token', async () => {
    const client = await dashboard.loggedIn('ben');
    const csrf = await client.csrf('/account');
    const foreign = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'http://evil.test' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${Number(port) + 1}` },
      { origin: `http://127.0.0.1.evil.test:${port}` },
      { origin: 'http://evil.test', 'sec-fetch-site': 'same-origin' },
    ];
    for (const headers of foreign)
      await refuses(client, () => post(client, csrf, headers), JSON.stringify(headers));
    const own = { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' };
    expect((await post(client, csrf, own)).status).toBe(200);
  });

  test('it answers for its own names only, behind a proxy too', async () => {
    const client = dashboard.browser();
    const ours = [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `[::1]:${port}`,
      'EASEL.example.org',
      'localhost.',
    ];
    for (const host of ours) expect((await client.get('/login', { host })).status, host).toBe(200);
    for (const host of [
      'evil.test',
      `evil.test:${port}`,
      '192.0.2.7',
      'localhost.evil.test',
      '127.0.0.1.evil.test',
      'x y',
    ]) {
      const { status, text } = await client.get('/login', { host });
      expect([400, 421], host).toContain(status);
      if (status === 421) expect(text).toContain('allowed_hosts');
    }
    const forwarded = (host: string, name: string) =>
      client.get('/login', { host, 'x-forwarded-host': name, 'x-forwarded-for': '192.0.2.1' });
    expect((await forwarded('127.0.0.1', 'easel.example.org')).status).toBe(200);
    expect((await forwarded('127.0.0.1', 'evil.test')).status).toBe(421);
    expect((await forwarded('evil.test', 'localhost')).status).toBe(421);
    expect((await client.get('/<script>', { host: 'a"><script>' })).text).not.toContain('"><script>');
  });

  test('over https cookies and names are for https only', async () => {
    const client = dashboard.browser();
    const tls = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' };
    const over = await client.get('/login', tls);
    expect(over.headers['strict-transport-security']).toMatch(/^max-age=\d{8}/);
    expect(over.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; Secure; SameSite=Lax/);
    const plain = await dashboard.browser().get('/login');
    expect(plain.headers['strict-transport-security']).toBeUndefined();
    expect(plain.headers['set-cookie']?.[0]).not.toContain('Secure');
  });

  test('browsers are told to take nothing from elsewhere and to keep nothing', async () => {
    const client = await dashboard.loggedIn('vera');
    for (const path of ['/account', '/login', '/nowhere', '/api/v1/nowhere']) {
      const { headers } = await client.get(path);
      const policy = String(headers['content-security-policy']).split(';');
      expect(policy, path).toEqual([
        ...["default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:"],
        ...[
          "connect-src 'self'",
          "object-src 'none'",
          "base-uri 'none'",
          "frame-ancestors 'none'",
          "form-action 'self'",
        ],
      ]);
      expect(headers).toMatchObject({
        ...{ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' },
        ...{ 'referrer-policy': 'same-origin', 'cross-origin-opener-policy': 'same-origin' },
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['permissions-policy']).toContain('camera=()');
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });

  test('a program is known by its token, needs no form, and is told what is wrong', async () => {
    const secret = await dashboard.token('ben');
    const client = dashboard.browser();
    const call = (token: string, path = '/api/v1/nowhere') =>
      client.send(path, {
        method: 'POST',
        headers: { authorization: token, 'content-type': 'application/json' },
        body: '{}',
      });
    expect((await call(`Bearer ${secret}`)).status).toBe(404);
    for (const token of [`Bearer ${secret}x`, 'Bearer', 'Basic YTpi', `Bearer easel_${'a'.repeat(43)}`, '']) {
      const { status, headers, text } = await call(token);
      expect(status, token).toBe(401);
      expect(headers['www-authenticate'], token).toMatch(/^Bearer/);
      expect(headers['content-type']).toContain('application/problem+json');
      expect(JSON.parse(text)).toMatchObject({ status: 401 });
    }
    const [row] = await listTokens(reading(dashboard.database), 'ben');
    await transact(dashboard.database, (trx) => revokeToken(trx, { id: row?.id ?? 0, person }));
    expect((await call(`Bearer ${secret}`)).status).toBe(401);
  });

  test('a token that is wrong is not made good by a cookie', async () => {
    const client = await dashboard.loggedIn('anna');
    expect((await client.get('/users', { authorization: 'Bearer easel_wrong' })).status).toBe(401);
  });

  test('a token makes no tokens and no users, whatever its role', async () => {
    const authorization = `Bearer ${await dashboard.token('anna')}`;
    const client = dashboard.browser();
    const before = (await listUsers(reading(dashboard.database))).length;
    for (const path of ['/account', '/account/tokens', '/account/password', '/users', '/users/ben/remove']) {
      const answer = await client.post(
        path,
        { name: 'mallory', role: 'admin', password: PASSWORD, again: PASSWORD },
        { authorization },
      );
      expect(answer.status, path).toBe(403);
    }
    expect((await listUsers(reading(dashboard.database))).length).toBe(before);
  });

  test('users are seen to by admins only', async () => {
    for (const user of ['vera', 'ben']) {
      const client = await dashboard.loggedIn(user);
      const csrf = await client.csrf('/account');
      expect((await client.get('/users')).status).toBe(403);
      expect((await client.post('/users/anna/remove', { _csrf: csrf })).status).toBe(403);
      const wish = { name: 'mallory', role: 'admin', password: PASSWORD, again: PASSWORD, _csrf: csrf };
      expect((await client.post('/users', wish)).status).toBe(403);
    }
    const admin = await dashboard.loggedIn('anna');
    const form = { name: 'dora', role: 'viewer', password: PASSWORD, again: PASSWORD };
    expect((await admin.submit('/users', '/users', { ...form, role: 'root' })).status).toBe(400);
    expect((await admin.submit('/users', '/users', { ...form, name: '<b>' })).text).toContain(
      'a user name has',
    );
    expect((await admin.submit('/users', '/users', form)).status).toBe(303);
    expect((await admin.submit('/users', '/users/dora/role', { role: 'operator' })).status).toBe(303);
    expect((await admin.get('/users/dora/remove')).text).toContain('dora, operator, would be removed');
    expect((await admin.submit('/users', '/users/dora/remove', {})).status).toBe(303);
    expect((await admin.submit('/users', '/users/anna/role', { role: 'viewer' })).text).toContain(
      'only admin',
    );
    expect((await admin.submit('/users', '/users/anna/remove', {})).text).toContain('only admin');
    const rows = await dashboard.database.kysely
      .selectFrom('audit')
      .selectAll()
      .where('person', '=', 'anna')
      .execute();
    expect(rows.map(({ action }) => action)).toEqual(['user-add', 'user-set-role', 'user-remove']);
  });

  test('of tokens one sees, makes and revokes one’s own, up to one’s own role', async () => {
    const [client, other] = [await dashboard.loggedIn('vera'), await dashboard.loggedIn('ben')];
    const name = '<script>alert(1)</script>';
    const make = (role: string) => client.submit('/account', '/account/tokens', { name, role, days: '7' });
    expect((await make('operator')).status).toBe(400);
    const made = await make('viewer');
    expect(made.text).not.toContain('<script>alert');
    const secret = /easel_\w{43}/.exec(made.text)?.[0] ?? '';
    expect(
      (await dashboard.browser().get('/api/v1/nowhere', { authorization: `Bearer ${secret}` })).status,
    ).toBe(404);
    expect((await client.get('/account')).text).not.toContain(secret);
    const [row] = await listTokens(reading(dashboard.database), 'vera');
    expect((await other.submit('/account', `/account/tokens/${row?.id}/revoke`, {})).status).toBe(404);
    expect(await tokensOf('vera')).toBe(1);
    expect((await client.submit('/account', `/account/tokens/${row?.id}/revoke`, {})).status).toBe(303);
    expect(await tokensOf('vera')).toBe(0);
  });

  test('what is too large or too long is refused in plain words, job files only later', async () => {
    const [viewer, operator] = [await dashboard.loggedIn('vera'), await dashboard.loggedIn('ben')];
    const large = { text: 'x'.repeat(200_000) };
    const send = async (client: WebClient, path: string) => {
      const csrf = await client.csrf('/account');
      return await client.post(path, { ...large, _csrf: csrf });
    };
    for (const [client, path] of [
      [viewer, '/submit'],
      [operator, '/account/tokens'],
      [dashboard.browser(), '/login'],
    ] as const) {
      const { status, text } = await send(client, path);
      expect(status, path).toBe(413);
      expect(text).toMatch(/too large: at most 100(\.0)? KiB/);
    }
    expect((await send(operator, '/submit')).status).not.toBe(413);
    const long = await viewer.get(`/account?${'x'.repeat(5_000)}`);
    expect([long.status, long.text.includes('At most 4000 characters')]).toEqual([414, true]);
    expect((await viewer.get('/account', { 'x-large': 'x'.repeat(20_000) })).status).toBe(431);
    const many = Array.from({ length: 2_000 }, (_each, at) => `f${at}=1`).join('&');
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await viewer.send('/logout', { method: 'POST', headers: type, body: many })).status).toBe(413);
  });
});

describe('without users', () => {
  test('on this machine one is the person who runs it, until there is a user', async () => {
    const dashboard = await openDashboard();
    const client = dashboard.browser();
    try {
      const page = await client.get('/users');
      expect(page.status).toBe(200);
      expect(page.text).toContain(`${personName()}, on this machine`);
      expect((await client.post('/users', { name: 'mallory', role: 'admin' })).status).toBe(403);
      for (const header of ['x-forwarded-for', 'forwarded', 'via'])
        expect((await client.get('/users', { [header]: 'for=192.0.2.1' })).status, header).toBe(303);
      await transact(dashboard.database, (trx) =>
        addUser(trx, { name: 'anna', role: 'admin', password: 'x', person }),
      );
      await until(async () => (await client.get('/users')).status === 303, { timeoutMs: 3_000 });
    } finally {
      await dashboard.close();
    }
  });

  test('the first user is added on the page, and from then on everybody logs in', async () => {
    const dashboard = await openDashboard();
    const client = dashboard.browser();
    try {
      const wish = { name: 'anna', password: PASSWORD, again: PASSWORD };
      expect((await client.submit('/users', '/users', { ...wish, role: 'viewer' })).text).toContain(
        'first user',
      );
      expect((await client.submit('/users', '/users', { ...wish, role: 'admin' })).status).toBe(303);
      expect((await client.get('/users')).headers.location).toBe('/login?next=%2Fusers');
      expect((await client.submit('/login', '/login', { name: 'anna', password: PASSWORD })).status).toBe(
        303,
      );
      expect((await client.get('/users')).status).toBe(200);
    } finally {
      await dashboard.close();
    }
  });

  test('it does not listen to other machines', async () => {
    for (const host of ['0.0.0.0', '::'])
      await expect(openDashboard({ host }), host).rejects.toThrow(/no users: add one with `easel user add/);
    const dashboard = await openDashboard({ host: '0.0.0.0', users: { anna: 'admin' } });
    try {
      expect((await dashboard.browser().get('/login', { host: '192.0.2.7:8380' })).status).toBe(200);
      expect((await dashboard.browser().get('/login', { host: 'evil.test' })).status).toBe(421);
      expect((await dashboard.browser().get('/account')).status).toBe(303);
    } finally {
      await dashboard.close();
    }
  });
});

test('who sends its request byte by byte is given up', async () => {
  const dashboard = await openDashboard({ users: { anna: 'admin' } });
  const socket = connect({ port: Number(new URL(dashboard.url).port), host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    socket.write('GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    const from = performance.now();
    socket.resume();
    await once(socket, 'close');
    expect(performance.now() - from).toBeLessThan(30_000);
  } finally {
    socket.destroy();
    await dashboard.close();
  }
});
