/** Two minutes of chaos on every combination of database and queue, two at a time: nothing is lost, nothing happens twice. */
import { describe, expect, test } from 'vitest';
import { EVERYWHERE, nameOf } from '../bench/combination.ts';
import { renderReport } from './report.ts';
import { runChaos } from './run.ts';

const MINUTES = 2;
const SEED = 20_261_121;
const TIMEOUT_MS = 10 * 60_000;

describe.concurrent('nothing is lost, whatever dies', () => {
  for (const combination of EVERYWHERE) {
    test(`on ${nameOf(combination)} (seed ${SEED})`, { timeout: TIMEOUT_MS }, async () => {
      const report = await runChaos({ combination, minutes: MINUTES, seed: SEED, say: () => undefined });
      const text = renderReport(report).join('\n');
      console.log(text);
      expect(report.problems, text).toEqual([]);
    });
  }
});
