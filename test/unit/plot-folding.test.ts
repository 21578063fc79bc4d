import { expect, test } from 'vitest';
import { findFolding } from '../../controller/cli/plot/find-folding.ts';
import { allocateLightCurve } from '../../core/light-curve/light-curve.ts';
import { dict, type Value } from '../../core/model/values.ts';
import { phaseOf } from '../../core/plot/fold.ts';

/** A transit of 0.2 d at 1.5 d, every 4 d. */
const curve = allocateLightCurve(4_000);
for (let index = 0; index < 4_000; index++) {
  const time = index * 0.01;
  curve.time[index] = time;
  curve.flux[index] = Math.abs(phaseOf(time, { period: 4, t0: 1.5 })) < 0.1 ? 0.99 : 1;
}

const search = (task_id: number, published: Record<string, Value>) => ({
  ...{ task_id, type: 'transit_search_tls', metadata: dict(Object.entries(published)) },
});
const nothing = { name: 'x', curve, metadata: {}, readers: [], period: undefined, t0: undefined };

test('what is given wins, then what the curve was made with, then what a search has found', () => {
  const readers = [
    search(7, { verification: true }),
    search(8, { period: 4, t0: 1.4 }),
    search(9, { period: 8n }),
  ];
  const made = { orbital_period: 5, t0: 0 };
  expect(findFolding({ ...nothing, readers, metadata: made, period: 3, t0: 2 })).toEqual({
    ...{ folding: { period: 3, t0: 2 }, remarks: [] },
  });
  const ofCurve = findFolding({ ...nothing, readers, metadata: made });
  expect(ofCurve.folding).toEqual({ period: 5, t0: 0 });
  expect(ofCurve.remarks[0]).toBe('period 5 d: `orbital_period` of its metadata');
  const ofSearch = findFolding({ ...nothing, readers });
  expect(ofSearch.folding).toEqual({ period: 4, t0: 1.4 });
  expect(ofSearch.remarks[0]).toBe('period 4 d: found by task 8 (transit_search_tls)');
});

test('a middle that nobody has told is looked for', () => {
  const { folding, remarks } = findFolding({ ...nothing, period: 4 });
  expect(Math.abs(folding.t0 - 1.5)).toBeLessThan(0.05);
  expect(remarks).toEqual([expect.stringContaining('where the folded curve is lowest')]);
});

test('without any period it says what to give', () => {
  const metadata = { period: 'unknown', orbital_period: -1 };
  expect(() => findFolding({ ...nothing, metadata })).toThrow('x: no period is known');
});
