/**
 * What the doctor knows of one invariant: how a breach is found, what it means, and how it is mended.
 *
 * `find` is ONE statement wherever it reads the database: a statement sees one state of it, and every transaction leaves
 * the invariants whole, so that what is found is a breach and never a thing in motion. It is told the rows to look at, so
 * that the same question serves for a page of a table and, under their locks, for the rows about to be mended.
 */
import type { Database } from '../../db/open.ts';
import type { Reader, Transaction } from '../../db/transaction.ts';
import type { Areas } from '../../runtime/areas.ts';
import type { CountChanges } from '../counts.ts';
import type { Ids } from '../ids.ts';

export interface DoctorParts {
  readonly database: Database;
  readonly areas: Areas;
  readonly ids: Ids;
  /** Who has it mend. */
  readonly person: string;
  /** A lease that ran out, or a due time that passed, so long ago should have been acted upon. */
  readonly overdueMs: number;
  /** Read every version's file whole, instead of looking at its size. */
  readonly hash: boolean;
  /** How many iterations a loop has, by its description. */
  iterationsOf(trx: Transaction, taskId: number): Promise<number>;
}

export interface Breach<Key> {
  readonly key: Key;
  /** What is wrong with this row, in words. */
  readonly what: string;
}

/** Inside a transaction that holds the locks of the rows to be mended. */
export interface Mending {
  readonly trx: Transaction;
  readonly parts: DoctorParts;
  /** Written when the repair is over. */
  readonly counts: CountChanges;
}

export interface Check<Key> {
  readonly name: string;
  /** What should hold. */
  readonly rule: string;
  /** What a breach leads to. */
  readonly leadsTo: string;
  /** What a person can do where the doctor cannot. */
  readonly advice?: string;
  /** A daemon sees to it within this time: only what is found twice, so far apart, is a breach. */
  readonly graceMs?: number;
  find(reader: Reader, keys: readonly Key[], parts: DoctorParts): Promise<Breach<Key>[]>;
  repair?(mending: Mending, breaches: readonly Breach<Key>[]): Promise<void>;
}

/** Rows that are gone through page by page, with what should hold of each. */
export interface Aggregate<Key> {
  readonly rows: string;
  pages(reader: Reader, jobId: number | undefined): AsyncIterable<readonly Key[]>;
  lock(trx: Transaction, keys: readonly Key[]): Promise<void>;
  readonly checks: readonly Check<Key>[];
}

/** An aggregate, whatever its key. */
export interface Examinable {
  readonly rows: string;
  readonly checks: readonly Omit<Check<never>, 'find' | 'repair'>[];
  accept(examiner: Examiner): Promise<void>;
}

export interface Examiner {
  examine<Key>(aggregate: Aggregate<Key>): Promise<void>;
}

export function examinable<Key>(aggregate: Aggregate<Key>): Examinable {
  const { rows, checks } = aggregate;
  return { rows, checks, accept: (examiner) => examiner.examine(aggregate) };
}
