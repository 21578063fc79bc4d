/**
 * Task type `synthesis_batman`: a light curve with the transits of one planet and white noise, after the model of
 * batman (Kreidberg 2015), computed here with the formulae of Mandel & Agol (2002).
 */
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { addGaussianNoise } from '../synthesis/gaussian-noise.ts';
import { transitFluxes } from '../synthesis/transit-curve.ts';
import { noisePerSample, transitMetadata } from '../synthesis/transit-metadata.ts';
import { planetOf, rasterOf, readTransitSpecs, SPEC_RULES, SPECS } from '../synthesis/transit-specs.ts';
import type { Metadata, TaskContext } from '../task-module.ts';
import { readFormat, readGroup, readNumber, readOutput } from '../task-settings.ts';
import { tickOf } from '../task-tick.ts';

/** The specs of this type; `noise` is the relative flux noise of a 25 s exposure. */
export const BATMAN_RULES = { ...SPEC_RULES, noise: { default: 0, min: 0 } } as const;

export async function run(context: TaskContext): Promise<Metadata> {
  const output = readOutput(context, 'lightcurve');
  const format = readFormat(context.settings);
  const group = readGroup(context, SPECS, Object.keys(BATMAN_RULES));
  const specs = readTransitSpecs(group);
  const noise = readNumber(group, 'noise', BATMAN_RULES.noise, SPECS);
  const planet = planetOf(specs);
  const time = rasterOf(specs);
  const flux = transitFluxes(time, planet);
  const perSample = noisePerSample(noise, specs.sampling_cadence);
  const metadata = { ...transitMetadata(flux, { specs, planet, noise: perSample }), noise };
  await tickOf(context)(0.3);
  if (perSample > 0) addGaussianNoise(flux, perSample, context.random);
  const flag = new Float64Array(time.length);
  const uncertainty = new Float64Array(time.length).fill(perSample);
  await writeLightCurve(output, { time, flux, flag, uncertainty }, {}, format);
  return metadata;
}

export { judgeSynthesis as qualityControl } from '../synthesis/judge-synthesis.ts';
