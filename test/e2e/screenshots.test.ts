/**
 * The main pages with something on them, as the README shows them. With EASEL_PICTURES=1 the pictures are taken anew; without,
 * it is checked that there is as much to see.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Look, TestBrowser } from '../support/browser/browser.ts';
import { type LiveInstallation, startLive } from '../support/live.ts';
import { addressesOf, IS_READY } from '../support/seeded-pages.ts';
import { until } from '../support/until.ts';

const DIRECTORY = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
const HIGHEST = 1_000;

let live: LiveInstallation;
let browser: TestBrowser;
let addresses: Readonly<Record<string, string[]>>;

beforeAll(async () => {
  [live, browser] = await Promise.all([startLive({ stars: 4 }), TestBrowser.launch()]);
  live.open(2);
  await until(async () => (await live.count('failed')) === 1, { timeoutMs: 60_000 });
  addresses = await addressesOf(live);
  await tidyUp();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await live?.close();
});

/**
 * What is full of markup elsewhere has plain names here, and nothing is paused: the scheduler is gone before, so that nothing of what
 * was seeded begins to move.
 */
async function tidyUp(): Promise<void> {
  const { kysely, started } = live.daemons;
  const [scheduler] = started;
  scheduler?.child.kill('SIGKILL');
  await scheduler?.ended();
  await kysely.deleteFrom('pauses').execute();
  await kysely
    .updateTable('processes')
    .set({ host: 'node-2.example' })
    .where('host', 'like', '<b>%')
    .execute();
}

const MINUTE_MS = 60_000;
const recent = (): string => `/activity?from=${Date.now() - 6 * MINUTE_MS}&until=${Date.now()}`;

interface Shot {
  /** Of the picture. */
  readonly name: string;
  readonly address: () => string;
  /** Selector -> how often at least. */
  readonly content: Readonly<Record<string, number>>;
  readonly look?: Look;
}

const overview = {
  address: () => '/',
  content: { '.cards .card': 6, 'svg.bar': 5, 'tbody tr': 10, 'img.chart': 1 },
};

const SHOTS: readonly Shot[] = [
  { name: 'overview', ...overview },
  { name: 'overview-dark', ...overview, look: 'dark' },
  {
    name: 'job',
    address: () => `/jobs/${live.landmarks.jobs.running}`,
    content: { '.cards .card': 4, 'svg.bar': 4, '[data-tree] tr': 6 },
  },
  {
    name: 'task',
    address: () => `/tasks/${live.landmarks.redone}`,
    content: { '.why': 1, 'tbody tr': 4, 'dl.facts': 2 },
  },
  { name: 'activity', address: recent, content: { '[data-gantt] canvas': 1, '[data-gantt] tbody tr': 6 } },
  {
    name: 'curve',
    address: () => addresses['/versions/:version']?.[1] ?? '',
    content: { '[data-curve] canvas': 1, 'dl.facts dd': 5 },
  },
  {
    name: 'results',
    address: () => addresses['/jobs/:job/results']?.at(-1) ?? '',
    content: { '[data-heat] rect': 9, 'tbody tr': 9 },
  },
];

it.each(SHOTS)('$name', async ({ name, address, content, look = 'desk' }) => {
  await browser.visit(look, async (page) => {
    await page.goto(live.url + address());
    await until(() => page.evaluate<boolean>(IS_READY), { message: `the scripts of ${name}` });
    if (name === 'job') await openTree(page);
    for (const [selector, least] of Object.entries(content))
      expect(await page.locator(selector).count(), selector).toBeGreaterThanOrEqual(least);
    if (name === 'curve') await checkFrame(page);
    if (process.env.EASEL_PICTURES === '1') await take(page, name);
  });
});

/** The chart fills its frame: without the sheet of uPlot it stands below. */
async function checkFrame(page: Page): Promise<void> {
  const frame = await page.locator('.curve-frame').boundingBox();
  const canvas = await page.locator('.curve-frame canvas').boundingBox();
  expect(Math.abs((canvas?.y ?? 0) - (frame?.y ?? 1_000))).toBeLessThan(20);
}

async function openTree(page: Page): Promise<void> {
  const rows = page.locator('table[data-tree] tbody tr');
  for (const at of [0, 1]) {
    const before = await rows.count();
    await rows.nth(at).locator('.tree-toggle').click();
    await until(async () => (await rows.count()) > before);
  }
}

async function take(page: Page, name: string): Promise<void> {
  mkdirSync(DIRECTORY, { recursive: true });
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  await page.setViewportSize({ width: 1280, height: Math.min(HIGHEST, Math.max(640, height)) });
  await page.screenshot({ path: `${DIRECTORY}dashboard-${name}.png` });
}
