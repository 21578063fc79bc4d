import type { ServerResponse } from 'node:http';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { ANSWERED, takePicture, useFixture } from './fixture.ts';

const START = Date.UTC(2026, 10, 22, 6, 0);
const LEVELS = ['info', 'info', 'debug', 'warning', 'info', 'error'];

function lineOf(number: number) {
  const level = LEVELS[number % LEVELS.length] ?? 'info';
  const message =
    level === 'error'
      ? `\u001b[1;31mTransit ${number} not found\u001b[0m in <b>K2-3</b>`
      : `step ${number}: \u001b[32mperiod\u001b[39m 10.05${number} d, power ${number * 3}`;
  return { at: START + number * 250, level, message };
}

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

describe('the log', () => {
  let written = 0;
  let isEnded = false;
  let events = '';
  const streams: ServerResponse[] = [];

  const batchOf = (after: number) => {
    const lines = Array.from({ length: Math.min(1_000, written - after - 1) }, (_, at) =>
      lineOf(after + 1 + at),
    );
    return { lines, after: after + lines.length, ended: isEnded && after + lines.length + 1 >= written };
  };
  const body = () => {
    const items = Array.from({ length: Math.min(written, 40) }, (_, at) => {
      const { at: when, level, message } = lineOf(at);
      const time = new Date(when).toISOString();
      return `<li data-level="${level}"><time datetime="${time}">${time.slice(11, 23)}</time> <span class="log-level">${level}</span> <span class="log-text">${escapeHtml(message)}</span></li>`;
    });
    return `<section data-log data-src="/log" ${events} data-after="${items.length - 1}"><ol data-log-lines>${items.join('')}</ol></section>`;
  };

  const { open } = useFixture({
    ready: '[data-log][data-ready]',
    scripts: ['log.js'],
    body,
    answer: (url, _request, response) => {
      const after = Number(url.searchParams.get('after'));
      if (url.pathname === '/log') return batchOf(after);
      if (url.pathname !== '/log/events') return undefined;
      response.setHeader('content-type', 'text/event-stream');
      response.write(`event: lines\ndata: ${JSON.stringify(batchOf(after))}\n\n`);
      streams.push(response);
      return ANSWERED;
    },
  });
  beforeEach(() => {
    written = 40;
    isEnded = false;
    events = '';
  });
  const state = (page: Page) => page.textContent('.log-state');
  const isAtEnd = (page: Page) =>
    page.evaluate<boolean>(
      "(() => { const list = document.querySelector('ol'); return list.scrollTop + list.clientHeight >= list.scrollHeight - 2; })()",
    );
  const shown = (page: Page) => page.locator('ol > li:not([hidden])').count();

  test('without JavaScript the lines are there', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    expect(await page.locator('li').count()).toBe(40);
  });

  test('follows at the end, stays where somebody reads, and says how much has come', async () => {
    const visit = await open();
    const { page } = visit;
    written = 300;
    await until(async () => (await state(page))?.startsWith('300 lines · following'));
    expect(await isAtEnd(page)).toBe(true);
    await page.evaluate("document.querySelector('ol').scrollTop = 100");
    await until(async () => !(await isAtEnd(page)));
    written = 350;
    await until(async () => (await page.textContent('.log-fresh')) === '50 new lines ↓');
    expect(await page.evaluate("document.querySelector('ol').scrollTop")).toBe(100);
    await page.click('.log-fresh');
    expect(await isAtEnd(page)).toBe(true);
    expect(await page.isVisible('.log-fresh')).toBe(false);
    expect(visit.problems).toEqual([]);
  });

  test('text is text, colours of terminals are classes', async () => {
    const { page } = await open();
    const bad = page.locator('li[data-level=error]').first();
    expect(await bad.locator('b').count()).toBe(0);
    expect(await bad.textContent()).toContain('Transit 5 not found in <b>K2-3</b>');
    expect(await bad.locator('.ansi-bold.ansi-1').textContent()).toBe('Transit 5 not found');
  });

  test('shows what has a level and holds what is searched for, marked', async () => {
    written = 240;
    isEnded = true;
    const { page } = await open();
    await until(async () => (await state(page)) === '240 lines · ended');
    await page.selectOption('select', 'warning');
    expect(await shown(page)).toBe(80);
    await page.fill('input[type=search]', 'TRANSIT 11');
    await until(async () => (await shown(page)) === 3);
    expect(await page.locator('mark').allTextContents()).toEqual(['Transit 11', 'Transit 11', 'Transit 11']);
    await takePicture(page, 'log-search');
    await page.fill('input[type=search]', '');
    await until(async () => (await page.locator('mark').count()) === 0);
  });

  test('paused, it keeps back what comes', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Pause' }).click();
    written = 90;
    await until(async () => (await state(page))?.endsWith('paused, 50 more'));
    expect(await page.locator('ol > li').count()).toBe(40);
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await page.locator('ol > li').count()).toBe(90);
  });

  test('never holds more than five thousand lines', async () => {
    written = 7_200;
    const { page } = await open();
    await until(async () => (await state(page))?.startsWith('7,200 lines · the last 5,000 are shown'));
    expect(await page.locator('ol > li').count()).toBe(5_000);
    expect(await page.locator('ol > li').first().textContent()).toContain('2200');
  });

  test('is told by events where the page names them', async () => {
    events = 'data-events="/log/events"';
    const { page } = await open();
    await until(() => streams.length > 0);
    written = 60;
    isEnded = true;
    streams.at(-1)?.write(`event: lines\ndata: ${JSON.stringify(batchOf(39))}\n\n`);
    await until(async () => (await state(page)) === '60 lines · ended');
  });

  test.each(['light', 'dark'] as const)('is drawn in the %s', async (colorScheme) => {
    const { page } = await open({ colorScheme });
    await takePicture(page, `log-${colorScheme}`);
  });
});
