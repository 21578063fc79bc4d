import { describe, expect, test } from 'vitest';
import { allocateLightCurve, type LightCurve } from '../../core/light-curve/light-curve.ts';
import { at } from '../../core/light-curve/samples.ts';
import { deepestTime, phaseOf, usualHalfWidth } from '../../core/plot/fold.ts';
import { drawFolded } from '../../core/plot/folded-chart.ts';
import { drawLightCurve } from '../../core/plot/light-curve-chart.ts';
import { columns, dots, parse, reader, textsOf, ticks } from './plot-svg.ts';

/** `flux` of the time, in days; a sample each `step` days. */
function curveOf(length: number, step: number, flux: (time: number, index: number) => number): LightCurve {
  const curve = allocateLightCurve(length);
  for (let index = 0; index < length; index++) {
    curve.time[index] = index * step;
    curve.flux[index] = flux(index * step, index);
  }
  return curve;
}

const draw = (curve: LightCurve, title = 'curve') => drawLightCurve({ title, curve });

describe('the chart of a light curve', () => {
  test('puts each sample where the axes say', () => {
    const curve = curveOf(5, 2.5, (_, index) => [1, 0.5, 1.25, 0.75, 1.1][index] ?? 0);
    const svg = draw(curve);
    const [time, flux] = [reader(svg, 'x'), reader(svg, 'y')];
    const found = dots(svg).map(({ x, y }) => [time(x), flux(y)]);
    expect(found.length).toBe(5);
    for (const [index, [x = 0, y = 0]] of found.entries()) {
      expect(x).toBeCloseTo(at(curve.time, index), 1);
      expect(y).toBeCloseTo(at(curve.flux, index), 2);
    }
  });

  test('keeps every transit of a dense curve, each one sample long, and the whole height of the noise', () => {
    const transits = [777, 30_000, 77_777, 99_998];
    const curve = curveOf(100_000, 0.001, (_, index) =>
      transits.includes(index) ? 0.9 : 1 + (index % 7) * 1e-3,
    );
    const svg = draw(curve);
    const [time, flux] = [reader(svg, 'x'), reader(svg, 'y')];
    const bars = columns(svg);
    const deep = bars.filter(({ low }) => flux(low) < 0.95);
    expect(deep.length).toBe(transits.length);
    for (const [index, { x, low }] of deep.entries()) {
      expect(Math.abs(time(x) - (transits[index] ?? 0) * 0.001)).toBeLessThan(0.15); // a pixel is 0.12 d
      expect(flux(low)).toBeCloseTo(0.9, 3);
    }
    expect(Math.max(...bars.map(({ high }) => flux(high)))).toBeCloseTo(1.006, 3);
    expect(svg.length).toBeLessThan(60_000);
  });

  test('leaves gaps open', () => {
    const curve = curveOf(20_000, 0.001, () => 1);
    for (let index = 10_000; index < 20_000; index++) curve.time[index] = index * 0.001 + 30;
    const svg = draw(curve);
    const time = reader(svg, 'x');
    expect(columns(svg).filter(({ x }) => time(x) > 10.1 && time(x) < 39.9)).toEqual([]);
  });

  test('shows flagged samples apart, and lets them not stretch the axis', () => {
    const curve = curveOf(100, 1, (_, index) => 1 + (index % 2) * 0.01);
    curve.flag[50] = 1;
    curve.flux[50] = 1e9;
    curve.flag[60] = 4;
    const svg = draw(curve);
    expect(Math.max(...ticks(svg, 'y').map(({ value }) => value))).toBeLessThan(1.1);
    expect(textsOf(svg)).toContain('100 samples over 99 d, 2 flagged');
    const rug = /<path d="([^"]*)" class="stroke-accent"/g;
    const marks = [...svg.matchAll(rug)].flatMap(([, path = '']) => path.match(/M[\d.]+ [\d.]+v9/g) ?? []);
    const time = reader(svg, 'x');
    expect(marks.map((mark) => Math.round(time(Number(/M([\d.]+)/.exec(mark)?.[1]))))).toEqual([50, 60]);
  });

  test.each([
    ['one sample', curveOf(1, 1, () => 1)],
    ['no sample', allocateLightCurve(0)],
    ['a constant flux', curveOf(500, 0.1, () => 1)],
    ['a constant flux of zero', curveOf(500, 0.1, () => 0)],
    ['no finite flux', curveOf(10, 1, () => Number.NaN)],
    ['an infinite flux', curveOf(10, 1, (_, index) => (index === 3 ? Infinity : 1))],
    ['fluxes of any size', curveOf(10, 1, (_, index) => (index % 2 === 0 ? 1e-300 : 1e300))],
    ['fluxes that a float hardly tells apart', curveOf(10, 1, (_, index) => 1 + (index % 2) * 2 ** -52)],
  ])('%s: a picture that any program can read', (_, curve) => {
    const svg = draw(curve);
    expect(parse(svg)).toEqual({ width: 960, height: 480 });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(ticks(svg, 'x').length + ticks(svg, 'y').length).toBeGreaterThan(2);
    const folded = drawFolded({ title: 'x', curve, folding: { period: 3, t0: 1 } });
    parse(folded);
    expect(folded).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('a name is never markup', () => {
    const hostile = `</title><script>alert(1)</script>"'&\u0000\u001b[31m\ud800 ]]> ${'long '.repeat(100)}`;
    const svg = draw(
      curveOf(10, 1, () => 1),
      hostile,
    );
    parse(svg);
    expect(svg).not.toContain('<script');
    expect(svg).toContain(
      '&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\ufffd\ufffd[31m\ufffd',
    );
  });

  test('the same input gives the same bytes, at each size and in each theme another picture', () => {
    const curve = curveOf(3_000, 0.01, (time) => 1 + Math.sin(time) * 1e-3);
    expect(draw(curve)).toBe(draw(curve));
    const options = { width: 600, height: 300, theme: 'light' } as const;
    const small = drawLightCurve({ title: 'curve', curve }, options);
    expect(parse(small)).toEqual({ width: 600, height: 300 });
    expect(small).not.toContain('<style');
    expect(drawLightCurve({ title: 'curve', curve }, { ...options, theme: 'dark' })).toContain(
      '<style>.easel-plot',
    );
    expect(draw(curve)).toContain('@media (prefers-color-scheme:dark)');
  });
});

describe('folding', () => {
  test('phases run from minus to plus half a period around each transit', () => {
    const folding = { period: 4, t0: 1 };
    expect([1, 5, 2, 0.5, 3.5, -3, 101].map((time) => phaseOf(time, folding))).toEqual([
      0, 0, 1, -0.5, -1.5, 0, 0,
    ]);
  });

  test('the usual window of a year-long orbit is 2.5 times 13 h, and never beyond half a period', () => {
    expect(usualHalfWidth(365.25) * 24).toBeCloseTo(32.5, 9);
    expect(usualHalfWidth(0.1)).toBe(0.05);
  });

  test('finds the middle of a transit that nobody has told', () => {
    const inTransit = (time: number) => Math.abs(phaseOf(time, { period: 3.7, t0: 3.6 })) < 0.06;
    const { time, flux } = curveOf(
      40_000,
      0.002,
      (time, index) => (inTransit(time) ? 0.999 : 1) + ((index * 37) % 101) * 1e-6,
    );
    expect(Math.abs(deepestTime({ x: time, y: flux }, 3.7) - 3.6)).toBeLessThan(0.03);
  });

  test('the transit stands in the middle, as deep and as long as it is', () => {
    const folding = { period: 5, t0: 2 };
    const depth = (time: number) => (Math.abs(phaseOf(time, folding)) < 0.1 ? 0.01 : 0);
    const curve = curveOf(20_000, 0.005, (time) => 1 - depth(time));
    const svg = drawFolded({ title: 'folded', curve, folding });
    const [hours, flux] = [reader(svg, 'x'), reader(svg, 'y')];
    const circles = svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="3" class="fill-data"/g);
    const means = [...circles].map(([, x, y]) => ({ hours: hours(Number(x)), flux: flux(Number(y)) }));
    const bins = means.slice(1); // the first is the legend's
    expect(bins.length).toBe(51);
    expect(svg).toContain('Time from mid-transit (h)');
    for (const bin of bins) {
      if (Math.abs(bin.hours) < 2) expect(bin.flux).toBeCloseTo(0.99, 3);
      if (Math.abs(bin.hours) > 2.8) expect(bin.flux).toBeCloseTo(1, 3);
    }
  });

  test('flagged samples are not folded in', () => {
    const curve = curveOf(1_000, 0.01, () => 1);
    for (let index = 0; index < 500; index++) {
      curve.flag[index] = 2;
      curve.flux[index] = 0.5;
    }
    const svg = drawFolded({ title: 'x', curve, folding: { period: 1, t0: 0 }, halfWidth: 0.5 });
    expect(textsOf(svg)).toContain('period 1 d, mid-transit at 0 d, 500 samples shown');
    expect(Math.min(...ticks(svg, 'y').map(({ value }) => value))).toBeGreaterThan(0.9);
  });
});
