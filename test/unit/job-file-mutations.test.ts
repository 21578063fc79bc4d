/** Twenty thousand job files that went wrong: each is read or refused, soon, and the refusal says what is wrong where. */
import { expect, test } from 'vitest';
import { JobFileError, readJobFile } from '../../core/job-file/job-file.ts';
import { plan } from '../../core/model/plan.ts';
import { loadRegistry } from '../../core/runtime/registry.ts';
import { makeFile } from '../support/job-file-mutations.ts';

const builtInTypes = loadRegistry([]);
const FILES = 20_000;
const SEED = 20_261_121;
/** Far more than any takes on a busy machine; a hang takes for ever. */
const LONGEST_MS = 10_000;

test(`${FILES} files (from seed ${SEED})`, { timeout: 600_000 }, () => {
  const counts = { good: 0, bad: 0 };
  let slowest = 0;
  for (let seed = SEED; seed < SEED + FILES; seed++) {
    const { text, fileName } = makeFile(seed);
    const startedAt = performance.now();
    try {
      counts[survive(text, fileName)]++;
    } catch (error) {
      throw new Error(`seed ${seed}, ${fileName}:\n${text}`, { cause: error });
    }
    const took = performance.now() - startedAt;
    slowest = Math.max(slowest, took);
    if (took > LONGEST_MS) throw new Error(`seed ${seed} took ${Math.round(took)} ms:\n${text}`);
  }
  expect(counts.good).toBeGreaterThan(FILES / 20);
  expect(counts.bad).toBeGreaterThan(FILES / 4);
  console.info(`${counts.good} good, ${counts.bad} bad, the slowest ${Math.round(slowest)} ms`);
});

/** Reads, and plans what is good. Anything thrown but a JobFileError that says all is a defect. */
function survive(text: string, fileName: string): 'good' | 'bad' {
  const options = { registry: builtInTypes, inputFileExists: () => false };
  try {
    const file = readJobFile(text, { ...options, fileName });
    plan(file.definition, { maxSteps: 2_000 });
    const stored = readJobFile(file.text, { registry: builtInTypes, fileName: 'stored.json' });
    expect(stored.text).toBe(file.text);
    return 'good';
  } catch (error) {
    if (!(error instanceof JobFileError)) throw error;
    const lines = text.split(/\r\n|\r|\n/).length;
    if (error.problems.length === 0) throw new Error('refused without a problem', { cause: error });
    for (const problem of error.problems) {
      const { line, column, path, message } = problem;
      const isPlaced = line > 0 && column > 0 && line <= lines + 1 && path.startsWith('$');
      if (!isPlaced || message.trim().length < 5 || message.includes('undefined'))
        throw new Error(`a problem that says too little: ${JSON.stringify(problem)}`, { cause: error });
    }
    return 'bad';
  }
}
