/**
 * The RabbitMQ queue: one durable queue per worker class, persistent messages with publisher confirms, manual acks.
 * A message names an entry of the queue table and is acknowledged as soon as the claim was tried, before the task
 * runs: none is held while a task runs, so no broker time-out has to be raised. A worker that stops asking gives the
 * messages it holds back to the others.
 *
 * Should messages be lost (a broker wiped or away), nothing else is: now and then, and whenever it has waited in
 * vain, a worker looks at the table itself.
 */
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { EaselError } from '../model/errors.ts';
import type { QueueEntry } from '../store/dispatch.ts';
import { AmqpConnection, type BrokerOptions } from './amqp-connection.ts';
import { AmqpSubscription, type Consuming } from './amqp-subscription.ts';
import type { Queue, Subscription } from './queue.ts';

export interface AmqpOptions extends BrokerOptions {
  /** Sets this installation's queues apart from others on the same broker. */
  readonly prefix: string;
}

export class AmqpQueue implements Queue {
  readonly kind = 'amqp';
  readonly #prefix: string;
  readonly #broker: AmqpConnection;
  readonly #declared = new Set<string>();
  readonly #subscriptions: AmqpSubscription[] = [];
  #publisher: { readonly connection: ChannelModel; readonly channel: Promise<ConfirmChannel> } | undefined;

  constructor({ prefix, ...options }: AmqpOptions) {
    this.#prefix = prefix;
    this.#broker = new AmqpConnection(options);
  }

  /** While the broker is away the hints are dropped, and nobody waits for it: workers find the entries by looking. */
  async publish(entries: readonly QueueEntry[]): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.hint(entries);
    if (entries.length === 0) return;
    const sending = this.#broker.attempt((connection) => this.#send(connection, entries));
    if (this.#broker.isAvailable) await sending;
  }

  async check(): Promise<void> {
    try {
      await this.#broker.check();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EaselError('unavailable', `RabbitMQ cannot be reached: ${reason}`);
    } finally {
      await this.close();
    }
  }

  subscribe(workerClass: string): Subscription {
    const open = () => this.#broker.attempt((connection) => this.#openConsumer(connection, workerClass));
    const subscription = new AmqpSubscription(open, workerClass);
    this.#subscriptions.push(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    await this.#broker.close();
  }

  async #send(connection: ChannelModel, entries: readonly QueueEntry[]): Promise<void> {
    const channel = await this.#publisherOf(connection);
    for (const entry of entries) {
      await this.#declare(channel, entry.workerClass);
      const content = Buffer.from(JSON.stringify([entry.rank, entry.attemptId]));
      channel.sendToQueue(this.#queueName(entry.workerClass), content, { persistent: true });
    }
    await channel.waitForConfirms();
  }

  #publisherOf(connection: ChannelModel): Promise<ConfirmChannel> {
    if (this.#publisher?.connection === connection) return this.#publisher.channel;
    const channel = connection.createConfirmChannel().then((opened) => {
      opened.on('error', () => undefined); // 'close' follows
      opened.on('close', () => {
        if (this.#publisher?.channel === channel) this.#publisher = undefined;
      });
      return opened;
    });
    this.#publisher = { connection, channel };
    this.#declared.clear();
    return channel;
  }

  async #openConsumer(connection: ChannelModel, workerClass: string): Promise<Consuming> {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // 'close' follows
    this.#declared.delete(workerClass); // it may have been deleted on the broker
    await this.#declare(channel, workerClass);
    return { channel, queue: this.#queueName(workerClass) };
  }

  #queueName(workerClass: string): string {
    return `easel.${this.#prefix}.${workerClass}`;
  }

  async #declare(channel: Channel, workerClass: string): Promise<void> {
    if (this.#declared.has(workerClass)) return;
    await channel.assertQueue(this.#queueName(workerClass), { durable: true });
    this.#declared.add(workerClass);
  }
}
