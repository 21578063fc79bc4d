/**
 * Every world that two schedulers, two workers, a reaper, a broker and people can bring one task into: none breaks a law,
 * and from each the task can still end without another fault. Then the same with guards taken away, one or two at a time:
 * each is needed, or another stands behind it, and taking both away is noticed. So the search would see what it is for.
 */
import { describe, expect, test } from 'vitest';
import { type Bounds, RULES, type Rules } from '../support/state-model/rules.ts';
import { search } from '../support/state-model/search.ts';

/** A broker and people, and one attempt in the hands of each worker. */
const COMMANDS: Bounds = { maxLost: 1, retries: 1, held: 1, hints: 1, people: true };
/** A worker may have lost an attempt without knowing it, and hold the next one of the same task. */
const ZOMBIES: Bounds = { maxLost: 1, retries: 1, held: 2, hints: 0, people: false };

const without = (names: readonly (keyof Rules)[]): Rules => ({
  ...RULES,
  ...Object.fromEntries(names.map((name) => [name, false])),
});

describe('one task, whoever does whatever whenever', () => {
  test.each([
    ['with a broker and commands', COMMANDS],
    ['with workers that froze', ZOMBIES],
  ])('%s: no law is broken, and the task can always end', { timeout: 300_000 }, (name, bounds) => {
    const { states, steps, broken } = search({ rules: RULES, bounds });
    expect(broken).toBeUndefined();
    expect(states).toBeGreaterThan(1_000);
    console.info(`state model ${name}: ${states} states, ${steps} steps`);
  });
});

/** Behind each of these stands another: the table below takes both away. */
const SECOND_LINES: readonly (keyof Rules)[] = [
  ...(['dispatchLocksLine', 'dispatchChecksReady', 'oneOpenAttempt', 'claimLocksEntry'] as const),
  ...(['claimChecksQueued', 'endChecksWorker', 'reapChecksRunning'] as const),
];

test.each(SECOND_LINES)('without %s alone, nothing is broken yet', { timeout: 180_000 }, (name) => {
  const bounds = { maxLost: 0, retries: 0, held: 1, hints: 0, people: true };
  expect(search({ rules: without([name]), bounds }).broken).toBeUndefined();
});

type Mutation = [missing: readonly (keyof Rules)[], broken: RegExp, bounds?: Bounds];

const MUTATIONS: readonly Mutation[] = [
  [['dispatchIsOne'], /stands in line 0 times/],
  [['dispatchLocksLine', 'dispatchChecksReady'], /duplicate key|moves from/],
  [['dispatchLocksLine', 'dispatchChecksReady', 'oneOpenAttempt'], /two open attempts|moves from/],
  [['claimLocksEntry', 'claimChecksQueued'], /task queued -> running: it is/],
  [['claimIsOne'], /no entry in the queue/],
  [['workersLookAtTable'], /can never end/],
  [['endChecksAttempt', 'endChecksWorker'], /cancelled or given back while|was .* is|open attempt|succeeded/],
  [
    ['endChecksAttempt'],
    /lost: it is|cancelled or given back while|was .* is|open attempt|succeeded/,
    ZOMBIES,
  ],
  [['endChecksRunning'], /task running -> |an attempt that was/],
  [['commitIsOne'], /exactly when one attempt succeeded|no running attempt/],
  [['reapLocks'], /attempt running -> lost: it is/],
  [['reapLocks', 'reapChecksRunning'], /an attempt that was [a-z]+ is lost/],
  [['reapPutsInLine'], /stands in line 0 times/],
  [['reapParks'], /lost too often/],
  [['retryHasTimer'], /no timer of a retry/],
  [['retryChecksWaiting'], /has a timer/],
  [['returnWaitsForProcess'], /while its process runs/],
  [['cancelWaitsForProcess'], /while its process runs/],
  [['emptyChecksQueued'], /while its process runs|stands in line|task queued/],
  [['reopenChecksEnded'], /a task moves|stands in line|open attempt/],
];

describe('without what keeps it right, a law is broken', () => {
  test.each(MUTATIONS)('%j', { timeout: 180_000 }, (missing, law, bounds = COMMANDS) => {
    expect(search({ rules: without(missing), bounds }).broken).toMatch(law);
  });

  test('every rule is in the table', () => {
    const named = new Set(MUTATIONS.flatMap(([missing]) => missing));
    expect(Object.keys(RULES).filter((name) => !named.has(name as keyof Rules))).toEqual([]);
  });
});
