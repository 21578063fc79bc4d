/**
 * How a worker comes by its attempts: it claims while slots are free and the output area is usable, some ahead while
 * tasks are short. What found no slot after a moment, or cannot be run here for now, is given back for others to take.
 */
import type { Database } from '../core/db/open.ts';
import { outlast } from '../core/db/outage.ts';
import { transact } from '../core/db/transaction.ts';
import type { Offer, Subscription } from '../core/queue/queue.ts';
import type { Emit } from '../core/runtime/events.ts';
import type { OutputArea } from '../core/runtime/output-area.ts';
import { type ClaimedTask, claim } from '../core/store/claims.ts';
import type { Appetite } from './appetite.ts';
import type { Held, Holdings } from './holdings.ts';

interface ClaimingParts {
  readonly database: Database;
  readonly emit: Emit;
  readonly wish: { readonly workerClass: string; readonly workerId: number; readonly leaseMs: number };
  readonly appetite: Appetite;
  readonly holdings: Holdings;
  readonly area: OutputArea;
  readonly giveBack: (held: readonly Held[]) => Promise<unknown>;
  readonly onClaimed: (held: readonly Held[]) => void;
  readonly onError: (error: unknown) => void;
}

const WAIT_MS = 1_000;
const AHEAD_AT_MOST_MS = 1_000;
const HELD_AT_MOST = 500;

export class Claiming {
  readonly #parts: ClaimingParts;

  constructor(parts: ClaimingParts) {
    this.#parts = parts;
  }

  async untilStopped(subscription: Subscription, signal: AbortSignal): Promise<void> {
    const { holdings, area, onError } = this.#parts;
    while (!signal.aborted) {
      const room = this.#room();
      try {
        if (!(await area.isUsable())) await this.#rest(() => true, signal);
        else if (room > 0) await this.#claimOnce(subscription, room, signal);
        else await this.#rest(isLeftWaiting, signal);
      } catch (error) {
        if (signal.aborted) break;
        onError(error);
        await holdings.freed.wait(WAIT_MS, signal);
      }
    }
    await subscription.close();
  }

  #room(): number {
    const { appetite, holdings } = this.#parts;
    if (holdings.size >= HELD_AT_MOST) return 0;
    return appetite.room(holdings.inPhase('executing', 'claimed').length);
  }

  /** Another worker may be able to run what this one cannot. */
  async #rest(isToGo: (held: Held) => boolean, signal: AbortSignal): Promise<void> {
    const { holdings, giveBack } = this.#parts;
    await holdings.freed.wait(WAIT_MS, signal);
    await giveBack(holdings.inPhase('claimed').filter(isToGo));
  }

  async #claimOnce(subscription: Subscription, limit: number, signal: AbortSignal): Promise<void> {
    const { database, emit, holdings, onClaimed } = this.#parts;
    const offer = await subscription.next(limit, WAIT_MS, signal);
    const tasks =
      offer.kind === 'nothing'
        ? []
        : await outlast({ database, emit, signal }, () => this.#claim(offer, limit));
    subscription.settle(offer, tasks.length);
    const held = tasks.map((task) => holdings.take(task));
    if (held.length > 0) onClaimed(held);
  }

  async #claim(offer: Offer, limit: number): Promise<ClaimedTask[]> {
    const { database, wish } = this.#parts;
    const chosen = offer.kind === 'entries' ? { entries: offer.entries } : {};
    const aged = offer.kind === 'any' ? { olderThanMs: offer.olderThanMs } : {};
    return await transact(database, (trx) => claim(trx, { ...wish, limit, ...chosen, ...aged }));
  }
}

/** Claimed ahead, and still without a slot: another worker may have one. */
function isLeftWaiting({ claimedAt }: Held): boolean {
  return performance.now() - claimedAt > AHEAD_AT_MOST_MS;
}
