/** What the dashboard's pages read, on a job that has run: results, products, failures, logs and quality control. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reader, transact } from '../../core/db/transaction.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { readPreview } from '../../core/runtime/previews.ts';
import { openVersion } from '../../core/runtime/version-file.ts';
import { recordAction } from '../../core/store/audit.ts';
import { listAudit } from '../../core/store/audit-list.ts';
import type { Definitions } from '../../core/store/definitions.ts';
import { listDirectory } from '../../core/store/directory-views.ts';
import { groupFailures } from '../../core/store/failure-groups.ts';
import { listNewestFailures, listUntriedFailures } from '../../core/store/failure-list.ts';
import { readLineage } from '../../core/store/lineage.ts';
import { readLogPage } from '../../core/store/log-views.ts';
import { readNewestLines } from '../../core/store/newest-lines.ts';
import { readPassFail } from '../../core/store/pass-fail.ts';
import { listResultNames, readPivot, readResultsPage } from '../../core/store/result-pages.ts';
import { readTask } from '../../core/store/task-page.ts';
import { listVersions, readVersion } from '../../core/store/version-views.ts';
import { forEachDatabase } from '../support/databases.ts';
import type { Engine } from '../support/engine.ts';
import type { JobView } from '../support/job-view.ts';
import { expectJson, runViewedJob } from '../support/viewed-job.ts';

forEachDatabase('views of what came of a job', ({ create }) => {
  let engine: Engine;
  let reader: Reader;
  let definitions: Definitions;
  let job: JobView;
  let jobId: number;
  beforeAll(async () => {
    ({ engine, reader, definitions, jobId, job } = await runViewedJob(create));
  }, 90_000);
  afterAll(() => engine.close());

  describe('results', () => {
    test('names, and pages of one of them', async () => {
      const names = await listResultNames(reader, definitions, jobId);
      expect(names.find(({ name }) => name === 'make')).toEqual({
        name: 'make',
        type: 'null',
        tasks: 30,
        more: false,
        has_results: true,
      });
      const query = { jobId, name: 'make', limit: 20 };
      const page = await readResultsPage(reader, definitions, query);
      expect(page).toMatchObject({ columns: ['x', 'y', 'sum'], looked: 20 });
      expect(page.rows[0]?.values).toEqual({ x: 1, y: 'a', sum: 2 });
      const rest = await readResultsPage(reader, definitions, {
        ...query,
        columns: ['sum'],
        after: page.next ?? undefined,
      });
      expect([rest.rows.length, rest.next]).toEqual([10, null]);
      expect(new Set([...page.rows, ...rest.rows].map(({ task_id }) => task_id)).size).toBe(30);
      expectJson(page);
      await expect(readResultsPage(reader, definitions, { ...query, name: 'nobody' })).rejects.toThrow(
        'has no task "nobody"',
      );
    });

    test('a pivot says when there is more', async () => {
      const query = { jobId, name: 'make', x: 'x', y: 'y', value: 'sum' };
      const { rows, next } = await readPivot(reader, definitions, { ...query, limit: 10_000 });
      expect([rows.length, next]).toEqual([30, null]);
      expect(rows).toContainEqual({ x: 3, y: 'b', value: 6 });
      expect((await readPivot(reader, definitions, { ...query, limit: 5 })).next).not.toBeNull();
    });
  });

  describe('products', () => {
    test('one level of directories, page by page', async () => {
      const top = await listDirectory(reader, { directory: '', limit: 10 });
      expect(top.entries.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
        'directory maps',
        'directory out',
        'directory refused',
        'file summary.txt',
      ]);
      const first = await listDirectory(reader, { directory: 'maps', limit: 4 });
      expect(first.entries.map(({ name }) => name)).toEqual(['1', '10', '11', '12']);
      const next = await listDirectory(reader, { directory: 'maps/', limit: 4, after: first.next ?? '' });
      expect(next.entries.map(({ name }) => name)).toEqual(['13', '14', '15', '2']);
      const files = await listDirectory(reader, { directory: 'maps/1', limit: 1 });
      expect(files).toMatchObject({
        entries: [{ kind: 'file', name: 'a.txt', job_id: jobId + 1, size: expect.any(Number) }],
        next: 'a.txt',
      });
      expect(await listDirectory(reader, { directory: 'nowhere', limit: 4 })).toEqual({
        entries: [],
        next: null,
      });
    });

    test('versions of every job, the public one marked', async () => {
      const page = await listVersions(reader, { address: 'maps/1/a.txt', limit: 10 });
      expect(
        page.versions.map(({ job_id, is_public, is_current }) => [job_id, is_public, is_current]),
      ).toEqual([
        [jobId + 1, true, true],
        [jobId, false, true],
      ]);
      expectJson(page);
      const cut = await listVersions(reader, { address: 'maps/1/a.txt', limit: 1 });
      expect(cut.next).toBe(jobId + 1);
      await expect(listVersions(reader, { address: 'none', limit: 1 })).rejects.toThrow(
        'there is no product "none"',
      );
    });

    test('lineage: up to what it was made of, down to what a later job made of it', async () => {
      const { versions } = await listVersions(reader, { address: 'summary.txt', limit: 1 });
      const versionId = versions[0]?.version_id ?? 0;
      const up = await readLineage(reader, definitions, { versionId, direction: 'up', depth: 9 });
      expect(up.graph.nodes.map(({ label }) => label)).toEqual([
        'summary.txt',
        'last (null)',
        '15b.txt',
        'use (null)',
        'b.txt',
        'make (null)',
      ]);
      expect(up).toMatchObject({ cut: false, graph: { edges: { length: 5 } } });
      const down = await readLineage(reader, definitions, { versionId, direction: 'down', depth: 9 });
      expect(down.graph.nodes.map(({ label }) => label)).toEqual(['summary.txt', 'again (null)', 'a.txt']);
      expect(await readLineage(reader, definitions, { versionId, direction: 'up', depth: 1 })).toMatchObject({
        cut: true,
      });
    });

    test('the file itself, opened for reading', async () => {
      const { versions } = await listVersions(reader, { address: 'refused/curve.txt', limit: 1 });
      const version = await readVersion(reader, versions[0]?.version_id ?? 0);
      expect(version).toMatchObject({
        passed: false,
        reason: expect.stringContaining('only 3 points'),
        attempt_state: 'failed',
        is_public: false,
      });
      await using file = await openVersion(engine.installation.areas, version);
      const preview = await readPreview(file, { name: version.address, bytes: 1_000 });
      expect(preview.parts).toMatchObject([{ kind: 'text', text: '1 2\n', cut: false }]);
      await expect(readLightCurve({ path: file, name: 'curve', metadata: {} })).rejects.toThrow('curve');
    });
  });

  describe('failures', () => {
    test('newest first, by pages, by type and exit class', async () => {
      const all = await listNewestFailures(reader, definitions, { limit: 10 });
      expect(all.failures.map(({ task }) => task.label).sort()).toEqual([
        'broken (command)',
        'broken too (command)',
        'refused (picky)',
      ]);
      expect(all.failures.map(({ at }) => at)).toEqual(
        all.failures.map(({ at }) => at).toSorted((a, b) => b - a),
      );
      const first = await listNewestFailures(reader, definitions, { limit: 1, jobId });
      const rest = await listNewestFailures(reader, definitions, {
        limit: 5,
        jobId,
        before: first.next ?? undefined,
      });
      expect([...first.failures, ...rest.failures]).toEqual(all.failures);
      const qc = await listNewestFailures(reader, definitions, { limit: 5, exitClass: 'qc' });
      expect(qc).toMatchObject({ failures: [{ type: 'picky', exit_class: 'qc' }], looked: 3, next: null });
      expect(
        (await listNewestFailures(reader, definitions, { limit: 5, type: 'command' })).failures,
      ).toHaveLength(2);
      expect(
        (await listNewestFailures(reader, definitions, { limit: 5, jobId: jobId + 1 })).failures,
      ).toEqual([]);
      expectJson(all);
    });

    test('those without an attempt', async () => {
      const found = await listUntriedFailures(reader, definitions, { jobId, limit: 5 });
      expect(found).toMatchObject({
        failures: [{ task: { label: 'unnameable (null)' }, error: expect.stringContaining('nothing') }],
        next: null,
      });
    });

    test('grouped by what they say', async () => {
      const { groups, complete } = await groupFailures(reader, { limit: 10 });
      expect(complete).toBe(true);
      expect(groups[0]).toMatchObject({
        type: 'command',
        exit_class: 'exit',
        failures: 2,
        sample: { job_id: jobId },
      });
      expect(groups[0]?.pattern).toContain('<path>');
    });
  });

  test('quality control: passed, refused, and why', async () => {
    const { rows, complete } = await readPassFail(reader, definitions, { jobId });
    expect(complete).toBe(true);
    expect(rows.map(({ type, output, passed, refused }) => [type, output, passed, refused])).toEqual([
      ['null', 'o', 61, 0],
      ['picky', 'curve', 0, 1],
    ]);
    expect(rows[1]).toMatchObject({
      failed: 1,
      samples: [{ address: 'refused/curve.txt', reason: expect.stringContaining('only 3 points') }],
    });
    expect((await readPassFail(reader, definitions)).rows.map(({ type }) => type)).toEqual(['picky']);
    expectJson(rows);
  });

  describe('logs', () => {
    test('of an attempt: the end first, then both ways', async () => {
      const { attempts } = await readTask(reader, definitions, job.task('talk').id);
      const attemptId = attempts.items[0]?.id ?? 0;
      const messages = (page: { lines: readonly { message: string }[] }) =>
        page.lines.map(({ message }) => message);
      const tail = await readLogPage(reader, { attemptId, limit: 3 });
      expect(messages(tail)).toEqual(['plain 8', 'plain 9', 'Careful NOW']);
      expect(tail.at_end).toBe(true);
      const older = await readLogPage(reader, { attemptId, limit: 5, before: tail.older ?? undefined });
      expect(messages(older)).toEqual(['plain 3', 'plain 4', 'plain 5', 'plain 6', 'plain 7']);
      const oldest = await readLogPage(reader, { attemptId, limit: 5, before: older.older ?? undefined });
      expect([messages(oldest), oldest.older]).toEqual([['plain 1', 'plain 2'], null]);
      const newer = await readLogPage(reader, { attemptId, limit: 50, after: oldest.newer ?? undefined });
      expect(messages(newer)).toEqual([...messages(older), ...messages(tail)]);
      const none = await readLogPage(reader, { attemptId, limit: 5, after: newer.newer ?? undefined });
      expect(none).toMatchObject({ lines: [], at_end: true, newer: newer.newer });
      expect(messages(await readLogPage(reader, { attemptId, limit: 5, level: 'warning' }))).toEqual([
        'Careful NOW',
      ]);
      expect(messages(await readLogPage(reader, { attemptId, limit: 5, text: 'careful' }))).toEqual([
        'Careful NOW',
      ]);
    });

    test('the newest of all, and of a job', async () => {
      const found = await readNewestLines(reader, { limit: 100, jobId, text: 'plain' });
      expect(found.lines[0]).toMatchObject({
        message: 'plain 9',
        job_id: jobId,
        type: 'command',
        attempt: 1,
      });
      expect([found.lines.length, found.next]).toEqual([9, null]);
      expect((await readNewestLines(reader, { limit: 100, jobId: jobId + 99 })).lines).toEqual([]);
      const first = await readNewestLines(reader, { limit: 1 });
      const rest = await readNewestLines(reader, { limit: 1_000, before: first.next ?? undefined });
      const all = await readNewestLines(reader, { limit: 1_000 });
      expect([...first.lines, ...rest.lines]).toEqual(all.lines);
    });
  });

  test('what people did, newest first', async () => {
    for (const detail of ['one', 'two', 'three'])
      await transact(engine.database, (trx) =>
        recordAction(trx, { person: 'anna', action: detail === 'two' ? 'pause' : 'retry', detail }),
      );
    const first = await listAudit(reader, { limit: 1 });
    const rest = await listAudit(reader, { limit: 2, before: first.next ?? 0 });
    expect([...first.actions, ...rest.actions].map(({ detail }) => detail)).toEqual(['three', 'two', 'one']);
    expect((await listAudit(reader, { limit: 5, action: 'pause' })).actions).toMatchObject([
      { detail: 'two' },
    ]);
  });
});
