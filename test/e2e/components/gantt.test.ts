import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { mainThreadMs, takePicture, useFixture } from './fixture.ts';

const NOW = Date.UTC(2026, 10, 22, 6, 30);
const HOUR = 3_600_000;
const FROM = NOW - 2 * HOUR;
const WORKERS = 12;

/** Repeats itself, so that a picture can be compared with the one before. */
function makeDice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function activityOf(bars: number, window: { from: number; until: number }) {
  const dice = makeDice(7);
  const workers = Array.from({ length: WORKERS }, (_, at) => ({
    ...{ id: 100 + at, host: `node-${1 + (at % 3)}`, pid: 4_000 + at, slots: 4 },
    worker_class: at < 8 ? 'python' : 'default',
    started_at: FROM - HOUR,
    ended_at: at === 11 ? NOW - HOUR / 2 : null,
    state: at === 11 ? 'ended' : 'alive',
  }));
  const ends = new Map<string, number>();
  const length = (2 * HOUR * WORKERS * 4) / bars;
  const list = Array.from({ length: bars }, (_, at) => {
    const lane = `${at % WORKERS}/${Math.floor(at / WORKERS) % 4}`;
    const start = Math.round((ends.get(lane) ?? FROM) + dice() * length * 0.2);
    const end = Math.round(start + (0.2 + dice()) * length * (at % 97 === 0 ? 3 : 1));
    ends.set(lane, end);
    const isOpen = end > NOW;
    const bad = dice();
    const state = isOpen ? 'running' : bad < 0.03 ? 'failed' : bad < 0.035 ? 'lost' : 'succeeded';
    const exit = state === 'failed' ? 'oom' : state === 'lost' ? 'lost' : null;
    return {
      ...{ attempt_id: 10_000 + at, task_id: 5_000 + at, job_id: 1 + (at % 3), number: 1 },
      type: ['synthesis_psls', 'transit_search_bls', 'lightcurve_join'][at % 3] ?? '',
      ...{ state, exit_class: exit, worker_id: 100 + (at % WORKERS), started_at: start },
      ended_at: isOpen ? null : end,
    };
  }).filter(({ started_at }) => started_at < NOW);
  const gaps = [
    { worker_id: 109, from: FROM - HOUR, until: FROM, cause: 'no_work', words: 'no work of class default' },
    ...Array.from({ length: WORKERS }, (_, at) => ({
      ...{ worker_id: 100 + at, from: FROM - 1.4 * HOUR, until: FROM - HOUR, cause: 'database' },
      words: 'the database was away',
    })),
  ];
  return { ...window, now: NOW, workers, bars: list, gaps, cut: false };
}

describe('the chart of activity', () => {
  let bars = 400;
  const asked: string[] = [];

  const fixture = useFixture({
    ready: '[data-gantt][data-ready]',
    scripts: ['gantt.js'],
    body: '<section data-gantt aria-label="Activity by worker"><table><tr><td>worker 100</td></tr></table></section>',
    answer: (url) => {
      if (url.pathname.startsWith('/tasks/')) return '<title>task</title>';
      if (url.searchParams.get('format') !== 'json') return undefined;
      asked.push(url.search);
      const number = (name: string, other: number) => Number(url.searchParams.get(name) ?? other);
      return activityOf(bars, {
        from: number('from', FROM - HOUR / 2),
        until: number('until', NOW + HOUR / 10),
      });
    },
  });
  const open = async (options = {}) => {
    const visit = await fixture.open(options);
    await frame(visit.page);
    return visit;
  };
  const frame = (page: import('playwright-core').Page) =>
    page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const details = (page: import('playwright-core').Page) => page.textContent('.chart-details');

  test('without JavaScript the table is there', async () => {
    const { page } = await fixture.open({ javaScriptEnabled: false });
    expect(await page.isVisible('td')).toBe(true);
  });

  test.each(['light', 'dark'] as const)('is drawn in the %s', async (colorScheme) => {
    const visit = await open({ colorScheme });
    const { page } = visit;
    await takePicture(page, `gantt-${colorScheme}`);
    expect(await page.textContent('.chart-summary')).toContain(
      '12 workers · 399 attempts · 15 failed or lost · 13 gaps',
    );
    expect(visit.problems).toEqual([]);
  });

  test('turns dark while it is looked at', async () => {
    const { page } = await open({ colorScheme: 'light' });
    const corner = () =>
      page.evaluate<number>(
        "document.querySelector('canvas').getContext('2d').getImageData(60, 20, 1, 1).data[0]",
      );
    expect(await corner()).toBe(255);
    await page.emulateMedia({ colorScheme: 'dark' });
    await until(async () => (await corner()) === 0x16);
  });

  test('arrow keys go from bar to bar, are read aloud, and enter opens the task', async () => {
    const { page } = await open();
    await page.focus('canvas');
    await until(async () => {
      await page.keyboard.press('ArrowRight');
      return (await details(page))?.includes('task ');
    });
    const first = await details(page);
    expect(first).toMatch(/^\w+, task \d+ of job \d: \w+.* after .* from 2026-11-22 .* UTC, on worker \d+$/);
    expect(await page.textContent('[role=status]')).toBe(first);
    await page.keyboard.press('ArrowRight');
    expect(await details(page)).not.toBe(first);
    await page.keyboard.press('ArrowLeft');
    expect(await details(page)).toBe(first);
    await page.keyboard.press('ArrowDown');
    const task = /task (\d+)/.exec((await details(page)) ?? '')?.[1];
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/tasks/${task}`);
  });

  test('a pointer finds the bar below it, a click opens it; a drag moves and does not open', async () => {
    const { page } = await open();
    const box = await page.locator('canvas').boundingBox();
    if (box === null) throw new Error('no canvas');
    const [x, y] = [box.x + box.width * 0.6, box.y + 30 + 26 + 4 + 6];
    const found = await until(async () => {
      for (let shift = 0; shift < 60; shift += 6) {
        await page.mouse.move(x + shift, y);
        const words = (await details(page)) ?? '';
        if (words.includes('task')) return { words, x: x + shift };
      }
      return undefined;
    });
    await page.mouse.down();
    await page.mouse.move(found.x + 120, y, { steps: 4 });
    await page.mouse.up();
    await until(() => new URL(page.url()).searchParams.has('from'));
    expect(new URL(page.url()).pathname).toBe('/');
    await page.mouse.move(found.x + 120, y);
    expect(await details(page)).toBe(found.words);
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForURL('**/tasks/*');
  });

  test('zoomed out beyond what is loaded, it fetches, and the address shows the same view', async () => {
    const { page } = await open();
    asked.length = 0;
    for (let times = 0; times < 3; times++) await page.click('[aria-label="Zoom out"]');
    await until(() => asked.length > 0);
    const view = await until(() => {
      const { searchParams } = new URL(page.url());
      const width = Number(searchParams.get('until')) - Number(searchParams.get('from'));
      return width > 11 * HOUR && searchParams; // after the third step
    });
    expect(Number(view.get('from'))).toBeLessThan(FROM - HOUR / 2);
    await page.reload();
    await page.waitForSelector('[data-gantt][data-ready]');
    expect(new URL(page.url()).searchParams.get('from')).toBe(view.get('from'));
    await frame(page);
    await takePicture(page, 'gantt-gaps');
  });

  test('ctrl and wheel zoom; the wheel alone scrolls the page', async () => {
    const { page } = await open();
    await page.hover('canvas');
    await page.mouse.wheel(0, 100);
    expect(new URL(page.url()).search).toBe('');
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    await until(() => new URL(page.url()).searchParams.has('from'));
    const view = new URL(page.url()).searchParams;
    expect(Number(view.get('until')) - Number(view.get('from'))).toBeLessThan(2.6 * HOUR);
  });

  test('ten thousand bars are smooth', async () => {
    bars = 10_000;
    const { page } = await open();
    await takePicture(page, 'gantt-10000');
    await page.evaluate(PREPARE);
    const width = await page.evaluate<number>("document.querySelector('canvas').width");
    expect(width).toBeGreaterThan(900);
    const showMs = (await mainThreadMs(page, 'show(10)')) / 10;
    const frameMs = (await mainThreadMs(page, 'zoom(40)')) / 40;
    const wall = await page.evaluate<string>('wall()');
    console.log(
      `gantt, 10,000 bars: first draw ${showMs.toFixed(1)} ms, zoom frame ${frameMs.toFixed(2)} ms; best on the clock ${wall}`,
    );
    // Below this, it is not the drawing that was measured.
    expect(Math.min(showMs, frameMs)).toBeGreaterThan(0.1);
    expect(showMs).toBeLessThan(50);
    expect(frameMs).toBeLessThan(8);
  });
});

/** Defines, in the page, what is measured: from the answer to the drawn chart, and one step of zooming. */
const PREPARE = `(async () => {
  const { Timeline } = await import('/assets/gantt/timeline.js');
  const activity = await (await fetch('/?format=json')).json();
  const nothing = () => undefined;
  const callbacks = { onView: nothing, onOpen: nothing, onMark: nothing };
  const host = document.createElement('div');
  host.className = 'chart';
  document.querySelector('main').prepend(host);
  let timeline;
  const showOne = () => {
    timeline = new Timeline(callbacks, activity, 'x');
    host.replaceChildren(timeline.element);
    timeline.draw();
    timeline.canvas.getContext('2d').getImageData(0, 0, 1, 1);
  };
  const zoomOne = (at) => {
    timeline.zoom(at % 40 < 20 ? 0.9 : 1 / 0.9);
    timeline.draw();
  };
  const best = (times, act) => Math.min(...Array.from({ length: times }, (_, at) => {
    const began = performance.now();
    act(at);
    return performance.now() - began;
  })).toFixed(1);
  window.show = (times) => { for (let at = 0; at < times; at++) showOne(); };
  window.zoom = (times) => { for (let at = 0; at < times; at++) zoomOne(at); };
  window.wall = () => best(8, showOne) + ' and ' + best(40, zoomOne) + ' ms';
})()`;
