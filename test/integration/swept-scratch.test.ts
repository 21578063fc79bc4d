/** What an attempt had made is swept away by another worker when the attempt's own stood still for longer than its lease. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../core/db/migrate.ts';
import { openDatabase } from '../../core/db/open.ts';
import { reading } from '../../core/db/transaction.ts';
import { probeFile, scratchDirectory } from '../../core/runtime/areas.ts';
import { Storage } from '../../worker/storage.ts';
import { createSqliteDatabase } from '../support/databases.ts';

const ATTEMPT = 7;
const NAME = { attemptId: ATTEMPT, ordinal: 0, fileName: 'product' };

let home: string;
let areas: { input: string; output: string };
let storage: Storage;
let made: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'easel_swept_'));
  areas = { input: join(home, 'input'), output: join(home, 'output') };
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

test('a sweep takes the probes of processes that were killed, and leaves what attempts may still need', async () => {
  const { url, drop } = await createSqliteDatabase();
  const database = await openDatabase(url);
  try {
    await migrate(database);
    writeFileSync(probeFile(areas), 'probe');
    await storage.sweepScratch(reading(database));
    expect(readdirSync(scratchDirectory(areas))).toEqual([String(ATTEMPT)]);
  } finally {
    await database.close();
    await drop();
  }
});
