import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOnRaster, sumBoxes } from '../../worker/search/even-raster.ts';
import { durationTrials, intervalWindows } from '../../worker/search/interval-windows.ts';
import { seriesOf } from '../../worker/search/series.ts';
import { tryWindows } from '../../worker/search/train-trials.ts';
import {
  countTraced,
  type IntervalWindow,
  scoreTrains,
  traceTrain,
} from '../../worker/search/transit-train.ts';
import { curveWithTransits } from './science-trains.ts';

/** Every train that fills the curve, one after the other: what the dynamic programme must not miss. */
function* allTrains(cells: number, { min, max }: IntervalWindow): Generator<number[]> {
  function* from(train: number[]): Generator<number[]> {
    const last = train.at(-1) ?? 0;
    if (last + max >= cells) yield train;
    for (let next = last + min; next <= last + max && next < cells; next++) yield* from([...train, next]);
  }
  for (let first = 0; first < Math.min(max, cells); first++) yield* from([first]);
}

function scoreOf(boxes: Float64Array, train: readonly number[]): number {
  return train.reduce((sum, start) => sum + (boxes[start] ?? Number.NaN), 0) / Math.sqrt(train.length);
}

const cases = fc.record({
  boxes: fc.float64Array({ minLength: 1, maxLength: 18, min: -10, max: 10, noNaN: true }),
  min: fc.integer({ min: 1, max: 7 }),
  more: fc.integer({ min: 0, max: 5 }),
  minCount: fc.integer({ min: 1, max: 4 }),
});

describe('the best train', () => {
  test('is the best of all trains there are', () => {
    fc.assert(
      fc.property(cases, ({ boxes, min, more, minCount }) => {
        const window = { min, max: min + more };
        const scores = [...allTrains(boxes.length, window)]
          .filter((train) => train.length >= minCount)
          .map((train) => scoreOf(boxes, train));
        const { score, count } = scoreTrains(boxes, window, minCount, new Float64Array(boxes.length));
        if (scores.length === 0) {
          expect(count).toBe(0);
          return;
        }
        expect(score).toBeCloseTo(Math.max(...scores), 9);
        const train = [...traceTrain(boxes, window, count)];
        expect(train).toHaveLength(count);
        expect(scoreOf(boxes, train)).toBeCloseTo(score, 9);
        expect([...allTrains(boxes.length, window)]).toContainEqual(train);
      }),
      { numRuns: 400 },
    );
  });

  test('of intervals that are all the same is that of the folded curve', () => {
    const boxes = Float64Array.from({ length: 20 }, (_, index) => ((index * 7) % 11) - 5);
    const folded = Array.from({ length: 6 }, (_, phase) =>
      boxes.filter((_box, index) => index % 6 === phase),
    );
    const scores = folded.map((each) => each.reduce((sum, box) => sum + box, 0) / Math.sqrt(each.length));
    const { score } = scoreTrains(boxes, { min: 6, max: 6 }, 1, new Float64Array(20));
    expect(score).toBeCloseTo(Math.max(...scores), 12);
  });

  test('is known, with its size, before it is traced', () => {
    expect(countTraced(10, { min: 4, max: 5 })).toBe(5 + 6 + 2);
  });
});

describe('windows of intervals', () => {
  const range = fc.record({
    min: fc.double({ min: 10, max: 3000, noNaN: true }),
    factor: fc.double({ min: 1.01, max: 3, noNaN: true }),
    variation: fc.double({ min: 0, max: 0.25, noNaN: true }),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  test('hold each period of the range, and periods that vary by half of what is allowed', () => {
    fc.assert(
      fc.property(range, ({ min, factor, variation, place }) => {
        const max = min * factor;
        const windows = intervalWindows({ min, max, variation });
        const shortest = min + place * (max - min);
        const longest = Math.min(max, shortest * Math.sqrt(1 + variation));
        const holds = (low: number, high: number) =>
          windows.some((each) => each.min <= Math.floor(low + 2e-6) && each.max >= Math.ceil(high - 2e-6));
        expect(holds(shortest, shortest)).toBe(true);
        if (Math.floor(shortest) * variation > 0.5) expect(holds(shortest, longest)).toBe(true);
      }),
    );
  });

  test('are no wider than what is allowed, but for one cell and a half', () => {
    fc.assert(
      fc.property(range, ({ min, factor, variation }) => {
        for (const window of intervalWindows({ min, max: min * factor, variation })) {
          expect(window.max - window.min).toBeLessThanOrEqual(window.min * variation + 1.5);
          expect(window.max).toBeGreaterThan(window.min);
        }
      }),
    );
  });

  test('are none where the range is empty', () => {
    expect(intervalWindows({ min: 50, max: 40, variation: 0.01 })).toEqual([]);
  });

  test('of whole numbers begin and end with them, whatever the rounding', () => {
    const windows = intervalWindows({ min: 4 / 0.01, max: 4.1 / 0.01, variation: 0 });
    expect(windows[0]).toEqual({ min: 400, max: 401 });
    expect(windows.at(-1)).toEqual({ min: 409, max: 410 });
  });
});

test('durations are boxes of four cells at least where the cadence allows, and none is tried twice', () => {
  const cadence = 900 / 86_400;
  const trials = durationTrials(cadence, 0.05, 0.2, 16);
  const cadences = trials.map(({ perCell, width }) => perCell * width);
  expect(new Set(cadences).size).toBe(trials.length);
  expect(cadences[0]).toBe(5);
  expect(cadences.at(-1)).toBe(20);
  for (const { width } of trials) expect(width).toBeGreaterThanOrEqual(4);
  expect(durationTrials(cadence, 0.05, 0.2, 1)).toEqual([{ perCell: 1, width: 5 }]);
  expect(durationTrials(0.04, 0.08, 0.2, 2)).toEqual([
    { perCell: 1, width: 2 },
    { perCell: 1, width: 5 },
  ]);
});

describe('the raster', () => {
  const series = (time: readonly number[], flux: readonly number[]) => ({
    time: Float64Array.from(time),
    flux: Float64Array.from(flux),
    weight: new Float64Array(time.length).fill(4),
    totalWeight: 4 * time.length,
  });

  test('has nothing where there are no samples', () => {
    const raster = layOnRaster(series([0, 1, 2, 6, 7], [1, 1, -4, 1, 1]), 1, 1);
    expect([...raster.dips]).toEqual([-1, -1, 4, 0, 0, 0, -1, -1]);
    expect([...raster.coverage]).toEqual([1, 1, 1, 0, 0, 0, 1, 1]);
    expect(raster).toMatchObject({ start: -0.5, step: 1, sigma: 0.5 });
  });

  test('counts what is missing in a cell as the mean of the curve', () => {
    const raster = layOnRaster(series([0, 1, 2, 3, 4.01, 7], [0, -3, 1, 1, -1, 2]), 1, 2);
    expect([...raster.dips]).toEqual([1.5, -1, 0.5, -1]);
    expect([...raster.coverage]).toEqual([1, 1, 0.5, 0.5]);
    expect(raster.sigma).toBeCloseTo(0.5 / Math.SQRT2, 12);
  });

  test('takes the mean where samples are denser than the cadence', () => {
    const raster = layOnRaster(series([0, 0.1, 0.2, 1, 2], [-3, -3, -3, 4, 5]), 1, 1);
    expect([...raster.dips]).toEqual([3, -4, -5]);
  });

  test('has the noise of its usual samples', () => {
    const { time, flux, totalWeight } = series([0, 1, 2, 3, 4], [1, 2, 3, 4, 5]);
    const weight = Float64Array.of(4, 4, 1e-6, 4, 100);
    expect(layOnRaster({ time, flux, weight, totalWeight }, 1, 1).sigma).toBe(0.5);
  });

  test('gives boxes of its cells', () => {
    expect([...sumBoxes(Float64Array.of(1, 2, 3, 4), 3)]).toEqual([6, 9]);
    expect([...sumBoxes(Float64Array.of(1, 2), 3)]).toEqual([]);
  });
});

describe('the trials', () => {
  const cadence = 0.02;
  const windows = intervalWindows({ min: 200, max: 300, variation: 5e-4 });
  const trialsOf = (times: readonly number[]) => {
    const curve = curveWithTransits({ days: 100, cadence, times, duration: 0.1, depth: 1e-3, noise: 5e-4 });
    return [...tryWindows(layOnRaster(seriesOf(curve, 'made'), cadence, 1), 5, windows, 2)].flat();
  };

  test('find in noise what the background says', () => {
    const trials = trialsOf([]);
    const excess = trials.reduce((sum, { sn, background }) => sum + sn - background, 0) / trials.length;
    expect(trials).toHaveLength(windows.length);
    expect(Math.abs(excess)).toBeLessThan(0.4);
  });

  test('have the signal to noise of the transits, above a background that these do not raise', () => {
    const times = Array.from({ length: 20 }, (_, transit) => 1 + 5.17 * transit);
    const best = trialsOf(times).reduce((most, each) => (each.sn > most.sn ? each : most));
    expect(best.count).toBe(20);
    expect(best.window.min).toBeLessThanOrEqual(258);
    expect(best.window.max).toBeGreaterThanOrEqual(259);
    expect(Math.abs(best.sn - (1e-3 / 5e-4) * Math.sqrt(20 * 5))).toBeLessThan(3);
    expect(best.background).toBeLessThan(6);
  });
});
