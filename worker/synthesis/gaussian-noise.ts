/** Gaussian noise from uniform random numbers, by Box and Muller: one uniform number per value, so that runs repeat. */

/** Adds noise of standard deviation `sigma` to `values`; `random` is uniform in [0, 1). */
export function addGaussianNoise(values: Float64Array, sigma: number, random: () => number): void {
  for (let index = 0; index < values.length; index += 2) {
    const radius = sigma * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[index] = (values[index] ?? 0) + radius * Math.cos(angle);
    if (index + 1 < values.length) values[index + 1] = (values[index + 1] ?? 0) + radius * Math.sin(angle);
  }
}
