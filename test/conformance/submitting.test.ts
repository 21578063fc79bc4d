/** Submitting: what a file would become and what is wrong with it, without storing anything; then who submitted it. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { pause } from '../../core/actions/pause.ts';
import { checkSubmission, planSubmission, reviewSubmission, submit } from '../../core/actions/submit.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, startEngine } from '../support/engine.ts';

const grid = {
  ...{ job_name: 'grid', priority: 3, parameters: { count: { default: 2 } } },
  task_list: [
    {
      ...{ task: 'execution_for_loop', parameter: 'i', linear_range: [1, 4, "(metadata['count'])"] },
      task_list: [nothing({ name: 'each' })],
    },
  ],
};
const ANNA = 'anna';

forEachDatabase('submitting', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterEach(async () => {
    await engine.kysely.deleteFrom('pauses').execute();
  });
  afterAll(() => engine.close());

  const file = (job: object, more: object = {}) => ({
    ...{ text: JSON.stringify(job, null, 1), fileName: 'grid.json' },
    ...more,
  });
  const stored = async () =>
    await Promise.all(
      (['jobs', 'tasks', 'audit'] as const).map(
        async (table) => (await engine.kysely.selectFrom(table).selectAll().execute()).length,
      ),
    );

  test('a dry run tells the plan, the warnings and what is paused, and stores nothing', async () => {
    await pause(engine.installation, { scope: 'type', name: 'null' }, ANNA);
    await pause(engine.installation, { scope: 'type', name: 'command' }, ANNA);
    const before = await stored();
    const planned = await planSubmission(engine.installation, file(grid, { set: ['count=5'] }));
    expect(planned).toMatchObject({ name: 'grid', priority: 3, warnings: [] });
    expect(planned.plan).toMatchObject({
      types: [
        { type: 'execution_chain', min: 6, max: 6 },
        { type: 'execution_for_loop', min: 1, max: 1 },
        { type: 'null', min: 5, max: 5 },
      ],
      ...{ work_tasks: { min: 5, max: 5 }, flow_tasks: { min: 7, max: 7 } },
    });
    expect(planned.plan_lines).toContain('work tasks: 5');
    expect(planned.pauses).toMatchObject([{ scope: 'type', name: 'null', person: ANNA }]);
    expect(await stored()).toEqual(before);
    const first = await planSubmission(engine.installation, file(grid, { priority: -1 }));
    expect(first).toMatchObject({ priority: -1, plan: { work_tasks: { min: 2, max: 2 } } });
  });

  test('what is stored is what was planned, and says who submitted it', async () => {
    const submission = file(grid, { set: ['count=3'] });
    const planned = await planSubmission(engine.installation, submission);
    const { jobId, jobFile, pauses } = await submit(engine.installation, submission, ANNA);
    expect({ name: jobFile.name, pauses }).toEqual({ name: planned.name, pauses: [] });
    const job = await engine.end(jobId);
    expect(job.named('each')).toHaveLength(planned.plan.work_tasks.min);
    const { priority } = await engine.kysely
      .selectFrom('jobs')
      .select('priority')
      .where('id', '=', jobId)
      .executeTakeFirstOrThrow();
    expect(priority).toBe(planned.priority);
    const last = await engine.kysely
      .selectFrom('audit')
      .select(['person', 'action', 'detail'])
      .orderBy('id', 'desc')
      .limit(1)
      .execute();
    expect(last).toEqual([{ person: ANNA, action: 'submit', detail: `job ${jobId} "grid" from grid.json` }]);
  });

  test('all that is wrong is told with its place, by every way, and stores nothing', async () => {
    const bad = file({
      task_list: [nothing({ name: 'odd', requires_metadata_from: ['oddd'] }), { task: 'nul' }],
    });
    const before = await stored();
    const review = await reviewSubmission(engine.installation, bad);
    expect(review).toMatchObject({
      ...{ ok: false, planned: null },
      problems: [
        { line: 8, column: 5, path: '$.task_list[0].requires_metadata_from[0]' },
        { line: 12, column: 12, path: '$.task_list[1].task', suggestion: 'null' },
      ],
    });
    for (const attempt of [
      checkSubmission(engine.installation, bad),
      planSubmission(engine.installation, bad),
      submit(engine.installation, bad, ANNA),
    ])
      await expect(attempt).rejects.toMatchObject({ code: 'job_file', problems: review.problems });
    expect(await stored()).toEqual(before);
  });

  test('what is odd but right is a warning of the review', async () => {
    const odd = { task_list: [{ task: 'execution_chain', outputs: { o: 'x' }, task_list: [nothing()] }] };
    const review = await reviewSubmission(engine.installation, file(odd));
    expect(review).toMatchObject({ ok: true, problems: [] });
    expect(review.planned?.warnings).toMatchObject([{ path: '$.task_list[0].outputs.o', line: 6 }]);
  });

  test('a file that an earlier job has left is known to the review', async () => {
    const needs = file({ task_list: [nothing({ inputs: { i: 'left/by-earlier.gz' } })] });
    expect((await reviewSubmission(engine.installation, needs)).ok).toBe(false);
    await engine.run({ task_list: [nothing({ outputs: { o: 'left/by-earlier.gz' } })] });
    expect((await reviewSubmission(engine.installation, needs)).ok).toBe(true);
  });
});
