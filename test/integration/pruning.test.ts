/** Pruning, kind by kind: what is old goes wholly, and what is needed stays, on both databases. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeTables } from '../../core/db/catalogue.ts';
import type { Tables } from '../../core/db/tables.ts';
import { transact } from '../../core/db/transaction.ts';
import { scratchDirectory, versionsDirectory } from '../../core/runtime/areas.ts';
import type { Retention } from '../../core/runtime/settings.ts';
import { appendLogs } from '../../core/store/logs.ts';
import { type Pruned, prune } from '../../core/store/pruning/prune.ts';
import { reopen } from '../../core/store/reopening.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine, program } from '../support/engine.ts';
import { readAllRows } from '../support/rows.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const go = new AbortController().signal;

forEachDatabase('pruning', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ create });
    await engine.startScheduler();
    await engine.startWorker({ slots: 4 });
  });
  afterAll(() => engine.close());

  const run = (
    retention: Retention,
    options: { dryRun?: boolean; stop?: AbortSignal; graceMs?: number } = {},
  ): Promise<Pruned> =>
    prune(engine.database, engine.installation.areas, {
      retention,
      dryRun: false,
      stop: go,
      graceMs: HOUR_MS,
      ...options,
    });

  /** As if all that is there had happened a day earlier. */
  const age = async (): Promise<void> => {
    const shift = (table: keyof Tables, columns: readonly string[]) =>
      sql`update ${sql.table(table)} set ${sql.join(columns.map((name) => sql`${sql.ref(name)} = ${sql.ref(name)} - ${24 * HOUR_MS}`))}`.execute(
        engine.kysely,
      );
    await shift('versions', ['created_at']);
    await shift('jobs', ['submitted_at', 'ended_at']);
    await sql`update attempts set ended_at = ended_at - ${24 * HOUR_MS}`.execute(engine.kysely);
    await shift('processes', ['ended_at']);
    await shift('audit', ['at']);
  };
  const make = (address: string, text: string) =>
    program(['/bin/sh', '-c', `printf ${text} > "$1"`, 'sh', '{outputs.o}'], { outputs: { o: address } });
  const read = (address: string, to: string) =>
    program(['/bin/sh', '-c', 'cat "$1" > "$2"', 'sh', '{inputs.i}', '{outputs.o}'], {
      inputs: { i: address },
      outputs: { o: to },
    });
  const filesOf = async (address: string) =>
    await engine.kysely
      .selectFrom('versions')
      .innerJoin('products', 'products.id', 'versions.product_id')
      .select(['file', 'versions.id'])
      .where('address', '=', address)
      .orderBy('created_at')
      .execute();
  const pathOf = (file: string) => join(versionsDirectory(engine.installation.areas), file);
  const open = (name: string) => writeFileSync(join(engine.home, name), '');
  const waiting = (name: string) =>
    program(
      [
        '/bin/sh',
        '-c',
        `until [ -e ${join(engine.home, name)} ]; do sleep 0.05; done; echo x > "$1"`,
        'sh',
        '{outputs.o}',
      ],
      { outputs: { o: `${name}.txt` } },
    );

  test('superseded versions go with their files; the newest, and what an open job is bound to, stay', async () => {
    await engine.run({ task_list: [make('a/x', 'one')] });
    const consumer = await engine.submit({
      task_list: [
        { ...waiting('gate1'), name: 'gate' },
        { ...read('a/x', 'a/copy'), requires_metadata_from: ['gate'] },
      ],
    });
    await until(
      async () =>
        (
          await engine.kysely
            .selectFrom('dependencies')
            .select('version_id')
            .where('version_id', 'is not', null)
            .execute()
        ).length > 0,
    );
    await engine.run({ task_list: [make('a/x', 'two')] });
    await engine.run({ task_list: [make('a/x', 'three')] });
    await age();
    // begun now, so nothing that was replaced lately may go; replaced a day ago by what was made after it, it may
    const [first, second, third] = await filesOf('a/x');
    expect((await run({ versions: 2 })).versions.count).toBe(0);
    expect((await run({ versions: 0.5 }, { dryRun: true })).versions).toEqual({
      count: 1,
      rows: 1,
      bytes: 3,
    });
    expect((await filesOf('a/x')).length).toBe(3);
    expect((await run({ versions: 0.5 })).versions).toEqual({ count: 1, rows: 1, bytes: 3 });
    expect((await filesOf('a/x')).map(({ id }) => id)).toEqual([first?.id, third?.id]);
    expect([first, second, third].map((version) => existsSync(pathOf(version?.file ?? '')))).toEqual([
      true,
      false,
      true,
    ]);
    open('gate1');
    await engine.end(consumer);
    expect(readFileSync(engine.outputPath('a/copy'), 'utf8')).toBe('one');
    expect((await run({ versions: 0 })).versions.count).toBe(1);
    expect(readFileSync(engine.outputPath('a/x'), 'utf8')).toBe('three');
    expect((await run({ versions: 0 })).versions.count).toBe(0);
  });

  test('a version that was replaced within the hour, or while something ran, stays', async () => {
    await engine.run({ task_list: [make('b/x', 'one')] });
    await engine.run({ task_list: [make('b/x', 'two')] });
    expect((await run({ versions: 0 })).versions.count).toBe(0);
    await age();
    const job = await engine.submit({ task_list: [waiting('gate2')] });
    await until(
      async () =>
        (await engine.kysely.selectFrom('attempts').select('id').where('state', '=', 'running').execute())
          .length > 0,
    );
    await sql`update attempts set started_at = started_at - ${48 * HOUR_MS} where state = 'running'`.execute(
      engine.kysely,
    );
    expect((await run({ versions: 0 })).versions.count).toBe(0);
    open('gate2');
    await engine.end(job);
    expect((await run({ versions: 0 })).versions.count).toBeGreaterThan(0);
  });

  test('attempts before the last go with their logs and failures, unless their files are kept', async () => {
    const bad = program(['/bin/sh', '-c', 'echo said; echo evidence > "$1"; exit 3', 'sh', '{outputs.o}'], {
      name: 'bad',
      outputs: { o: 'c/x' },
    });
    const job = await engine.submit({ task_list: [bad] });
    await engine.end(job);
    for (let again = 0; again < 2; again++) {
      await transact(engine.database, (trx) => reopen(trx, job));
      await engine.end(job);
    }
    const task = (await engine.view(job)).task('bad');
    const attempts = () =>
      engine.kysely
        .selectFrom('attempts')
        .select(['id', 'number'])
        .where('task_id', '=', task.id)
        .orderBy('number')
        .execute();
    const logs = () =>
      engine.kysely
        .selectFrom('log_chunks')
        .innerJoin('attempts', 'attempts.id', 'attempt_id')
        .select('attempt_id')
        .where('job_id', '=', job)
        .execute();
    expect([task.attempts, (await logs()).length]).toEqual([3, 3]);
    await age();
    expect((await run({ attempts: 0.5 })).attempts.count).toBe(0);
    const kept = await filesOf('c/x');
    expect(kept.length).toBe(3);
    const gone = await run({ attempts: 0.5, versions: 0.5 });
    expect([gone.versions.count, gone.attempts.count, gone.logs.count]).toEqual([3, 2, 2]);
    expect(kept.some(({ file }) => existsSync(pathOf(file)))).toBe(false);
    expect((await attempts()).map(({ number }) => number)).toEqual([3]);
    expect(
      (await engine.kysely.selectFrom('failures').select('attempt_id').where('job_id', '=', job).execute())
        .length,
    ).toBe(1);
    const last = await run({ logs: 0.5 });
    expect([last.logs.count, last.attempts.count, last.logs.bytes > 0]).toEqual([1, 0, true]);
    expect(await logs()).toEqual([]);
    await transact(engine.database, (trx) => reopen(trx, job));
    await until(async () => (await engine.jobState(job)) === 'failed');
    expect((await attempts()).map(({ number }) => number)).toEqual([3, 4]);
  });

  test('the log of an attempt that runs stays', async () => {
    const job = await engine.submit({ task_list: [waiting('gate3')] });
    const running = await until(() =>
      engine.kysely.selectFrom('attempts').select('id').where('state', '=', 'running').executeTakeFirst(),
    );
    const line = { attempt_id: running.id, number: 5_000, at: 0, content: '{}' };
    await transact(engine.database, (trx) => appendLogs(trx, [line], { again: false }));
    await run({ logs: 0, attempts: 0 });
    expect(
      await engine.kysely
        .selectFrom('log_chunks')
        .select('number')
        .where('attempt_id', '=', running.id)
        .where('number', '=', 5_000)
        .execute(),
    ).toHaveLength(1);
    open('gate3');
    await engine.end(job);
  });

  test('a task of an old job that is done anew says that its input was pruned, and takes no other file for it', async () => {
    const old = await engine.submit({
      task_list: [make('g/x', 'one'), { ...read('g/x', 'g/y'), name: 'reader' }],
    });
    await engine.end(old);
    await engine.run({ task_list: [make('g/x', 'two')] });
    await age();
    await run({ versions: 0 });
    engine.bring('g/x', 'something else');
    const { id } = (await engine.view(old)).task('reader');
    await transact(engine.database, (trx) => reopen(trx, old, { taskId: id, withDependants: false }));
    await until(async () => (await engine.jobState(old)) === 'failed');
    expect((await engine.view(old)).task('reader').reason).toMatch(/"g\/x" is gone, pruned/);
    expect(readFileSync(engine.outputPath('g/y'), 'utf8')).toBe('one');
  });

  test('whole jobs go from every table; the newest version stays for people and later jobs until it is replaced', async () => {
    const fails = program(['/bin/sh', '-c', 'exit 1'], { outputs: { o: 'd/never' } });
    const loop = {
      task: 'execution_for_loop',
      parameter: 'i',
      values: [1, 2, 3],
      task_list: [nothing({ metadata: { q: 1 }, outputs: { o: "('d/{i}'.format(**metadata))" } })],
    };
    const job = await engine.submit({
      task_list: [
        make('d/x', 'first'),
        loop,
        { task: 'execution_chain', task_list: [fails] },
        read('d/never', 'd/blocked'),
      ],
    });
    await engine.end(job);
    const ids = await idsOf(job);
    await run({ jobs: 0.5 });
    expect(await engine.jobState(job)).toBe('failed');
    await age();
    const counted = await run({ jobs: 0.5 }, { dryRun: true });
    const other = (
      await engine.kysely.selectFrom('jobs').select('id').where('state', '!=', 'running').execute()
    ).length;
    const gone = await run({ jobs: 0.5 });
    expect([counted.jobs.count, gone.jobs.count]).toEqual([other, other]);
    expect(await traces(ids)).toEqual(['products: 4', 'versions: 4']);
    await engine.run({ task_list: [read('d/x', 'd/copy')] });
    expect(readFileSync(engine.outputPath('d/copy'), 'utf8')).toBe('first');
    expect(existsSync(engine.outputPath('d/2'))).toBe(true);
    await engine.run({ task_list: [make('d/x', 'second')] });
    await age();
    await run({ jobs: 2 }); // keeps the job that was bound to it, which has succeeded
    expect(await traces(ids)).toEqual(['products: 3', 'versions: 3']);
    expect(readFileSync(engine.outputPath('d/x'), 'utf8')).toBe('second');
  });

  test('broken off anywhere, the next pruning does the rest', async () => {
    const job = await engine.submit({ task_list: [make('e/x', 'one'), make('e/y', 'one'), nothing()] });
    await engine.end(job);
    const ids = await idsOf(job);
    await age();
    for (let steps = 0; steps < 8; steps++) {
      let left = steps;
      const stop = {
        get aborted() {
          return left-- <= 0;
        },
      } as AbortSignal;
      await run({ jobs: 0.5, versions: 0.5, attempts: 0.5 }, { stop });
    }
    await run({ audit: 1_000 });
    expect(await traces(ids)).toEqual(['products: 2', 'versions: 2']);
    expect((await readAllRows(engine.database)).pruned_jobs).toEqual([]);
  });

  test('files that no row names go when they are old, and their attempt is over', async () => {
    await engine.run({ task_list: [make('f/x', 'one')] });
    const { areas } = engine.installation;
    const [named] = await filesOf('f/x');
    const shard = join(versionsDirectory(areas), '000777');
    const job = await engine.submit({ task_list: [waiting('gate4')] });
    const running = await until(() =>
      engine.kysely.selectFrom('attempts').select('id').where('state', '=', 'running').executeTakeFirst(),
    );
    const scratch = join(scratchDirectory(areas), '777123');
    mkdirSync(shard, { recursive: true });
    mkdirSync(scratch, { recursive: true });
    for (const name of ['777001-0-left', '777002-0-left.part', `${running.id}-0-moved-in`, 'not-ours'])
      writeFileSync(join(shard, name), 'x');
    expect((await run({ orphans: 0 })).orphans.count).toBe(0);
    expect((await run({ orphans: 0 }, { graceMs: 0, dryRun: true })).orphans.count).toBe(3);
    await until(
      async () =>
        (await run({ orphans: 0 }, { graceMs: 0, dryRun: false })).orphans.count === 3 ||
        !existsSync(scratch),
    );
    expect(readdirSync(shard).sort()).toEqual([`${running.id}-0-moved-in`, 'not-ours'].sort());
    expect([
      existsSync(scratch),
      existsSync(join(scratchDirectory(areas), String(running.id))),
      existsSync(pathOf(named?.file ?? '')),
    ]).toEqual([false, true, true]);
    open('gate4');
    await engine.end(job);
  });

  test('processes that ended and the record of actions go by age; who is alive stays', async () => {
    await sql`insert into processes (id, role, host, pid, version, slots, started_at, last_seen_at, ended_at) select 1125899906842624, 'worker', 'h', 1, 'v', 1, 1, 1, 2`.execute(
      engine.kysely,
    );
    await engine.kysely.deleteFrom('audit').execute(); // submissions of other tests
    await engine.kysely
      .insertInto('audit')
      .values({ at: 1, person: 'x', action: 'old', detail: '' })
      .execute();
    const pruned = await run({ processes: 1, audit: 1 });
    expect([pruned.processes.count, pruned.audit.count]).toEqual([1, 1]);
    expect((await engine.kysely.selectFrom('processes').select('role').execute()).length).toBe(2);
  });

  test('who made an attempt that is still there stays, so that it can be told where it ran', async () => {
    const job = await engine.submit({ task_list: [nothing()] });
    await engine.end(job);
    const old = { started_at: 1, last_seen_at: 1, ended_at: 2, version: 'v', slots: 1, host: 'h', pid: 1 };
    const made = { ...old, role: 'worker' as const, image: 'easel/worker@sha256:00' };
    const ids = [900_001, 900_002];
    for (const id of ids)
      await engine.kysely
        .insertInto('processes')
        .values({ id, ...made })
        .execute();
    await engine.kysely
      .updateTable('attempts')
      .set({ worker_id: 900_001 })
      .where('job_id', '=', job)
      .execute();
    const left = async () => {
      const rows = await engine.kysely.selectFrom('processes').select('id').where('id', 'in', ids).execute();
      return rows.map(({ id }) => id);
    };
    expect((await run({ processes: 1 }, { dryRun: true })).processes.count).toBe(1);
    expect((await run({ processes: 1 })).processes.count).toBe(1);
    expect(await left()).toEqual([900_001]);
    await age();
    await run({ jobs: 0.5, versions: 0.5, processes: 1 });
    expect(await left()).toEqual([]);
  });

  interface Ids {
    readonly job_id: readonly number[];
    readonly task_id: readonly number[];
    readonly attempt_id: readonly number[];
    readonly scope_id: readonly number[];
  }

  async function idsOf(job: number): Promise<Ids> {
    const tasks = await engine.kysely.selectFrom('tasks').select('id').where('job_id', '=', job).execute();
    const attempts = await engine.kysely
      .selectFrom('attempts')
      .select('id')
      .where('job_id', '=', job)
      .execute();
    const scopes = await engine.kysely.selectFrom('scopes').select('id').where('job_id', '=', job).execute();
    const list = (rows: readonly { id: number }[]) => [0, ...rows.map(({ id }) => id)];
    return { job_id: [job], task_id: list(tasks), attempt_id: list(attempts), scope_id: list(scopes) };
  }

  const OWN_ID: Record<string, keyof Ids> = {
    jobs: 'job_id',
    tasks: 'task_id',
    attempts: 'attempt_id',
    scopes: 'scope_id',
  };

  /** Tables that still hold rows of these, whatever tables there are. */
  async function traces(ids: Ids): Promise<string[]> {
    const found: string[] = [];
    for (const { name, columns } of await describeTables(engine.database)) {
      const conditions = columns.flatMap((column) => {
        const refers =
          column.name === 'id' ? OWN_ID[name] : column.name === 'consumer_id' ? 'task_id' : column.name;
        const known = ids[refers as keyof Ids];
        return known === undefined ? [] : [sql`${sql.ref(column.name)} in (${sql.join(known)})`];
      });
      if (conditions.length === 0) continue;
      const { rows } = await sql<{
        n: number;
      }>`select count(*) as n from ${sql.table(name)} where ${sql.join(conditions, sql` or `)}`.execute(
        engine.kysely,
      );
      if (Number(rows[0]?.n) > 0) found.push(`${name}: ${rows[0]?.n}`);
    }
    return found;
  }
});
