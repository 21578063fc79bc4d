/** Every `transit_search_...` of the registry judges what it found alike, so that jobs can compare them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { taskTypeSchema } from '../../core/model/task-type.ts';
import { judgePeriod } from '../../worker/search/transit-outcome.ts';
import type { Metadata, TaskModule } from '../../worker/task-module.ts';
import { inputFile, makeContext, makeDirectory } from './science-context.ts';
import { curveWithTransits, timesOf } from './science-trains.ts';

const registry: Record<string, unknown> = parse(readFileSync('worker/task-types.yaml', 'utf8'));
const searches = Object.keys(registry).filter((name) => name.startsWith('transit_search_'));
const path = join(makeDirectory(), 'planet.lc.gz');
const PERIOD = 5.1;

beforeAll(async () => {
  const times = timesOf(40, PERIOD, 1.3);
  await writeLightCurve(
    path,
    curveWithTransits({ days: 40, cadence: 1 / 48, times, duration: 0.17, depth: 0.01, noise: 5e-4 }),
  );
});

async function searchWith(name: string, metadata: Metadata) {
  const { module: file = '' } = taskTypeSchema.parse(registry[name]);
  const { run }: TaskModule = await import(resolve('worker', file));
  const settings = { search_settings: { period_min: 4, period_max: 8 } };
  return await run(makeContext({ settings, inputs: { lightcurve: [inputFile(path, metadata)] } }));
}

describe.each(searches)('%s', (name) => {
  test.each([
    ['PASS', { orbital_period: PERIOD }, PERIOD],
    ['PASS', { orbital_period: PERIOD * 1.025 }, PERIOD * 1.025],
    ['FAIL', { orbital_period: PERIOD * 1.04 }, PERIOD * 1.04],
    ['FAIL', { orbital_period: PERIOD * 0.96 }, PERIOD * 0.96],
    ['UNDEFINED', {}, null],
    ['UNDEFINED', { orbital_period: 'none' }, null],
  ])('says %s of %j', async (outcome, metadata, target_period) => {
    const found = await searchWith(name, metadata);
    expect(found).toMatchObject({ outcome, target_period });
    expect(Math.abs(Number(found?.period) / PERIOD - 1)).toBeLessThan(5e-3);
  });

  test('declares what it publishes of it', () => {
    const { metadata } = taskTypeSchema.parse(registry[name]);
    expect(metadata).toMatchObject({ period: 'float', outcome: 'string', target_period: 'float' });
  });
});

describe('the verdict', () => {
  const days = fc.double({ min: 1e-3, max: 1e5, noNaN: true });

  test('is PASS within three per cent of the recorded period, and FAIL beyond', () => {
    fc.assert(
      fc.property(days, fc.double({ min: -0.5, max: 0.5, noNaN: true }), (target, error) => {
        fc.pre(Math.abs(Math.abs(error) - 0.03) > 1e-9);
        const outcome = Math.abs(error) < 0.03 ? 'PASS' : 'FAIL';
        const verdict = judgePeriod(target * (1 + error), { orbital_period: target });
        expect(verdict).toEqual({ outcome, target_period: target });
      }),
    );
  });

  test('is UNDEFINED, with no target, where no period is recorded', () => {
    const none = fc.oneof(
      fc.constantFrom(null, true, 0, Number.NaN),
      fc.double({ max: 0, noNaN: true }),
      fc.string(),
    );
    const without = { outcome: 'UNDEFINED', target_period: null };
    fc.assert(
      fc.property(days, none, (period, orbital_period) => {
        expect(judgePeriod(period, { orbital_period })).toEqual(without);
        expect(judgePeriod(period, {})).toEqual(without);
      }),
    );
  });
});
