/** The parts of transit least squares, each against a second way to the same number. */
import { describe, expect, test } from 'vitest';
import { falseAlarmProbability } from '../../worker/search/false-alarm.ts';
import { FoldedTransits, type LossSeries } from '../../worker/search/folded-transits.ts';
import { lossSeriesOf } from '../../worker/search/loss-series.ts';
import { PhaseOrder } from '../../worker/search/phase-order.ts';
import { fitTransit } from '../../worker/search/refine-transit.ts';
import {
  durationBounds,
  templateWidths,
  transitPeriods,
  widthBounds,
} from '../../worker/search/transit-grid.ts';
import { runningMedian, transitSpectrum } from '../../worker/search/transit-spectrum.ts';
import {
  SUN_IN_KEPLER_BAND,
  type Template,
  TransitShape,
  templateOf,
} from '../../worker/search/transit-template.ts';
import { transitFluxes } from '../../worker/synthesis/transit-curve.ts';
import { seededRandom } from './science-context.ts';

const shape = new TransitShape(SUN_IN_KEPLER_BAND);
const SUN = { radius: 1, mass: 1 };

function noisySeries(count: number, isUniform: boolean): LossSeries {
  const random = seededRandom(count);
  const time = Float64Array.from({ length: count }, (_, index) =>
    index === 0 ? 0 : 0.02 * (index + 0.4 * random()),
  );
  const loss = time.map((each) => (each % 2.3 < 0.1 ? 8e-4 : 0) + 1e-3 * (random() - 0.5));
  return { time, loss, weight: time.map(() => (isUniform ? 1e7 : 0.5 + random())) };
}

describe('the template', () => {
  test('is the transit of the orbit of the paper, as the synthesis computes it', () => {
    const orbit = {
      ...{ t0: 0, period: 12.9, semiMajorAxis: 23.1, tilt: ((90 - 89.21) * Math.PI) / 180 },
      ...{ eccentricity: 0, argumentOfPeriastron: Math.PI / 2 },
    };
    // Winn 2010, equation 14: the time from first to fourth contact.
    const impact = 23.1 * Math.cos((89.21 * Math.PI) / 180);
    const sine = Math.sqrt(1.03 ** 2 - impact ** 2) / 23.1 / Math.cos(orbit.tilt);
    const duration = (12.9 / Math.PI) * Math.asin(sine);
    const time = Float64Array.from({ length: 201 }, (_, index) => (index / 200 - 0.5) * duration);
    const fluxes = transitFluxes(time, { orbit, radius: 0.03, limbDarkening: SUN_IN_KEPLER_BAND });
    const deepest = 1 - (fluxes[100] ?? 0);
    for (const [index, each] of time.entries()) {
      expect(Math.abs(shape.lossAt(each / duration) - (1 - (fluxes[index] ?? 0)) / deepest)).toBeLessThan(
        1e-3,
      );
    }
    expect([shape.lossAt(0), shape.lossAt(0.5), shape.lossAt(-0.7)]).toEqual([1, 0, 0]);
  });

  test.each([3, 7, 40, 200, 436])('of %d samples is drawn by straight lines to 2 per cent', (width) => {
    const { loss, bends } = templateOf(shape, width);
    const drawn = Float64Array.from(loss, (_, sample) =>
      bends.place.reduce(
        (sum, place, bend) => sum + (bends.change[bend] ?? 0) * Math.max(0, sample - place),
        0,
      ),
    );
    for (const [sample, each] of loss.entries())
      expect(Math.abs((drawn[sample] ?? 0) - each)).toBeLessThan(0.02 + 1e-9);
    const beyond = bends.place.reduce(
      (sum, place, bend) => sum + (bends.change[bend] ?? 0) * (width + 5 - place),
      0,
    );
    expect(Math.abs(beyond)).toBeLessThan(1e-9);
    expect(bends.place.length).toBeLessThan(20);
  });
});

describe('the best transit of a folded curve', () => {
  const templates = [9, 12, 30, 61].map((width) => templateOf(shape, width));

  /** chi^2 without a transit less chi^2 with it, sample by sample, at every window. */
  function naive(series: LossSeries, period: number, template: Template): { gain: number; depth: number } {
    const phase = (index: number): number => ((series.time[index] ?? 0) / period) % 1;
    const order = [...series.time.keys()].sort((a, b) => phase(a) - phase(b));
    let best = { gain: 0, depth: 0 };
    for (let start = 0; start < order.length; start++) {
      const samples = Array.from(template.loss, (_, place) => order[(start + place) % order.length] ?? 0);
      const sum = (value: (sample: number, place: number) => number): number =>
        samples.reduce(
          (total, sample, place) => total + (series.weight[sample] ?? 0) * value(sample, place),
          0,
        );
      const lossOf = (sample: number): number => series.loss[sample] ?? 0;
      const depth = sum(lossOf) / sum((_, place) => template.loss[place] ?? 0);
      if (sum(lossOf) <= 1e-5 * sum(() => 1)) continue;
      const flat = sum((sample) => lossOf(sample) ** 2);
      const rest = sum((sample, place) => (lossOf(sample) - depth * (template.loss[place] ?? 0)) ** 2);
      if (flat - rest > best.gain) best = { gain: flat - rest, depth };
    }
    return best;
  }

  test.each([
    [2.3, true],
    [2.3, false],
    [0.71, true],
    [0.71, false],
    [5.9, true],
    [5.9, false],
  ])('at %d days is that of a search sample by sample (equal weights: %s)', (period, isUniform) => {
    const series = noisySeries(900, isUniform);
    for (const template of templates) {
      const search = { templates: [template], minDepth: 1e-5, margin: 0.01 };
      const found = new FoldedTransits(series, search).fit(period, { min: 3, max: 900 });
      const expected = naive(series, period, template);
      // Straight lines choose the window: it may be another one that is as good but for a per cent.
      expect(found.gain).toBeLessThan(expected.gain * (1 + 1e-9));
      expect(found.gain).toBeGreaterThan(expected.gain * 0.98);
    }
    const all = new FoldedTransits(series, { templates, minDepth: 1e-5, margin: 0.01 });
    const best = Math.max(...templates.map((template) => naive(series, period, template).gain));
    expect(all.fit(period, { min: 3, max: 900 }).gain).toBeGreaterThan(best * 0.98);
    const only = all.fit(period, { min: 12, max: 12 });
    const [, twelve] = templates;
    if (twelve !== undefined) expect(only.gain / naive(series, period, twelve).gain).toBeCloseTo(1, 1);
  });

  test('has the gain that chi^2 at every sample at its own time has', () => {
    const series = noisySeries(900, false);
    const ephemeris = { period: 2.3, transitTime: 0.05, duration: 0.13 };
    const { gain, depth } = fitTransit(series, shape, ephemeris);
    const chiSquare = (scale: number): number =>
      series.time.reduce((sum, time, index) => {
        const turns = (time - 0.05) / 2.3;
        const model = scale * shape.lossAt(((turns - Math.round(turns)) * 2.3) / 0.13);
        return sum + (series.weight[index] ?? 0) * ((series.loss[index] ?? 0) - model) ** 2;
      }, 0);
    expect(gain / (chiSquare(0) - chiSquare(depth))).toBeCloseTo(1, 9);
    expect(depth).toBeGreaterThan(5e-4);
  });

  test('lies where the transit was put, across the end of the phase too', () => {
    const time = Float64Array.from({ length: 3000 }, (_, index) => index * 0.013);
    for (const transitTime of [0, 0.9, 2.29]) {
      const loss = time.map((each) => {
        const turns = (each - transitTime) / 2.3;
        return 1e-3 * shape.lossAt(((turns - Math.round(turns)) * 2.3) / 0.12);
      });
      const search = { templates: templates.concat(templateOf(shape, 156)), minDepth: 1e-5, margin: 0.01 };
      const found = new FoldedTransits({ time, loss, weight: time.map(() => 1) }, search).fit(2.3, {
        min: 3,
        max: 300,
      });
      const off = found.phase - transitTime / 2.3;
      expect(Math.abs(off - Math.round(off))).toBeLessThan(1e-3);
      expect(found.duration * 2.3).toBeCloseTo(0.12, 2);
      expect(found.depth / 1e-3).toBeCloseTo(1, 1);
    }
  });
});

test('samples are put in the order of their phase', () => {
  const { time } = noisySeries(500, true);
  const order = new PhaseOrder(time);
  for (const period of [0.3, 1, 4.7, 11]) {
    order.fold(period);
    const phases = Array.from(
      order.index,
      (sample) => (time[sample] ?? 0) / period - Math.floor((time[sample] ?? 0) / period),
    );
    expect(phases).toEqual([...phases].sort((a, b) => a - b));
    expect(new Set(order.index).size).toBe(500);
    expect(order.phaseAt(500)).toBeCloseTo(1 + (phases[0] ?? 0), 12);
  }
});

describe('the grids', () => {
  test('have the periods that the authors of the method get for K2-3: 8505, from 0.602 to 40.036 days', () => {
    const periods = transitPeriods({ star: SUN, span: 80.072, min: 0.6017, max: 40.036, oversampling: 3 });
    expect(Math.abs(periods.length / 8505 - 1)).toBeLessThan(2e-3); // their constants have fewer digits
    expect(periods[0]).toBeCloseTo(0.602, 3);
    expect(periods.at(-1)).toBe(40.036);
    expect(periods).toEqual(periods.toSorted());
  });

  test('let a transit drift by less than a third of its duration over the whole curve', () => {
    const periods = transitPeriods({ star: SUN, span: 80, min: 1, max: 40, oversampling: 3 });
    for (const [index, period] of [...periods.entries()].slice(0, -1)) {
      const drift = ((periods[index + 1] ?? 0) - period) * (80 / period);
      expect(drift).toBeLessThan(0.34 * (13 / 24) * Math.cbrt(period / 365.25)); // the Earth takes 13 hours
    }
  });

  test('have the durations of Kepler orbits', () => {
    const central = (radius: number, mass: number, period: number): number => {
      const axis = Math.cbrt(mass * (period / 365.25) ** 2) * 215.03; // an astronomical unit is 215.03 solar radii
      return (radius / axis / Math.PI) * period;
    };
    const { shortest, longest } = durationBounds(30);
    expect((shortest * 30) / central(0.13, 0.1, 30)).toBeCloseTo(1, 3);
    expect((longest * 30) / central(3.5 + 2 * 0.10049, 1, 30)).toBeCloseTo(1, 3);
    expect(durationBounds(0.5).longest).toBe(0.12);
    const widths = templateWidths(4000, { min: 0.6, max: 40 }, 1.1);
    expect(widths).toEqual([...new Set(widths)].sort((a, b) => a - b));
    expect(widths.at(-1)).toBe(480);
    expect(widthBounds(4000, 80, 40).max / (4000 * durationBounds(40).longest)).toBeCloseTo(1.5, 1);
  });
});

describe('the spectrum', () => {
  test('is in standard deviations of the signal residue', () => {
    const { residue, power, best, sde } = transitSpectrum(Float64Array.of(4, 2, 4, 4, 4), 3);
    expect([...residue]).toEqual([0.5, 1, 0.5, 0.5, 0.5]);
    expect(best).toBe(1);
    expect(sde).toBeCloseTo(2, 12); // mean 0.6, deviation 0.2
    expect(power[0]).toBeCloseTo(-0.5, 12);
    expect(transitSpectrum(Float64Array.of(3, 3, 3), 3).sde).toBe(0);
  });

  test('has its trend taken off by a running median', () => {
    const random = seededRandom(3);
    const values = Float64Array.from({ length: 400 }, () => Math.floor(20 * random()));
    const medians = runningMedian(values, 31);
    for (let middle = 15; middle < 385; middle++) {
      expect(medians[middle]).toBe(values.slice(middle - 15, middle + 16).sort()[15]);
    }
    expect([medians[0], medians[399]]).toEqual([medians[15], medians[384]]);
    const bare = Float64Array.from(
      { length: 1000 },
      (_, index) => 1000 + (index % 7) + (index === 600 ? -100 : 0),
    );
    const tilted = bare.map((each, index) => each * (1 + index / 1000));
    expect(transitSpectrum(tilted, 3).sde).toBeGreaterThan(5); // the lowest chi^2 is the first
    expect(transitSpectrum(tilted, 3).best).toBe(600);
  });

  test('gives the false alarm probabilities of the paper', () => {
    expect(falseAlarmProbability(7)).toBeCloseTo(0.01, 3);
    expect(falseAlarmProbability(8.32)).toBeCloseTo(0.001, 4);
    expect(falseAlarmProbability(5)).toBeNull();
    expect(falseAlarmProbability(Number.NaN)).toBeNull();
    expect(falseAlarmProbability(9.1)).toBe(8e-5);
    expect(falseAlarmProbability(40)).toBe(8e-5);
    expect(Number(falseAlarmProbability(6.3))).toBeGreaterThan(Number(falseAlarmProbability(6.31)));
  });
});

test('losses are counted from the median flux, with the weights of known uncertainties', () => {
  const time = Float64Array.from({ length: 12 }, (_, index) => 3 + index);
  const flux = time.map((_, index) => (index === 5 ? 1.98 : 2));
  const flag = time.map((_, index) => (index === 0 ? 1 : 0));
  const known = lossSeriesOf({ time, flux, flag, uncertainty: time.map(() => 0.02) }, 'a.lc.gz');
  expect(known.start).toBe(4);
  expect(known.series.time[0]).toBe(0);
  expect(known.series.loss[4]).toBeCloseTo(0.01, 12);
  expect(known.series.weight[0]).toBeCloseTo(1e4, 6);
  const partly = time.map((_, index) => (index === 7 ? 0 : 0.02));
  expect([...lossSeriesOf({ time, flux, flag, uncertainty: partly }, 'a').series.weight]).toEqual(
    Array(11).fill(1),
  );
  const refuse = (changed: Float64Array) => () =>
    lossSeriesOf({ time, flux: changed, flag, uncertainty: partly }, 'a.lc.gz');
  expect(refuse(flux.map(() => -1))).toThrow('a.lc.gz: the median flux is -1');
});
