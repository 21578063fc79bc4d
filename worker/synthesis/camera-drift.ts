/**
 * What instrumental systematics leave in a corrected light curve: while the spacecraft holds its pointing for a quarter,
 * the star drifts over the pixels of each camera, and the flux in its aperture mask with it. Samadi et al. (2019) describe
 * the residue in each camera, between one mask and the next, by a polynomial of time; here it is a random cubic.
 * Their table of coefficients came from simulated images and is not used: the sizes below keep the mean of 24 cameras
 * within PLATO's limit for residual errors, 0.68 ppm/uHz^(1/2) at 20 uHz (requirement R-SCI-342, quoted in PSLS).
 */
import { at } from '../../core/light-curve/samples.ts';
import { addGaussianNoise } from './gaussian-noise.ts';

/** Days between two rotations of the spacecraft, after which stars fall on other pixels. */
const QUARTER_DAYS = 90;
/** Days between two occasions to choose a new mask (Jannsen et al. 2024, A&A 681, A18, fig. 14). */
const MASK_DAYS = 14;

/** Standard deviation of each coefficient of a camera: relative flux for a time of one quarter. */
const DRIFT = 600e-6;
/** Standard deviation of the relative flux at which a camera begins with a new mask. */
const MASK_STEP = 300e-6;

export interface Cameras {
  readonly count: number;
  /** Whether masks follow the star: shorter drifts, and a step at each new mask. */
  readonly maskUpdates: boolean;
}

/** The mean over all cameras of the relative flux error, at `time` (days, ascending, from 0). */
export function cameraDrift(time: Float64Array, cameras: Cameras, random: () => number): Float64Array {
  const drift = new Float64Array(time.length);
  let index = 0;
  for (let quarter = 0; index < time.length; quarter++) {
    const end = (quarter + 1) * QUARTER_DAYS;
    const spacing = cameras.maskUpdates ? MASK_DAYS : QUARTER_DAYS;
    for (let start = quarter * QUARTER_DAYS; start < end; start += spacing) {
      const [step = 0, linear = 0, square = 0, cube = 0] = meanCoefficients(cameras, random);
      const segmentEnd = Math.min(end, start + spacing);
      for (; index < time.length && at(time, index) < segmentEnd; index++) {
        const x = (at(time, index) - start) / QUARTER_DAYS;
        drift[index] = step + x * (linear + x * (square + x * cube));
      }
    }
  }
  return drift;
}

function meanCoefficients({ count, maskUpdates }: Cameras, random: () => number): Float64Array {
  const sizes = [maskUpdates ? MASK_STEP : 0, DRIFT, DRIFT, DRIFT];
  const mean = new Float64Array(sizes.length);
  for (let camera = 0; camera < count; camera++) addGaussianNoise(mean, 1, random);
  return mean.map((sum, power) => (sum / count) * (sizes[power] ?? 0));
}
