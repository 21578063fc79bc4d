/**
 * Rows on their way to the database: gathered by table, written in bulk, one transaction for each lot. On a server a few lots
 * are under way at a time, while the next is being made.
 */
import type { Insertable } from 'kysely';
import type { Database } from '../../../core/db/open.ts';
import { insertRows } from '../../../core/db/rows.ts';
import type { Tables } from '../../../core/db/tables.ts';
import { transact } from '../../../core/db/transaction.ts';

type Rows = { [Table in keyof Tables]?: Insertable<Tables[Table]>[] };

const UNDER_WAY = 3;

export class Sink {
  readonly #database: Database;
  readonly #lanes: Promise<void>[];
  #rows: Rows = {};
  #lots = 0;

  constructor(database: Database) {
    this.#database = database;
    const lanes = database.dialect.name === 'sqlite' ? 1 : UNDER_WAY;
    this.#lanes = Array.from({ length: lanes }, () => Promise.resolve());
  }

  add<T extends keyof Tables>(table: T, ...rows: Insertable<Tables[T]>[]): void {
    const list: Insertable<Tables[T]>[] = this.#rows[table] ?? [];
    list.push(...rows);
    this.#rows = Object.assign(this.#rows, { [table]: list });
  }

  /** Resolves when the next lot may be made. */
  async flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = {};
    const lane = this.#lots++ % this.#lanes.length;
    await this.#lanes[lane];
    this.#lanes[lane] = this.#write(rows);
    this.#lanes[lane]?.catch(() => undefined); // told by whoever waits for the lane
  }

  async end(): Promise<void> {
    await this.flush();
    await Promise.all(this.#lanes);
  }

  async #write(rows: Rows): Promise<void> {
    await transact(this.#database, async (trx) => {
      for (const [table, list] of Object.entries(rows))
        await insertRows(trx, table as 'jobs', list as Insertable<Tables['jobs']>[]);
    });
  }
}
