/**
 * The queue that is in force, whichever that is: it can be changed while everything runs. Who publishes or listens
 * holds this one, and is carried over from the old queue to the new. What the old one still held goes back to its
 * broker, where it harms nobody: messages are hints. While some processes have followed and others have not, workers
 * find what waits by looking at the table, as they always do.
 */
import type { QueueKind } from '../model/states.ts';
import type { QueueEntry } from '../store/dispatch.ts';
import type { Offer, Queue, Subscription } from './queue.ts';

export class QueueInForce implements Queue {
  readonly #listeners = new Set<Listener>();
  #queue: Queue;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  get kind(): QueueKind {
    return this.#queue.kind;
  }

  publish(entries: readonly QueueEntry[]): Promise<void> {
    return this.#queue.publish(entries);
  }

  check(): Promise<void> {
    return this.#queue.check();
  }

  subscribe(workerClass: string): Subscription {
    const listener = new Listener(workerClass, this.#queue, () => this.#listeners.delete(listener));
    this.#listeners.add(listener);
    return listener;
  }

  /** Closes the one that was in force until now. */
  async follow(next: Queue): Promise<void> {
    const last = this.#queue;
    this.#queue = next;
    for (const listener of this.#listeners) await listener.follow(next);
    await last.close();
  }

  close(): Promise<void> {
    return this.#queue.close();
  }
}

class Listener implements Subscription {
  readonly #workerClass: string;
  readonly #onClose: () => void;
  readonly #from = new WeakMap<Offer, Subscription>();
  #subscription: Subscription;

  constructor(workerClass: string, queue: Queue, onClose: () => void) {
    this.#workerClass = workerClass;
    this.#onClose = onClose;
    this.#subscription = queue.subscribe(workerClass);
  }

  async next(limit: number, waitMs: number, signal: AbortSignal): Promise<Offer> {
    const subscription = this.#subscription;
    const offer = await subscription.next(limit, waitMs, signal);
    this.#from.set(offer, subscription);
    return offer;
  }

  /** With the queue that made the offer, although it may not be in force any more. */
  settle(offer: Offer, claimed: number): void {
    this.#from.get(offer)?.settle(offer, claimed);
  }

  async follow(queue: Queue): Promise<void> {
    const last = this.#subscription;
    this.#subscription = queue.subscribe(this.#workerClass);
    await last.close();
  }

  async close(): Promise<void> {
    this.#onClose();
    await this.#subscription.close();
  }
}
