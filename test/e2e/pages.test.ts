/**
 * Every page of the dashboard, on a seeded installation with a job at work: it is whole on a desk and on a phone, in the light and in the
 * dark, with scripts and without; nothing goes wrong on it, nobody is kept out, and the same as JSON and CSV is what the API promises.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resources } from '../../web/resources/index.ts';
import { checkAccessibility, checkWidth } from '../support/browser/accessibility.ts';
import { type Look, TestBrowser, type Visit } from '../support/browser/browser.ts';
import { type LiveInstallation, startLive } from '../support/live.ts';
import { parseCsv } from '../support/parse-csv.ts';
import { addressesOf, IS_READY, resourceAt } from '../support/seeded-pages.ts';
import { until } from '../support/until.ts';

/** Pages that are no resources. */
const OTHERS = ['/submit', '/api', '/account', '/users', '/queue/empty', '/jobs/reschedule-unfinished'];
const LEAST_WORDS = 7;
const LINKS_FOLLOWED = 12;

let live: LiveInstallation;
let browser: TestBrowser;
let addresses: Readonly<Record<string, string[]>>;
const visits = new Map<Look, Visit>();

beforeAll(async () => {
  [live, browser] = await Promise.all([startLive({ stars: 4 }), TestBrowser.launch()]);
  addresses = await addressesOf(live);
  for (const look of ['desk', 'phone', 'dark', 'plain'] as const) visits.set(look, await browser.open(look));
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await live?.close();
});

/** Opens it in a browser that has seen others before; fails when anything goes wrong on the way. */
async function see(look: Look, address: string, check: (page: Page) => Promise<void>): Promise<void> {
  const visit = visits.get(look);
  if (visit === undefined) throw new Error(`nobody looks like ${look}`);
  const { page } = visit;
  const before = visit.problems.length;
  const answer = await page.goto(live.url + address);
  const where = `${address} (${look})`;
  if (look !== 'plain')
    await until(() => page.evaluate<boolean>(IS_READY), { message: `the scripts of ${where}` });
  expect(visit.problems.slice(before), where).toEqual([]);
  expect(answer?.status(), where).toBe(200);
  expect(await page.locator('h1').count(), where).toBe(1);
  await check(page);
  expect(visit.problems.slice(before), where).toEqual([]);
}

async function seeAll(address: string): Promise<void> {
  await see('desk', address, async (page) => {
    await checkWidth(page);
    await checkAccessibility(page);
  });
  await see('dark', address, checkAccessibility);
  await see('phone', address, checkWidth);
  await see('plain', address, async (page) => {
    const words = (await page.locator('main').innerText()).split(/\s+/);
    expect(words.length, `words of ${address}`).toBeGreaterThan(LEAST_WORDS);
  });
}

it('has addresses of every resource', () => {
  expect(Object.keys(addresses).sort()).toEqual(resources.map(({ path }) => path).sort());
});

describe('is whole:', () => {
  it.each(resources.map(({ path }) => path))('%s', { timeout: 240_000 }, async (path) => {
    for (const address of addresses[path] ?? []) await seeAll(address);
  });

  it.each(OTHERS)('%s', { timeout: 120_000 }, seeAll);
});

describe('for programs:', () => {
  const ask = async (address: string, format: string) =>
    await fetch(`${live.url}${address}${address.includes('?') ? '&' : '?'}format=${format}`);

  it.each(resources.map(({ path }) => path))('%s answers as described', async (path) => {
    const { answer, isTable } = resourceAt(path);
    for (const address of addresses[path] ?? []) {
      const json: unknown = await (await ask(address, 'json')).json();
      expect(json, address).toEqual(answer.parse(json));
      const csv = await ask(address, 'csv');
      expect(csv.status, address).toBe(isTable ? 200 : 400);
      if (!isTable) continue;
      const rows = parseCsv(await csv.text());
      expect(new Set(rows.map((row) => row.length)).size, address).toBe(1);
    }
  });
});

describe('leads on:', () => {
  it.each(resources.map(({ path }) => path))('links of %s', { timeout: 120_000 }, async (path) => {
    const [address = '/'] = addresses[path] ?? [];
    const text = await (await fetch(live.url + address, { headers: { accept: 'text/html' } })).text();
    const links = [...text.matchAll(/(?:href|src)="(\/[^"]*)"/g)].map(([, link = '']) =>
      link.replaceAll('&amp;', '&').replaceAll('&#34;', '"').replaceAll('&#39;', "'"),
    );
    const kinds = new Map(links.map((link) => [link.replaceAll(/\d+/g, 'N'), link]));
    expect(kinds.size).toBeGreaterThan(5);
    for (const link of [...kinds.values()].slice(-LINKS_FOLLOWED)) {
      const answer = await fetch(live.url + link, { headers: { accept: 'text/html' } });
      await answer.body?.cancel();
      expect([link, answer.status < 400]).toEqual([link, true]);
    }
  });
});
