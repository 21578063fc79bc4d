/** Why workers ran nothing: each cause by itself, causes one after the other, and what is too short to be told. */
import { expect, test } from 'vitest';
import type { Gap, GapFacts, SampleFact, WorkerFact } from '../../core/model/gaps/facts.ts';
import { findGaps } from '../../core/model/gaps/gaps.ts';

const WISH = { from: 0, until: 100_000, thresholdMs: 2_000 };

const worker = (keys: Partial<WorkerFact> = {}): WorkerFact => ({
  ...{ id: 1, host: 'a', pid: 10, worker_class: 'default', slots: 2, started_at: 0, gone_at: null },
  end: 'alive',
  ...keys,
});
const sample = (at: number, keys: Partial<SampleFact> = {}): SampleFact => ({
  ...{ worker_class: 'default', at, queued: 0, in_line: 0, set_aside: 0, workers: 1 },
  ...keys,
});
const run = (started_at: number, ended_at: number | null, worker_id = 1) => ({
  ...{ worker_id, started_at, ended_at },
});

function gaps(facts: Partial<GapFacts>): Gap[] {
  const nothing = { runs: [], outages: [], pauses: [], samples: [sample(-1)], workers: [worker()] };
  return findGaps({ ...nothing, schedulers: [{ from: -1, until: 200_000 }], ...facts }, WISH);
}
const brief = (facts: Partial<GapFacts>) => gaps(facts).map(({ from, until, kind }) => [from, until, kind]);

test('between two attempts there was no work', () => {
  const all = gaps({ runs: [run(0, 40_000), run(0, 40_000), run(60_000, null), run(60_000, null)] });
  expect(all).toEqual([
    {
      ...{ worker_id: 1, from: 40_000, until: 60_000, is_idle: true, free_slots: 2 },
      ...{ kind: 'no_work', tasks: 0, classes: [] },
    },
  ]);
});

test('a worker with a free slot is told apart from an idle one', () => {
  const all = gaps({ runs: [run(0, 100_000), run(0, 30_000), run(31_000, 50_000)] });
  expect(all).toMatchObject([
    { from: 50_000, until: 100_000, is_idle: false, free_slots: 1, kind: 'no_work' },
  ]);
});

test('attempts claimed ahead fill the slots, and none counts beyond its worker', () => {
  expect(brief({ runs: [run(0, null), run(10, null), run(20, null)] })).toEqual([]);
  const gone = worker({ gone_at: 50_000, end: 'silent' });
  expect(brief({ workers: [gone], runs: [run(0, 90_000), run(0, 90_000)] })).toEqual([
    [50_000, 100_000, 'silent'],
  ]);
});

test('before its start and after its end a worker was not there', () => {
  const workers = [worker({ started_at: 20_000, gone_at: 70_000, end: 'stopped' })];
  expect(brief({ workers })).toEqual([
    [0, 20_000, 'not_started'],
    [20_000, 70_000, 'no_work'],
    [70_000, 100_000, 'stopped'],
  ]);
});

test('tasks in line mean that it should have run', () => {
  const samples = [sample(-1), sample(50_000, { queued: 3, in_line: 4 }), sample(60_000, { queued: 9 })];
  expect(gaps({ samples })).toMatchObject([
    { until: 50_000, kind: 'no_work' },
    { from: 50_000, until: 100_000, kind: 'waiting', tasks: 9 },
  ]);
});

test('tasks only for classes that nobody offers are named with them', () => {
  const samples = [
    sample(-1),
    sample(-1, { worker_class: 'gpu', workers: 0, in_line: 7 }),
    sample(-1, { worker_class: 'busy', workers: 2, in_line: 9 }),
    sample(50_000, { worker_class: 'gpu', workers: 1, in_line: 7 }),
  ];
  expect(gaps({ samples })).toMatchObject([
    { until: 50_000, kind: 'other_class', classes: [{ worker_class: 'gpu', tasks: 7 }] },
    { from: 50_000, kind: 'no_work', classes: [] },
  ]);
});

test('a pause of everything, of a type, of a job', () => {
  const pause = (scope: 'all' | 'job' | 'type') => [{ scope, from: 10_000, until: 20_000 }];
  expect(brief({ pauses: pause('all') })[1]).toEqual([10_000, 20_000, 'paused']);
  expect(brief({ samples: [sample(-1, { set_aside: 5 })], pauses: pause('type') })).toEqual([
    [0, 100_000, 'paused'],
  ]);
  expect(brief({ samples: [sample(-1, { in_line: 5 })], pauses: pause('job') })).toEqual([
    [0, 10_000, 'waiting'],
    [10_000, 20_000, 'paused'],
    [20_000, 100_000, 'waiting'],
  ]);
});

test('outages: its own come first, those of schedulers concern everybody', () => {
  const own = {
    what: 'output_area',
    host: 'a',
    pid: 10,
    role: 'worker',
    from: 5_000,
    until: 15_000,
  } as const;
  const other = { ...own, pid: 11, from: 30_000, until: 40_000 };
  const theirs = {
    ...own,
    what: 'database',
    host: 'b',
    role: 'scheduler',
    from: 50_000,
    until: 60_000,
  } as const;
  expect(brief({ outages: [own, other, theirs] })).toEqual([
    [0, 5_000, 'no_work'],
    [5_000, 15_000, 'output_area_away'],
    [15_000, 50_000, 'no_work'],
    [50_000, 60_000, 'database_away'],
    [60_000, 100_000, 'no_work'],
  ]);
});

test('without a scheduler nothing comes; before the first look nothing is known', () => {
  expect(brief({ schedulers: [{ from: 50_000, until: 200_000 }] })).toEqual([
    [0, 50_000, 'no_scheduler'],
    [50_000, 100_000, 'no_work'],
  ]);
  expect(brief({ samples: [sample(50_000)] })[0]).toEqual([0, 50_000, 'unknown']);
});

test('what is shorter than the threshold is not told, neither a gap nor a cause', () => {
  expect(brief({ runs: [run(0, 50_000), run(0, 50_000), run(51_500, null), run(51_500, null)] })).toEqual([]);
  const samples = [sample(-1), sample(10_000, { in_line: 1 }), sample(11_000), sample(99_000, { queued: 1 })];
  expect(brief({ samples })).toEqual([[0, 100_000, 'no_work']]);
  const early = [sample(-1, { queued: 1 }), sample(1_000)];
  expect(brief({ samples: early })).toEqual([[0, 100_000, 'no_work']]);
});
