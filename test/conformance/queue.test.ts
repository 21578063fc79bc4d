/** Both queues on both databases: what is published is offered at once, and nothing depends on a hint arriving once. */
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { transact } from '../../core/db/transaction.ts';
import { AmqpQueue } from '../../core/queue/amqp-queue.ts';
import type { Offer, Queue, Subscription } from '../../core/queue/queue.ts';
import { type ClaimedTask, claim } from '../../core/store/claims.ts';
import { installationId } from '../../core/store/installation.ts';
import { createVhost, forEachDatabase, type TestDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;

const vhost: { url: string; remove(): Promise<void> } = { url: '', remove: () => Promise.resolve() };
beforeAll(async () => {
  Object.assign(vhost, await createVhost());
});
afterAll(() => vhost.remove());

forEachDatabase('the queue', ({ create }) => {
  describe.each(['sql', 'amqp'] as const)('%s', (kind) => {
    let database: TestDatabase;
    let engine: Engine;
    let queue: Queue;
    let subscription: Subscription;
    beforeEach(async () => {
      database = await create();
      engine = await openEngine({
        databaseUrl: database.url,
        ...(kind === 'amqp' ? { queueUrl: vhost.url } : {}),
      });
      queue = await engine.openQueue();
      subscription = queue.subscribe('default');
    });
    afterEach(async () => {
      await subscription.close();
      await queue.close();
      await engine.close();
      await database.drop();
    });

    const take = (offer: Offer, limit = 100): Promise<ClaimedTask[]> => {
      if (offer.kind === 'nothing') return Promise.resolve([]);
      const entries = offer.kind === 'entries' ? { entries: offer.entries } : {};
      return transact(engine.database, (trx) =>
        claim(trx, { workerClass: 'default', workerId: 1, leaseMs: 60_000, limit, ...entries }),
      );
    };
    /** One turn of a worker. */
    const turn = async (limit = 100): Promise<ClaimedTask[]> => {
      const offer = await subscription.next(limit, 1_000, never);
      const tasks = await take(offer, limit);
      subscription.settle(offer, tasks.length);
      return tasks;
    };
    const claimAll = async (count: number, timeoutMs = 10_000): Promise<ClaimedTask[]> => {
      const claimed: ClaimedTask[] = [];
      await until(
        async () => {
          claimed.push(...(await turn()));
          return claimed.length >= count;
        },
        { timeoutMs, message: () => `${count} attempts, got ${claimed.length}` },
      );
      return claimed;
    };
    const fill = async (count: number): Promise<void> => {
      const scheduler = await engine.createScheduler();
      await engine.submit({ task_list: Array.from({ length: count }, () => nothing()) });
      for (let step = 0; step < 3; step++) await scheduler.step();
    };

    /** Enough turns for a subscription to have looked, and to wait for hints. */
    const listen = async () => {
      for (let turns = 0; turns < 3; turns++) {
        const offer = await subscription.next(100, 50, never);
        subscription.settle(offer, (await take(offer)).length);
      }
    };

    test('what is published is offered within a quarter of a second', async () => {
      await listen();
      const waiting = claimAll(1);
      await fill(1);
      const published = performance.now();
      await waiting;
      expect(performance.now() - published).toBeLessThan(250);
    });

    test('every entry is claimed once, hints that are lost or doubled or not', async () => {
      await fill(20);
      const entries = await engine.kysely.selectFrom('queue_entries').selectAll().execute();
      const hints = entries.map(({ worker_class, rank, attempt_id }) => ({
        workerClass: worker_class,
        rank,
        attemptId: attempt_id,
      }));
      await queue.publish(hints);
      await queue.publish([...hints, { workerClass: 'default', rank: 0, attemptId: 987_654 }]);
      const claimed = await claimAll(20);
      expect(new Set(claimed.map(({ attempt_id }) => attempt_id)).size).toBe(20);
      expect(await turn()).toEqual([]);
    });

    test('a worker that asks to stop waiting is answered', async () => {
      const stop = new AbortController();
      await listen();
      const asked = subscription.next(10, 60_000, stop.signal);
      stop.abort();
      expect(await asked).toEqual({ kind: 'nothing' });
    });

    if (kind === 'sql') return;

    describe('with a broker', () => {
      let connection: ChannelModel;
      let channel: Channel;
      let name: string;
      beforeEach(async () => {
        connection = await connect(vhost.url);
        channel = await connection.createChannel();
        name = `easel.${await transact(engine.database, installationId)}.default`;
        await channel.assertQueue(name, { durable: true });
      });
      afterEach(() => connection.close());

      const waiting = async () => (await channel.checkQueue(name)).messageCount;

      test('hints that are lost are made up for by looking', async () => {
        await fill(5);
        expect(await waiting()).toBe(5);
        await channel.purgeQueue(name);
        expect(await claimAll(5)).toHaveLength(5);
      });

      test('messages that are no hints are acknowledged, and harm nobody', async () => {
        for (const text of ['', 'x', '{}', '[1]', '["a", "b"]', 'null', '[1e400, 2]'])
          channel.sendToQueue(name, Buffer.from(text));
        await fill(2);
        expect(await claimAll(2)).toHaveLength(2);
        await listen();
        await subscription.close();
        await until(async () => (await waiting()) === 0, { message: 'the queue to be empty' });
      });

      test('a worker that is busy holds no message', async () => {
        await listen();
        await fill(30);
        await until(async () => (await turn(1)).length === 1); // the rest was delivered to this worker ahead
        await until(async () => (await waiting()) >= 29, {
          message: 'what the worker does not take to go back',
          timeoutMs: 3_000,
        });
        const since = performance.now();
        await until(() => performance.now() - since > 2_050); // the next turn looks at the table first
        await turn(1);
        await until(async () => (await waiting()) >= 28, {
          message: 'it to go back after a look, too',
          timeoutMs: 3_000,
        });
      });

      test('a queue that is deleted is made again', async () => {
        await listen();
        await channel.deleteQueue(name);
        await listen();
        await fill(3);
        expect(await claimAll(3)).toHaveLength(3);
        await waiting(); // it is there again: who asks about one that is not is refused
      });

      test('a connection that is cut is made again', async () => {
        const proxy = await TcpProxy.open(vhost.url);
        const cut = new AmqpQueue({
          findUrl: () => proxy.url,
          prefix: await transact(engine.database, installationId),
        });
        await subscription.close();
        subscription = cut.subscribe('default');
        await listen();
        expect(proxy.sockets).toBe(2);
        proxy.cut();
        await fill(3);
        expect(await claimAll(3)).toHaveLength(3);
        await until(() => listen().then(() => proxy.sockets === 2), { message: 'it to connect again' });
        await subscription.close();
        await cut.close();
        proxy.close();
      });

      test('a broker that falls silent holds nobody up for long', async () => {
        const proxy = await TcpProxy.open(vhost.url);
        const told: boolean[] = [];
        const silent = new AmqpQueue({
          findUrl: () => proxy.url,
          prefix: await transact(engine.database, installationId),
          onChange: (available) => told.push(available),
        });
        await subscription.close();
        subscription = silent.subscribe('default');
        await listen();
        proxy.silent = true;
        await fill(5);
        const hints = [{ workerClass: 'default', rank: 0, attemptId: 987_654 }];
        await silent.publish(hints); // gives up waiting
        expect(told).toEqual([false]);
        const again = performance.now();
        for (let calls = 0; calls < 20; calls++) await silent.publish(hints); // nobody waits a second time
        expect(performance.now() - again).toBeLessThan(1_000);
        expect(await claimAll(5)).toHaveLength(5);
        await subscription.close();
        proxy.silent = false;
        subscription = silent.subscribe('default');
        const tryAgain = async () => {
          await silent.publish(hints);
          await listen();
          return told.length > 1;
        };
        await until(tryAgain, { message: 'the broker to be found again' });
        expect(told).toEqual([false, true]);
        await silent.close();
        proxy.close();
      });

      test('without the broker work goes on by looking', async () => {
        const away = new AmqpQueue({ findUrl: () => 'amqp://127.0.0.1:1', prefix: 'x' });
        await subscription.close();
        subscription = away.subscribe('default');
        await fill(3);
        const entries = await engine.kysely.selectFrom('queue_entries').selectAll().execute();
        await away.publish(
          entries.map(({ worker_class, rank, attempt_id }) => ({
            workerClass: worker_class,
            rank,
            attemptId: attempt_id,
          })),
        );
        expect(await claimAll(3, 2_000)).toHaveLength(3);
        await expect(away.check()).rejects.toThrow(/RabbitMQ cannot be reached/);
      });
    });
  });
});
