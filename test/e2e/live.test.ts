/** Pages move by themselves while a job is at work, and whoever reads or types there is not disturbed. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestBrowser } from '../support/browser/browser.ts';
import { type LiveInstallation, startLive } from '../support/live.ts';
import { until } from '../support/until.ts';

const STARS = 6;
const PATIENT = { timeoutMs: 60_000 };
/** Stays in the page as long as it is not loaded again. */
const MARK = 'window.isMarked = true';
const IS_MARKED = 'window.isMarked === true';
const FOCUSED = 'document.activeElement?.getAttribute("href")';

let live: LiveInstallation;
let browser: TestBrowser;

beforeAll(async () => {
  [live, browser] = await Promise.all([startLive({ stars: STARS }), TestBrowser.launch()]);
  await until(async () => (await live.count('running')) === STARS, { ...PATIENT, message: 'the gates' });
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await live?.close();
});

const ended = async (): Promise<number> => (await live.count('done')) + (await live.count('failed'));

/** Opens a gate and waits for the text to become another, without the page being loaded again. */
async function moves(page: Page, selector: string, words: string): Promise<string> {
  const text = async () => (await page.locator(selector).innerText()).replaceAll(/\s+/g, ' ');
  await page.evaluate(MARK);
  const before = await text();
  live.open();
  await until(async () => (await text()) !== before, { ...PATIENT, message: `${words} to move` });
  expect(await page.evaluate(IS_MARKED)).toBe(true);
  return await text();
}

it('the overview moves, and the focus stays', async () => {
  await browser.visit('desk', async (page) => {
    await page.goto(`${live.url}/`);
    const link = `main a[href="/jobs/${live.jobId}"]`;
    await page.locator(link).first().focus();
    const row = `main tr:has(a[href="/jobs/${live.jobId}"]) td:nth-child(4)`;
    const text = await moves(page, row, 'the overview');
    expect(text).toMatch(/^\d+ \/ \d+/);
    expect(await page.evaluate(FOCUSED)).toBe(`/jobs/${live.jobId}`);
  });
});

it('a job moves, also where its tree was opened', async () => {
  await browser.visit('desk', async (page) => {
    await page.goto(`${live.url}/jobs/${live.jobId}`);
    await page.locator('table[data-tree][data-ready]').waitFor();
    await page.locator('.tree-toggle').first().click();
    await until(async () => (await page.locator('table[data-tree] tbody tr').count()) > 1, PATIENT);
    const rows = await page.locator('table[data-tree] tbody tr').count();
    await moves(page, '[data-region="job-progress"] .card:nth-child(2) .figure', 'the job');
    expect(await page.locator('table[data-tree] tbody tr').count()).toBe(rows);
  });
});

it('a log is followed, a search in it stays', async () => {
  const gate = await live.daemons.kysely
    .selectFrom('tasks')
    .select('id')
    .where('job_id', '=', live.jobId)
    .where('type', '=', 'command')
    .where('state', '=', 'running')
    .orderBy('id')
    .executeTakeFirstOrThrow();
  await browser.visit('desk', async (page) => {
    await page.goto(`${live.url}/tasks/${gate.id}/log`);
    const lines = page.locator('[data-log-lines]');
    await until(async () => /waiting for the night/.test(await lines.innerText()), PATIENT);
    await page.evaluate(MARK);
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('star');
    live.open(STARS);
    await until(async () => /the star is visible/.test(await lines.innerText()), PATIENT);
    await until(async () => /ended/.test(await page.locator('.log-state').innerText()), PATIENT);
    expect(await page.getByRole('searchbox').inputValue()).toBe('star');
    expect(await page.evaluate(IS_MARKED)).toBe(true);
  });
});

it('the page of a task tells its end, the list of jobs that of the job', async () => {
  await browser.visit('desk', async (page) => {
    await page.goto(`${live.url}/jobs`);
    const row = page.locator(`main tr:has(a[href="/jobs/${live.jobId}"])`).first();
    await live.finish();
    await until(async () => /failed/.test(await row.innerText()), PATIENT);
    await page.goto(`${live.url}/jobs/${live.jobId}`);
    expect(await page.locator('[data-region="job-progress"] .figure').first().innerText()).toBe('failed');
  });
  expect(await ended()).toBeGreaterThanOrEqual(STARS * 2);
});

it('what was seeded has been left alone', async () => {
  const seeded = await live.daemons.kysely
    .selectFrom('tasks')
    .select('state')
    .where('id', 'in', Object.values(live.landmarks.work))
    .execute();
  expect(seeded.map(({ state }) => state).sort()).toEqual(Object.keys(live.landmarks.work).sort());
});
