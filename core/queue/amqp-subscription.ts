/**
 * One worker's hints from RabbitMQ. Messages are acknowledged as soon as the claim was tried; those held by a worker
 * that stops asking go back to the others after a moment. Now and then, and whenever it has waited in vain without a
 * broker, the worker is sent to look at the table itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import { Wake } from '../runtime/wake.ts';
import type { QueueEntry } from '../store/dispatch.ts';
import type { Offer, Subscription } from './queue.ts';

const LOOK_EVERY_MS = 2_000;
/** A hint that has not come by then is taken for lost. Were it less, looking would overtake hints, and leave them stale. */
const HINT_LATE_MS = 1_000;
const LOOK_AGAIN_MS = 10;
const LOOK_EVERY_WITHOUT_BROKER_MS = 100;
const HOLD_AT_MOST_MS = 250;
const PREFETCH = 64;
/** A broker that is well answers by then. */
const OPEN_MS = 250;

export interface Consuming {
  readonly channel: Channel;
  readonly queue: string;
}

export class AmqpSubscription implements Subscription {
  readonly #open: () => Promise<Consuming | undefined>;
  readonly #workerClass: string;
  readonly #wake = new Wake();
  #messages: { message: ConsumeMessage; channel: Channel; entry: QueueEntry }[] = [];
  #local: QueueEntry[] = [];
  #isWaiting = false;
  #foundByLooking = false;
  #offered = new Map<Offer, { message: ConsumeMessage; channel: Channel }[]>();
  #consuming: Consuming | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #letGo: NodeJS.Timeout | undefined;
  #isAsked = false;
  #isOpening = false;
  #isClosed = false;

  constructor(open: () => Promise<Consuming | undefined>, workerClass: string) {
    this.#open = open;
    this.#workerClass = workerClass;
  }

  async next(limit: number, waitMs: number, signal: AbortSignal): Promise<Offer> {
    clearTimeout(this.#letGo);
    this.#isAsked = true;
    try {
      return await this.#next(limit, waitMs, signal);
    } finally {
      this.#isAsked = false;
      this.#letGoSoon();
    }
  }

  async #next(limit: number, waitMs: number, signal: AbortSignal): Promise<Offer> {
    if (performance.now() - this.#lookedAt > LOOK_EVERY_MS) return this.#look();
    await this.#beginToConsume();
    if (this.#messages.length === 0) {
      this.#isWaiting = true;
      await this.#wake.wait(Math.min(waitMs, this.#patienceMs()), signal);
      this.#isWaiting = false;
    }
    if (signal.aborted) return { kind: 'nothing' };
    if (this.#local.length > 0) return { kind: 'entries', entries: this.#local.splice(0, limit) };
    if (this.#messages.length === 0) {
      return this.#consuming === undefined || this.#foundByLooking ? this.#look() : { kind: 'nothing' };
    }
    const taken = this.#messages.splice(0, limit);
    const offer: Offer = { kind: 'entries', entries: taken.map(({ entry }) => entry) };
    this.#offered.set(offer, taken);
    return offer;
  }

  settle(offer: Offer, claimed: number): void {
    for (const { message, channel } of this.#offered.get(offer) ?? []) {
      try {
        channel.ack(message);
      } catch {
        // the channel is gone: the broker delivers the hint again, and it will find nothing
      }
    }
    this.#offered.delete(offer);
    if (offer.kind === 'any') this.#foundByLooking = claimed > 0;
  }

  /** What this process has published itself: a worker that waits need not wait for the broker. */
  hint(entries: readonly QueueEntry[]): void {
    if (!this.#isWaiting) return;
    this.#local = entries.filter(({ workerClass }) => workerClass === this.#workerClass);
    if (this.#local.length > 0) this.#wake.notify();
  }

  /** Where looking found something that no message named, there may be more; else messages come first. */
  #patienceMs(): number {
    if (this.#foundByLooking) return LOOK_AGAIN_MS;
    return this.#consuming === undefined ? LOOK_EVERY_WITHOUT_BROKER_MS : LOOK_EVERY_MS;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#letGo);
    await this.#release();
  }

  #look(): Offer {
    this.#lookedAt = performance.now();
    return { kind: 'any', olderThanMs: this.#consuming === undefined ? 0 : HINT_LATE_MS };
  }

  /** Not waited for longer than a broker that is well takes: without it, the worker looks. */
  async #beginToConsume(): Promise<void> {
    if (this.#consuming !== undefined || this.#isOpening || this.#isClosed) return;
    this.#isOpening = true;
    const tooLate = new AbortController();
    const opening = this.#consume().finally(() => {
      this.#isOpening = false;
      tooLate.abort();
      if (!this.#isAsked) this.#letGoSoon();
    });
    await Promise.race([
      opening,
      delay(OPEN_MS, undefined, { signal: tooLate.signal }).catch(() => undefined),
    ]);
  }

  async #consume(): Promise<void> {
    const consuming = await this.#open();
    if (consuming === undefined) return;
    const { channel, queue } = consuming;
    this.#consuming = consuming;
    channel.on('close', () => this.#lost(channel));
    try {
      await channel.prefetch(PREFETCH);
      await channel.consume(queue, (message) =>
        message === null ? this.#lost(channel) : this.#receive(channel, message),
      );
    } catch {
      this.#lost(channel);
    }
  }

  #receive(channel: Channel, message: ConsumeMessage): void {
    const [rank, attemptId]: unknown[] = readMessage(message);
    if (!isInteger(rank) || !isInteger(attemptId)) {
      channel.ack(message); // not a hint of ours
      return;
    }
    this.#messages.push({ message, channel, entry: { workerClass: this.#workerClass, rank, attemptId } });
    this.#wake.notify();
  }

  #lost(channel: Channel): void {
    if (this.#consuming?.channel === channel) this.#consuming = undefined;
    this.#messages = this.#messages.filter((each) => each.channel !== channel);
    this.#wake.notify();
  }

  #letGoSoon(): void {
    clearTimeout(this.#letGo);
    this.#letGo = setTimeout(() => void this.#release(), this.#isClosed ? 0 : HOLD_AT_MOST_MS);
  }

  /** Closing the channel gives the unacknowledged messages back to the queue. A broker that hangs is not waited for. */
  async #release(): Promise<void> {
    const consuming = this.#consuming;
    this.#consuming = undefined;
    this.#messages = [];
    const closing = consuming?.channel.close().catch(() => undefined);
    await Promise.race([closing, delay(OPEN_MS, undefined, { ref: false })]);
  }
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);

function readMessage(message: ConsumeMessage): unknown[] {
  try {
    const content: unknown = JSON.parse(message.content.toString());
    return Array.isArray(content) ? content : [];
  } catch {
    return [];
  }
}
