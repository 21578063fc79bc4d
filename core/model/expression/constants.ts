/**
 * `constants` of the job format. Ints and floats as Python reads them: `695500e3` is a float, `28` an int.
 */
import { dict } from '../values.ts';

export const CONSTANTS = Object.freeze(
  dict([
    // days
    ['day', 1n],
    ['month', 28n],
    ['year', 365.25],
    // metres
    ['sun_radius', 695500e3],
    ['earth_radius', 6371e3],
    ['jupiter_radius', 71492e3],
    ['phy_AU', 149597870700n],
    // Jupiter radii
    ['Rearth', 0.08911486],
    // relative flux noise of a 25 s exposure
    ['plato_noise', 0.000315],
  ]),
);

/** Names of `math` that are numbers. */
export const MATH_CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI],
  ['inf', Number.POSITIVE_INFINITY],
  ['nan', Number.NaN],
]);

/** Those that need no `math.` in front. */
export const BARE_CONSTANTS: ReadonlySet<string> = new Set(['pi', 'e']);
