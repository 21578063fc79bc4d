/**
 * The one place where transactions begin, and where expected conflicts are retried: deadlocks, lock waits and a
 * busy SQLite file never reach a task or a person. The function may therefore run several times: it must have no
 * effects outside the transaction.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Transaction as KyselyTransaction } from 'kysely';
import { tally } from '../runtime/tally.ts';
import type { Dialect } from './dialect.ts';
import type { Database } from './open.ts';
import type { Tables } from './tables.ts';

/** What every function of core/store takes first. */
export interface Transaction {
  readonly kysely: KyselyTransaction<Tables>;
  readonly dialect: Dialect;
}

const TRIES = 30;
const LONGEST_PAUSE_MS = 200;

export async function transact<T>(database: Database, work: (trx: Transaction) => Promise<T>): Promise<T> {
  const { dialect } = database;
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.kysely.transaction().execute((kysely) => work({ kysely, dialect }));
    } catch (error) {
      if (!dialect.isContention(error) || attempt >= TRIES) throw error;
      tally.add('database_conflicts');
      await delay(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** attempt));
    }
  }
}

/** What the work would come to: done by what does it, and undone. Its locks are held for as long as it takes. */
export async function rehearse<T>(database: Database, work: (trx: Transaction) => Promise<T>): Promise<T> {
  const undo = new Error('a dry run is rolled back');
  let done: { readonly result: T } | undefined;
  await transact(database, async (trx) => {
    done = { result: await work(trx) };
    throw undo;
  }).catch((error: unknown) => {
    if (error !== undo) throw error;
  });
  if (done === undefined) throw undo;
  return done.result;
}

/** Reads outside a transaction: each statement sees what is committed when it begins. */
export function reading(database: Database): Reader {
  return { kysely: database.kysely, dialect: database.dialect };
}

export interface Reader {
  readonly kysely: Database['kysely'];
  readonly dialect: Dialect;
}
