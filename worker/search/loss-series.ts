/**
 * Samples made ready for transit least squares: flagged ones left out, losses of light from the star's level out of
 * transit, weights from the uncertainties. Where one is not known all samples weigh the same: the paper's choice too,
 * which takes the scatter of the curve for all; how large it is makes no difference to what is found.
 */
import { dropFlagged, type LightCurve } from '../../core/light-curve/light-curve.ts';
import { at, median } from '../../core/light-curve/samples.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { LossSeries } from './folded-transits.ts';

const MIN_SAMPLES = 10;

export interface PreparedSeries {
  readonly series: LossSeries;
  /** Days on the curve's own axis at which the series begins. */
  readonly start: number;
}

/** The level is the median flux. Throws EaselError, naming the curve, where there is too little to search. */
export function lossSeriesOf(curve: LightCurve, name: string): PreparedSeries {
  const { time, flux, uncertainty } = dropFlagged(curve, name);
  if (time.length < MIN_SAMPLES) {
    throw new EaselError('task', `${name}: ${time.length} samples without a flag are too few to search`);
  }
  const level = median(flux);
  if (!(level > 0)) {
    const advice = 'divide the curve by the flux of the star out of transit first';
    throw new EaselError('task', `${name}: the median flux is ${level}, no relative flux: ${advice}`);
  }
  const start = at(time, 0);
  const isKnown = uncertainty.every((sigma) => sigma > 0);
  const series = {
    time: time.map((each) => each - start),
    loss: flux.map((each) => 1 - each / level),
    weight: uncertainty.map((sigma) => (isKnown ? (level / sigma) ** 2 : 1)),
  };
  return { series, start };
}
