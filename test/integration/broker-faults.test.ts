/** What a broker does to itself and to others, with real processes: killed and started again, wiped, silent, impatient. */
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { transact } from '../../core/db/transaction.ts';
import { installationId } from '../../core/store/installation.ts';
import { createDaemons, type Daemons } from '../support/daemons.ts';
import { createMysqlDatabase, type TestDatabase } from '../support/databases.ts';
import { nothing, program } from '../support/engine.ts';
import { createHoldings } from '../support/servers/holdings.ts';
import { findAmqpPrograms, type PrivateAmqp, startPrivateAmqp } from '../support/servers/private-amqp.ts';
import { until } from '../support/until.ts';

/** It looks for unacknowledged deliveries twice a second, and ends who holds one for two seconds. */
const CONSUMER_TIMEOUT_MS = 2_000;
const IMPATIENT = `[{rabbit, [{consumer_timeout, ${CONSUMER_TIMEOUT_MS}}, {channel_tick_interval, 500}]}].`;

const loop = (count: number, task: object) => ({
  task_list: [
    {
      ...{ task: 'execution_for_loop', name: 'loop', parameter: 'i', linear_range: [0, 1, count] },
      task_list: [task],
    },
  ],
});

describe('a broker of our own', { timeout: 300_000 }, () => {
  const holdings = createHoldings(() => undefined);
  let broker: PrivateAmqp;
  let database: TestDatabase;
  let daemons: Daemons;
  let connection: ChannelModel;
  let channel: Channel;
  let queue: string;

  const connectAgain = async () => {
    connection = await connect(broker.url);
    connection.on('error', () => undefined);
    channel = await connection.createChannel();
    channel.on('error', () => undefined);
  };
  beforeAll(async () => {
    const programs = findAmqpPrograms();
    if (programs === null) throw new Error('this test needs the programs of RabbitMQ');
    broker = await startPrivateAmqp(holdings, programs, { advanced: IMPATIENT });
  }, 200_000);
  afterAll(async () => {
    expect(await holdings.releaseAll()).toEqual([]);
  });
  beforeEach(async () => {
    database = await createMysqlDatabase();
    daemons = await createDaemons({ databaseUrl: database.url, queueUrl: broker.url });
    await connectAgain();
    queue = `easel.${await transact(daemons.database, installationId)}.default`;
    await channel.assertQueue(queue, { durable: true });
  });
  afterEach(async () => {
    await connection.close().catch(() => undefined);
    await daemons.close();
    await database.drop();
  });

  const begun = (jobId: number) =>
    until(async () => (await daemons.done(jobId)) > 20, { timeoutMs: 60_000, message: 'work to begin' });

  test('killed and started again in the middle of a job, it is waited out and used again', async () => {
    const scheduler = await daemons.startScheduler();
    const worker = await daemons.startWorker();
    const jobId = await daemons.submitHere(loop(2_000, { task: 'null', duration: 0.02, name: 'one' }));
    await begun(jobId);
    await broker.kill();
    await broker.start();
    const job = await daemons.end(jobId, 120_000);
    expect(job.state).toBe('succeeded');
    await worker.says('outage_over', 60_000);
    const next = await daemons.submitHere(loop(20, nothing()));
    expect((await daemons.end(next)).state).toBe('succeeded');
    await connectAgain();
    await until(async () => (await channel.checkQueue(queue)).consumerCount === 1, {
      message: 'the worker to listen again',
    });
    for (const each of [scheduler, worker]) expect((await each.stop()).code).toBe(0);
  });

  test('purged while full, again and again, and its queue deleted: what waits is found all the same', async () => {
    await daemons.startScheduler();
    const jobId = await daemons.submitHere(loop(1_500, { task: 'null', duration: 0.02 }));
    await until(async () => (await channel.checkQueue(queue)).messageCount >= 20, {
      timeoutMs: 60_000,
      message: 'the queue to fill',
    });
    await channel.purgeQueue(queue);
    await daemons.startWorker();
    await begun(jobId);
    for (let times = 0; times < 5; times++) {
      await channel.purgeQueue(queue);
      const before = await daemons.done(jobId);
      await until(async () => (await daemons.done(jobId)) > before, { message: 'work to go on' });
    }
    await channel.deleteQueue(queue);
    expect((await daemons.end(jobId, 120_000)).state).toBe('succeeded');
  });

  test('messages for attempts that are over, doubled, of others, and garbage are acknowledged and ignored', async () => {
    await daemons.startScheduler();
    await daemons.startWorker();
    const past = await daemons.end(await daemons.submitHere(loop(30, nothing())));
    const attempts = await daemons.kysely.selectFrom('attempts').select('id').execute();
    const send = (content: unknown) => channel.sendToQueue(queue, Buffer.from(JSON.stringify(content)));
    for (const { id } of attempts) for (let times = 0; times < 3; times++) send([0, id]);
    for (const content of [[0, 9e15], [-1, 1], [7], {}, 'x', null, [0, '1'], [0, 1.5]]) send(content);
    channel.sendToQueue(queue, Buffer.from([0xff, 0xfe, 0]));
    const jobId = await daemons.submitHere(loop(30, nothing()));
    expect((await daemons.end(jobId)).state).toBe('succeeded');
    await until(async () => (await channel.checkQueue(queue)).messageCount === 0, {
      message: 'all to be taken',
    });
    await until(async () => (await broker.unacknowledged(queue)) === 0, {
      message: 'all to be acknowledged',
    });
    expect((await daemons.view(past.id)).tasks).toEqual(past.tasks);
  });

  test('a task longer than the patience of the broker: no delivery is held while it runs', async () => {
    await daemons.startScheduler();
    const worker = await daemons.startWorker(1);
    const seconds = (6 * CONSUMER_TIMEOUT_MS) / 1_000;
    const long = program(['sleep', String(seconds)], { name: 'long' });
    const others = Array.from({ length: 25 }, () => nothing());
    const jobId = await daemons.submitHere({ task_list: [long, ...others] });
    const isRunning = async () => (await daemons.view(jobId)).states().long === 'running';
    await until(isRunning, { message: 'the task to run', timeoutMs: 60_000 });
    // The others wait, each with a message; one that was delivered and not acknowledged would not be counted here.
    const ready = async () => (await channel.checkQueue(queue)).messageCount;
    await until(async () => (await ready()) === others.length, { message: 'what came ahead to go back' });
    let looks = 0;
    const hasEnded = async () => {
      const messages = await ready();
      if (!(await isRunning())) return true;
      expect(messages).toBe(others.length);
      looks++;
      return false;
    };
    await until(hasEnded, { timeoutMs: 60_000, message: 'the task to end' });
    expect(looks).toBeGreaterThan(5);
    const job = await daemons.end(jobId);
    expect(job.task('long')).toMatchObject({ state: 'done', attempts: 1 });
    expect(worker.stderr).not.toContain('"event":"outage"');
    await until(impatience, {
      timeoutMs: 20_000,
      message: 'a broker that is as impatient as it is meant to be',
    });
  });

  /** Whether one who does hold a delivery has been thrown out. */
  let isThrownOut: Promise<true> | undefined;
  async function impatience(): Promise<boolean> {
    isThrownOut ??= holdOne();
    return await Promise.race([isThrownOut, Promise.resolve(false)]);
  }

  async function holdOne(): Promise<true> {
    await channel.assertQueue('held', { durable: false });
    channel.sendToQueue('held', Buffer.from('x'));
    await channel.consume('held', () => undefined);
    await new Promise((resolve) => channel.once('close', resolve));
    return true;
  }
});
