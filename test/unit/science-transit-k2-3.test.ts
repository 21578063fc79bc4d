/**
 * Transit least squares on real photometry: the star K2-3, whose planets b (10.054 d) and c (24.65 d) the authors of the method
 * find with an efficiency near 45 for the first. The curve is no part of the project: where it is absent this is skipped.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run as ingest } from '../../worker/types/ingest-external-lcs.ts';
import { run as mask } from '../../worker/types/mask-transits.ts';
import { run as search } from '../../worker/types/transit-search-tls.ts';
import { inputFile, makeContext, makeDirectory } from './science-context.ts';

const REAL_CURVE = resolve('../shared/data/k2-3_detrended.csv');
const directory = makeDirectory();
/** Two searches, of a few seconds each where nobody else computes. */
const TIMEOUT_MS = 120_000;

describe.skipIf(!existsSync(REAL_CURVE))(
  'K2-3 (skipped where ../shared/data/k2-3_detrended.csv is absent)',
  () => {
    test(
      'has planet b, and once that is masked planet c',
      async () => {
        const path = join(directory, 'k2-3_detrended.lc.gz');
        const rest = join(directory, 'rest.lc.gz');
        const origin = await ingest(
          makeContext({
            settings: { lc_type: 'csv', input_path: 'k2-3_*.csv' },
            inputArea: resolve('../shared/data'),
            outputs: { 'k2-3_detrended.lc.gz': path },
          }),
        );
        const first = await search(makeContext({ inputs: { lightcurve: [inputFile(path)] }, cpus: 2 }));
        expect(Math.abs(Number(first.period) / 10.054 - 1)).toBeLessThan(1e-3);
        expect(Number(first.sde)).toBeGreaterThan(40.5);
        expect(Number(first.sde)).toBeLessThan(49.5);
        expect(first).toMatchObject({
          transit_count: 8,
          fap: 8e-5,
          outcome: 'UNDEFINED',
          target_period: null,
        });
        // Crossfield et al. 2015 (ApJ 804, 10): mid-transit at BJD 2456813.42 = BKJD 1980.42, and a depth near 1200 ppm.
        expect(Number(origin.time_origin) + Number(first.t0)).toBeCloseTo(1980.42, 1);
        expect(Number(first.depth)).toBeGreaterThan(0.0011);
        expect(Number(first.depth)).toBeLessThan(0.0015);
        expect(Number(first.odd_even_mismatch)).toBeLessThan(3);

        const { period = null, t0 = null, duration = null } = first;
        const masked = await mask(
          makeContext({
            settings: { period, t0, duration },
            inputs: { lightcurve: [inputFile(path)] },
            outputs: { lightcurve: rest },
          }),
        );
        expect(Number(masked.masked_samples)).toBeGreaterThan(60);
        const second = await search(makeContext({ inputs: { lightcurve: [inputFile(rest)] }, cpus: 2 }));
        expect(Math.abs(Number(second.period) / 24.65 - 1)).toBeLessThan(1e-3);
        expect(Number(second.sde)).toBeGreaterThan(9);
      },
      TIMEOUT_MS,
    );
  },
);
