/**
 * Ids for rows of all tables, below 2^53, handed out by one row: a process knows the ids of the rows that it is about
 * to insert, so a tree of tasks is inserted in bulk, in any order, on any database.
 *
 * On a server, a process takes a block at a time, in a transaction of its own, so that nobody waits for the row; what
 * a process took and did not use is lost, and nothing minds. On SQLite the row is as near as any other, and is
 * advanced in the caller's transaction.
 */
import type { Database } from '../db/open.ts';
import { type Reader, type Transaction, transact } from '../db/transaction.ts';

export type NextId = () => number;

export class Ids {
  readonly #database: Database;
  readonly #block: number;
  #next = 0;
  #end = 0;

  /** @param block how many to take at a time: a few for a command, thousands for a daemon */
  constructor(database: Database, block: number) {
    this.#database = database;
    this.#block = block;
  }

  /** `count` ids for use in this transaction. */
  async take(trx: Transaction, count: number): Promise<NextId> {
    if (trx.dialect.name === 'sqlite') return counter(await advance(trx, count), count);
    if (this.#end - this.#next < count) {
      const size = Math.max(count, this.#block);
      const first = await transact(this.#database, (own) => advance(own, size));
      this.#next = first;
      this.#end = first + size;
    }
    const first = this.#next;
    this.#next += count;
    return counter(first, count);
  }
}

/** Jobs are numbered one after the other, for people. */
export async function nextJobId(trx: Transaction): Promise<number> {
  return await advance(trx, 1, 'jobs');
}

async function advance({ kysely }: Reader, count: number, name: 'rows' | 'jobs' = 'rows'): Promise<number> {
  await kysely
    .updateTable('ids')
    .set((row) => ({ next: row('next', '+', count) }))
    .where('name', '=', name)
    .execute();
  const row = await kysely
    .selectFrom('ids')
    .select('next')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return row.next - count;
}

function counter(first: number, count: number): NextId {
  let next = first;
  return () => {
    if (next === first + count) throw new Error(`ids: more than the ${count} that were asked for`);
    return next++;
  };
}
