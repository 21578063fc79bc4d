/**
 * Pruning: what is older than its retention goes, in short transactions by primary key, while everything runs. Broken
 * off at any point, it leaves nothing undone that the next pruning would not do. The order matters: a job frees the
 * versions of its products, and an attempt may go when its versions have.
 */
import type { Database } from '../../db/open.ts';
import { reading } from '../../db/transaction.ts';
import type { Areas } from '../../runtime/areas.ts';
import type { Retention } from '../../runtime/settings.ts';
import { pruneAttempts } from './attempts.ts';
import { pruneJobs } from './jobs.ts';
import { pruneOrphans } from './orphans.ts';
import { KINDS, type Kind, Pruning, readHorizon, type Sum } from './pruning.ts';
import { pruneAudit, pruneProcesses } from './records.ts';
import { pruneVersions } from './versions.ts';

export interface PruningWish {
  readonly retention: Retention;
  readonly dryRun: boolean;
  /**
   * Longer than any transaction lives, and than it takes to commit a file that was moved in: what was decided by what
   * stood there before has been written since.
   */
  readonly graceMs: number;
  /** Aborted: the batch at hand is the last. */
  readonly stop: AbortSignal;
}

export type Pruned = Readonly<Record<Kind, Sum>>;

export async function prune(database: Database, areas: Areas, wish: PruningWish): Promise<Pruned> {
  const horizon = await readHorizon(reading(database), wish);
  const { dryRun, stop, graceMs } = wish;
  const pruning = new Pruning({ database, areas, dryRun, stop, horizon, graceMs });
  for (const step of [pruneJobs, pruneVersions, pruneAttempts, pruneOrphans, pruneProcesses, pruneAudit]) {
    if (!stop.aborted) await step(pruning);
  }
  return Object.fromEntries(KINDS.map((kind) => [kind, pruning.sum(kind)])) as Pruned;
}
