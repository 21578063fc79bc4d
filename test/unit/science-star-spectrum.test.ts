import FFT from 'fft.js';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../core/model/random.ts';
import { type Mode, modesOf } from '../../worker/synthesis/p-modes.ts';
import { sampledPowers } from '../../worker/synthesis/power-spectrum.ts';
import { seriesOfPowers } from '../../worker/synthesis/random-series.ts';
import { REFERENCE_STARS } from '../../worker/synthesis/reference-stars.ts';
import { backgroundDensity, backgroundOf } from '../../worker/synthesis/stellar-background.ts';

const { main_sequence: dwarf, red_giant: giant } = REFERENCE_STARS;

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** The mean square in each frequency bin of a series, by a transform that the synthesis does not use. */
function periodogram(series: Float64Array): Float64Array {
  const transform = new FFT(series.length);
  const spectrum = new Float64Array(2 * series.length);
  transform.realTransform(spectrum, series);
  return Float64Array.from({ length: series.length / 2 + 1 }, (_, bin) => {
    const square = (spectrum[2 * bin] ?? 0) ** 2 + (spectrum[2 * bin + 1] ?? 0) ** 2;
    return ((bin === 0 || bin === series.length / 2 ? 1 : 2) * square) / series.length ** 2;
  });
}

describe('the background of a star', () => {
  test.each([
    // Kallinger et al. (2014), table 2, with 4 rms^2 tau / (1 + (2 pi tau nu)^2) for activity, computed apart.
    ['main_sequence', 10, 1.47993425 + 50.75776747],
    ['main_sequence', 1000, 0.49928907 + 0.0093808],
    ['main_sequence', 3000, 0.08936215 + 0.00104239],
    ['red_giant', 10, 484.35742019],
    ['red_giant', 100, 111.4030965],
    ['red_giant', 1000, 0.07568615],
  ] as const)('of the %s star has the published density at %d uHz', (mode, frequency, density) => {
    const found = backgroundDensity(backgroundOf(REFERENCE_STARS[mode]), frequency);
    expect(found / density).toBeCloseTo(1, 6);
  });

  test('holds the squares of the published amplitudes', () => {
    const background = backgroundOf(dwarf);
    let integral = 0;
    for (let step = 0.5; step < 200_000; step++) integral += backgroundDensity(background, step);
    expect(integral / (28.4067 ** 2 + 29.6721 ** 2 + 40 ** 2)).toBeCloseTo(1, 3);
  });
});

describe('the p modes', () => {
  const find = (modes: readonly Mode[], degree: number, order: number): Mode => {
    const mode = modes.find((each) => each.degree === degree && each.order === order);
    if (mode === undefined) throw new Error(`there is no mode l = ${degree}, n = ${order}`);
    return mode;
  };

  test('of the solar analogue are where the asymptotic relation has them', () => {
    const modes = modesOf(dwarf);
    expect(find(modes, 0, 20).frequency).toBeCloseTo(2506.979, 3);
    expect(find(modes, 0, 21).frequency - find(modes, 0, 20).frequency).toBeCloseTo(116.93, 6);
    expect(find(modes, 0, 21).frequency - find(modes, 2, 20).frequency).toBeCloseTo(6, 6);
    expect(find(modes, 1, 20).frequency).toBeCloseTo(2563.444, 3);
    expect(find(modes, 3, 20).frequency).toBeCloseTo(2670.374, 3);
  });

  test('of the giant follow the universal pattern', () => {
    const modes = modesOf(giant);
    const found = [0, 1, 2, 3].map((degree) => find(modes, degree, 10).frequency);
    [154.45412539, 161.09712107, 166.45569004, 170.95636539].forEach((frequency, degree) => {
      expect(found[degree]).toBeCloseTo(frequency, 6);
    });
    expect(find(modes, 0, 11).frequency).toBeCloseTo(167.90253259, 6);
  });

  test('have the published amplitudes: Corsaro et al. (2013) and Peralta et al. (2018)', () => {
    const strongest = Math.max(
      ...modesOf(dwarf).flatMap(({ degree, power }) => (degree === 0 ? [power] : [])),
    );
    expect(Math.sqrt(strongest)).toBeGreaterThan(0.98 * 4.14876); // the order nearest to nuMax is 50 uHz from it
    expect(Math.sqrt(strongest)).toBeLessThan(4.14876);
    const { power, width } = find(modesOf(giant), 0, 12);
    const height = (2 * power) / (Math.PI * width);
    expect(height / 1297.61).toBeGreaterThan(0.98);
    expect(height / 1297.61).toBeLessThan(1);
  });

  test('are weighted by the visibility of their degree', () => {
    const modes = modesOf(dwarf);
    const of = (degree: number): number =>
      sum(modes.flatMap((mode) => (mode.degree === degree ? [mode.power] : [])));
    expect(of(1) / of(0)).toBeCloseTo(1.5, 2);
    expect(of(2) / of(0)).toBeCloseTo(0.5, 2);
    expect(of(3) / of(0)).toBeCloseTo(0.05, 3);
  });

  test('are as wide as two independent fits to stars of this temperature say', () => {
    const width = find(modesOf(dwarf), 0, 20).width; // 1.11 uHz at greatest height: Appourchaux et al. (2012), table 2
    expect(width / 1.1127).toBeGreaterThan(1 / 1.5);
    expect(width / 1.1127).toBeLessThan(1.5);
    expect(dwarf.lineWidth(3300)).toBeGreaterThan(3 * width);
    expect(find(modesOf(giant), 0, 12).width).toBeCloseTo(0.14382, 5);
  });
});

describe('the power of a sampled star', () => {
  test('is all there at a short cadence, mode by mode', () => {
    const sampling = { cadence: 25, size: 2 ** 20 };
    const powers = sampledPowers(dwarf, sampling);
    const width = 1e6 / (sampling.size * sampling.cadence);
    const background = backgroundOf(dwarf);
    const between = (from: number, to: number): number =>
      sum(powers.subarray(Math.round(from / width), Math.round(to / width)));
    const modes = modesOf(dwarf);
    const above = (from: number, to: number): number => {
      let smooth = 0;
      for (let step = from + 0.5; step < to; step++) smooth += backgroundDensity(background, step);
      return between(from, to) - smooth;
    };
    const pair = sum(
      modes.filter(({ frequency }) => frequency > 2480 && frequency < 2535).map(({ power }) => power),
    );
    expect(pair).toBeGreaterThan(24);
    expect(above(2480, 2535) / pair).toBeGreaterThan(0.97);
    expect(above(2480, 2535) / pair).toBeLessThan(1.03);
    expect(above(1200, 4000) / sum(modes.map(({ power }) => power))).toBeCloseTo(1, 1);
  });

  test('is the same for a mode that is narrower than a bin', () => {
    const [slow, fast] = [2 ** 12, 2 ** 18].map((size) => sampledPowers(giant, { cadence: 300, size }));
    const total = (powers: Float64Array | undefined, share: number): number =>
      sum((powers ?? new Float64Array()).subarray(Math.round(share * ((powers?.length ?? 0) - 1))));
    expect(Math.abs(total(slow, 0.05) / total(fast, 0.05) - 1)).toBeLessThan(0.02); // above 83 uHz
  });

  test('is that of means over the cadence, what was above half the sampling frequency folded', () => {
    const [cadence, times] = [25, 36];
    const size = 2 ** 13;
    const fine = sampledPowers(dwarf, { cadence, size: size * 64 });
    const coarse = sampledPowers(dwarf, { cadence: cadence * times, size });
    const bands = new Float64Array(16);
    const seeds = 12;
    for (let seed = 0; seed < seeds; seed++) {
      const series = seriesOfPowers(fine, seededRandom(seed));
      const means = new Float64Array(size);
      for (let index = 0; index < size * times; index++) {
        const mean = Math.floor(index / times);
        means[mean] = (means[mean] ?? 0) + (series[index] ?? 0) / times;
      }
      periodogram(means).forEach((power, bin) => {
        const band = Math.min(15, Math.floor((bin * 32) / size));
        bands[band] = (bands[band] ?? 0) + power / seeds;
      });
    }
    bands.forEach((power, band) => {
      if (band === 0) return; // leakage of the slow activity between the ends of the series
      const model = sum(coarse.subarray((band * size) / 32, ((band + 1) * size) / 32));
      expect(power / model, `band ${band}`).toBeGreaterThan(0.9);
      expect(power / model, `band ${band}`).toBeLessThan(1.1);
    });
  });
});

describe('a random series', () => {
  test('of one frequency bin is that sinusoid', () => {
    const powers = new Float64Array(33);
    powers[5] = 2;
    const series = seriesOfPowers(powers, seededRandom(1));
    expect(sum(series.map((value) => value ** 2))).toBeGreaterThan(0.1);
    for (let index = 1; index < 63; index++) {
      const neighbours = (series[index - 1] ?? 0) + (series[index + 1] ?? 0);
      expect(neighbours).toBeCloseTo(2 * Math.cos((2 * Math.PI * 5) / 64) * (series[index] ?? 0), 12);
    }
  });

  test('of the last bin changes its sign with each sample', () => {
    const powers = new Float64Array(9);
    powers[8] = 1;
    const series = seriesOfPowers(powers, seededRandom(2));
    expect(Math.abs(series[0] ?? 0)).toBeGreaterThan(0.01);
    series.forEach((value, index) => {
      expect(value).toBeCloseTo((index % 2 === 0 ? 1 : -1) * (series[0] ?? 0), 12);
    });
  });

  test('has the power of each bin on average, with the spread of a complex normal amplitude', () => {
    const powers = Float64Array.from({ length: 65 }, (_, bin) => (bin === 0 ? 0 : 1 + (bin % 7)));
    const seeds = 4000;
    const mean = new Float64Array(65);
    const square = new Float64Array(65);
    for (let seed = 0; seed < seeds; seed++) {
      periodogram(seriesOfPowers(powers, seededRandom(seed))).forEach((power, bin) => {
        mean[bin] = (mean[bin] ?? 0) + power / seeds;
        square[bin] = (square[bin] ?? 0) + power ** 2 / seeds;
      });
    }
    for (let bin = 1; bin < 64; bin++) {
      const power = powers[bin] ?? 0;
      expect((mean[bin] ?? 0) / power, `bin ${bin}`).toBeGreaterThan(1 - 5 / Math.sqrt(seeds));
      expect((mean[bin] ?? 0) / power, `bin ${bin}`).toBeLessThan(1 + 5 / Math.sqrt(seeds));
      expect((square[bin] ?? 0) / power ** 2, `bin ${bin}`).toBeGreaterThan(1.6); // exponential: 2
      expect((square[bin] ?? 0) / power ** 2, `bin ${bin}`).toBeLessThan(2.4);
    }
    expect(Math.abs((mean[64] ?? 0) / (powers[64] ?? 0) - 1)).toBeLessThan(0.12);
  });

  test('of a star has its spectrum, at the modes and between them', () => {
    const [cadence, size, seeds] = [60, 2 ** 15, 24];
    const model = sampledPowers(dwarf, { cadence, size });
    const mean = new Float64Array(model.length);
    let variance = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const series = seriesOfPowers(model, seededRandom(seed));
      variance += sum(series.map((value) => value ** 2)) / size / seeds;
      periodogram(series).forEach((power, bin) => {
        mean[bin] = (mean[bin] ?? 0) + power / seeds;
      });
    }
    expect(variance / sum(model)).toBeCloseTo(1, 1); // Parseval
    const width = 1e6 / (cadence * size);
    for (const [from, to] of [
      [5, 20],
      [100, 1000],
      [2500, 2512],
      [2530, 2550],
      [2558, 2568],
      [5000, 8000],
    ] as const) {
      const [first, last] = [Math.round(from / width), Math.round(to / width)];
      const ratio = sum(mean.subarray(first, last)) / sum(model.subarray(first, last));
      const tolerance = 5 / Math.sqrt((last - first) * seeds);
      expect(Math.abs(ratio - 1), `${from} to ${to} uHz`).toBeLessThan(tolerance);
    }
  });
});
