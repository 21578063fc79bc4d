/** Who did what to the installation, when: every command that changes tasks leaves a row. */
import { userInfo } from 'node:os';
import { insertRows } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import { readNow } from './dispatch.ts';

/** Who types the commands, as the system knows them. */
export function personName(): string {
  return userInfo().username;
}

export async function recordAction(trx: Transaction, action: string, detail: string): Promise<void> {
  await insertRows(trx, 'audit', [{ at: await readNow(trx), person: personName(), action, detail }]);
}
