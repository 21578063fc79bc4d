/** How many workers are needed, as the queue grows, is worked off and stays empty. */
import { describe, expect, test } from 'vitest';
import { type Demand, NeedForWorkers } from '../../controller/deployment/need-for-workers.ts';

const BOUNDS = { min: 0, max: 5, patienceMs: 5_000, coolDownMs: 60_000 };
const IDLE: Demand = { waiting: 0, oldestMs: null, running: 0, slots: 2 };
const waiting = (count: number, oldestMs: number, running = 0): Demand => ({
  ...{ waiting: count, oldestMs, running, slots: 2 },
});

describe('the need for workers', () => {
  test('where there are none, the first task brings one at once', () => {
    expect(new NeedForWorkers(BOUNDS, 0).next(waiting(1, 0), 0, 10)).toBe(1);
  });

  test('follows the slots that are needed, up to the bound', () => {
    const need = new NeedForWorkers(BOUNDS, 0);
    expect(need.next(waiting(5, 6_000, 2), 1, 10)).toBe(4); // 7 tasks, 2 slots each
    expect(need.next(waiting(500, 6_000, 8), 4, 20)).toBe(5);
  });

  test('what was queued a moment ago asks for no more, what has waited does', () => {
    const need = new NeedForWorkers(BOUNDS, 0);
    expect(need.next(waiting(10, 4_999), 1, 10)).toBe(1);
    expect(need.next(waiting(10, 5_000), 1, 20)).toBe(5);
  });

  test('fewer only when fewer were enough for the whole cool-down', () => {
    const need = new NeedForWorkers(BOUNDS, 0);
    expect(need.next(waiting(6, 9_000, 0), 3, 0)).toBe(3);
    expect(need.next(IDLE, 3, 30_000)).toBe(3);
    expect(need.next(waiting(0, 0, 4), 3, 59_000)).toBe(3);
    expect(need.next(IDLE, 3, 61_000)).toBe(2); // two were needed two seconds ago
    expect(need.next(IDLE, 2, 118_999)).toBe(2);
    expect(need.next(IDLE, 2, 119_001)).toBe(0);
  });

  test('one that has just started does not end what runs already', () => {
    const need = new NeedForWorkers(BOUNDS, 1_000_000);
    expect(need.next(IDLE, 4, 1_000_001)).toBe(4);
    expect(need.next(IDLE, 4, 1_059_999)).toBe(4);
    expect(need.next(IDLE, 4, 1_060_002)).toBe(0);
  });

  test('never fewer than what runs needs', () => {
    const need = new NeedForWorkers(BOUNDS, 0);
    const busy = { ...IDLE, running: 5 };
    for (let at = 0; at < 600_000; at += 10_000) expect(need.next(busy, 5, at)).toBeGreaterThanOrEqual(3);
    expect(need.next(busy, 5, 700_000)).toBe(3);
  });

  test('bounds hold whatever runs', () => {
    const atLeast = new NeedForWorkers({ ...BOUNDS, min: 2 }, 0);
    expect(atLeast.next(IDLE, 0, 1)).toBe(2);
    expect(atLeast.next(IDLE, 2, 100_000)).toBe(2);
    expect(new NeedForWorkers(BOUNDS, 0).next(IDLE, 9, 1)).toBe(5);
  });
});
