/** A curve like that of K2-3 (three planets, a sample each half an hour), made here: what the searches are measured on. */
import { seededRandom } from '../../../core/model/random.ts';
import { SUN_IN_KEPLER_BAND } from '../../../worker/search/transit-template.ts';
import { addGaussianNoise } from '../../../worker/synthesis/gaussian-noise.ts';
import { transitFluxes } from '../../../worker/synthesis/transit-curve.ts';

const CADENCE_D = 29.4 / 60 / 24;
export const NOISE = 6e-5;
/** Days, days, stellar radii, stellar radii: of K2-3 b, c and d (Crossfield et al. 2015), in round numbers. */
const PLANETS = [
  { t0: 3.15, period: 10.054, semiMajorAxis: 29.5, radius: 0.035 },
  { t0: 2.02, period: 24.65, semiMajorAxis: 53.6, radius: 0.029 },
  { t0: 15.95, period: 44.56, semiMajorAxis: 79.6, radius: 0.025 },
] as const;

export const STRONGEST_PERIOD = PLANETS[0].period;

/** `time` in days; `loss` is 1 - flux. */
export function likeK23(days: number): { time: Float64Array; loss: Float64Array } {
  const time = Float64Array.from({ length: Math.floor(days / CADENCE_D) }, (_, index) => index * CADENCE_D);
  const loss = new Float64Array(time.length);
  for (const { radius, ...orbit } of PLANETS) {
    const shape = { ...orbit, tilt: 0, eccentricity: 0, argumentOfPeriastron: Math.PI / 2 };
    const flux = transitFluxes(time, { orbit: shape, radius, limbDarkening: SUN_IN_KEPLER_BAND });
    for (const [index, each] of flux.entries()) loss[index] = (loss[index] ?? 0) + 1 - each;
  }
  addGaussianNoise(loss, NOISE, seededRandom(1));
  return { time, loss };
}
