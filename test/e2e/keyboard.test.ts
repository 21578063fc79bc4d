/** Everything can be done without a mouse: what has the focus shows it, and nothing keeps it. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestBrowser } from '../support/browser/browser.ts';
import { readFocus, tabTo } from '../support/browser/keyboard.ts';
import { type LiveInstallation, startLive } from '../support/live.ts';
import { IS_READY } from '../support/seeded-pages.ts';
import { until } from '../support/until.ts';

let live: LiveInstallation;
let browser: TestBrowser;

beforeAll(async () => {
  [live, browser] = await Promise.all([startLive({ stars: 2 }), TestBrowser.launch()]);
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await live?.close();
});

async function at(address: string, work: (page: Page) => Promise<void>): Promise<void> {
  await browser.visit('desk', async (page, visit) => {
    visit.forgive(/422/);
    await page.goto(live.url + address);
    await until(() => page.evaluate<boolean>(IS_READY), { message: `the scripts of ${address}` });
    await work(page);
  });
}

/** Enter, and the page that comes of it. */
async function enter(page: Page, address: RegExp): Promise<void> {
  await page.keyboard.press('Enter');
  await page.waitForURL(address);
}

const viewBox = async (page: Page) => await page.locator('[data-graph] svg').getAttribute('viewBox');

it('the frame is passed by, or walked through', async () => {
  await at('/', async (page) => {
    await page.keyboard.press('Tab');
    expect((await readFocus(page)).name).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement?.id')).toBe('main');
    await page.goto(live.url);
    await tabTo(page, 'Errors');
    await enter(page, /\/errors$/);
    expect(await page.locator('nav [aria-current="page"]').innerText()).toBe('Errors');
  });
});

it('filters are set and sent', async () => {
  await at('/jobs', async (page) => {
    await tabTo(page, /^State/);
    await page.keyboard.press('s'); // succeeded
    await tabTo(page, /^Name or id/);
    await page.keyboard.type('survey');
    await page.keyboard.press('Enter');
    await page.waitForURL(/state=succeeded&text=survey/);
    expect(await page.locator('main tbody tr').count()).toBeGreaterThan(0);
  });
});

it('the tree opens, is gone through, and leads to a task', async () => {
  const { survey } = live.landmarks.jobs;
  await at(`/jobs/${survey}`, async (page) => {
    const rows = () => page.locator('table[data-tree] tbody tr').count();
    await tabTo(page, /survey of field .*all children/);
    await page.keyboard.press('ArrowRight');
    await until(async () => (await rows()) > 1);
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement?.dataset.level')).toBe('1');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await until(async () => (await rows()) === 1);
    await enter(page, /\/tasks\/\d+$/);
  });
});

it('the chart of activity is zoomed and walked through', async () => {
  await at('/activity?from=0', async (page) => {
    await tabTo(page, /^Zoom in/);
    await page.keyboard.press('Enter');
    await tabTo(page, /^Activity by worker/);
    const details = page.locator('.chart-details');
    await page.keyboard.press('ArrowRight');
    await until(async () => !(await details.innerText()).startsWith('Drag'), { message: 'a bar to be told' });
    const view = page.url();
    await page.keyboard.press('+');
    await until(() => page.url() !== view, { message: 'the address to follow the view' });
  });
});

it('the graph is moved, and its nodes are links', async () => {
  await at(`/jobs/${live.landmarks.jobs.hostile}/graph`, async (page) => {
    const whole = await viewBox(page);
    await tabTo(page, /^Zoom in/);
    await page.keyboard.press('Enter');
    await until(async () => (await viewBox(page)) !== whole);
    for (let step = 0; step < 20 && !(await isNode(page)); step++) await page.keyboard.press('Tab');
    expect(await isNode(page)).toBe(true);
    await enter(page, /\/(tasks|versions|product)/);
  });
});

const isNode = async (page: Page): Promise<boolean> =>
  await page.evaluate(
    'document.activeElement?.localName === "a" && document.activeElement.closest("svg") !== null',
  );

it('a log is sifted and scrolled', async () => {
  await at(`/tasks/${live.landmarks.talkative}/log`, async (page) => {
    await tabTo(page, 'Level');
    await page.keyboard.press('e'); // errors
    await tabTo(page, 'Search the log');
    await page.keyboard.type('peak');
    await until(async () => /match/.test(await page.locator('.log-state').innerText()));
    await tabTo(page, /^Lines/);
    const top = () => page.evaluate<number>('document.querySelector("[data-log-lines]").scrollTop');
    const before = await top();
    await page.keyboard.press('PageUp');
    await until(async () => (await top()) < before || before === 0);
  });
});

it('a job is submitted, paused and let go on', async () => {
  await at('/', async (page) => {
    await tabTo(page, 'Submit a job');
    await enter(page, /\/submit$/);
    await until(() => page.evaluate<boolean>(IS_READY));
    await tabTo(page, /^Job file/);
    await page.keyboard.press('Control+A');
    const job = { job_name: 'by keys', task_list: [{ task: 'null', name: 'long', duration: 60 }] };
    await page.keyboard.insertText(JSON.stringify(job));
    await until(async () => /long/.test(await page.locator('[data-submit-plan]').innerText()));
    await tabTo(page, 'Submit');
    await enter(page, /\/jobs\/\d+$/);
    await tabTo(page, 'Pause');
    await enter(page, /\/pause$/);
    await tabTo(page, 'Pause');
    await enter(page, /\/jobs\/\d+$/);
    expect(await page.locator('.notice').innerText()).toMatch(/is paused/);
    await tabTo(page, 'Cancel');
    await enter(page, /\/cancel$/);
    await tabTo(page, 'Cancel the job');
    await enter(page, /\/jobs\/\d+$/);
    expect(await page.locator('.notice').innerText()).toMatch(/^Cancelled \d+/);
  });
});
