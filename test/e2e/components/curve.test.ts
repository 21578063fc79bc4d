import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { mainThreadMs, takePicture, useFixture } from './fixture.ts';

const PERIOD = 3.7;
const EPOCH = 1.2;

/** Transits of 0.2 days and 0.1 % on noise; every thousandth sample is flagged and off. */
function curveOf(samples: number) {
  const time = Array.from({ length: samples }, (_, at) => 1000 + at * (90 / samples));
  let seed = 1;
  const noise = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const flag = time.map((_, at) => (at % 1_000 === 500 ? 8 : 0));
  const flux = time.map((each, at) => {
    const phase = ((((each - EPOCH) / PERIOD + 0.5) % 1) - 0.5) * PERIOD;
    if (at % 777 === 0) return null;
    return 1 + (noise() + noise()) * 6e-4 - (Math.abs(phase) < 0.1 ? 1e-3 : 0) + (flag[at] === 0 ? 0 : 0.004);
  });
  return { time, flux, flag, error: time.map(() => 3e-4), labels: { time: 'Time (BJD − 2457000 d)' } };
}

describe('the chart of a light curve', () => {
  let samples = 20_000;

  const { open } = useFixture({
    ready: '[data-curve][data-ready] canvas',
    scripts: ['curve.js'],
    body: `<figure data-curve data-src="/curve?format=json" data-period="${PERIOD}" data-epoch="${EPOCH}"><img alt="Light curve of a star" src="/assets/none.svg"></figure>`,
    answer: (url) => {
      if (url.pathname === '/curve') return curveOf(samples);
      return url.pathname.endsWith('none.svg') ? '' : undefined;
    },
  });
  const spoken = (page: import('playwright-core').Page) => page.textContent('[role=status]');

  test('without JavaScript the picture is there', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    expect(await page.getAttribute('[data-curve] img', 'alt')).toBe('Light curve of a star');
  });

  test.each(['light', 'dark'] as const)('is drawn in the %s', async (colorScheme) => {
    const visit = await open({ colorScheme });
    const { page } = visit;
    await takePicture(page, `curve-${colorScheme}`);
    expect(await page.textContent('.chart-summary')).toMatch(
      /^20,000 samples over 89.99\d d · flux .* · 20 flagged, not used · 26 without flux$/,
    );
    expect(visit.problems).toEqual([]);
  });

  test('labels of an axis say exactly where they stand', async () => {
    const { page } = await open();
    const labels = await page.evaluate<string[]>(LABELS);
    const steps = labels.slice(1).map((label, at) => Number(label) - Number(labels[at]));
    expect(labels.length).toBeGreaterThan(4);
    for (const step of steps) expect(step).toBeCloseTo(steps[0] ?? 0, 9);
  });

  test('is folded at the period of the fields, with means of bins', async () => {
    const visit = await open();
    const { page } = visit;
    await page.click('text=Fold');
    expect(await page.getAttribute('text=Bins', 'aria-pressed')).toBe('true');
    const box = await page.locator('.u-over').boundingBox();
    if (box === null) throw new Error('no chart');
    await page.mouse.move(box.x + box.width / 2, box.y + 40);
    await until(async () => (await page.textContent('.chart-details'))?.includes('from mid-transit'));
    await takePicture(page, 'curve-folded');
    expect(visit.problems).toEqual([]);
  });

  test('a drag zooms, a double click shows all again, and the cursor tells its values', async () => {
    const { page } = await open();
    const box = await page.locator('.u-over').boundingBox();
    if (box === null) throw new Error('no chart');
    const y = box.y + box.height / 2;
    const timeAt = async (share: number) => {
      await page.mouse.move(box.x + box.width * share, y);
      await page.mouse.move(box.x + box.width * share + 1, y);
      return await until(async () => {
        const words = (await page.textContent('.chart-details')) ?? '';
        return /time ([\d.]+) d · flux [\d.]+ ± 0.0003/.exec(words)?.[1];
      });
    };
    expect(Number(await timeAt(0.01))).toBeLessThan(1005);
    await page.mouse.move(box.x + box.width * 0.4, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 3 });
    await page.mouse.up();
    await until(async () => Number(await timeAt(0.02)) > 1030);
    await takePicture(page, 'curve-zoomed');
    await page.mouse.dblclick(box.x + box.width / 2, y);
    await until(async () => Number(await timeAt(0.02)) < 1005);
  });

  test('keys zoom and move, and say what is seen', async () => {
    const { page } = await open();
    await page.focus('.curve-frame');
    await page.keyboard.press('+');
    const zoomed = await until(() => spoken(page));
    expect(zoomed).toMatch(/^10\d\d\.?\d* to 10\d\d\.?\d* days$/);
    await page.keyboard.press('ArrowRight');
    await until(async () => (await spoken(page)) !== zoomed);
    await page.keyboard.press('0');
    await until(async () => (await spoken(page))?.startsWith('all: 1000'));
  });

  test('a hundred thousand points stay fluid', async () => {
    samples = 100_000;
    const { page } = await open();
    await takePicture(page, 'curve-100000');
    await page.evaluate(PREPARE);
    const width = await page.evaluate<number>("document.querySelector('.u-over').clientWidth");
    expect(width).toBeGreaterThan(750);
    const frameMs = (await mainThreadMs(page, 'zoomFrames(30)')) / 30;
    const foldMs = (await mainThreadMs(page, 'fold(4)')) / 4;
    console.log(`curve, 100,000 points: frame ${frameMs.toFixed(1)} ms, folding ${foldMs.toFixed(1)} ms`);
    expect(frameMs).toBeLessThan(16);
    expect(foldMs).toBeLessThan(250);
  });
});

/** The numbers beside a hundred thousandths, as the chart writes them: steps of 0.00025 need five decimals. */
const LABELS = `(async () => {
  const { optionsOf } = await import('/assets/curve/plot.js');
  const looks = { width: 1, height: 1, xLabel: '', yLabel: '', palette: () => '', font: '' };
  return optionsOf(looks).axes[1].values(null, [0.9985, 0.99875, 0.999, 0.99925, 0.9995]);
})()`;

/** Defines, in the page, what is measured: steps of zooming with nearly all points in view, and folding. */
const PREPARE = `(() => {
  const frame = document.querySelector('.curve-frame');
  const drawn = async () => {
    await Promise.resolve();
    await Promise.resolve();
    frame.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1);
  };
  window.zoomFrames = async (times) => {
    for (let at = 0; at < times; at++) {
      frame.dispatchEvent(new KeyboardEvent('keydown', { key: at % 2 === 0 ? '-' : '+' }));
      await drawn();
    }
  };
  window.fold = async (times) => {
    const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Fold');
    for (let at = 0; at < times; at++) {
      button.click();
      await drawn();
    }
  };
})()`;
