/** What the dashboard's pages read, on a job that has run: jobs, the tree, tasks, and their graph. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reader } from '../../core/db/transaction.ts';
import { drawGraph } from '../../core/graph/draw-graph.ts';
import { readChildren, readWayTo } from '../../core/store/children.ts';
import type { Definitions } from '../../core/store/definitions.ts';
import { readGraph } from '../../core/store/graph-view.ts';
import { readDefinitionText, readJobDetails } from '../../core/store/job-details.ts';
import { listJobPage } from '../../core/store/job-list.ts';
import { readTask } from '../../core/store/task-page.ts';
import { findRoot, findTask } from '../../core/store/task-views.ts';
import { forEachDatabase } from '../support/databases.ts';
import type { Engine } from '../support/engine.ts';
import type { JobView } from '../support/job-view.ts';
import { expectJson, runViewedJob } from '../support/viewed-job.ts';

forEachDatabase('views of a job', ({ create }) => {
  let engine: Engine;
  let reader: Reader;
  let definitions: Definitions;
  let job: JobView;
  let jobId: number;
  beforeAll(async () => {
    ({ engine, reader, definitions, jobId, job } = await runViewedJob(create));
  }, 90_000);
  afterAll(() => engine.close());

  describe('jobs', () => {
    test('page by page both ways, by state and by a part of the name', async () => {
      const first = await listJobPage(reader, { limit: 1 });
      expect(first).toMatchObject({
        jobs: [{ name: 'Later' }],
        older: jobId + 1,
        newer: null,
        stopped: false,
      });
      const second = await listJobPage(reader, { limit: 1, before: first.older ?? 0 });
      expect(second).toMatchObject({ jobs: [{ id: jobId }], older: null, newer: jobId });
      const back = await listJobPage(reader, { limit: 1, after: second.newer ?? 0 });
      expect(back).toMatchObject({ jobs: [{ name: 'Later' }], newer: null, older: jobId + 1 });
      expect((await listJobPage(reader, { limit: 9, state: 'failed' })).jobs.map(({ id }) => id)).toEqual([
        jobId,
      ]);
      expect(await listJobPage(reader, { limit: 9, text: 'vIEW' })).toMatchObject({
        jobs: [{ id: jobId }],
        looked: 2,
      });
      expect((await listJobPage(reader, { limit: 9, text: 'nothing' })).jobs).toEqual([]);
    });

    test('with parameters, who submitted it, and its file', async () => {
      const details = await readJobDetails(reader, jobId);
      expect(details).toMatchObject({
        parameters: { depth: 7 },
        estimate: null,
        submitted_by: expect.any(String),
      });
      expect(details.types.find(({ type }) => type === 'null')).toMatchObject({
        states: { done: 61, failed: 1 },
        mean_ms: expect.any(Number),
      });
      expectJson(details);
      expect(await readDefinitionText(reader, jobId)).toMatch(/^\{\n {2}"job_name": "Views",/);
    });
  });

  describe('the tree', () => {
    test('children by pages, with what they are called', async () => {
      const { id } = job.task('outer');
      const page = await readChildren(reader, definitions, { taskId: id, limit: 2 });
      expect(page).toMatchObject({
        children: [{ label: 'x = 1', state: 'done', created_children: 1 }, { label: 'x = 2' }],
        next: 1,
      });
      const rest = await readChildren(reader, definitions, { taskId: id, limit: 20, after: 1 });
      expect([rest.children.length, rest.next]).toEqual([13, null]);
      expectJson(page);
    });

    test('children in a state, looked for', async () => {
      const { id } = await findRoot(reader, jobId);
      const page = await readChildren(reader, definitions, { taskId: id, states: ['failed'], limit: 2 });
      expect(page.children.map(({ label }) => label)).toEqual(['broken (command)', 'broken too (command)']);
      expect(page.children[0]).toMatchObject({
        attempts: 1,
        started_at: expect.any(Number),
        ended_at: expect.any(Number),
      });
      const rest = await readChildren(reader, definitions, {
        taskId: id,
        states: ['failed'],
        limit: 9,
        after: page.next ?? 0,
      });
      expect(rest).toMatchObject({
        children: [{ label: 'unnameable (null)' }, { label: 'refused (picky)' }],
        next: null,
      });
    });

    test('the way down to a task', async () => {
      const [make] = job.tasks.filter(({ name }) => name === 'make');
      const way = await readWayTo(reader, definitions, await findTask(reader, make?.id ?? 0));
      expect(way.map(({ label }) => label)).toEqual([
        'Views (execution_chain)',
        'outer (execution_for_loop)',
        ...['x = 1', 'inner (execution_for_loop)', 'y = "a"', 'make (null)'],
      ]);
    });
  });

  test('a task: scope, attempts, inputs, outputs, dependants', async () => {
    const [use] = job.tasks.filter(({ name }) => name === 'use');
    const page = await readTask(reader, definitions, use?.id ?? 0);
    expect(page).toMatchObject({
      task: { label: 'use (null)', state: 'done', type: 'null' },
      scope: { variables: { x: 1, y: 'a' }, inherited: { depth: 7 } },
      description: { inputs: { i: "'maps/{x}/{y}.txt'.format(**metadata)" } },
      attempts: {
        items: [{ number: 1, state: 'succeeded', host: expect.any(String), wall_ms: expect.any(Number) }],
        cut: false,
      },
      inputs: {
        items: [
          {
            kind: 'input',
            address: 'maps/1/a.txt',
            producer: { label: 'make (null)' },
            sha256: expect.any(String),
          },
        ],
      },
      outputs: {
        items: [{ address: 'out/1a.txt', versions: [{ passed: true, is_current: true, metadata: {} }] }],
      },
      published: null,
    });
    expect(page.attempts.items[0]?.seed).toEqual(expect.any(Number));
    expectJson(page);
    const [make] = job.tasks.filter(({ name }) => name === 'make');
    const maker = await readTask(reader, definitions, make?.id ?? 0);
    expect(maker.dependants.items.map(({ id }) => id)).toEqual([use?.id]);
    expect(maker.published).toEqual({ sum: 2 });
  });

  describe('the graph', () => {
    test('a wide loop is drawn as groups, with the flow of the data between them', async () => {
      const { id } = await findRoot(reader, jobId);
      const { graph, complete } = await readGraph(reader, definitions, { taskId: id, limit: 1_000 });
      expect(complete).toBe(true);
      const of = (label: string) => graph.nodes.find((node) => node.label === label);
      expect(of('make (null)')).toMatchObject({ count: 30, states: { done: 30 }, detail: '15 iterations' });
      const [make, use] = [of('make (null)')?.id, of('use (null)')?.id];
      const file = graph.edges.find(({ from }) => from === make)?.to;
      expect(graph.edges).toContainEqual({ from: file, to: use, kind: 'data' });
      const svg = drawGraph({ title: 'Job', graph, linkOf: ({ task_id }) => `/tasks/${task_id}` });
      expect(svg).toContain('make (null)');
      expectJson(graph);
    });

    test('of more tasks than are read, the first iterations stand for all', async () => {
      const { id } = await findRoot(reader, jobId);
      const { graph, complete, looked } = await readGraph(reader, definitions, { taskId: id, limit: 50 });
      expect(complete).toBe(false);
      expect(looked).toBeLessThanOrEqual(50);
      expect(graph.nodes.map(({ label }) => label)).toEqual(
        expect.arrayContaining(['make (null)', 'use (null)', 'last (null)']),
      );
    });
  });
});
