/**
 * Versions that others have taken the place of, and what failed attempts left. Kept in any case: the newest version of
 * each address; what a product of a job shows that has not succeeded, for its tasks may still read it; what an input
 * of such a job is bound to; and whatever was the newest an hour ago, or when something began that still runs. The
 * row goes first, then the file: a crash in between leaves a file that nobody knows, never a name without its file.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chunks } from '../../db/rows.ts';
import { type Transaction, transact } from '../../db/transaction.ts';
import { versionsDirectory } from '../../runtime/areas.ts';
import { boundVersions } from './bound-versions.ts';
import { isPrunedJob, type Pruning, removeRows } from './pruning.ts';
import { readVersions, settledSince, type VersionRow } from './version-rows.ts';

/** Of so many at once it is found out whether an input is bound to them, which costs a walk through open jobs. */
const CANDIDATES = 20_000;
const PER_BATCH = 500;

export async function pruneVersions(pruning: Pruning): Promise<void> {
  const { before } = pruning.horizon;
  if (before.versions === undefined && before.jobs === undefined) return;
  let candidates: VersionRow[] = [];
  for (let after = 0; !pruning.stop.aborted; ) {
    const page = await readVersions(pruning.database, after);
    candidates.push(...(await superseded(pruning, page)));
    const last = page.at(-1);
    if (candidates.length >= CANDIDATES || last === undefined) {
      await removeUnbound(pruning, candidates);
      candidates = [];
    }
    if (last === undefined) return;
    after = last.id;
  }
}

async function superseded(
  { database, horizon }: Pruning,
  page: readonly VersionRow[],
): Promise<VersionRow[]> {
  const { before, settledBy } = horizon;
  const old = page.filter((version) => {
    const isOrphaned = before.jobs !== undefined && isPrunedJob(horizon, version.job);
    return version.created_at < Math.min(settledBy, isOrphaned ? settledBy : (before.versions ?? 0));
  });
  const since = await settledSince(database, { addresses: old.map(({ address }) => address), settledBy });
  return old.filter((version) => {
    if (isLeftover(version)) return true;
    const isOver = version.job.state === 'succeeded' || isPrunedJob(horizon, version.job);
    const isReplaced = !version.isCurrent && (version.current_at ?? settledBy) < settledBy;
    return version.created_at < (since.get(version.address) ?? 0) && (isOver || isReplaced);
  });
}

/** It never was the version of its product. */
function isLeftover({ isCurrent, passed, attempt_state, current_at }: VersionRow): boolean {
  const isOfFailed = attempt_state === null ? current_at === null : attempt_state !== 'succeeded';
  return !isCurrent && (passed === 0 || isOfFailed);
}

async function removeUnbound(pruning: Pruning, candidates: readonly VersionRow[]): Promise<void> {
  const bound = await boundVersions(pruning, new Set(candidates.map(({ id }) => id)));
  const free = candidates.filter(({ id }) => !bound.has(id));
  for (const batch of chunks(free, PER_BATCH)) {
    if (pruning.stop.aborted) return;
    const { removed, rows } = pruning.dryRun
      ? { removed: batch, rows: batch.length }
      : await transact(pruning.database, (trx) => removeVersions(trx, batch));
    const directory = versionsDirectory(pruning.areas);
    if (!pruning.dryRun)
      await Promise.all(removed.map(({ file }) => rm(join(directory, file), { force: true })));
    const bytes = removed.reduce((sum, { size }) => sum + size, 0);
    pruning.add('versions', { count: removed.length, rows, bytes });
  }
}

/** A job that somebody has reopened meanwhile keeps what its products show. */
async function removeVersions(
  trx: Transaction,
  batch: readonly VersionRow[],
): Promise<{ removed: readonly VersionRow[]; rows: number }> {
  const reopened = await lockReopened(trx, batch);
  const removed = batch.filter(({ isCurrent, job_id }) => !(isCurrent && reopened.has(job_id)));
  if (removed.length === 0) return { removed, rows: 0 };
  const ids = removed.map(({ id }) => id);
  const from = { table: 'versions', column: 'id', ids } as const;
  let rows = await removeRows({ ...trx, dryRun: false }, from);
  const productsOf = (versions: readonly VersionRow[]) =>
    [...new Set(versions.map(({ product_id }) => product_id))].sort((a, b) => a - b);
  const emptied = productsOf(removed.filter(({ isCurrent }) => isCurrent));
  if (emptied.length > 0)
    await trx.kysely
      .updateTable('products')
      .set({ version_id: null })
      .where('id', 'in', emptied)
      .where('version_id', 'in', ids)
      .execute();
  const orphaned = productsOf(removed.filter(({ job }) => job.state === null));
  rows += await removeEmptyProducts(trx, orphaned);
  return { removed, rows };
}

async function lockReopened(
  { kysely, dialect }: Transaction,
  batch: readonly VersionRow[],
): Promise<Set<number>> {
  const shown = batch.filter(({ isCurrent, job }) => isCurrent && job.state !== null);
  const jobIds = [...new Set(shown.map(({ job_id }) => job_id))].sort((a, b) => a - b);
  if (jobIds.length === 0) return new Set();
  const jobs = await kysely
    .selectFrom('jobs')
    .select(['id', 'state'])
    .where('id', 'in', jobIds)
    .orderBy('id')
    .modifyEnd(dialect.forUpdate)
    .execute();
  return new Set(jobs.filter(({ state }) => state !== 'succeeded').map(({ id }) => id));
}

/** Products of jobs that are gone stand there for their versions only. */
async function removeEmptyProducts({ kysely }: Transaction, ids: readonly number[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { numDeletedRows } = await kysely
    .deleteFrom('products')
    .where('id', 'in', ids)
    .where((row) =>
      row.not(
        row.exists(
          row
            .selectFrom('versions')
            .select('versions.id')
            .whereRef('versions.product_id', '=', 'products.id'),
        ),
      ),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
