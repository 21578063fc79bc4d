/** `easel timings`, as people run it: a table, JSON, CSV, and what is said when there is nothing or too much. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSqliteDatabase } from '../support/databases.ts';
import { runEasel } from '../support/easel.ts';
import { type Engine, nothing, openEngine, program, startEngine } from '../support/engine.ts';
import { loop } from '../support/stage.ts';

let engine: Engine;
let job: number;
beforeAll(async () => {
  engine = await startEngine({ create: createSqliteDatabase });
  job = (
    await engine.run({
      task_list: [loop('each', [nothing({ name: 'one' })]), program(['false'], { retries: 1 })],
    })
  ).id;
});
afterAll(() => engine.close());

const timings = (...argv: string[]) =>
  runEasel(['timings', ...argv], {
    EASEL_HOME: engine.home,
    EASEL_DATABASE_URL: engine.installation.settings.database_url,
  });

test('a row for each type, of a job and of all', async () => {
  const { stdout, code } = await timings('--job', String(job));
  expect(code).toBe(0);
  const [head, command, none] = stdout.split('\n');
  expect(head).toMatch(/^TYPE +ATTEMPTS +WALL P50 +P95 +MAX +TOTAL +CPU P50/);
  expect(command).toMatch(/^command +2 +0\.\d\d s/);
  expect(none).toMatch(/^null +3 /);
  expect((await timings()).stdout).toBe(stdout);
});

test('JSON has the histograms, CSV a line for each type', async () => {
  const json = JSON.parse((await timings('--type', 'command', '--json')).stdout);
  expect(json).toMatchObject([{ type: 'command', attempts: 2, wall_ms: { attempts: 2 } }]);
  const { bins, max } = json[0].wall_ms;
  expect(bins.at(-1).high).toBe(max);
  const lines = (await timings('--csv')).stdout.trim().split('\n');
  expect(lines.map((line) => line.split(',').length)).toEqual([31, 31, 31]);
  expect(lines[0]).toMatch(/^type,wall_ms_attempts,wall_ms_total,wall_ms_mean,wall_ms_p5/);
});

test('what is not there, and what is asked twice, is said in a line', async () => {
  expect(await timings('--job', '999')).toMatchObject({ code: 1, stderr: expect.stringContaining('999') });
  expect(await timings('--json', '--csv')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/not both/),
  });
  const empty = await openEngine({ create: createSqliteDatabase });
  const own = { EASEL_HOME: empty.home, EASEL_DATABASE_URL: empty.installation.settings.database_url };
  expect((await runEasel(['timings'], own)).stdout).toBe('no attempt has ended yet\n');
  await empty.close();
});
