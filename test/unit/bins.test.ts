/** Histograms: every value lies in its bin, and a quantile is as near to the truth as bins.ts promises. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BinCount, binOf, boundOf, edgesOf, quantileOf } from '../../core/model/bins.ts';

const NEGLIGIBLE = 2 ** -9;
const value = fc.oneof(
  fc.double({ min: 0, max: 2 ** 53, noNaN: true }),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.nat(10_000),
  fc.nat(53).map((power) => 2 ** power),
);

function histogramOf(values: readonly number[]): BinCount[] {
  return [...Map.groupBy(values, binOf)].map(([bin, { length }]) => ({ bin, count: length }));
}

test('a value lies within the edges of its bin', () => {
  fc.assert(
    fc.property(value, (each) => {
      const { low, high } = edgesOf(binOf(each));
      expect(each).toBeGreaterThanOrEqual(low);
      expect(each).toBeLessThan(high);
    }),
  );
});

test('a bin begins where the one before ends, and a larger value is never in a lower bin', () => {
  for (let bin = -79; bin < 424; bin++) {
    const { low, high } = edgesOf(bin);
    expect(low).toBe(edgesOf(bin - 1).high);
    expect(binOf(low)).toBe(bin);
    expect(high / low).toBeCloseTo(2 ** (1 / 8), 12);
  }
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(binOf(Math.max(a, b))).toBeGreaterThanOrEqual(binOf(Math.min(a, b)));
    }),
  );
});

test('a quantile is wrong by less than a bin', () => {
  const values = fc.array(value, { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, q) => {
      const told = quantileOf(histogramOf(all), q) ?? Number.NaN;
      const real = all.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * all.length)) - 1] ?? Number.NaN;
      if (real < NEGLIGIBLE) expect(told).toBeLessThan(NEGLIGIBLE);
      else expect(Math.abs(Math.log2(told / real))).toBeLessThan(1 / 8);
    }),
  );
});

test('quantiles never fall, and none is above the bound', () => {
  const values = fc.array(value, { minLength: 1 });
  fc.assert(
    fc.property(values, (all) => {
      const histogram = histogramOf(all);
      const told = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1].map((q) => quantileOf(histogram, q) ?? -1);
      expect(told).toEqual(told.toSorted((a, b) => a - b));
      expect(Math.max(...all)).toBeLessThan(boundOf(histogram) ?? -1);
    }),
  );
});

test('of nothing there is no quantile, and what is no quantile is refused', () => {
  expect(quantileOf([], 0.5)).toBeUndefined();
  expect(boundOf([{ bin: 3, count: 0 }])).toBeUndefined();
  expect(binOf(0)).toBe(binOf(-1));
  expect(binOf(Number.NaN)).toBe(binOf(0));
  expect(() => quantileOf([], 1.5)).toThrow('expected a number from 0 to 1');
});
