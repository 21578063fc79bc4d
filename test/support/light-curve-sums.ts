/** What programs in images answer, computed the long way: plain definitions, nothing fast. Rows are those of a light-curve file. */

type Rows = readonly (readonly number[])[];

const DAY = 86_400;

/** The sine with an offset that fits best, weighted: by the normal equations of three unknowns. */
export function sineFit(rows: Rows, frequency: number): { power: number; amplitude: number } {
  const samples = rows.map(([time = 0, flux = 0, , uncertainty = 0]) => {
    const angle = (2 * Math.PI * frequency * time) / DAY;
    return { flux, weight: uncertainty ** -2, parts: [1, Math.cos(angle), Math.sin(angle)] as const };
  });
  const sum = (of: (sample: (typeof samples)[number]) => number) =>
    samples.reduce((total, sample) => total + sample.weight * of(sample), 0);
  const mean = sum(({ flux }) => flux) / sum(() => 1);
  const matrix = [0, 1, 2].map((row) => [
    ...[0, 1, 2].map((column) => sum(({ parts }) => (parts[row] ?? 0) * (parts[column] ?? 0))),
    sum(({ parts, flux }) => (parts[row] ?? 0) * (flux - mean)),
  ]);
  const [offset = 0, cosine = 0, sine = 0] = solve(matrix);
  const left = sum(({ flux, parts }) => (flux - mean - offset - cosine * parts[1] - sine * parts[2]) ** 2);
  return { power: 1 - left / sum(({ flux }) => (flux - mean) ** 2), amplitude: Math.hypot(cosine, sine) };
}

/** Gauss and Jordan. */
function solve(matrix: number[][]): number[] {
  for (const [at, pivot] of matrix.entries())
    for (const row of matrix) {
      if (row === pivot) continue;
      const factor = (row[at] ?? 0) / (pivot[at] ?? 0);
      for (const column of row.keys()) row[column] = (row[column] ?? 0) - factor * (pivot[column] ?? 0);
    }
  return matrix.map((row, at) => (row.at(-1) ?? 0) / (row[at] ?? 0));
}

/** worker/images/c/README.md has the definition. @param window width of the running median, d */
export function estimateNoise(rows: Rows, window: number) {
  const times = rows.map(([time = 0]) => time / DAY);
  const fluxes = rows.map(([, flux = 0]) => flux);
  const residuals = times.map((time, at) => {
    const near = fluxes.filter((_flux, other) => Math.abs((times[other] ?? 0) - time) <= window / 2 + 1e-9);
    return ((fluxes[at] ?? 0) / median(near) - 1) * 1e6;
  });
  const steps = (values: number[]) => values.slice(1).map((value, at) => value - (values[at] ?? 0));
  const cadence = median(steps(times));
  const start = (times[0] ?? 0) - cadence / 2;
  return {
    pointToPoint: (1.4826 * median(steps(residuals).map(Math.abs))) / Math.SQRT2,
    /** @param width d */
    over(width: number): { ppm: number; bins: number } {
      const bins = Map.groupBy(residuals.keys(), (at) => Math.floor(((times[at] ?? 0) - start) / width));
      const full = [...bins.values()].filter((bin) => 2 * bin.length * cadence > width - 1e-9);
      const means = full.map((bin) => bin.reduce((sum, at) => sum + (residuals[at] ?? 0), 0) / bin.length);
      const middle = median(means);
      return { ppm: 1.4826 * median(means.map((mean) => Math.abs(mean - middle))), bins: means.length };
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
