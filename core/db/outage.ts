/** Outages are waited out, with growing pauses, and said aloud once when they begin and once when they are over. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Emit } from '../runtime/events.ts';
import type { Database } from './open.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface Patience {
  readonly database: Database;
  readonly emit: Emit;
  /** Ends the waiting: what was tried rejects with the outage. */
  readonly signal?: AbortSignal;
}

/** Repeats `work` while the database is away; any other error is the caller's. */
export async function outlast<T>({ database, emit, signal }: Patience, work: () => Promise<T>): Promise<T> {
  let told = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      const result = await work();
      if (told) emit('outage_over', { what: 'the database' });
      return result;
    } catch (error) {
      if (!database.dialect.isOutage(error) || signal?.aborted === true) throw error;
      if (!told)
        emit('outage', {
          what: 'the database',
          reason: error instanceof Error ? error.message : String(error),
        });
      told = true;
      await delay(pauseMs * (0.5 + Math.random()), undefined, signal === undefined ? {} : { signal }).catch(
        () => undefined,
      );
    }
  }
}
