import { describe, expect, test } from 'vitest';
import { drawHistogram } from '../../core/plot/histogram-chart.ts';
import { drawQueue } from '../../core/plot/queue-chart.ts';
import { drawThroughput } from '../../core/plot/throughput-chart.ts';
import { parse, reader, textsOf } from './plot-svg.ts';

const MINUTE = 60_000;
/** Height of the squares of a legend. */
const LEGEND = 12;
const UNTIL = Date.UTC(2026, 10, 22, 6, 30);
const FROM = UNTIL - 60 * MINUTE;

describe('the chart of throughput', () => {
  const picture = {
    ...{ title: 'Throughput', from: FROM, until: UNTIL },
    rows: [
      { at: FROM, state: 'done', tasks: 300 },
      { at: FROM, state: 'failed', tasks: 100 },
      { at: FROM + 30 * MINUTE, state: 'done', tasks: 200 },
    ],
  };
  const heights = (svg: string, ink: string) =>
    [...svg.matchAll(new RegExp(`<rect [^>]*height="([\\d.]+)" class="fill-${ink}"`, 'g'))]
      .map(([, each]) => Number(each))
      .filter((height) => height !== LEGEND);

  test('stacks the ends of each minute on a scale that says so', () => {
    const svg = drawThroughput(picture);
    const tasks = reader(svg, 'y');
    const [done = 0, later = 0] = heights(svg, 'data');
    const [failed = 0] = heights(svg, 'accent');
    const perPixel = tasks(0) - tasks(1);
    expect([done, later, failed].map((height) => Math.round(height * perPixel))).toEqual([300, 200, 100]);
    expect(textsOf(svg)).toContain('600 tasks: 500 done, 100 failed');
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['05:30', '06:00', '22 Nov 05:30: 300 done, 100 failed']),
    );
  });

  test('joins minutes over a day, and still counts per minute', () => {
    const rows = Array.from({ length: 1_440 }, (_, at) => ({
      at: UNTIL - (at + 1) * MINUTE,
      state: 'done',
      tasks: 60,
    }));
    const svg = drawThroughput({ title: 'Day', from: UNTIL - 1_440 * MINUTE, until: UNTIL, rows });
    expect(heights(svg, 'data').length).toBeLessThan(125);
    expect(textsOf(svg).join('|')).toContain('At most 60 a minute');
    expect(textsOf(svg)).toContain('22 Nov');
  });

  test('nothing is a picture too', () => {
    expect(textsOf(drawThroughput({ ...picture, rows: [] }))).toContain('no task ended');
    parse(drawThroughput({ ...picture, rows: [] }));
  });
});

describe('the histogram', () => {
  const bins = Array.from({ length: 40 }, (_, at) => ({
    ...{
      low: 0.01 * 10 ** (at / 10),
      high: 0.01 * 10 ** ((at + 1) / 10),
      count: Math.max(0, 400 - (at - 18) ** 2 * 3),
    },
  }));
  const quantiles = [
    { label: 'median', value: 0.7 },
    { label: '95 %', value: 4.2 },
  ];

  test('has a logarithmic axis, and marks quantiles where they are', () => {
    const svg = drawHistogram({
      title: 'Wall time',
      label: 'Wall time (s)',
      noun: 'attempt',
      bins,
      quantiles,
    });
    const seconds = reader(svg, 'x', true);
    const at = (ink: string) =>
      Number(new RegExp(`<line x1="([\\d.]+)" x2[^>]*class="stroke-${ink}"`).exec(svg)?.[1]);
    expect(seconds(at('accent'))).toBeCloseTo(0.7, 1);
    expect(seconds(at('second'))).toBeCloseTo(4.2, 1);
    expect(textsOf(svg)).toContain('Wall time (s)');
    parse(svg);
  });

  test('without bins', () => {
    parse(drawHistogram({ title: 'x', label: 'x', noun: 'attempt', bins: [], quantiles: [] }));
  });
});

describe('the chart of the queue', () => {
  test('steps at each sample, and goes on to the end', () => {
    const samples = [0, 10, 20].map((minutes, at) => ({
      ...{ worker_class: 'python', at: FROM + minutes * MINUTE, depth: [10, 500, 20][at] ?? 0 },
    }));
    const svg = drawQueue({ title: 'Queue', from: FROM, until: UNTIL, samples });
    const depth = reader(svg, 'y');
    const path = /<path d="(M[^"]+)" stroke-width="1.75"/.exec(svg)?.[1] ?? '';
    expect(
      [...path.matchAll(/(?:V|M[\d.]+ )([\d.]+)/g)].map(([, y]) => Math.round(depth(Number(y)))),
    ).toEqual([10, 500, 20]);
    expect(textsOf(svg)).toContain('now: python 20');
    parse(svg);
  });

  test('tells classes apart, and escapes their names', () => {
    const samples = ['<b>', 'gpu'].map((worker_class) => ({ worker_class, at: FROM, depth: 1 }));
    const svg = drawQueue({ title: 'Queue', from: FROM, until: UNTIL, samples });
    expect(svg).toContain('stroke-dasharray="7 3"');
    expect(svg).not.toContain('<b>');
    parse(svg);
  });
});
