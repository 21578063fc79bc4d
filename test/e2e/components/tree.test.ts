import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { takePicture, useFixture } from './fixture.ts';

const CHILDREN = 100_000;
const PAGE = 100;

function rowOf(id: number, level: number, isFlow: boolean): string {
  const flow = isFlow ? ' data-flow' : '';
  return `<tr data-task="${id}" data-level="${level}"${flow}><td><a href="/tasks/${id}">task ${id}</a></td><td>${isFlow ? 'for_loop' : 'command'}</td><td>done</td></tr>`;
}

/** Task 1 has two loops below it, each of a hundred thousand. */
function childrenOf(id: number, level: number, after: number): string {
  if (id === 1) return rowOf(10, level, true) + rowOf(11, level, true) + rowOf(12, level, false);
  const rows = Array.from({ length: PAGE }, (_, at) => rowOf(id * 1_000_000 + after + at, level, false));
  const next = after + PAGE;
  if (next >= CHILDREN) return rows.join('');
  const more = `/tasks/${id}/children?fragment=rows&amp;level=${level}&amp;after=${next}`;
  return `${rows.join('')}<tr data-more="${more}" data-level="${level}"><td colspan="3"><a href="${more}">Show more</a></td></tr>`;
}

describe('the tree of a job', () => {
  const { open } = useFixture({
    ready: 'table[data-ready]',
    scripts: ['tree.js'],
    body: `<table data-tree aria-label="Tasks"><thead><tr><th>Task<th>Type<th>State</tr></thead><tbody>${rowOf(1, 0, true)}${rowOf(2, 0, false)}</tbody></table>`,
    answer: ({ pathname, searchParams }) => {
      const id = /^\/tasks\/(\d+)\/children$/.exec(pathname)?.[1];
      if (id === undefined) return pathname.startsWith('/tasks/') ? '<title>task</title>' : undefined;
      return childrenOf(
        Number(id),
        Number(searchParams.get('level')),
        Number(searchParams.get('after') ?? 0),
      );
    },
  });
  const rows = (page: Page) => page.locator('tbody > tr').count();
  const focused = (page: Page) =>
    page.evaluate<string | null>("document.activeElement.getAttribute('data-task')");

  test('a button opens what is below, and closes it with all that was open', async () => {
    const visit = await open();
    const { page } = visit;
    await page.click('tr[data-task="1"] .tree-toggle');
    await until(async () => (await rows(page)) === 5);
    expect(await page.getAttribute('tr[data-task="10"]', 'aria-level')).toBe('2');
    await page.click('tr[data-task="10"] .tree-toggle');
    await until(async () => (await rows(page)) === 106);
    expect(await page.textContent('[role=status]')).toBe('100 rows, and more');
    expect(new URL(page.url()).hash).toBe('#open=1,10');
    await page.click('tr[data-task="1"] .tree-toggle');
    expect(await rows(page)).toBe(2);
    expect(new URL(page.url()).hash).toBe('');
    expect(visit.problems).toEqual([]);
  });

  test('a hundred thousand come by pages', async () => {
    const { page } = await open({}, '/#open=1,10');
    await until(async () => (await rows(page)) === 106);
    await page.click('tr[data-more] a');
    await until(async () => (await rows(page)) === 206);
    expect(await page.locator('tr[data-more]').count()).toBe(1);
    expect(await page.locator('tr[data-task="10000199"]').count()).toBe(1);
  });

  test('what was open is open again', async () => {
    const { page } = await open({}, '/#open=1,11');
    expect(await page.getAttribute('tr[data-task="11"]', 'aria-expanded')).toBe('true');
    expect(await rows(page)).toBe(106);
  });

  test('keys walk through it', async () => {
    const { page } = await open();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('1');
    await page.keyboard.press('ArrowRight');
    await until(async () => (await rows(page)) === 5);
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('10');
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('11');
    await page.keyboard.press('ArrowLeft');
    expect(await focused(page)).toBe('1');
    await page.keyboard.press('End');
    expect(await focused(page)).toBe('2');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    expect(await rows(page)).toBe(2);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/tasks/1');
  });

  test.each(['light', 'dark'] as const)('is drawn in the %s', async (colorScheme) => {
    const { page } = await open({ colorScheme }, '/#open=1,11');
    await page.focus('tr[data-task="11"]');
    await takePicture(page, `tree-${colorScheme}`);
  });
});
