/** The `search_settings` of transit least squares: names, units and defaults (those of Hippke & Heller 2019). */
import type { Plain } from '../../core/model/values.ts';
import type { TaskContext } from '../task-module.ts';
import { readNumber, type Settings, settingError } from '../task-settings.ts';
import { readPeriodBounds, type SearchedCurve, searchSettings } from './searched-curve.ts';
import type { TransitSearchSettings } from './transit-least-squares.ts';
import { type LimbDarkening, SUN_IN_KEPLER_BAND } from './transit-template.ts';

export const DEFAULT_PERIOD_MIN = 0.5;

const GROUP = 'search_settings';
/** A template needs this many samples at the least period. */
const MIN_SAMPLES_PER_PERIOD = 10;

/** Limits are there to refuse what would run without end, and what has no meaning. */
const SEARCH_RULES = {
  star_radius: { default: 1, min: 0.05, max: 100 },
  star_mass: { default: 1, min: 0.05, max: 100 },
  oversampling_factor: { default: 3, min: 1, max: 20 },
  duration_grid_step: { default: 1.1, min: 1.01, max: 2 },
  transit_depth_min: { default: 1e-5, min: 0, below: 1 },
} as const;

const KNOWN = ['period_min', 'period_max', 'limb_darkening', ...Object.keys(SEARCH_RULES)];

export function readSearchSettings(context: TaskContext, searched: SearchedCurve): TransitSearchSettings {
  const shortest = MIN_SAMPLES_PER_PERIOD * searched.cadence;
  const limits = { shortest, defaultMin: DEFAULT_PERIOD_MIN, known: KNOWN };
  const bounds = readPeriodBounds(context, searched, limits);
  const group = searchSettings(context);
  const number = (key: keyof typeof SEARCH_RULES): number => readNumber(group, key, SEARCH_RULES[key], GROUP);
  return {
    ...bounds,
    star: { radius: number('star_radius'), mass: number('star_mass') },
    limbDarkening: readLimbDarkening(group),
    oversampling: number('oversampling_factor'),
    durationStep: number('duration_grid_step'),
    minDepth: number('transit_depth_min'),
  };
}

function readLimbDarkening(group: Settings): LimbDarkening {
  const value = (Object.hasOwn(group, 'limb_darkening') ? group.limb_darkening : null) ?? SUN_IN_KEPLER_BAND;
  const [u1, u2, ...rest]: readonly Plain[] = Array.isArray(value) ? value : [];
  if (typeof u1 !== 'number' || typeof u2 !== 'number' || rest.length > 0) {
    throw settingError(
      'limb_darkening',
      GROUP,
      `must be a list of two numbers, not ${JSON.stringify(value)}`,
    );
  }
  // Brighter towards the middle, and nowhere dark: Kipping 2013, MNRAS 435, 2152, equation 8.
  if (u1 < 0 || u1 + 2 * u2 < 0 || u1 + u2 >= 1) {
    throw settingError('limb_darkening', GROUP, `is [${u1}, ${u2}]: no star has such a disc`);
  }
  return [u1, u2];
}
