/** What people can do: the dry run says what doing then does and changes nothing, who did it is kept, refusals have codes. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cancel, describeCancel, describePlannedCancel, planCancel } from '../../core/actions/cancel.ts';
import {
  describeEmptied,
  describePlannedEmptying,
  emptyQueue,
  planEmptyQueue,
} from '../../core/actions/empty-queue.ts';
import { describePaused, describePlannedPause, pause, planPause } from '../../core/actions/pause.ts';
import { planReschedule, rescheduleUnfinished } from '../../core/actions/reschedule-unfinished.ts';
import { describeResumed, planResume, resume } from '../../core/actions/resume.ts';
import { describePlannedRetry, planRetry, retry } from '../../core/actions/retry.ts';
import type { ErrorCode } from '../../core/model/errors.ts';
import type { Pause, PauseTarget } from '../../core/store/pauses.ts';
import { textOf } from '../../core/words/line.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
import { checkCounts, checkInvariants } from '../support/invariants.ts';
import { first, loop, Stage } from '../support/stage.ts';

const NOBODY = 999_999;
const ANNA = 'anna';
const second = nothing({ name: 'second', inputs: { i: 'first.gz' } });
const third = nothing({ name: 'third' });
const job = (id: number): PauseTarget => ({ scope: 'job', name: String(id) });
const NULLS: PauseTarget = { scope: 'type', name: 'null' };
const EVERYTHING: PauseTarget = { scope: 'all', name: '' };

forEachDatabase('actions', ({ create }) => {
  let engine: Engine;
  let stage: Stage;
  beforeAll(async () => {
    engine = await openEngine({ create });
    stage = new Stage(engine);
  });
  afterEach(async () => {
    await stage.clear();
    for (const table of ['pauses', 'audit'] as const) await engine.kysely.deleteFrom(table).execute();
    await emptyQueue(engine.installation, {}, 'the test');
    await engine.kysely.deleteFrom('audit').execute();
  });
  afterAll(() => engine.close());

  /** What was done by name, submissions left out. */
  const audited = async () =>
    await engine.kysely
      .selectFrom('audit')
      .select(['person', 'action', 'detail'])
      .where('action', '!=', 'submit')
      .orderBy('id')
      .execute();
  const states = async () => (await engine.view(stage.jobId)).states();
  const pausesNow = (): Promise<Pause[]> => engine.kysely.selectFrom('pauses').selectAll().execute();

  /** A dry run leaves everything as it was. */
  async function dry<T>(plan: () => Promise<T>): Promise<T> {
    const before = [await states(), await pausesNow(), await audited()];
    const planned = await plan();
    expect([await states(), await pausesNow(), await audited()]).toEqual(before);
    return planned;
  }

  /** By the dry run and by the doing alike; neither leaves a trace. */
  async function refused(code: ErrorCode, says: string, tries: readonly (() => Promise<unknown>)[]) {
    for (const attempt of tries)
      await dry(() =>
        expect(attempt()).rejects.toMatchObject({ code, message: expect.stringContaining(says) }),
      );
  }

  describe('retry', () => {
    test('tells what it brings back, and brings that back', async () => {
      await stage.play([first, second, third]);
      await stage.perform('first', { exitClass: 'error', error: 'kaputt' });
      const one = { taskId: await stage.id('first'), withDependants: false };
      const planned = await dry(() => planRetry(engine.installation, one));
      expect(planned).toEqual({ job_id: stage.jobId, failed: 1, blocked: 1, cancelled: 0, done: 0 });
      expect(describePlannedRetry(planned)).toBe(
        `1 failed, 1 blocked and 0 cancelled tasks of job ${stage.jobId} would be tried again`,
      );
      expect(await retry(engine.installation, one, ANNA)).toEqual(planned);
      expect(await states()).toMatchObject({ first: 'ready', second: 'waiting' });
      const detail = `task ${one.taskId}: 1 failed, 1 blocked and 0 cancelled tasks`;
      expect(await audited()).toEqual([{ person: ANNA, action: 'retry', detail }]);
      await checkCounts(engine.installation, stage.jobId);
    });

    test('is refused to what has not ended, and to what is not there', async () => {
      await stage.play([first]);
      const open = { taskId: await stage.id('first'), withDependants: false };
      const none = { taskId: NOBODY, withDependants: false };
      for (const [code, says, one] of [
        ['conflict', 'only what has ended can be tried again', open],
        ['not_found', `there is no task ${NOBODY}`, none],
      ] as const)
        await refused(code, says, [
          () => planRetry(engine.installation, one),
          () => retry(engine.installation, one, ANNA),
        ]);
    });
  });

  describe('cancel', () => {
    test('of a job tells how many tasks are open, and ends or asks as many', async () => {
      await stage.play([first, second, third]);
      await stage.begin('third');
      const { jobId } = stage;
      const planned = await dry(() => planCancel(engine.installation, { jobId }));
      expect(planned).toMatchObject({ what: `job ${jobId}`, open: { count: 3, over: false } });
      expect(describePlannedCancel(planned)).toBe(`3 tasks of job ${jobId} would be cancelled`);
      const done = await cancel(engine.installation, { jobId }, ANNA);
      expect(done).toMatchObject({ cancelled: 2, asked: 1, state: 'expanded', task_id: planned.task_id });
      expect(textOf(describeCancel(done))).toMatch(
        /^cancelled 2 waiting tasks, 1 running task asked to stop/,
      );
      expect(await states()).toMatchObject({ first: 'cancelled', second: 'cancelled', third: 'running' });
      expect((await stage.task('first')).reason).toBe(`cancelled by ${ANNA} with job ${jobId}`);
      expect(await audited()).toEqual([{ person: ANNA, action: 'cancel', detail: `job ${jobId}` }]);
      await checkCounts(engine.installation, jobId);
    });

    test('of a flow task counts what is below it, no further than it is told to', async () => {
      await stage.play([loop('loop', [nothing({ name: 'one' }), nothing({ name: 'two' })]), third]);
      const taskId = await stage.id('loop');
      const { what, open } = await dry(() => planCancel(engine.installation, { taskId }));
      expect({ what, open }).toEqual({ what: `task ${taskId}`, open: { count: 6, over: false } });
      const bounded = await planCancel(engine.installation, { taskId }, 4);
      expect(bounded.open).toEqual({ count: 4, over: true });
      expect(describePlannedCancel(bounded)).toBe(`more than 4 tasks of task ${taskId} would be cancelled`);
      const exact = await planCancel(engine.installation, { taskId }, 6);
      expect(exact.open).toEqual(open);
      const done = await cancel(engine.installation, { taskId }, ANNA);
      expect(done).toMatchObject({ cancelled: open.count, asked: 0, state: 'cancelled' });
      expect((await states()).third).toBe('queued');
    });

    test('is refused to what has ended, and to what is not there', async () => {
      await stage.play([first]);
      await stage.perform('first');
      const taskId = await stage.id('first');
      const { jobId } = stage;
      for (const [code, says, order] of [
        ['conflict', `task ${taskId} has ended already (done)`, { taskId }],
        ['conflict', `job ${jobId} has ended already (done)`, { jobId }],
        ['not_found', `there is no task ${NOBODY}`, { taskId: NOBODY }],
        ['not_found', `there is no job ${NOBODY}`, { jobId: NOBODY }],
      ] as const)
        await refused(code, says, [
          () => planCancel(engine.installation, order),
          () => cancel(engine.installation, order, ANNA),
        ]);
    });
  });

  describe('pause and resume', () => {
    test('tell what they hold and let go, and do that', async () => {
      await stage.play([first, second, third, nothing({ name: 'fourth' })]);
      await stage.begin('fourth');
      const target = job(stage.jobId);
      const planned = await dry(() => planPause(engine.installation, target));
      expect(planned).toEqual({ ready: 0, queued: 2, running: 1 });
      expect(describePlannedPause(target, planned)).toBe(
        `job ${stage.jobId} would be paused: 2 tasks in the queue, 0 ready, 1 running`,
      );
      const done = await pause(engine.installation, target, ANNA);
      expect(done).toEqual({ changed: true, recalled: planned.queued, running: planned.running });
      expect(textOf(describePaused(target, done))).toContain(
        `\`easel resume --job ${stage.jobId}\` undoes it`,
      );
      expect(await pausesNow()).toMatchObject([{ ...target, person: ANNA }]);
      const ready = await dry(() => planResume(engine.installation, target));
      expect(ready).toEqual({ ready: 2 });
      const resumed = await resume(engine.installation, target, 'bert');
      expect(resumed).toEqual({ changed: true, ready: 2, still_paused: [] });
      expect(await pausesNow()).toEqual([]);
      const name = `job ${stage.jobId}`;
      expect(await audited()).toEqual([
        { person: ANNA, action: 'pause', detail: `${name}: 2 tasks in the queue, 0 ready, 1 running` },
        { person: 'bert', action: 'resume', detail: `${name}: 2 ready tasks` },
      ]);
    });

    test('a pause that is there keeps its person, and what was not paused leaves no trace', async () => {
      await stage.play([first]);
      expect((await pause(engine.installation, NULLS, ANNA)).changed).toBe(true);
      expect((await pause(engine.installation, EVERYTHING, ANNA)).changed).toBe(true);
      const again = await pause(engine.installation, NULLS, 'bert');
      expect(again).toMatchObject({ changed: false, recalled: 0 });
      expect((await pausesNow()).map(({ person }) => person)).toEqual([ANNA, ANNA]);
      const { still_paused } = await resume(engine.installation, NULLS, 'bert');
      expect(still_paused).toMatchObject([{ ...EVERYTHING, person: ANNA }]);
      const before = await audited();
      const nothingDone = await resume(engine.installation, NULLS, 'bert');
      expect(nothingDone.changed).toBe(false);
      expect(textOf(describeResumed(NULLS, nothingDone))).toBe('task type null was not paused');
      expect(await audited()).toEqual(before);
    });

    test('a pause is refused to what cannot be paused', async () => {
      await stage.play([first]);
      await stage.perform('first');
      for (const [code, says, target] of [
        ['conflict', `job ${stage.jobId} has succeeded`, job(stage.jobId)],
        ['not_found', `there is no job ${NOBODY}`, job(NOBODY)],
        ['not_found', 'there is no task type "nul"', { scope: 'type', name: 'nul' }],
        ['usage', 'pause the job instead', { scope: 'type', name: 'execution_chain' }],
      ] as const)
        await refused(code, says, [
          () => planPause(engine.installation, target),
          () => pause(engine.installation, target, ANNA),
        ]);
    });
  });

  describe('reschedule-unfinished', () => {
    async function playBadly(): Promise<number> {
      await stage.play([first, second, third]);
      await stage.perform('first', { exitClass: 'error', error: 'kaputt' });
      await stage.cancel('third', 'not now');
      return stage.jobId;
    }

    test('of a job tells what it brings back, and brings that back', async () => {
      const jobId = await playBadly();
      const planned = await dry(() => planReschedule(engine.installation, { jobId }));
      expect(planned).toEqual({ jobs: [jobId], failed: 1, blocked: 1, cancelled: 1, done: 0 });
      expect(await rescheduleUnfinished(engine.installation, { jobId }, ANNA)).toEqual(planned);
      expect(await states()).toMatchObject({ first: 'ready', second: 'waiting', third: 'ready' });
      const detail = `job ${jobId}: 1 failed, 1 blocked and 1 cancelled tasks`;
      expect(await audited()).toEqual([{ person: ANNA, action: 'reschedule-unfinished', detail }]);
      await checkCounts(engine.installation, jobId);
    });

    test('of all jobs leaves a row for each', async () => {
      const jobs = [await playBadly(), await playBadly()];
      const planned = await dry(() => planReschedule(engine.installation, {}));
      expect(planned.jobs).toEqual(expect.arrayContaining(jobs));
      expect(planned.failed).toBeGreaterThanOrEqual(2);
      expect(await rescheduleUnfinished(engine.installation, {}, ANNA)).toEqual(planned);
      expect((await audited()).map(({ person }) => person)).toEqual(planned.jobs.map(() => ANNA));
      expect(await planReschedule(engine.installation, {})).toMatchObject({ failed: 0, blocked: 0 });
    });

    test('is refused to a job that is not there', async () => {
      await stage.play([first]);
      await refused('not_found', `there is no job ${NOBODY}`, [
        () => planReschedule(engine.installation, { jobId: NOBODY }),
        () => rescheduleUnfinished(engine.installation, { jobId: NOBODY }, ANNA),
      ]);
    });
  });

  test('emptying the queue tells how many tasks wait for a worker, and cancels those', async () => {
    await stage.play([third]);
    const other = stage.jobId;
    await stage.play([first, second, third, nothing({ name: 'fourth' })]);
    await stage.begin('fourth');
    const order = { jobId: stage.jobId };
    const planned = await dry(() => planEmptyQueue(engine.installation, order));
    expect(describePlannedEmptying(order, planned)).toBe(
      `2 tasks of job ${stage.jobId} wait for a worker and would be cancelled`,
    );
    const done = await emptyQueue(engine.installation, order, ANNA);
    expect(done).toEqual({ cancelled: planned.waiting });
    expect(textOf(describeEmptied(done))).toContain('`easel reschedule-unfinished` brings them back');
    expect(await states()).toMatchObject({ first: 'cancelled', third: 'cancelled', fourth: 'running' });
    expect((await engine.view(other)).states()).toEqual({ third: 'queued' });
    const all = await planEmptyQueue(engine.installation, {});
    expect(all).toEqual({ waiting: 1 });
    expect(await emptyQueue(engine.installation, {}, 'bert')).toEqual({ cancelled: 1 });
    expect(await audited()).toEqual([
      { person: ANNA, action: 'empty-queue', detail: `2 tasks of job ${stage.jobId}` },
      { person: 'bert', action: 'empty-queue', detail: '1 tasks' },
    ]);
    await checkInvariants(engine.installation, other);
  });
});
