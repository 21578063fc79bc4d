/**
 * Histograms of measured values (durations in ms, sizes in bytes) in logarithmic bins, eight to each doubling: bin b
 * holds values from 2^(b/8) up to 2^((b+1)/8), about 9 % more. The lowest holds everything below, too, and counts as 0.
 *
 * A quantile read from a histogram lies in the bin of the value that it stands for (of n values in order, the one of
 * rank q·n, rounded up), so it is wrong by less than 9.1 % of it: the ratio of the two is below 2^(1/8).
 */
import { EaselError } from './errors.ts';

const PER_DOUBLING = 8;
const LOWEST_BIN = -80;

export interface BinCount {
  readonly bin: number;
  readonly count: number;
}

export function binOf(value: number): number {
  if (!(value > 0)) return LOWEST_BIN;
  const bin = Math.floor(Math.log2(value) * PER_DOUBLING);
  const exact = value < edgeOf(bin) ? bin - 1 : value >= edgeOf(bin + 1) ? bin + 1 : bin; // the logarithm is rounded
  return Math.max(LOWEST_BIN, exact);
}

/** The values of a bin: from `low`, up to but without `high`. */
export function edgesOf(bin: number): { readonly low: number; readonly high: number } {
  return { low: bin <= LOWEST_BIN ? 0 : edgeOf(bin), high: edgeOf(bin + 1) };
}

const edgeOf = (bin: number) => 2 ** (bin / PER_DOUBLING);

/**
 * Of the values in a histogram; undefined when there are none.
 * @param q from 0 (the smallest) to 1 (the largest)
 */
export function quantileOf(histogram: readonly BinCount[], q: number): number | undefined {
  if (!(q >= 0 && q <= 1)) throw new EaselError('usage', `quantile ${q}: expected a number from 0 to 1`);
  const bins = [...histogram].filter(({ count }) => count > 0).sort((a, b) => a.bin - b.bin);
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const rank = Math.max(1, Math.ceil(q * total));
  let before = 0;
  for (const { bin, count } of bins) {
    if (rank <= before + count) return within(bin, (rank - before - 0.5) / count);
    before += count;
  }
  return undefined;
}

/** As if the values of a bin lay evenly, on a logarithmic scale. */
function within(bin: number, share: number): number {
  return bin <= LOWEST_BIN ? 0 : 2 ** ((bin + share) / PER_DOUBLING);
}

/** No value is larger: the upper edge of the highest bin that holds any. */
export function boundOf(histogram: readonly BinCount[]): number | undefined {
  const bins = histogram.filter(({ count }) => count > 0).map(({ bin }) => bin);
  return bins.length === 0 ? undefined : edgesOf(Math.max(...bins)).high;
}
