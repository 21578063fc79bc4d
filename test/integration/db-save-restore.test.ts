/**
 * A busy installation saved by the real command and restored on a database of either kind: what arrives is consistent,
 * row for row what was saved, and goes on to its end with a copy of the output area.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createMysqlDatabase,
  createSqliteDatabase,
  forEachDatabase,
  type TestDatabase,
} from '../support/databases.ts';
import { runEasel } from '../support/easel.ts';
import { type Engine, nothing, openEngine, program } from '../support/engine.ts';
import { checkCounts } from '../support/invariants.ts';
import { until } from '../support/until.ts';

const LEASE_MS = 2_000;
/** Each starts several processes. */
const TIMEOUT_MS = 240_000;
const CREATE = { sqlite: createSqliteDatabase, mysql: createMysqlDatabase };

const linesOf = (file: string) => gunzipSync(readFileSync(file)).toString().split('\n');

forEachDatabase('a busy installation is saved', ({ create, kind: from }) => {
  let database: TestDatabase;
  let source: Engine;
  let file: string;
  let good: number;
  let bad: number;
  let busy: number;
  const directory = mkdtempSync(join(tmpdir(), 'easel_save_'));
  const made: TestDatabase[] = [];

  const easel = (url: string, ...args: string[]) =>
    runEasel(args, { EASEL_HOME: join(directory, 'home'), EASEL_DATABASE_URL: url });

  beforeAll(async () => {
    database = await create();
    source = await openEngine({ databaseUrl: database.url, leaseMs: LEASE_MS });
    await source.startScheduler();
    await source.startWorker({ slots: 4 });
    good = await source.submit({
      task_list: [nothing({ outputs: { o: 'good/x' }, metadata: { unit: '"µ😀"' } })],
    });
    bad = await source.submit({ task_list: [program(['/bin/sh', '-c', 'echo é漢😀; exit 3'])] });
    await source.end(good);
    await source.end(bad);
    const loop = {
      task: 'execution_for_loop',
      parameter: 'i',
      values: Array.from({ length: 200 }, (_, i) => i),
    };
    const each = nothing({ duration: 0.1, outputs: { o: "('busy/{i}'.format(**metadata))" } });
    busy = await source.submit({
      task_list: [{ ...loop, task_list: [each] }, nothing({ inputs: { all: 'busy/*' } })],
    });
    await until(async () => (await stateCount('done')) > 20);
    file = join(directory, 'saved.easel.gz');
    const { code, stderr, stdout } = await easel(database.url, 'db-save', file);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/saved [\d,]+ rows of \d+ tables/);
    expect(await source.jobState(busy)).toBe('running');
    await source.end(busy, 60_000);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await source.close();
    for (const one of [database, ...made]) await one.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  const stateCount = async (state: 'done') =>
    (
      await source.kysely
        .selectFrom('tasks')
        .select('id')
        .where('job_id', '=', busy)
        .where('state', '=', state)
        .execute()
    ).length;

  test('into a file that only its owner reads, that is never replaced unasked, and holds no password', {
    timeout: TIMEOUT_MS,
  }, async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file);
    const again = await easel(database.url, 'db-save', file);
    expect([again.code, readFileSync(file).equals(before)]).toEqual([2, true]);
    expect(again.stderr).toMatch(/exists.*--yes/);
    const other = join(directory, 'other.gz');
    writeFileSync(other, 'old');
    const replaced = await easel(database.url, 'db-save', other, '--yes', '--json');
    expect(replaced.code).toBe(0);
    expect(JSON.parse(replaced.stdout).rows.jobs).toBe(3);
    const { password, host } = new URL(database.url.replace('sqlite:', 'file://'));
    for (const secret of [password, host].filter((text) => text !== ''))
      expect(linesOf(other).some((line) => line.includes(secret) && !line.includes('"processes"'))).toBe(
        false,
      );
    expect(existsSync(`${other}.part`)).toBe(false);
  });

  for (const to of ['sqlite', 'mysql'] as const) {
    test(`and goes on to its end where it is restored (${from} to ${to})`, {
      timeout: TIMEOUT_MS,
    }, async () => {
      const target = await CREATE[to]();
      made.push(target);
      const restored = await easel(target.url, 'db-restore', file);
      expect([restored.code, restored.stderr]).toEqual([0, '']);
      const twice = join(directory, `again-${to}.gz`);
      expect((await easel(target.url, 'db-save', twice)).code).toBe(0);
      const content = (name: string) =>
        linesOf(name)
          .filter((line) => !line.includes('db-restore'))
          .slice(1, -2);
      expect(content(twice)).toEqual(content(file));
      const copy = await openEngine({ databaseUrl: target.url, leaseMs: LEASE_MS });
      try {
        for (const job of [good, bad, busy]) await checkCounts(copy.installation, job);
        expect([await copy.jobState(good), await copy.jobState(bad), await copy.jobState(busy)]).toEqual([
          'succeeded',
          'failed',
          'running',
        ]);
        const running = await copy.kysely
          .selectFrom('attempts')
          .select('id')
          .where('state', '=', 'running')
          .execute();
        expect(running.length).toBeGreaterThan(0);
        cpSync(source.installation.areas.output, copy.installation.areas.output, { recursive: true });
        await copy.startScheduler();
        await copy.startWorker({ slots: 8 });
        const end = await copy.end(busy, 60_000);
        expect([end.state, end.products.size]).toEqual(['succeeded', 200]);
      } finally {
        await copy.close();
      }
    });
  }

  test('and a file that was cut short stores nothing', { timeout: TIMEOUT_MS }, async () => {
    const target = await CREATE[from]();
    made.push(target);
    const cut = join(directory, 'cut.gz');
    writeFileSync(cut, readFileSync(file).subarray(0, statSync(file).size - 20));
    const { code, stderr } = await easel(target.url, 'db-restore', cut);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/cut short.*nothing was stored/)]);
    expect((await easel(target.url, 'db-restore', file)).code).toBe(0);
  });
});
