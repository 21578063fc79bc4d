/**
 * Files below `.easel` that no row names: versions that a worker had moved in and could not commit any more, and
 * scratch of attempts that are over. A file is moved in before the commit that names it, so it must be an hour old, by
 * the clock of the file system, and its attempt must have ended: that is looked up before the rows are.
 */
import type { Dirent, Stats } from 'node:fs';
import { lstat, mkdir, opendir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunks, forIds } from '../../db/rows.ts';
import { scratchDirectory, versionsDirectory } from '../../runtime/areas.ts';
import type { Pruning } from './pruning.ts';

const AT_ONCE = 200;

interface Left {
  readonly path: string;
  /** Path below its area. */
  readonly name: string;
  readonly attemptId: number;
}

export async function pruneOrphans(pruning: Pruning): Promise<void> {
  const { orphans } = pruning.horizon.before;
  if (orphans === undefined) return;
  const ageMs = Math.max(pruning.graceMs, pruning.horizon.now - orphans);
  const before = (await fileSystemClock(pruning)) - ageMs;
  const versions = versionsDirectory(pruning.areas);
  for await (const shard of entries(versions)) {
    if (!shard.isDirectory()) continue;
    await removeIn(pruning, { directory: join(versions, shard.name), prefix: `${shard.name}/`, before });
  }
  await removeIn(pruning, { directory: scratchDirectory(pruning.areas), prefix: '', before });
}

/** Whose clock stamps the files; it may be another machine's. */
async function fileSystemClock({ areas }: Pruning): Promise<number> {
  const directory = scratchDirectory(areas);
  const probe = join(directory, `.clock-${process.pid}`);
  await mkdir(directory, { recursive: true });
  await writeFile(probe, '');
  try {
    return (await lstat(probe)).ctimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

async function removeIn(
  pruning: Pruning,
  { directory, prefix, before }: { directory: string; prefix: string; before: number },
): Promise<void> {
  let batch: Left[] = [];
  for await (const { name } of entries(directory)) {
    if (pruning.stop.aborted) return;
    const attemptId = Number.parseInt(name, 10);
    if (!Number.isSafeInteger(attemptId)) continue; // nothing of ours
    batch.push({ path: join(directory, name), name: `${prefix}${name}`, attemptId });
    if (batch.length < AT_ONCE) continue;
    await removeOrphans(pruning, batch, before);
    batch = [];
  }
  await removeOrphans(pruning, batch, before);
}

async function removeOrphans(pruning: Pruning, batch: readonly Left[], before: number): Promise<void> {
  const found = await Promise.all(batch.map(async (left) => ({ left, stats: await statOf(left.path) })));
  const old = found.flatMap(({ left, stats }) =>
    stats !== undefined && Math.max(stats.mtimeMs, stats.ctimeMs) < before
      ? [{ ...left, bytes: stats.size }]
      : [],
  );
  const open = await openAttempts(pruning, old);
  const named = await namedFiles(pruning, old);
  for (const { path, name, attemptId, bytes } of old) {
    if (open.has(attemptId) || named.has(name)) continue;
    if (!pruning.dryRun) await rm(path, { recursive: true, force: true });
    pruning.add('orphans', { count: 1, bytes });
  }
}

async function openAttempts({ database }: Pruning, left: readonly Left[]): Promise<Set<number>> {
  const rows = await forIds(
    left.map(({ attemptId }) => attemptId),
    (part) =>
      database.kysely
        .selectFrom('attempts')
        .select('id')
        .where('id', 'in', part)
        .where('state', 'in', ['queued', 'running'])
        .execute(),
  );
  return new Set(rows.map(({ id }) => id));
}

async function namedFiles({ database }: Pruning, left: readonly Left[]): Promise<Set<string>> {
  const ids = [...new Set(left.map(({ attemptId }) => attemptId))];
  const named = new Set<string>();
  for (const part of chunks(ids, AT_ONCE)) {
    const rows = await database.kysely
      .selectFrom('versions')
      .select('file')
      .where('attempt_id', 'in', part)
      .execute();
    for (const { file } of rows) named.add(file);
  }
  return named;
}

/** One after the other: a directory may hold very many. */
async function* entries(directory: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(directory);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
