/**
 * The `specs` that a PLATO light curve has beside those of its transits: the star, the cameras that look at it, and what of
 * all that is switched on.
 */
import { readChoice, readFlag, readNumber, readOptionalNumber, type Settings } from '../task-settings.ts';
import { STAR_MODES, type StarMode } from './reference-stars.ts';
import { SPEC_RULES, SPECS } from './transit-specs.ts';

const SECONDS_PER_HOUR = 3600;

export const PSLS_RULES = {
  ...SPEC_RULES,
  mode: { default: 'main_sequence' },
  nsr: { default: 73, min: 0 },
  master_seed: { min: 0, integer: true },
  enable_transits: { default: true },
  enable_systematics: { default: false },
  enable_random_noise: { default: true },
  mask_updates: { default: false },
  number_camera_groups: { default: 4, min: 1, max: 4, integer: true },
  number_cameras_per_group: { default: 6, min: 1, max: 6, integer: true },
} as const;

/** A type, not an interface, so that it is output metadata as it stands. */
export type PlatoSpecs = {
  readonly mode: StarMode;
  /** Of one camera: ppm times the root of an hour. */
  readonly nsr: number;
  readonly master_seed: number;
  readonly enable_transits: boolean;
  readonly enable_systematics: boolean;
  readonly enable_random_noise: boolean;
  readonly mask_updates: boolean;
  readonly number_camera_groups: number;
  readonly number_cameras_per_group: number;
};

/** @param seed of the attempt, where the specs have no `master_seed` */
export function readPlatoSpecs(specs: Settings, seed: number): PlatoSpecs {
  const flag = (key: `enable_${'transits' | 'systematics' | 'random_noise'}` | 'mask_updates'): boolean =>
    readFlag(specs, key, PSLS_RULES[key].default, SPECS);
  const number = (key: 'nsr' | 'number_camera_groups' | 'number_cameras_per_group'): number =>
    readNumber(specs, key, PSLS_RULES[key], SPECS);
  return {
    mode: readChoice(specs, 'mode', { choices: STAR_MODES, fallback: PSLS_RULES.mode.default, group: SPECS }),
    nsr: number('nsr'),
    master_seed: readOptionalNumber(specs, 'master_seed', PSLS_RULES.master_seed, SPECS) ?? seed,
    enable_transits: flag('enable_transits'),
    enable_systematics: flag('enable_systematics'),
    enable_random_noise: flag('enable_random_noise'),
    mask_updates: flag('mask_updates'),
    number_camera_groups: number('number_camera_groups'),
    number_cameras_per_group: number('number_cameras_per_group'),
  };
}

export function cameraCount(specs: PlatoSpecs): number {
  return specs.number_camera_groups * specs.number_cameras_per_group;
}

/** Relative noise of one sample, the mean of all cameras: `nsr` is that of one camera in one hour. */
export function platoNoise(specs: PlatoSpecs, samplingCadence: number): number {
  return (specs.nsr * 1e-6) / Math.sqrt(cameraCount(specs) * (samplingCadence / SECONDS_PER_HOUR));
}
