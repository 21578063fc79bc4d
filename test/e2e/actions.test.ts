/**
 * What can be done with the dashboard, done in a browser: the page that asks, the answer that is given once, what has become of it, and
 * the row of the audit that says who. With scripts and without.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestBrowser, type Visit } from '../support/browser/browser.ts';
import { type LiveInstallation, startLive } from '../support/live.ts';
import { addPerson, sessionCookie } from '../support/sessions.ts';
import { until } from '../support/until.ts';

const PERSON = 'olga';
const GOOD = JSON.stringify({
  job_name: 'from the browser',
  task_list: [{ task: 'null', name: 'only', duration: 0.1, outputs: { greeting: 'browser/hello.txt' } }],
});

let live: LiveInstallation;
let browser: TestBrowser;

beforeAll(async () => {
  [live, browser] = await Promise.all([startLive({ stars: 4 }), TestBrowser.launch()]);
  await addPerson(live.daemons.database, 'anna', 'admin');
  await addPerson(live.daemons.database, PERSON, 'operator');
  await addPerson(live.daemons.database, 'vera', 'viewer');
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await live?.close();
});

async function open(look: 'desk' | 'plain', person = PERSON): Promise<Visit> {
  const visit = await browser.open(look);
  await visit.page.context().addCookies([await sessionCookie(live.daemons.database, person, live.url)]);
  return visit;
}

/** From the page, by this button, past the question. */
async function confirm(page: Page, verb: string): Promise<string> {
  await page.locator('.ask').getByRole('button', { name: verb, exact: true }).click();
  return await page.locator('.notice').innerText();
}

async function audited(action: string): Promise<{ person: string; detail: string } | undefined> {
  return await live.daemons.kysely
    .selectFrom('audit')
    .select(['person', 'detail'])
    .where('action', '=', action)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

const stateOf = async (table: 'jobs' | 'tasks', id: number | undefined): Promise<string | undefined> =>
  (
    await live.daemons.kysely
      .selectFrom(table)
      .select('state')
      .where('id', '=', id ?? 0)
      .executeTakeFirst()
  )?.state;

const paused = async (scope: 'all' | 'job' | 'type', name: string): Promise<boolean> =>
  (await live.daemons.kysely
    .selectFrom('pauses')
    .select('name')
    .where('scope', '=', scope)
    .where('name', '=', name)
    .executeTakeFirst()) !== undefined;

// first: what is tried again later keeps the worker busy
describe.each(['desk', 'plain'] as const)('%s:', (look) => {
  it('submits a job: problems are told, its plan is shown, it is submitted', async () => {
    const visit = await open(look);
    visit.forgive(/422/);
    const { page } = visit;
    await page.goto(`${live.url}/`);
    await page.getByRole('link', { name: 'Submit a job' }).click();
    const text = page.locator('textarea[name="text"]');
    await text.fill(GOOD.replace('"null"', '"nil"'));
    if (look === 'desk')
      await until(async () => /nil/.test(await page.locator('[data-submit-problems]').innerText()));
    else {
      await page.getByRole('button', { name: 'Check' }).click();
      expect(await page.locator('.problems').last().innerText()).toMatch(/nil/);
    }
    await page.locator('textarea[name="text"]').fill(GOOD);
    if (look === 'desk')
      await until(async () => /only/.test(await page.locator('[data-submit-plan]').innerText()));
    else {
      await page.getByRole('button', { name: 'Check' }).click();
      expect(await page.locator('pre.plan').last().innerText()).toMatch(/only/);
    }
    await page.getByRole('button', { name: 'Submit', exact: true }).click();
    expect(await page.locator('.notice').innerText()).toMatch(/Job \d+ was submitted/);
    const id = Number(/jobs\/(\d+)/.exec(page.url())?.[1]);
    await until(async () => (await stateOf('jobs', id)) === 'succeeded', { timeoutMs: 30_000 });
    expect((await audited('submit'))?.person).toBe(PERSON);
    await visit.close();
  });
});

describe.each(['desk', 'plain'] as const)('%s:', (look) => {
  const isFirst = look === 'desk';

  it('pauses and resumes a job', async () => {
    const visit = await open(look);
    const { page } = visit;
    await page.goto(`${live.url}/jobs/${live.jobId}`);
    await page.getByRole('link', { name: 'Pause', exact: true }).click();
    expect(await page.locator('.gist').innerText()).toMatch(/would be paused/);
    expect(await paused('job', String(live.jobId))).toBe(false);
    expect(await confirm(page, 'Pause')).toMatch(/is paused/);
    expect(await paused('job', String(live.jobId))).toBe(true);
    expect(await audited('pause')).toMatchObject({ person: PERSON });
    await page.getByRole('link', { name: 'Resume', exact: true }).click();
    expect(await confirm(page, 'Resume')).toMatch(/is resumed/);
    expect(await paused('job', String(live.jobId))).toBe(false);
    expect(await audited('resume')).toMatchObject({ person: PERSON });
    await visit.close();
  });

  it('pauses and resumes a task type and everything', async () => {
    const visit = await open(look);
    const { page } = visit;
    for (const [from, scope, name] of [
      ['/task-types', 'type', 'verify'],
      ['/queue', 'all', ''],
    ] as const) {
      const way = scope === 'type' ? '/task-types/verify' : '/queue';
      await page.goto(live.url + from);
      await page.locator(`a[href="${way}/pause"]`).click();
      expect(await confirm(page, 'Pause')).toMatch(/is paused/);
      expect(await paused(scope, name)).toBe(true);
      await page.goto(`${live.url}/`);
      await page.locator(`.problem a[href="${way}/resume"]`).click();
      expect(await confirm(page, 'Resume')).toMatch(/is resumed/);
      expect(await paused(scope, name)).toBe(false);
    }
    await visit.close();
  });

  it('tries a task again, and cancels it', async () => {
    const { work, jobs } = live.landmarks;
    const id = isFirst ? work.failed : await failedTask(live, jobs.failed);
    const visit = await open(look);
    const { page } = visit;
    await page.goto(`${live.url}/tasks/${id}`);
    await page.getByRole('link', { name: 'Retry', exact: true }).click();
    expect(await confirm(page, 'Try again')).toMatch(/are to be tried again/);
    expect(await stateOf('tasks', id)).not.toBe('failed');
    expect(await audited('retry')).toMatchObject({ person: PERSON });
    await page.getByRole('link', { name: 'Cancel', exact: true }).click();
    expect(await confirm(page, 'Cancel the task')).toMatch(/^Cancelled \d+/);
    await until(async () => (await stateOf('tasks', id)) === 'cancelled');
    expect(await page.locator('.state').first().innerText()).toBe('cancelled');
    expect(await audited('cancel')).toMatchObject({ person: PERSON });
    await visit.close();
  });

  it('reschedules what is unfinished, of a job and of all', async () => {
    const { jobs } = live.landmarks;
    const visit = await open(look);
    const { page } = visit;
    await page.goto(`${live.url}/jobs/${isFirst ? jobs.cancelled : jobs.running}`);
    if (isFirst) {
      await page.getByRole('link', { name: 'Reschedule unfinished' }).click();
      expect(await confirm(page, 'Reschedule')).toMatch(/to be tried again/);
      expect(await stateOf('jobs', jobs.cancelled)).toBe('running');
    } else {
      await page.goto(`${live.url}/jobs`);
      await page.getByRole('link', { name: 'Reschedule unfinished' }).click();
      expect(await confirm(page, 'Reschedule')).toMatch(/to be tried again/);
    }
    expect(await audited('reschedule-unfinished')).toMatchObject({ person: PERSON });
    await visit.close();
  });

  it('cancels a job', async () => {
    const id = isFirst ? live.landmarks.jobs.paused : live.landmarks.jobs.running;
    const visit = await open(look);
    const { page } = visit;
    await page.goto(`${live.url}/jobs/${id}`);
    await page.getByRole('link', { name: 'Cancel', exact: true }).click();
    expect(await page.locator('.gist').innerText()).toMatch(/would be cancelled/);
    expect(await confirm(page, 'Cancel the job')).toMatch(/^Cancelled \d+/);
    expect(await audited('cancel')).toMatchObject({ person: PERSON });
    await visit.close();
  });

  it('empties the queue', async () => {
    const visit = await open(look);
    const { page } = visit;
    await page.goto(`${live.url}/queue`);
    await page.getByRole('link', { name: 'Empty the queue' }).click();
    expect(await page.locator('.gist').innerText()).toMatch(/wait for a worker/);
    expect(await confirm(page, 'Empty the queue')).toMatch(/^Cancelled \d+/);
    expect(await audited('empty-queue')).toMatchObject({ person: PERSON });
    await visit.close();
  });
});

it('tells a viewer that this is not for them, and shows no buttons', async () => {
  const visit = await open('desk', 'vera');
  visit.forgive(/403/);
  const { page } = visit;
  await page.goto(`${live.url}/jobs/${live.jobId}`);
  expect(await page.getByRole('link', { name: 'Cancel' }).count()).toBe(0);
  for (const way of [`/jobs/${live.jobId}/cancel`, '/queue/empty', '/submit', '/audit']) {
    const answer = await page.goto(live.url + way);
    expect([way, answer?.status()]).toEqual([way, 403]);
    expect(await page.locator('h1').innerText()).toBe('Not allowed');
  }
  await visit.close();
});

async function failedTask({ daemons }: LiveInstallation, jobId: number): Promise<number | undefined> {
  const query = daemons.kysely.selectFrom('tasks').select('id').where('job_id', '=', jobId);
  return (await query.where('state', '=', 'failed').where('kind', '=', 'work').executeTakeFirst())?.id;
}
