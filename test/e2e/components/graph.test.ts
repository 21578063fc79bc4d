import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { drawHeatMap } from '../../../core/plot/heat-map.ts';
import { until } from '../../support/until.ts';
import { takePicture, useFixture } from './fixture.ts';

const nodes = Array.from({ length: 60 }, (_, at) => {
  const [x, y] = [40 + (at % 10) * 150, 40 + Math.floor(at / 10) * 90];
  return `<a href="/tasks/${at}"><rect x="${x}" y="${y}" width="120" height="44" rx="5" fill="none" stroke="currentColor"/><text x="${x + 60}" y="${y + 27}" font-size="13" text-anchor="middle" fill="currentColor">task ${at}</text></a>`;
}).join('');
const graph = `<div data-graph><svg viewBox="0 0 1560 600" role="group" aria-label="Graph of tasks">${nodes}</svg></div>`;

const heat = drawHeatMap({
  ...{ title: 'Power', xLabel: 'Period', yLabel: 'Depth', valueLabel: 'power' },
  rows: Array.from({ length: 30 }, (_, at) => ({ x: at % 6, y: Math.floor(at / 6), value: at })),
});

describe('pictures that can be moved over', () => {
  const { open } = useFixture({
    ready: '[data-heat][data-ready]',
    scripts: ['graph.js', 'heat.js'],
    body: `${graph}<div data-heat>${heat.replace(/<style>.*?<\/style>/s, '')}</div>`,
    answer: ({ pathname }) => (pathname.startsWith('/tasks/') ? '<title>task</title>' : undefined),
  });
  const box = async (page: Page) =>
    ((await page.getAttribute('[data-graph] svg', 'viewBox')) ?? '').split(' ').map(Number);

  test('a graph is zoomed and moved by keys and buttons, and comes back', async () => {
    const visit = await open();
    const { page } = visit;
    await page.focus('[data-graph] svg');
    await page.keyboard.press('+');
    expect(await box(page)).toEqual([234, 90, 1092, 420]);
    await page.keyboard.press('ArrowRight');
    expect((await box(page))[0]).toBeCloseTo(234 + 1092 * 0.15);
    await page.keyboard.press('0');
    expect(await box(page)).toEqual([0, 0, 1560, 600]);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    expect((await box(page))[2]).toBe(1092);
    await takePicture(page, 'graph-light');
    expect(visit.problems).toEqual([]);
  });

  test('a drag moves it and opens nothing, a click opens the task', async () => {
    const { page } = await open();
    const node = page.locator('[data-graph] a').nth(12);
    const place = await node.boundingBox();
    if (place === null) throw new Error('no node');
    const [x, y] = [place.x + place.width / 2, place.y + place.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 60, y + 30, { steps: 4 });
    await page.mouse.up();
    expect((await box(page))[0]).toBeLessThan(-40);
    expect(new URL(page.url()).pathname).toBe('/');
    await page.mouse.click(x + 60, y + 30);
    await page.waitForURL('**/tasks/12');
  });

  test('a newer graph of the server takes the place of the old one, in the same view', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.evaluate(
      "(() => { const old = document.querySelector('[data-graph] svg'); const fresh = old.cloneNode(true); fresh.setAttribute('viewBox', '0 0 2000 600'); old.replaceWith(fresh); document.dispatchEvent(new CustomEvent('easel:changed')); })()",
    );
    expect(await box(page)).toEqual([234, 90, 1092, 420]);
    await page.getByRole('button', { name: 'Show all' }).click();
    expect(await box(page)).toEqual([0, 0, 2000, 600]);
  });

  test('ctrl and wheel zoom where the pointer is', async () => {
    const { page } = await open();
    await page.hover('[data-graph] a >> nth=0');
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await until(async () => ((await box(page))[2] ?? 0) < 1500);
    const [x = 0, , width = 0] = await box(page);
    expect(x).toBeGreaterThan(0);
    expect(x).toBeLessThan((1560 - width) / 4);
  });

  test('a heat map says what its cells hold, to pointer and keys', async () => {
    const { page } = await open();
    const words = () => page.textContent('[data-heat] .chart-details');
    await page.focus('[data-heat] svg');
    await page.keyboard.press('ArrowRight');
    expect(await words()).toBe('0 · 0: 0');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowUp');
    expect(await words()).toBe('1 · 1: 7');
    await page.hover('[data-heat] rect[data-x="5"][data-y="4"]');
    expect(await words()).toBe('5 · 4: 29');
    await takePicture(page, 'heat-light');
  });
});
