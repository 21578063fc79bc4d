/** The API as programs meet it: its document, its answers, metrics and signs of life, with and without users. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actions } from '../../web/actions/index.ts';
import { resources } from '../../web/resources/index.ts';
import { type Dashboard, openDashboard } from '../support/dashboard.ts';

const JOB = JSON.stringify({
  job_name: 'api',
  task_list: [{ task: 'null', duration: 0, outputs: { greeting: 'hello.txt' } }],
});
const JSON_TYPE = { 'content-type': 'application/json' };

describe('on a machine of one’s own, without users', () => {
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await openDashboard();
  });
  afterAll(() => dashboard.close());

  const get = (path: string, headers = {}) => fetch(dashboard.url + path, { headers });
  const post = (path: string, body: object, headers: Record<string, string> = JSON_TYPE) =>
    fetch(dashboard.url + path, { method: 'POST', headers, body: JSON.stringify(body) });

  test('the document names every resource and action once, and what it refers to is there', async () => {
    const document = (await (await get('/api/v1/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; responses: object }>>;
      components: { schemas: Record<string, unknown> };
    };
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.values(document.paths).flatMap((verbs) => Object.values(verbs));
    expect(operations).toHaveLength(resources.length + actions.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const [, name = ''] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(document.components.schemas).toHaveProperty(name);
    for (const path of Object.keys(document.paths)) expect(path).not.toContain(':');
  });

  test('a program submits a job, is told its plan first, and finds it', async () => {
    const planned = await (await post('/api/v1/submit', { text: JOB, dry_run: true })).json();
    expect(planned).toMatchObject({ dry_run: true, gist: expect.stringContaining('api') });
    expect(await (await get('/api/v1/jobs')).json()).toMatchObject({ jobs: [] });
    const done = (await (await post('/api/v1/submit', { text: JOB })).json()) as { data: { job: number } };
    const { job } = done.data;
    expect(await (await get(`/api/v1/jobs/${job}`)).json()).toMatchObject({
      id: job,
      name: 'api',
      state: 'running',
    });
    const cancelled = await post(`/api/v1/jobs/${job}/cancel`, {});
    expect(cancelled.status).toBe(200);
    expect(await (await get(`/api/v1/jobs/${job}`)).json()).toMatchObject({ state: 'cancelled' });
    const csv = await (await get('/api/v1/jobs?format=csv')).text();
    expect(csv.split('\r\n')[1]).toMatch(new RegExp(`^${job},api,cancelled,`));
  });

  test('what is wrong is told as a problem document', async () => {
    const cases = [
      [await get('/api/v1/jobs/999'), 404, 'not_found'],
      [await get('/api/v1/jobs?state=odd'), 400, 'usage'],
      [await get('/api/v1/jobs?colour=red'), 400, 'usage'],
      [await get('/api/v1/nothing'), 404, 'request'],
      [await get('/api/v1/api?format=csv'), 404, 'request'],
      [await post('/api/v1/jobs/1/cancel', {}), 409, 'conflict'],
    ] as const;
    for (const [answer, status, code] of cases) {
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(await answer.json()).toMatchObject({ status, code, detail: expect.any(String) });
      expect(answer.status).toBe(status);
    }
    const refused = await post('/api/v1/submit', { text: '{"task_list": [{"task": "nul"}]}' });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      problems: [{ line: 1, column: expect.any(Number), path: '$.task_list[0].task' }],
    });
  });

  test('a page of another site cannot post, whatever it sends', async () => {
    const count = async () => ((await (await get('/api/v1/jobs')).json()) as { jobs: [] }).jobs.length;
    const before = await count();
    const foreign = [
      { ...JSON_TYPE, origin: 'https://evil.example' },
      { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' },
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
    ];
    for (const headers of foreign)
      expect((await post('/api/v1/submit', { text: JOB }, headers)).status, JSON.stringify(headers)).toBe(
        403,
      );
    expect(await count()).toBe(before);
  });

  test('metrics are what Prometheus reads', async () => {
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).toContain('version=0.0.4');
    const lines = (await answer.text()).trimEnd().split('\n');
    for (const line of lines)
      expect(line).toMatch(
        /^(# (HELP|TYPE) easel_\w+ .+|easel_\w+(\{(\w+="([^"\\]|\\.)*",?)+\})? -?[\d.e+-]+)$/,
      );
    expect(lines).toContain('easel_schedulers 0');
    expect(lines.some((line) => line.startsWith('easel_build_info{version='))).toBe(true);
  });

  test('signs of life tell that it runs and that it can answer', async () => {
    expect([(await get('/healthz')).status, (await get('/readyz')).status]).toEqual([200, 200]);
  });
});

describe('with users', () => {
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await openDashboard({ users: { anna: 'admin', vera: 'viewer' } });
  });
  afterAll(() => dashboard.close());

  test('everything but signs of life asks who one is, and roles count', async () => {
    const get = (path: string, headers = {}) => fetch(dashboard.url + path, { headers, redirect: 'manual' });
    for (const path of ['/api/v1/jobs', '/metrics', '/api/v1/openapi.json', '/charts/queue.svg'])
      expect([302, 303, 401], path).toContain((await get(path)).status);
    expect((await get('/healthz')).status).toBe(200);
    const viewer = { authorization: `Bearer ${await dashboard.token('vera')}` };
    for (const path of ['/api/v1/jobs', '/metrics', '/api/v1/openapi.json', '/charts/queue.svg'])
      expect((await get(path, viewer)).status, path).toBe(200);
    expect((await get('/api/v1/audit', viewer)).status).toBe(403);
    const submitting = { method: 'POST', body: JSON.stringify({ text: JOB }) };
    const as = async (user: string) => ({
      ...JSON_TYPE,
      authorization: `Bearer ${await dashboard.token(user)}`,
    });
    const url = `${dashboard.url}/api/v1/submit`;
    expect((await fetch(url, { ...submitting, headers: await as('vera') })).status).toBe(403);
    expect((await fetch(url, { ...submitting, headers: await as('anna') })).status).toBe(200);
    const { actions: done } = (await (await get('/api/v1/audit?action=submit', await as('anna'))).json()) as {
      actions: { person: string }[];
    };
    expect(done.map(({ person }) => person)).toEqual(['anna']);
  });
});
