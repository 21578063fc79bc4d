/** Another queue is chosen while everything runs: schedulers and workers, as real processes, follow without a restart. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { transact } from '../../core/db/transaction.ts';
import { chooseQueue, installationId } from '../../core/store/installation.ts';
import { changeSettings, createDaemons, type Daemons } from '../support/daemons.ts';
import { createVhost, forEachDatabase, type TestDatabase } from '../support/databases.ts';
import type { EaselProcess } from '../support/easel.ts';
import { nothing } from '../support/engine.ts';
import { until } from '../support/until.ts';

type Vhost = Awaited<ReturnType<typeof createVhost>>;

const eventsOf = ({ stderr }: EaselProcess, name: string) =>
  stderr.split('\n').filter((line) => line.includes(`"event":"${name}"`));

/** Pairs of tasks held together by metadata, so that schedulers and workers both dispatch. */
const pairs = (count: number, duration: number) => ({
  task_list: [
    {
      task: 'execution_for_loop',
      name: 'loop',
      parameter: 'i',
      linear_range: [0, 1, count],
      task_list: [
        { task: 'null', duration, name: 'first' },
        nothing({ name: 'second', requires_metadata_from: ['first'] }),
      ],
    },
    nothing({ name: 'after', requires_metadata_from: ['loop'] }),
  ],
});

const consumersOf = async (daemons: Daemons, url: string): Promise<number> => {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    const name = `easel.${await transact(daemons.database, installationId)}.default`;
    await channel.assertQueue(name, { durable: true });
    return (await channel.checkQueue(name)).consumerCount;
  } finally {
    await connection.close();
  }
};

let vhost: Vhost;
let other: Vhost;
beforeAll(async () => {
  [vhost, other] = await Promise.all([createVhost(), createVhost()]);
});
afterAll(async () => {
  await Promise.all([vhost.remove(), other.remove()]);
});

forEachDatabase('queues swapped under load', ({ kind, create }) => {
  let database: TestDatabase;
  let daemons: Daemons;
  beforeEach(async () => {
    database = await create();
    daemons = await createDaemons({ databaseUrl: database.url });
  });
  afterEach(async () => {
    await daemons.close();
    await database.drop();
  });

  const choose = (queue: string, url = vhost.url) =>
    daemons.must(['init-queues', '--queue-implementation', queue], { EASEL_QUEUE_URL: url });

  test('all follow, every task has one success, and work goes on after each swap', {
    timeout: 500_000,
  }, async () => {
    const count = 150;
    const running = [
      await daemons.startScheduler(),
      await daemons.startScheduler(),
      await daemons.startWorker(),
      await daemons.startWorker(),
    ];
    const swaps = ['amqp', 'sql', 'amqp', 'sql'] as const;
    const jobs: number[] = [];
    for (const [index, queue] of swaps.entries()) {
      const jobId = await daemons.submitHere(pairs(count, 0.05));
      jobs.push(jobId);
      await until(async () => (await daemons.done(jobId)) > 0, {
        timeoutMs: 60_000,
        message: 'work to begin',
      });
      if (index === 0) await choose(queue);
      else await transact(daemons.database, (trx) => chooseQueue(trx, queue));
      const next = await daemons.submitHere(pairs(count, 0.05)); // before all have followed
      jobs.push(next);
      const followed = () => running.filter((each) => eventsOf(each, 'queue_changed').length > index).length;
      await until(() => followed() === running.length, {
        timeoutMs: 90_000,
        message: () => `all to follow to ${queue}: ${followed()} of ${running.length} have`,
      });
      await until(async () => (await daemons.done(next)) > 50, {
        timeoutMs: 60_000,
        message: `work to go on with ${queue}`,
      });
    }
    for (const jobId of jobs) {
      const job = await daemons.end(jobId, 120_000);
      expect(job.state).toBe('succeeded');
      expect(job.named('second')).toHaveLength(count);
    }
    const others = daemons.kysely.selectFrom('attempts').select('error').where('state', '!=', 'succeeded');
    const given = (await others.execute()).filter(
      ({ error }) => error?.includes('gave the task back') !== true,
    );
    expect(given).toEqual([]); // claimed ahead and given back is all that may happen besides
    for (const each of running) {
      expect(eventsOf(each, 'queue_changed').map((line) => /"queue":"(\w+)"/.exec(line)?.[1])).toEqual(swaps);
      expect(eventsOf(each, 'defect')).toEqual([]);
    }
    for (const each of running) expect((await each.stop()).code).toBe(0);
  });

  if (kind === 'sqlite') return; // one machine, one home: the rest is about several

  describe('a process whose settings lack the broker', () => {
    let elsewhere: string;
    beforeEach(() => {
      elsewhere = mkdtempSync(join(tmpdir(), 'easel_elsewhere_'));
    });
    afterEach(() => rmSync(elsewhere, { recursive: true, force: true }));

    test('says so once, works by looking, and finds the broker when it is told', async () => {
      const own = {
        EASEL_HOME: elsewhere,
        EASEL_DATABASE_URL: database.url,
        EASEL_INPUT_AREA: daemons.installation.areas.input,
        EASEL_OUTPUT_AREA: daemons.installation.areas.output,
      };
      const scheduler = await daemons.startScheduler(own);
      const worker = await daemons.startWorker(4, own);
      await choose('amqp');
      const job = await daemons.end(await daemons.submit(pairs(200, 0)));
      expect(job.state).toBe('succeeded');
      for (const each of [scheduler, worker]) {
        await each.says('"event":"outage"');
        expect(eventsOf(each, 'outage')).toHaveLength(1);
        expect(each.stderr).toMatch(/RabbitMQ.*EASEL_QUEUE_URL/);
      }
      changeSettings(elsewhere, { queue_url: vhost.url });
      await worker.says('outage_over');
      await until(async () => (await consumersOf(daemons, vhost.url)) > 0, {
        message: 'the worker to listen',
      });
      expect((await daemons.end(await daemons.submit(pairs(20, 0)))).state).toBe('succeeded');
      expect(scheduler.stderr).toContain('outage_over');
    });
  });

  test('a broker that has moved is followed by choosing it again', async () => {
    await choose('amqp');
    await daemons.startScheduler();
    await daemons.startWorker();
    await until(async () => (await consumersOf(daemons, vhost.url)) > 0, { message: 'the worker to listen' });
    await choose('amqp', other.url);
    await until(async () => (await consumersOf(daemons, other.url)) > 0, { message: 'the worker to move' });
    expect(await consumersOf(daemons, vhost.url)).toBe(0);
    expect((await daemons.end(await daemons.submit(pairs(20, 0)))).state).toBe('succeeded');
  });

  test('a broker that cannot be reached is not chosen, and a daemon that knows none does not start', async () => {
    const refused = await daemons.easel(['init-queues', '--queue-implementation', 'amqp'], {
      EASEL_QUEUE_URL: 'amqp://127.0.0.1:1',
    });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('RabbitMQ cannot be reached');
    expect((await daemons.end(await runOnce())).state).toBe('succeeded');
    await choose('amqp');
    for (const command of ['schedule-waiting', 'work']) {
      const ended = await daemons.easel([command], { EASEL_QUEUE_URL: 'sql:' });
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain('EASEL_QUEUE_URL');
    }
  });

  /** With the queue that was in force before. */
  async function runOnce(): Promise<number> {
    await daemons.startScheduler();
    await daemons.startWorker();
    return await daemons.submit(pairs(5, 0));
  }
});
