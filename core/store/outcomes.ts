/** The outcome of an attempt, and the rows that tell of it: usage, output metadata, versions of its products. */
import { chunks, insertRows } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import type { Allowance } from '../model/policy.ts';
import type { ExitClass } from '../model/states.ts';
import type { ClaimedTask } from './claims.ts';
import type { Ids } from './ids.ts';
import { TEXT_CHARACTERS } from './moves.ts';
import type { Publication } from './publications.ts';
import { appendUsages } from './usage-counts.ts';

export interface NewVersion {
  readonly product_id: number;
  readonly address: string;
  readonly passed: boolean;
  readonly reason: string | undefined;
  readonly size: number;
  readonly sha256: string;
  readonly file: string;
  /** JSON text. */
  readonly metadata: string;
}

export interface Completion {
  readonly task: ClaimedTask;
  readonly succeeded: boolean;
  readonly exitClass: ExitClass | undefined;
  readonly exitCode: number | undefined;
  readonly exitSignal: string | undefined;
  readonly error: string | undefined;
  /** Of an attempt that failed: whether its task may be tried again. Without one: it was stopped, and may. */
  readonly allowance: Allowance | undefined;
  /** JSON text of a dict. */
  readonly metadata: string;
  readonly versions: readonly NewVersion[];
  readonly wallMs: number;
  readonly cpuMs: number | undefined;
  readonly peakMemoryBytes: number | undefined;
}

/** And their sums, for the timings. */
export async function storeUsages(trx: Transaction, completions: readonly Completion[]): Promise<void> {
  const rows = completions.map(({ task, wallMs, cpuMs, peakMemoryBytes }) => ({
    attempt_id: task.attempt_id,
    job_id: task.job_id,
    type: task.type,
    wall_ms: wallMs,
    cpu_ms: cpuMs ?? null,
    peak_memory_bytes: peakMemoryBytes ?? null,
  }));
  await insertRows(trx, 'usages', rows);
  await appendUsages(trx, rows);
}

export async function storeMetadata(trx: Transaction, completions: readonly Completion[]): Promise<void> {
  const rows = completions
    .filter(({ metadata }) => metadata !== '{}')
    .map(({ task, metadata }) => ({ task_id: task.id, metadata }));
  await insertRows(trx, 'output_metadata', rows);
}

/** Of an attempt that failed, the files are kept as evidence, but no product points to them. */
export async function storeVersions(
  trx: Transaction,
  completions: readonly Completion[],
  { ids, now }: { ids: Ids; now: number },
): Promise<Publication[]> {
  const made = completions.flatMap(({ task, succeeded, versions }) =>
    versions.map((version) => ({ task, succeeded, version })),
  );
  if (made.length === 0) return [];
  const nextId = await ids.take(trx, made.length);
  const rows = made.map(({ task, succeeded, version }) => {
    const { address, reason, passed, ...columns } = version;
    const row = {
      id: nextId(),
      ...columns,
      attempt_id: task.attempt_id,
      passed: passed ? 1 : 0,
      reason: reason?.slice(0, TEXT_CHARACTERS) ?? null,
      created_at: now,
    };
    return { row, address, current: succeeded && passed };
  });
  await insertRows(
    trx,
    'versions',
    rows.map(({ row }) => row),
  );
  const current = rows.filter((each) => each.current);
  for (const part of chunks(current, 500))
    await pointProducts(
      trx,
      part.map(({ row }) => row),
    );
  await insertRows(
    trx,
    'publications',
    current.map(({ row, address }) => ({ version_id: row.id, address, at: now })),
  );
  return current.map(({ row, address }) => ({ version_id: row.id, address }));
}

async function pointProducts(
  { kysely }: Transaction,
  rows: readonly { id: number; product_id: number }[],
): Promise<void> {
  if (rows.length === 0) return;
  await kysely
    .updateTable('products')
    .set((product) => {
      const [first, ...rest] = rows.map(({ id, product_id }) => ({ id, product_id }));
      let version = product
        .case('id')
        .when(first?.product_id ?? 0)
        .then(first?.id ?? 0);
      for (const { id, product_id } of rest) version = version.when(product_id).then(id);
      return { version_id: version.end() };
    })
    .where(
      'id',
      'in',
      rows.map(({ product_id }) => product_id).sort((a, b) => a - b),
    )
    .execute();
}
