/** Who did what to the installation, when: whatever changes tasks leaves a row, typed or from a page. */
import { insertRows } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import { readNow } from './clock.ts';

export interface Act {
  readonly person: string;
  /** `retry` */
  readonly action: string;
  readonly detail: string;
}

export async function recordAction(trx: Transaction, { person, action, detail }: Act): Promise<void> {
  await insertRows(trx, 'audit', [{ at: await readNow(trx), person, action, detail }]);
}
