/**
 * The probability that noise alone reaches a signal detection efficiency: from the distribution of the highest SDE in
 * searches of white noise, as tabulated by the authors of transit least squares (Hippke & Heller 2019:
 * an SDE of 7.0 for 1 per cent; the table of their program ends at 8e-5). Between the points the logarithm is interpolated.
 */
const TABLE: readonly (readonly [sde: number, probability: number])[] = [
  [5.652, 0.1],
  [6.056, 0.05],
  [6.572, 0.02],
  [6.98, 0.01],
  [7.365, 0.005],
  [7.895, 0.002],
  [8.321, 0.001],
  [8.605, 0.0005],
  [9.015, 0.0002],
  [9.1, 0.00008],
];

/** Null below the table, where noise is likely; its last entry, an upper limit, above it. */
export function falseAlarmProbability(sde: number): number | null {
  let [below, high] = TABLE[0] ?? [0, 1];
  if (!(sde >= below)) return null;
  for (const [above, low] of TABLE) {
    if (sde < above) return high * (low / high) ** ((sde - below) / (above - below));
    [below, high] = [above, low];
  }
  return high;
}
