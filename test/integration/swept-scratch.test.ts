/** What an attempt had made is swept away by another worker when the attempt's own stood still for longer than its lease. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Storage } from '../../worker/storage.ts';

const ATTEMPT = 7;
const NAME = { attemptId: ATTEMPT, ordinal: 0, fileName: 'product' };

let home: string;
let storage: Storage;
let made: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'easel_swept_'));
  const areas = { input: join(home, 'input'), output: join(home, 'output') };
  for (const directory of ['versions', 'scratch']) {
    mkdirSync(join(areas.output, '.easel', directory), { recursive: true });
  }
  storage = new Storage(areas);
  made = join(await storage.makeScratch(ATTEMPT), 'product');
  writeFileSync(made, 'made');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const keep = () =>
  storage.keep(made, NAME).then(
    () => undefined,
    (error: unknown) => error,
  );

test('a product that was swept away is told from every other failure', async () => {
  await storage.removeScratch(ATTEMPT);
  expect(await storage.wasSwept(ATTEMPT, await keep())).toBe(true);
});

test('a file that is missing from a scratch directory that is there is not', async () => {
  rmSync(made);
  expect(await storage.wasSwept(ATTEMPT, await keep())).toBe(false);
});
