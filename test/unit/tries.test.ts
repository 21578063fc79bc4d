/** Tries of passwords: after a few wrong ones each has to wait, longer each time, and who is right begins anew. */
import { expect, test } from 'vitest';
import { NameDelays, Seldom, TooManyTries } from '../../web/security/tries.ts';

test('the wait doubles up to half a minute, and is forgotten after a quarter of an hour', () => {
  let now = 0;
  const delays = new NameDelays(() => now);
  const waits = [0, 0, 0, 1, 2, 4, 8, 16, 30, 30];
  for (const seconds of waits) {
    delays.begin('ben');
    if (seconds === 0) continue;
    now += seconds * 1_000 - 1;
    expect(() => delays.begin('ben'), `${seconds} s`).toThrow(TooManyTries);
    now += 1;
  }
  now += 15 * 60_000;
  for (let at = 0; at < 4; at++) delays.begin('ben');
  expect(() => delays.begin('ben')).toThrow('Wait 1 s');
});

test('who is right begins anew; other names are not kept waiting', () => {
  const delays = new NameDelays(() => 0);
  for (let at = 0; at < 4; at++) delays.begin('ben');
  expect(() => delays.begin('ben')).toThrow(TooManyTries);
  delays.begin('anna');
  delays.wasRight('ben');
  for (let at = 0; at < 4; at++) delays.begin('ben');
  expect(() => delays.begin('ben')).toThrow(TooManyTries);
});

test('what is said seldom is said once, and not more things than that', () => {
  const seldom = new Seldom(60_000, 3);
  const due = ['a', 'a', 'b', 'c', 'd', 'b'].map((what) => seldom.isDue(what));
  expect(due).toEqual([true, false, true, true, false, false]);
});
