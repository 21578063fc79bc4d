/**
 * Task type `synthesis_psls`: what PLATO would see of a solar-like star with one transiting planet, after the light-curve
 * simulator PSLS (Samadi et al. 2019, A&A 624, A117): oscillations, granulation, activity, white noise, camera drift.
 */
import { at } from '../../core/light-curve/samples.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { seededRandom } from '../../core/model/random.ts';
import { cameraDrift } from '../synthesis/camera-drift.ts';
import { addGaussianNoise } from '../synthesis/gaussian-noise.ts';
import { sampledPowers } from '../synthesis/power-spectrum.ts';
import {
  cameraCount,
  type PlatoSpecs,
  PSLS_RULES,
  platoNoise,
  readPlatoSpecs,
} from '../synthesis/psls-specs.ts';
import { seriesOfPowers } from '../synthesis/random-series.ts';
import { REFERENCE_STARS } from '../synthesis/reference-stars.ts';
import { transitFluxes } from '../synthesis/transit-curve.ts';
import { transitMetadata } from '../synthesis/transit-metadata.ts';
import { planetOf, rasterOf, readTransitSpecs, SPECS } from '../synthesis/transit-specs.ts';
import type { Metadata, TaskContext } from '../task-module.ts';
import { readFormat, readGroup, readOutput } from '../task-settings.ts';
import { tickOf } from '../task-tick.ts';

/** Six years at 25 s: the transform of more takes more than a gigabyte. */
const MAX_SAMPLES = 2 ** 23;
const MIN_TRANSFORM = 4;

export async function run(context: TaskContext): Promise<Metadata> {
  const output = readOutput(context, 'lightcurve');
  const format = readFormat(context.settings);
  const tick = tickOf(context);
  const group = readGroup(context, SPECS, Object.keys(PSLS_RULES));
  const specs = readTransitSpecs(group);
  const plato = readPlatoSpecs(group, context.seed);
  warnOfMasks(context, plato);
  const planet = planetOf(specs);
  const time = rasterOf(specs, MAX_SAMPLES);
  const flux = plato.enable_transits ? transitFluxes(time, planet) : new Float64Array(time.length).fill(1);
  const noise = platoNoise(plato, specs.sampling_cadence);
  const metadata = { ...transitMetadata(flux, { specs, planet, noise }), ...plato };
  await tick(0.1);

  const random = randomStreams(plato.master_seed);
  multiplyByStar(flux, plato, { cadence: specs.sampling_cadence, random: random.star });
  await tick(0.4);
  if (plato.enable_systematics) multiplyByDrift(flux, plato, { time, random: random.drift });
  if (plato.enable_random_noise) addGaussianNoise(flux, noise, random.noise);
  await tick(0.5);
  const flag = new Float64Array(time.length);
  const uncertainty = new Float64Array(time.length).fill(plato.enable_random_noise ? noise : 0);
  await writeLightCurve(output, { time, flux, flag, uncertainty }, {}, format);
  return metadata;
}

export { judgeSynthesis as qualityControl } from '../synthesis/judge-synthesis.ts';

/** One stream for each part, so that none changes when another is switched on or off. */
function randomStreams(seed: number): Record<'star' | 'noise' | 'drift', () => number> {
  const master = seededRandom(seed);
  const stream = (): (() => number) => seededRandom(Math.floor(master() * 2 ** 53));
  return { star: stream(), noise: stream(), drift: stream() };
}

function multiplyByStar(
  flux: Float64Array,
  { mode }: PlatoSpecs,
  { cadence, random }: { cadence: number; random: () => number },
): void {
  const size = Math.max(MIN_TRANSFORM, 2 ** Math.ceil(Math.log2(flux.length)));
  const ppm = seriesOfPowers(sampledPowers(REFERENCE_STARS[mode], { cadence, size }), random);
  for (let index = 0; index < flux.length; index++) {
    flux[index] = (flux[index] ?? 0) * (1 + 1e-6 * (ppm[index] ?? 0));
  }
}

function multiplyByDrift(
  flux: Float64Array,
  specs: PlatoSpecs,
  { time, random }: { time: Float64Array; random: () => number },
): void {
  const cameras = { count: cameraCount(specs), maskUpdates: specs.mask_updates };
  const drift = cameraDrift(time, cameras, random);
  for (let index = 0; index < flux.length; index++) flux[index] = (flux[index] ?? 0) * (1 + at(drift, index));
}

function warnOfMasks(context: TaskContext, { mask_updates, enable_systematics }: PlatoSpecs): void {
  if (mask_updates && !enable_systematics) {
    context.log('warning', 'specs.mask_updates changes nothing without specs.enable_systematics');
  }
}
