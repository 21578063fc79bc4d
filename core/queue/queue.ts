/**
 * The queue port. What waits for a worker stands in the table `queue_entries`; a queue only carries hints that tell
 * workers so: the SQL queue none (workers look), RabbitMQ a message per entry. Hints may be lost, doubled or late:
 * an entry is claimed by the one guarded move in core/store/claims.ts, and whatever the queue, workers look at the table now and then.
 */
import type { QueueKind } from '../model/states.ts';
import type { QueueEntry } from '../store/dispatch.ts';

export interface Queue {
  readonly kind: QueueKind;
  /** After the entries are committed. Resolves when the hints are as safe as the queue makes them. */
  publish(entries: readonly QueueEntry[]): Promise<void>;
  /** Throws EaselError when what carries the hints cannot be reached. */
  check(): Promise<void>;
  /** Hints for a worker of one class. */
  subscribe(workerClass: string): Subscription;
  close(): Promise<void>;
}

export interface Subscription {
  /**
   * What to try to claim: `any` when the worker is to look at the table itself, entries when hints came.
   * Resolves with `nothing` when none came within `waitMs`, or when `signal` is aborted.
   */
  next(limit: number, waitMs: number, signal: AbortSignal): Promise<Offer>;
  /** The offer has been tried, and so many attempts were claimed. */
  settle(offer: Offer, claimed: number): void;
  close(): Promise<void>;
}

export type Offer =
  /** Entries that have stood in the table for so long: shorter, and their own hint is still on its way. */
  | { readonly kind: 'any'; readonly olderThanMs: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'entries'; readonly entries: readonly QueueEntry[] };
