/**
 * Fairness of daemons on every combination of database and queue, by the instants in the database: a job that comes
 * later starts soon however much another has to do, many jobs at once all progress, and a higher priority goes first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submit } from '../../core/actions/submit.ts';
import { type Installation, openInstallation } from '../../core/installation.ts';
import { loadSettings } from '../../core/runtime/settings.ts';
import { createVhost, forEachDatabase, type TestDatabase } from '../support/databases.ts';
import { EaselProcess, runEasel } from '../support/easel.ts';
import { nothing } from '../support/engine.ts';
import { until } from '../support/until.ts';

const START_WITHIN_MS = 5_000;
/** The queue is at least so long; and what a worker used to short tasks claims ahead counts as started, until it gives it back. */
const QUEUED = 32;
const AHEAD = 64;
const SLOTS = 4;

forEachDatabase('fair', ({ create }) => {
  describe.each(['sql', 'amqp'])('on the queue %s', (queue) => {
    let home: string;
    let database: TestDatabase;
    let vhost: Awaited<ReturnType<typeof createVhost>> | undefined;
    let installation: Installation | undefined;
    const daemons: EaselProcess[] = [];

    beforeAll(async () => {
      home = mkdtempSync(join(tmpdir(), 'easel_fair_'));
      database = await create();
      vhost = queue === 'amqp' ? await createVhost() : undefined;
      const environment = {
        ...{ EASEL_HOME: home, EASEL_DATABASE_URL: database.url },
        ...(vhost !== undefined && { EASEL_QUEUE_URL: vhost.url }),
      };
      for (const args of [['init-schema'], ['init-queues', '--queue-implementation', queue]])
        expect((await runEasel(args, environment)).code).toBe(0);
      for (const [args, event] of [
        [['schedule-waiting'], 'scheduler_started'],
        [['work', '--slots', String(SLOTS)], 'worker_started'],
      ] as const) {
        const daemon = new EaselProcess(args, environment);
        daemons.push(daemon);
        await daemon.says(event, 60_000);
      }
      installation = await openInstallation(loadSettings({}, environment), { connections: 2 });
    });
    afterAll(async () => {
      for (const daemon of daemons) daemon.child.kill('SIGKILL');
      await Promise.all(daemons.map((daemon) => daemon.ended()));
      await installation?.database.close();
      await vhost?.remove();
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    });

    const loop = (count: number, duration = 0) => ({
      ...{ task: 'execution_for_loop', parameter: 'i', linear_range: [1, count, count] },
      task_list: [nothing({ duration })],
    });
    const opened = (): Installation => {
      if (installation === undefined) throw new Error('the installation is not open');
      return installation;
    };
    const submitted = async (job: object, priority?: number): Promise<number> => {
      const submission = { text: JSON.stringify(job), fileName: 'job.json', priority };
      const { jobId } = await submit(opened(), submission, 'tester');
      return jobId;
    };
    const instantsOf = async (jobId: number) =>
      await opened()
        .database.kysely.selectFrom('attempts')
        .innerJoin('jobs', 'jobs.id', 'attempts.job_id')
        .select(['submitted_at', 'started_at', 'attempts.ended_at'])
        .where('job_id', '=', jobId)
        .where('started_at', 'is not', null)
        .orderBy('started_at')
        .execute();
    const started = async (jobId: number, count: number) =>
      await until(
        async () => {
          const rows = await instantsOf(jobId);
          return rows.length >= count && rows;
        },
        { timeoutMs: 60_000, message: `${count} starts of job ${jobId}` },
      );

    test('beside a job of 100,000 tasks, one of two that comes later starts within 5 s, and of 60 more each', async () => {
      const large = await submitted({ task_list: [loop(100_000)] });
      await started(large, 500);
      const small = await submitted({ task_list: [nothing(), nothing()] });
      const starts = await started(small, 2);
      const waits = starts.map(({ started_at, submitted_at }) => Number(started_at) - submitted_at);
      expect(Math.max(...waits)).toBeLessThan(START_WITHIN_MS);
      const state = await opened()
        .database.kysely.selectFrom('jobs')
        .select('state')
        .where('id', '=', large)
        .executeTakeFirstOrThrow();
      expect(state.state).toBe('running');
      const many: number[] = [];
      for (let at = 0; at < 60; at++) many.push(await submitted({ task_list: [loop(20)] }));
      for (const jobId of many) await started(jobId, 1);
    }, 180_000);

    test('a higher priority goes before what fills the queue', async () => {
      const low = await submitted({ task_list: [loop(400, 2)] }, 1);
      await started(low, SLOTS);
      const high = await submitted({ task_list: [nothing(), nothing()] }, 5);
      const [first] = await started(high, 2);
      const between = (await instantsOf(low)).filter(
        ({ started_at }) =>
          Number(started_at) > Number(first?.submitted_at) && Number(started_at) < Number(first?.started_at),
      );
      expect(between.length).toBeLessThan(QUEUED + AHEAD);
    }, 120_000);
  });
});
