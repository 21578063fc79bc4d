import { describe, expect, test } from 'vitest';
import { categoriesOf } from '../../core/plot/categories.ts';
import type { Row } from '../../core/plot/datum.ts';
import { drawHeatMap } from '../../core/plot/heat-map.ts';
import { renderPng } from '../../core/plot/png.ts';
import { drawScatter } from '../../core/plot/scatter-chart.ts';
import { drawSpectrum, type SpectrumPicture } from '../../core/plot/spectrum-chart.ts';
import { formatNumber, linearTicks, logTicks } from '../../core/plot/ticks.ts';
import { labelOf } from '../../core/plot/words.ts';
import { parse, reader, textsOf, ticks } from './plot-svg.ts';

describe('ticks', () => {
  const labels = (values: number[]) => linearTicks(values).ticks.map(({ label }) => label);

  test('have as many decimals as their step', () => {
    expect(labels([0.9998, 0.9999, 1, 1.0001])).toEqual(['0.9998', '0.9999', '1.0000', '1.0001']);
    expect(labels([-20, 0, 20])).toEqual(['−20', '0', '20']);
    expect(labels([2457000, 2457000.5, 2457001])).toEqual(['2,457,000.0', '2,457,000.5', '2,457,001.0']);
  });

  test('share a power of ten when they are far from one', () => {
    expect(labels([0, 2e-6, 4e-6])).toEqual(['0', '2', '4']);
    expect(linearTicks([0, 2e-6, 4e-6]).exponent).toBe(-6);
    expect(linearTicks([0, 5e299, 1e300]).exponent).toBe(300);
  });

  test('on a logarithmic axis: 1, 2, 5 over a decade or two, powers of ten over many', () => {
    expect(logTicks(0.5, 30, 9).ticks.map(({ label }) => label)).toEqual(['0.5', '1', '2', '5', '10', '20']);
    const many = logTicks(1e-9, 1e3, 7);
    expect(many.ticks.length).toBeLessThanOrEqual(7);
    expect(many.ticks.find(({ value }) => value === 1e-8)).toBeUndefined();
    expect(many.ticks.find(({ power }) => power === -9)?.value).toBe(1e-9);
  });

  test('numbers and titles as people write them', () => {
    expect([3.7, 1e-5, 123456.789, 1e9, 0, -2.5].map((value) => formatNumber(value))).toEqual([
      ...['3.7', '1e-5', '123457', '1e9', '0', '−2.5'],
    ]);
    expect(['period[d]', 'orbital_period [d]', 'power', 'mes', ''].map(labelOf)).toEqual([
      ...['Period (d)', 'Orbital period (d)', 'Power', 'MES', ''],
    ]);
  });
});

describe('the chart of a spectrum', () => {
  const periods = Float64Array.from({ length: 50_000 }, (_, index) => 30 / (1 + index * 1.2e-3));
  const powers = periods.map((period) => (Math.abs(period - 3.7) < 5e-4 ? 500 : 1));
  const picture: SpectrumPicture = {
    title: 's',
    periodTitle: 'period[d]',
    powerTitle: 'power',
    periods,
    powers,
  };
  /** Where a dashed line across the whole chart stands. */
  const marked = (svg: string, ink: string) =>
    Number(new RegExp(`<line x1="([\\d.]+)" y1="82"[^>]*class="stroke-${ink}"`).exec(svg)?.[1]);

  test('has a logarithmic axis over more than a decade, and marks the strongest and the wanted period', () => {
    const svg = drawSpectrum({ ...picture, target: 7.4 });
    const period = reader(svg, 'x', true);
    expect(ticks(svg, 'x').map(({ value }) => value)).toEqual([0.5, 1, 2, 5, 10, 20]);
    expect(period(marked(svg, 'accent'))).toBeCloseTo(3.7, 2);
    expect(period(marked(svg, 'second'))).toBeCloseTo(7.4, 2);
    expect(textsOf(svg)).toContain('Period (d)');
  });

  test('shows the peak of a few among very many periods at its height', () => {
    const svg = drawSpectrum(picture);
    const power = reader(svg, 'y');
    const line = /<path d="(M[^"]*)" stroke-linejoin/.exec(svg)?.[1] ?? '';
    const heights = [...line.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => power(Number(y)));
    expect(Math.max(...heights)).toBeCloseTo(500, -1);
    expect(svg.length).toBeLessThan(100_000);
  });

  test('within a decade the axis is linear; what is not finite is left out', () => {
    const svg = drawSpectrum({
      ...{ title: 's', periodTitle: 'period[d]', powerTitle: 'sde' },
      periods: Float64Array.of(5, 3, 4, Number.NaN),
      powers: Float64Array.of(1, 2, Number.NaN, 4),
    });
    expect(ticks(svg, 'x').map(({ value }) => value)).toEqual([
      3, 3.2, 3.4, 3.6, 3.8, 4, 4.2, 4.4, 4.6, 4.8, 5,
    ]);
    expect(textsOf(svg)).toContain('2 periods, best 3 d');
    expect(svg).not.toContain('NaN');
    parse(drawSpectrum({ ...picture, periods: new Float64Array(0), powers: new Float64Array(0) }));
    parse(drawSpectrum({ ...picture, periods: Float64Array.of(0, 10), powers: Float64Array.of(0, 0) }));
  });
});

describe('charts of results', () => {
  const labels = { title: 't', xLabel: 'Orbital period (d)', yLabel: 'Planet radius', valueLabel: 'Outcome' };
  const row = (x: number, y: number, value: Row['value']): Row => ({ x, y, value });

  test('a map of words: a cell for each pair, places ascending, shares where a cell has several', () => {
    const rows = [
      row(10, 0.2, 'PASS'),
      row(2, 0.2, 'PASS'),
      row(2, 0.1, 'FAIL'),
      row(2, 0.1, 'PASS'),
      row(2, 0.1, 'FAIL'),
    ];
    const svg = drawHeatMap({ ...labels, rows });
    expect(ticks(svg, 'x').map(({ value }) => value)).toEqual([2, 10]);
    const [low, high] = ticks(svg, 'y');
    expect([low?.value, high?.value]).toEqual([0.1, 0.2]);
    expect(low?.at ?? 0).toBeGreaterThan(high?.at ?? 0);
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['PASS (3)', 'FAIL (2)', '2/3', '1/3', 'FAIL: 2 of 3']),
    );
    const cells = [
      ...svg.matchAll(
        /<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="[\d.]+" class="fill-(\w+)" fill="[^"]*"[^>]*><title>/g,
      ),
    ];
    expect(cells.length).toBe(4);
    const [pass, fail] = ['data', 'accent'].map((ink) =>
      cells.filter(([, width, found]) => found === ink && Number(width) < 300),
    );
    expect(Number(fail?.[0]?.[1]) / Number(pass?.[0]?.[1])).toBeCloseTo(2, 1);
  });

  test('a map of numbers: the mean of each cell, darker where it is lower', () => {
    const svg = drawHeatMap({
      ...labels,
      rows: [row(1, 1, 5), row(1, 1, 15), row(2, 1, 40), row(3, 1, Number.NaN)],
    });
    const cells = [...svg.matchAll(/fill="rgb\((\d+), (\d+), (\d+)\)"[^>]*><title>([^<]*)/g)];
    expect(cells.map(([, , , , words]) => words)).toEqual(['10, mean of 2', '40']);
    const light = cells.map(([, red, green, blue]) => Number(red) + Number(green) + Number(blue));
    expect(light[0]).toBeLessThan(light[1] ?? 0);
  });

  test('points: words have places, rows at one place one larger point', () => {
    const svg = drawScatter({
      ...labels,
      rows: [
        { x: 1, y: 'PASS' },
        { x: 1, y: 'PASS' },
        { x: 4, y: 'FAIL' },
      ],
    });
    const radii = [...svg.matchAll(/<circle [^>]*r="([\d.]+)"/g)].map(([, radius]) => Number(radius));
    expect(radii).toEqual([4.95, 3.5]);
    const x = reader(svg, 'x');
    const first = Number(/<circle cx="([\d.]+)"/.exec(svg)?.[1]);
    expect(x(first)).toBeCloseTo(1, 1);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['PASS', 'FAIL']));
  });

  test('hostile words and no rows at all are pictures too', () => {
    const svg = drawHeatMap({ ...labels, title: '<&>', rows: [{ x: '<b>', y: '"', value: '</svg>' }] });
    parse(svg);
    expect(svg.match(/<\/svg>/g)?.length).toBe(2);
    for (const draw of [drawScatter, drawHeatMap])
      expect(draw({ ...labels, rows: [] })).not.toMatch(/NaN|Infinity/);
    parse(drawScatter({ ...labels, rows: [{ x: Number.NaN, y: Infinity }] }));
  });

  test('verdicts have the same colour everywhere, and many words share the last one', () => {
    const words = ['zeta', 'FAIL', ...Array.from({ length: 20 }, (_, index) => `w${index}`), 'PASS'];
    const categories = categoriesOf(words);
    expect([...categories.keys()].slice(0, 2)).toEqual(['PASS', 'FAIL']);
    expect(categories.get('PASS')).toEqual({ name: 'PASS', ink: 'data', mark: 'tick' });
    expect(categories.get('w19')?.name).toBe('other');
    expect(categories.size).toBe(words.length);
  });
});

test('a PNG has its letters without any font of the system', async () => {
  const blank =
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><rect width="60" height="20" fill="#fff"/></svg>';
  const text = `<text x="2" y="15" font-family="'Open Sans'">transit</text></svg>`;
  const [without, plain] = await Promise.all([
    renderPng(blank, 2),
    renderPng(blank.replace('</svg>', text), 2),
  ]);
  expect([...plain.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  expect(plain.length).toBeGreaterThan(3 * without.length);
});
