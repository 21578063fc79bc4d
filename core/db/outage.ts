/** Outages of the database: one per database and process, so that all who meet the same one say so once. */
import type { Emit } from '../runtime/events.ts';
import { Outage, waitOut } from '../runtime/outage.ts';
import { tally } from '../runtime/tally.ts';
import { isOutage } from './advice.ts';
import type { Database } from './open.ts';

const WHAT = 'the database';

export interface DatabasePatience {
  readonly database: Database;
  readonly emit: Emit;
  /** Ends the waiting: what was tried rejects with the outage. */
  readonly signal?: AbortSignal;
}

/** Repeats `work` while the database is away; any other error is the caller's. */
export async function outlast<T>(patience: DatabasePatience, work: () => Promise<T>): Promise<T> {
  const { database, emit, signal } = patience;
  return await waitOut(
    {
      outage: outageOf(database),
      recognise: async (error) => (database.dialect.isOutage(error) ? () => sayAway(emit, error) : undefined),
      sayOver: () => emit('outage_over', { what: WHAT }),
      signal,
    },
    work,
  );
}

/** Repeats the opening of a database that is away: there is no handle of it yet. */
export async function outlastOpening<T>(
  { emit, signal }: Pick<DatabasePatience, 'emit' | 'signal'>,
  open: () => Promise<T>,
): Promise<T> {
  return await waitOut(
    {
      outage: new Outage(),
      recognise: async (error) => (isOutage(error) ? () => sayAway(emit, error) : undefined),
      sayOver: () => emit('outage_over', { what: WHAT }),
      signal,
    },
    open,
  );
}

/**
 * For whoever tries again by himself: answers whether the error is an outage, and says so unless it has been said. With
 * `who`, it is not over before he has passed: a full disk lets readers pass.
 */
export function meetOutage({ database, emit }: DatabasePatience, error: unknown, who?: object): boolean {
  if (!database.dialect.isOutage(error)) return false;
  const outage = outageOf(database);
  outage.met(who ?? database, () => sayAway(emit, error));
  if (who === undefined) outage.gaveUp(database);
  return true;
}

export function passOutage({ database, emit }: DatabasePatience, who: object): void {
  outageOf(database).passed(who, () => emit('outage_over', { what: WHAT }));
}

function sayAway(emit: Emit, error: unknown): void {
  tally.add('database_outages');
  emit('outage', { what: WHAT, reason: error instanceof Error ? error.message : String(error) });
}

const outages = new WeakMap<Database, Outage>();

function outageOf(database: Database): Outage {
  const known = outages.get(database) ?? new Outage();
  outages.set(database, known);
  return known;
}
