/** Both queues on both databases: what is published is offered at once, and nothing depends on a hint arriving once. */
import { createConnection, createServer, type Socket } from 'node:net';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { transact } from '../../core/db/transaction.ts';
import { AmqpQueue } from '../../core/queue/amqp-queue.ts';
import type { Offer, Queue, Subscription } from '../../core/queue/queue.ts';
import { type ClaimedTask, claim } from '../../core/store/claims.ts';
import { installationId } from '../../core/store/installation.ts';
import { createVhost, forEachDatabase, type TestDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
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
        expect(await waiting()).toBe(0); // it is there again
      });

      test('a connection that is cut is made again', async () => {
        const broker = new URL(vhost.url);
        const sockets = new Set<Socket>();
        const proxy = createServer((near) => {
          const far = createConnection(Number(broker.port || 5672), broker.hostname);
          for (const socket of [near, far]) {
            sockets.add(socket);
            socket.on('error', () => undefined).on('close', () => [near, far].map((each) => each.destroy()));
          }
          near.pipe(far).pipe(near);
        });
        await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
        const address = proxy.address();
        const through = new URL(vhost.url);
        through.host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
        const cut = new AmqpQueue({
          url: through.href,
          prefix: await transact(engine.database, installationId),
        });
        await subscription.close();
        subscription = cut.subscribe('default');
        await listen();
        expect(sockets.size).toBe(2);
        for (const socket of sockets) socket.destroy();
        await fill(3);
        expect(await claimAll(3)).toHaveLength(3);
        await until(() => listen().then(() => sockets.size > 2), { message: 'it to connect again' });
        await subscription.close();
        await cut.close();
        proxy.close();
      });

      test('without the broker work goes on by looking', async () => {
        const away = new AmqpQueue({ url: 'amqp://127.0.0.1:1', prefix: 'x' });
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
