import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LightCurve } from '../../core/light-curve/light-curve.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { seededRandom } from '../../core/model/random.ts';
import { cameraDrift } from '../../worker/synthesis/camera-drift.ts';
import type { Metadata, TaskContext } from '../../worker/task-module.ts';
import { run as synthesiseBatman } from '../../worker/types/synthesis-batman.ts';
import { run as synthesise } from '../../worker/types/synthesis-psls.ts';
import { inputFile, makeContext, makeDirectory } from './science-context.ts';

const directory = makeDirectory();
const lightcurve = join(directory, 'star.lc.gz');

/** A planet as large as Jupiter, which passes every ten days. */
const SHORT = {
  duration: 100,
  sampling_cadence: 900,
  orbital_period: 10,
  semi_major_axis: 0.09,
  master_seed: 1,
};

async function make(specs: TaskContext['settings'], parts: Partial<TaskContext> = {}): Promise<Metadata> {
  return await synthesise(
    makeContext({ settings: { specs: { ...specs } }, outputs: { lightcurve }, ...parts }),
  );
}

async function curveOf(specs: TaskContext['settings']): Promise<LightCurve> {
  await make({ ...SHORT, ...specs });
  return (await readLightCurve(inputFile(lightcurve))).curve;
}

function rms(values: Float64Array): number {
  return Math.sqrt(values.reduce((total, value) => total + value ** 2, 0) / values.length);
}

function difference(first: Float64Array, second: Float64Array): Float64Array {
  return first.map((value, index) => value - (second[index] ?? 0));
}

describe('synthesis_psls', () => {
  test('has the defaults of the job format, and says which seed it took', async () => {
    const made = await make({ duration: 10, sampling_cadence: 600 }, { seed: 77 });
    expect(made).toMatchObject({
      ...{ duration: 10, t0: 1, orbital_period: 365, impact_parameter: 0, orbital_angle: 0 },
      ...{ mode: 'main_sequence', nsr: 73, master_seed: 77 },
      ...{ enable_transits: true, enable_systematics: false, enable_random_noise: true, mask_updates: false },
      ...{ number_camera_groups: 4, number_cameras_per_group: 6 },
    });
    expect(made).not.toHaveProperty('noise');
    expect(made).not.toHaveProperty('mes_assume_noise');
  });

  test.each([
    // 73 ppm in an hour with one camera; an hour is four samples of 900 s.
    [{ number_camera_groups: 1, number_cameras_per_group: 1 }, 146],
    [{}, 146 / Math.sqrt(24)],
    [{ number_camera_groups: 2 }, 146 / Math.sqrt(12)],
    [{ nsr: 10, sampling_cadence: 100, duration: 20 }, (10 * 6) / Math.sqrt(24)],
  ])('has for %j the white noise of %d ppm', async (specs, ppm) => {
    const noisy = await curveOf(specs);
    const quiet = await curveOf({ ...specs, enable_random_noise: false });
    const noise = rms(difference(noisy.flux, quiet.flux)) * 1e6;
    expect(Math.abs(noise / ppm - 1)).toBeLessThan(4 / Math.sqrt(2 * noisy.flux.length));
    expect((noisy.uncertainty[0] ?? 0) * 1e6).toBeCloseTo(ppm, 8);
    expect(quiet.uncertainty[0]).toBe(0);
  });

  test('has the transits of synthesis_batman, and the same star without them', async () => {
    const quiet = { enable_random_noise: false };
    const star = await curveOf({ ...quiet, enable_transits: false });
    const both = await curveOf(quiet);
    const { master_seed: _, ...specs } = SHORT;
    await synthesiseBatman(makeContext({ settings: { specs }, outputs: { lightcurve } }));
    const { flux } = (await readLightCurve(inputFile(lightcurve))).curve;
    expect(Math.min(...flux)).toBeLessThan(0.99);
    expect(
      Math.max(
        ...difference(
          both.flux,
          flux.map((each, at) => each * (star.flux[at] ?? 0)),
        ).map(Math.abs),
      ),
    ).toBeLessThan(1e-12);
    expect(rms(star.flux.map((each) => each - 1))).toBeGreaterThan(20e-6);
  });

  test('counts its transits as synthesis_batman does, with a mes for the noise of its cameras', async () => {
    const made = await make(SHORT);
    const { master_seed: _, ...specs } = SHORT;
    const batman = await synthesiseBatman(makeContext({ settings: { specs }, outputs: { lightcurve } }));
    for (const key of ['integrated_transit_power', 'pixels_in_transit', 'pixels_out_of_transit']) {
      expect(made[key]).toBe(batman[key]);
    }
    const [power, count] = [Number(made.integrated_transit_power), Number(made.pixels_in_transit)];
    expect(made.mes).toBeCloseTo(power / (146e-6 / Math.sqrt(24)) / Math.sqrt(count), 6);
    const assumed = await make({ ...SHORT, mes_assume_noise: 6e-4 });
    expect(assumed.mes).toBeCloseTo(power / 1e-4 / Math.sqrt(count), 6);
    expect(await make({ ...SHORT, enable_transits: false })).toMatchObject({
      ...{ integrated_transit_power: 0, pixels_in_transit: 0, pixels_out_of_transit: 9600, mes: 0 },
    });
  });

  test('varies as the star of its mode does: by the rms that the published spectra integrate to', async () => {
    const still = { enable_transits: false, enable_random_noise: false, sampling_cadence: 60, duration: 45 };
    const giant = rms((await curveOf({ ...still, mode: 'red_giant' })).flux.map((each) => each - 1)) * 1e6;
    const dwarf = rms((await curveOf(still)).flux.map((each) => each - 1)) * 1e6;
    // Granulation 198.6 ppm, radial modes 290 ppm^2 at greatest, 3.25 modes each 13.68 uHz under 63.4 uHz x 1.0645.
    expect(giant / Math.sqrt(39_437 + (293 * 3.25 * 63.5 * 1.0645) / 13.68)).toBeGreaterThan(0.9);
    expect(giant / Math.sqrt(39_437 + (293 * 3.25 * 63.5 * 1.0645) / 13.68)).toBeLessThan(1.1);
    // Granulation 1687 ppm^2, activity 1600, radial modes 17.2 ppm^2, 3.05 modes each 116.93 uHz under 659 uHz x 1.0645.
    expect(dwarf / Math.sqrt(1687 + 1600 + (17.2 * 3.05 * 659 * 1.0645) / 116.93)).toBeGreaterThan(0.9);
    expect(dwarf / Math.sqrt(1687 + 1600 + (17.2 * 3.05 * 659 * 1.0645) / 116.93)).toBeLessThan(1.1);
  });

  test('gives the same bytes for the same seed, whoever draws it, and others for another', async () => {
    const bytesOf = async (specs: TaskContext['settings'], seed: number): Promise<string> => {
      const { master_seed: _, ...short } = SHORT;
      await make({ ...short, enable_systematics: true, ...specs }, { seed });
      return readFileSync(lightcurve).toString('base64');
    };
    const first = await bytesOf({}, 5);
    expect(await bytesOf({}, 5)).toBe(first);
    expect(await bytesOf({ master_seed: 5 }, 9)).toBe(first);
    expect(await bytesOf({}, 6)).not.toBe(first);
  });

  test.each([
    [{ mode: 'white_dwarf' }, 'specs.mode must be main_sequence or red_giant, not "white_dwarf"'],
    [{ nsr: -1 }, 'specs.nsr is -1: it must be at least 0'],
    [{ nsr: 'low' }, 'specs.nsr must be a number, not "low"'],
    [{ master_seed: 1.5 }, 'specs.master_seed is 1.5: it must be a whole number'],
    [{ master_seed: -1 }, 'specs.master_seed is -1: it must be at least 0'],
    [{ enable_transits: 'yes' }, 'specs.enable_transits must be true or false, not "yes"'],
    [{ enable_systematics: 2 }, 'specs.enable_systematics must be true or false, not 2'],
    [{ enable_random_noise: [] }, 'specs.enable_random_noise must be true or false'],
    [{ mask_updates: 'never' }, 'specs.mask_updates must be true or false'],
    [{ number_camera_groups: 5 }, 'specs.number_camera_groups is 5: it must be at most 4'],
    [{ number_cameras_per_group: 0 }, 'specs.number_cameras_per_group is 0: it must be at least 1'],
    [{ number_cameras_per_group: 2.5 }, 'is 2.5: it must be a whole number'],
    [{ sampling_cadence: 1, duration: 100 }, 'specs give 8640000 samples: at most 8388608'],
    [{ semi_major_axis: 0.001 }, 'the orbit enters the star'],
  ])('refuses %j', async (specs, message) => {
    await expect(make(specs)).rejects.toThrow(message);
  });

  test('takes 1 and 0 for true and false, as older job files have them', async () => {
    const made = await make({ ...SHORT, enable_transits: 0, enable_systematics: 1 });
    expect(made).toMatchObject({ enable_transits: false, enable_systematics: true, pixels_in_transit: 0 });
  });

  test('warns of mask updates that change nothing, and of specs that it does not know', async () => {
    const specs = { ...SHORT, mask_updates: true, noise: 1 };
    const context = makeContext({ settings: { specs }, outputs: { lightcurve } });
    await synthesise(context);
    expect(context.logged.map(({ message }) => message)).toEqual([
      'specs: noise not known to test, and ignored',
      'specs.mask_updates changes nothing without specs.enable_systematics',
    ]);
  });

  test('tells its progress, and stops when it is asked to', async () => {
    const shares: number[] = [];
    const controller = new AbortController();
    const progress = (share: number): void => {
      shares.push(share);
      if (share >= 0.4) controller.abort();
    };
    await expect(make(SHORT, { progress, signal: controller.signal })).rejects.toThrow('abort');
    expect(shares).toEqual([0.1, 0.4]);
  });

  test('makes the shortest curve there is', async () => {
    expect(await make({ duration: 0.001, sampling_cadence: 100 })).toMatchObject({
      pixels_out_of_transit: 1,
    });
  });
});

describe('the drift of the cameras', () => {
  const step = 1 / 24;
  const time = Float64Array.from({ length: Math.round(180 / step) }, (_, index) => index * step);
  const drifts = (count: number, maskUpdates: boolean): Float64Array[] =>
    Array.from({ length: 300 }, (_, seed) => cameraDrift(time, { count, maskUpdates }, seededRandom(seed)));
  const ppmAt = (curves: readonly Float64Array[], day: number): number =>
    1e6 * rms(Float64Array.from(curves, (curve) => curve[Math.round(day / step)] ?? 0));

  test('grows over a quarter to 600 sqrt(3) ppm in one camera, and begins anew with the next', () => {
    const curves = drifts(1, false);
    expect(ppmAt(curves, 0)).toBe(0);
    expect(ppmAt(curves, 90 - step) / (600 * Math.sqrt(3))).toBeCloseTo(1, 0.5);
    expect(ppmAt(curves, 90)).toBeLessThan(1e-9);
    expect(ppmAt(curves, 45) / (600 * Math.sqrt(1 / 4 + 1 / 16 + 1 / 64))).toBeCloseTo(1, 0.5);
  });

  test('averages out with the root of the number of cameras', () => {
    const ratio = ppmAt(drifts(1, false), 80) / ppmAt(drifts(24, false), 80);
    expect(ratio / Math.sqrt(24)).toBeGreaterThan(0.8);
    expect(ratio / Math.sqrt(24)).toBeLessThan(1.25);
  });

  test('steps at each new mask, every 14 days of a quarter, and nowhere else', () => {
    const updates = [0, 14, 28, 42, 56, 70, 84, 90, 104, 118, 132, 146, 160, 174];
    const curves = drifts(1, true);
    const jumps = Float64Array.from(time, (_, index) =>
      index === 0
        ? 0
        : rms(Float64Array.from(curves, (curve) => (curve[index] ?? 0) - (curve[index - 1] ?? 0))),
    );
    const found = [...jumps.entries()].filter(([, jump]) => jump > 20e-6).map(([index]) => index * step);
    expect(found.map((day) => Math.round(day))).toEqual(updates.slice(1));
    for (const day of updates) expect(ppmAt(curves, day) / 300).toBeCloseTo(1, 0.5);
  });

  test.each([false, true])(
    'of 24 cameras is within the limit for residual errors (masks updated: %s)',
    (updates) => {
      // PLATO's limit: 0.68 ppm/uHz^(1/2) at 20 uHz, density over both signs of the frequency.
      const frequency = 20e-6 * 86_400; // per day
      const density = drifts(24, updates).map((curve) => {
        let [cosine, sine] = [0, 0];
        curve.forEach((value, index) => {
          cosine += value * Math.cos(2 * Math.PI * frequency * (time[index] ?? 0));
          sine += value * Math.sin(2 * Math.PI * frequency * (time[index] ?? 0));
        });
        const perDay = ((cosine ** 2 + sine ** 2) * step) / curve.length;
        return perDay * 86_400 * 1e-6 * 1e12; // ppm^2/uHz
      });
      const amplitude = Math.sqrt(density.reduce((total, each) => total + each, 0) / density.length);
      expect(amplitude).toBeLessThan(0.68);
      expect(amplitude).toBeGreaterThan(0.34);
    },
  );
});
