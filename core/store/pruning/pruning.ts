/**
 * What every kind of pruning works with: how old is old enough, what may not go in any case, and the sums of what
 * went. Instants are those of the database's clock, read once when the pruning begins.
 */
import { sql } from 'kysely';
import type { Database } from '../../db/open.ts';
import type { Tables } from '../../db/tables.ts';
import type { Reader } from '../../db/transaction.ts';
import type { Areas } from '../../runtime/areas.ts';
import type { Retention } from '../../runtime/settings.ts';

const DAY_MS = 86_400_000;
export const KINDS = ['jobs', 'versions', 'attempts', 'logs', 'orphans', 'processes', 'audit'] as const;
export type Kind = (typeof KINDS)[number];

export interface Sum {
  /** Jobs, versions, attempts (also whose logs went), files, processes, actions. */
  readonly count: number;
  readonly rows: number;
  /** Of logs and of files. */
  readonly bytes: number;
}

export class Pruning {
  readonly database: Database;
  readonly areas: Areas;
  /** Only counts; nothing is changed. */
  readonly dryRun: boolean;
  readonly stop: AbortSignal;
  readonly horizon: Horizon;
  readonly graceMs: number;
  readonly #sums = new Map<Kind, Sum>();

  constructor(parts: Pick<Pruning, 'database' | 'areas' | 'dryRun' | 'stop' | 'horizon' | 'graceMs'>) {
    this.database = parts.database;
    this.areas = parts.areas;
    this.dryRun = parts.dryRun;
    this.stop = parts.stop;
    this.horizon = parts.horizon;
    this.graceMs = parts.graceMs;
  }

  add(kind: Kind, { count = 0, rows = 0, bytes = 0 }: Partial<Sum>): void {
    const before = this.sum(kind);
    this.#sums.set(kind, {
      count: before.count + count,
      rows: before.rows + rows,
      bytes: before.bytes + bytes,
    });
  }

  sum(kind: Kind): Sum {
    return this.#sums.get(kind) ?? { count: 0, rows: 0, bytes: 0 };
  }
}

export interface Horizon {
  readonly now: number;
  /** What ended, was made or was written before that instant is old; without one, nothing of the kind goes. */
  readonly before: Readonly<Partial<Record<Kind, number>>>;
  /**
   * A version that another had taken the place of by then is read by nobody: whoever found it as the newest has
   * written that down since, and whatever runs began later.
   */
  readonly settledBy: number;
}

export async function readHorizon(
  { kysely, dialect }: Reader,
  { retention, graceMs }: { retention: Retention; graceMs: number },
): Promise<Horizon> {
  const running = await kysely
    .selectFrom('attempts')
    .select((row) => [dialect.now.as('now'), row.fn.min<number | null>('started_at').as('since')])
    .where('lease_until', 'is not', null)
    .executeTakeFirstOrThrow();
  const now = Number(running.now);
  const settledBy = Math.min(now, running.since ?? now) - graceMs;
  const before = Object.fromEntries(
    Object.entries(retention).flatMap(([kind, days]) =>
      days === undefined ? [] : [[kind, now - days * DAY_MS]],
    ),
  ) as Partial<Record<Kind, number>>;
  return { now, before, settledBy };
}

/** A job that is pruned, or (in a dry run) would have been by now. */
export function isPrunedJob(
  { before }: Horizon,
  job: { readonly state: string | null; readonly ended_at: number | null },
): boolean {
  if (job.state === null) return true;
  return before.jobs !== undefined && job.state !== 'running' && (job.ended_at ?? before.jobs) < before.jobs;
}

/** Rows of a table whose column is among the ids: deleted, or in a dry run counted. */
export async function removeRows(
  { kysely, dryRun }: Reader & { readonly dryRun: boolean },
  { table, column, ids }: { table: keyof Tables; column: string; ids: readonly number[] },
): Promise<number> {
  if (ids.length === 0) return 0;
  const list = sql.join([...ids].sort((a, b) => a - b));
  const from = sql`from ${sql.table(table)} where ${sql.ref(column)} in (${list})`;
  if (!dryRun) return Number((await sql`delete ${from}`.execute(kysely)).numAffectedRows ?? 0);
  const { rows } = await sql<{ rows: number }>`select count(*) as \`rows\` ${from}`.execute(kysely);
  return Number(rows[0]?.rows ?? 0);
}
