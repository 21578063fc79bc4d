/**
 * The RabbitMQ queue: one durable queue per worker class, persistent messages with publisher confirms, manual acks.
 * A message names an entry of the queue table and is acknowledged as soon as the claim was tried, before the task
 * runs: none is held while a task runs, so no broker time-out has to be raised. A worker that stops asking gives the
 * messages it holds back to the others.
 *
 * Should messages be lost (a broker wiped or away), nothing else is: now and then, and whenever it has waited in
 * vain, a worker looks at the table itself.
 */
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { EaselError } from '../model/errors.ts';
import type { QueueEntry } from '../store/dispatch.ts';
import { AmqpSubscription } from './amqp-subscription.ts';
import type { Queue, Subscription } from './queue.ts';

const RECONNECT_AFTER_MS = 1_000;

export interface AmqpOptions {
  readonly url: string;
  /** Sets this installation's queues apart from others on the same broker. */
  readonly prefix: string;
  /** Told when the broker goes away and comes back. */
  readonly onChange?: (available: boolean, reason: string) => void;
}

export class AmqpQueue implements Queue {
  readonly kind = 'amqp';
  readonly #options: AmqpOptions;
  readonly #declared = new Set<string>();
  readonly #subscriptions: AmqpSubscription[] = [];
  #connection: Promise<ChannelModel> | undefined;
  #publisher: Promise<ConfirmChannel> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;
  #available = true;
  #closed = false;

  constructor(options: AmqpOptions) {
    this.#options = options;
  }

  /** While the broker is away the hints are dropped: workers find the entries by looking. */
  async publish(entries: readonly QueueEntry[]): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.hint(entries);
    if (entries.length === 0 || this.#isResting()) return;
    try {
      this.#publisher ??= this.#openPublisher();
      const channel = await this.#publisher;
      for (const entry of entries) {
        await this.#declare(channel, entry.workerClass);
        const content = Buffer.from(JSON.stringify([entry.rank, entry.attemptId]));
        channel.sendToQueue(this.#queueName(entry.workerClass), content, { persistent: true });
      }
      await channel.waitForConfirms();
      this.#report(true, 'connected');
    } catch (error) {
      this.#fail(error);
    }
  }

  async check(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      throw new EaselError(
        'unavailable',
        `RabbitMQ cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      await this.close();
    }
  }

  subscribe(workerClass: string): Subscription {
    const open = async () => {
      if (this.#isResting()) return undefined;
      try {
        const channel = await (await this.#connect()).createChannel();
        channel.on('error', () => undefined); // 'close' follows
        this.#declared.delete(workerClass); // it may have been deleted on the broker
        await this.#declare(channel, workerClass);
        this.#report(true, 'connected');
        return { channel, queue: this.#queueName(workerClass) };
      } catch (error) {
        this.#fail(error);
        return undefined;
      }
    };
    const subscription = new AmqpSubscription(open, workerClass);
    this.#subscriptions.push(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close().catch(() => undefined);
  }

  async #openPublisher(): Promise<ConfirmChannel> {
    const channel = await (await this.#connect()).createConfirmChannel();
    channel.on('error', () => undefined); // 'close' follows
    channel.on('close', () => {
      this.#publisher = undefined;
      this.#declared.clear();
    });
    return channel;
  }

  #queueName(workerClass: string): string {
    return `easel.${this.#options.prefix}.${workerClass}`;
  }

  async #declare(channel: Channel, workerClass: string): Promise<void> {
    if (this.#declared.has(workerClass)) return;
    await channel.assertQueue(this.#queueName(workerClass), { durable: true });
    this.#declared.add(workerClass);
  }

  #connect(): Promise<ChannelModel> {
    if (this.#connection !== undefined) return this.#connection;
    const opening = connect(this.#options.url, { timeout: 10_000 }).then((connection) => {
      connection.on('error', () => undefined); // 'close' follows
      connection.on('close', () => this.#forget(opening));
      return connection;
    });
    this.#connection = opening;
    return opening;
  }

  /** Not when another connection has taken its place. */
  #forget(connection: Promise<ChannelModel> | undefined): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#publisher = undefined;
    this.#declared.clear();
  }

  #isResting(): boolean {
    return this.#closed || performance.now() - this.#failedAt < RECONNECT_AFTER_MS;
  }

  #fail(error: unknown): void {
    this.#failedAt = performance.now();
    const connection = this.#connection;
    this.#forget(connection);
    void connection?.then((open) => open.close()).catch(() => undefined);
    this.#report(false, error instanceof Error ? error.message : String(error));
  }

  #report(available: boolean, reason: string): void {
    if (this.#available !== available && !this.#closed) this.#options.onChange?.(available, reason);
    this.#available = available;
  }
}
