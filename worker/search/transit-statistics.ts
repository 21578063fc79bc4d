/**
 * What a found transit is worth: how many transits were seen, their signal to noise, and whether every second one is
 * deeper, as it is when the "planet" is a pair of stars with twice the period. Transits are counted from 0 at the first
 * of the curve: that one is even, the next one odd.
 */
import { at } from '../../core/light-curve/samples.ts';
import type { LossSeries } from './folded-transits.ts';
import type { FittedTransit } from './refine-transit.ts';
import type { TransitShape } from './transit-template.ts';

export interface TransitStatistics {
  /** Mid-transit times within the curve, and those of them with a sample in transit. */
  readonly transitCount: number;
  readonly seenCount: number;
  /** Mean loss in transit over the scatter out of transit, times the root of the samples in transit; null without scatter. */
  readonly signalToNoise: number | null;
  /** Fitted to the even or the odd transits alone; null where none of them was seen. */
  readonly depthEven: number | null;
  readonly depthOdd: number | null;
  /** Their difference, in standard deviations. */
  readonly mismatch: number | null;
}

/** Middle of the first transit, on the axis of the series: from its beginning to one period later. */
export function firstTransit({ transitTime, period }: Pick<FittedTransit, 'transitTime' | 'period'>): number {
  return transitTime - Math.floor(transitTime / period) * period;
}

export function transitStatistics(
  series: LossSeries,
  shape: TransitShape,
  transit: FittedTransit,
): TransitStatistics {
  const first = firstTransit(transit);
  const last = at(series.time, series.time.length - 1);
  const sums = sumTransits(series, shape, { ...transit, transitTime: first });
  const { even, odd, noise } = sums;
  const inside = even.weight + odd.weight;
  const mismatch =
    Math.abs(even.product / even.square - odd.product / odd.square) /
    Math.sqrt(noise / even.square + noise / odd.square);
  return {
    transitCount: first > last ? 0 : 1 + Math.floor((last - first) / transit.period),
    seenCount: sums.seen.size,
    signalToNoise: finite((even.loss + odd.loss) / Math.sqrt(inside * noise)),
    depthEven: finite(even.product / even.square),
    depthOdd: finite(odd.product / odd.square),
    mismatch: finite(mismatch),
  };
}

/** Over samples in transit: weights, and weights times loss, loss x template, template squared. */
interface Parity {
  weight: number;
  loss: number;
  product: number;
  square: number;
}

interface Sums {
  readonly even: Parity;
  readonly odd: Parity;
  readonly seen: ReadonlySet<number>;
  /** Variance out of transit, in units of what the weights promise: mean of weight x loss^2. */
  readonly noise: number;
}

/** In transit is half a duration from its middle, out of transit is more than a whole one. */
function sumTransits({ time, loss, weight }: LossSeries, shape: TransitShape, transit: FittedTransit): Sums {
  const even: Parity = { weight: 0, loss: 0, product: 0, square: 0 };
  const odd: Parity = { ...even };
  const seen = new Set<number>();
  let outside = 0;
  let scatter = 0;
  for (let sample = 0; sample < time.length; sample++) {
    const turns = (at(time, sample) - transit.transitTime) / transit.period;
    const number = Math.round(turns);
    const apart = ((turns - number) * transit.period) / transit.duration;
    const inTransit = shape.lossAt(apart);
    const [here, each] = [at(loss, sample), at(weight, sample)];
    if (inTransit > 0) {
      const parity = number % 2 === 0 ? even : odd;
      seen.add(number);
      parity.weight += each;
      parity.loss += each * here;
      parity.product += each * here * inTransit;
      parity.square += each * inTransit * inTransit;
    } else if (Math.abs(apart) > 1) {
      outside++;
      scatter += each * here * here;
    }
  }
  return { even, odd, seen, noise: scatter / outside };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
