/** How a transit search is judged: by the period that is recorded in the light curve's metadata, where there is one. */
import type { Metadata } from '../task-module.ts';

/** Relative difference up to which a found period counts as the recorded one. */
const TOLERANCE = 0.03;

/** `outcome`: PASS, FAIL, or UNDEFINED when no period is recorded; then `target_period` is null. */
export function judgePeriod(period: number, curveMetadata: Metadata): Metadata {
  const target = curveMetadata.orbital_period;
  if (typeof target !== 'number' || !(target > 0)) return { outcome: 'UNDEFINED', target_period: null };
  const passed = Math.abs(period - target) <= TOLERANCE * target;
  return { outcome: passed ? 'PASS' : 'FAIL', target_period: target };
}
