/**
 * `node test/support/seed/main.ts --url mysql://... [--tasks 1000000] [--jobs 100] [--seed 1] [--files OUTPUT_AREA]`: a
 * seeded installation for developers to look at. The database must be there, and empty.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate } from '../../../core/db/migrate.ts';
import { openDatabase } from '../../../core/db/open.ts';
import { seedInstallation } from './seed.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { url: text, tasks: text, jobs: text, seed: text, files: text } });
const { url, tasks = '1000000', jobs = '100', seed = '1', files } = values;
if (url === undefined)
  throw new Error('--url is missing: mysql://user:password@host:port/database or sqlite:PATH');

const database = await openDatabase(url, { statementTimeoutMs: 600_000 });
try {
  await migrate(database);
  const begun = performance.now();
  const landmarks = await seedInstallation(database, {
    ...{
      jobs: Number(jobs),
      tasksPerJob: Number(tasks) / Number(jobs),
      seed: Number(seed),
      holdMs: 86_400_000,
    },
    ...(files !== undefined && { areas: { output: files, input: join(files, '..', 'input') } }),
  });
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  process.stdout.write(`${JSON.stringify(landmarks, null, 2)}\n`);
  process.stderr.write(`${landmarks.tasks} tasks in ${seconds} s\n`);
} finally {
  await database.close();
}
