/** Writes a batch of drafts as rows, in bulk; inputs that earlier tasks were waiting for find their producer here. */
import { chunks, insertRows } from '../../core/db/rows.ts';
import type { Transaction } from '../../core/db/transaction.ts';
import { toJson } from '../../core/model/values.ts';
import type { CountChanges } from '../../core/store/counts.ts';
import type { Ids } from '../../core/store/ids.ts';
import type { EndedTask } from '../../core/store/locked-tasks.ts';
import { type ResolvedTask, resolveTask } from '../../core/store/moves.ts';
import type { ReadyTask } from '../../core/store/ready.ts';
import type { CompiledJob } from '../compiled-jobs.ts';
import type { ScopeDraft, TaskDraft } from './draft-model.ts';
import type { DependencyDraft } from './resolution.ts';

export interface Writing {
  readonly job: CompiledJob;
  readonly ids: Ids;
  readonly scopes: readonly ScopeDraft[];
  readonly tasks: readonly TaskDraft[];
  readonly resolved: ReadonlyMap<TaskDraft, readonly DependencyDraft[]>;
  readonly counts: CountChanges;
}

export interface Written {
  /** Tasks that may still create tasks or products. */
  readonly pending: number;
  readonly ready: readonly ReadyTask[];
  readonly ended: readonly EndedTask[];
  /** Chains without children. */
  readonly empty: readonly TaskDraft[];
}

interface ProductRow {
  readonly id: number;
  readonly address: string;
  readonly task_id: number;
}

export async function writeDrafts(trx: Transaction, writing: Writing): Promise<Written> {
  const { job, ids, scopes, tasks, resolved, counts } = writing;
  const fresh = tasks.filter(({ stored }) => stored === undefined);
  const outputs = tasks.reduce((sum, task) => sum + task.outputs.length, 0);
  const nextId = await ids.take(trx, scopes.length + fresh.length + outputs);
  for (const scope of scopes) scope.id = nextId();
  for (const task of fresh) task.id = nextId();
  const products = tasks.flatMap((task) =>
    task.outputs.map(({ output, address }) => ({
      id: nextId(),
      job_id: job.id,
      task_id: task.id,
      output,
      address,
    })),
  );
  const unmet = new Map(
    tasks.map((task) => [task, (resolved.get(task) ?? []).filter(({ open }) => open).length]),
  );
  for (const task of tasks) settleState(task, unmet.get(task) ?? 0);
  await insertRows(
    trx,
    'scopes',
    scopes.map((scope) => scopeRow(job, scope)),
  );
  await insertRows(
    trx,
    'tasks',
    fresh.map((task) => taskRow(job, task, unmet.get(task) ?? 0)),
  );
  for (const task of tasks) {
    if (task.stored) await resolveTask(trx, resolvedTask(task, unmet.get(task) ?? 0));
  }
  await insertRows(trx, 'products', products);
  await writeDependencies(trx, writing, products);
  await satisfyWanted(trx, job, products);
  await renewProducts(trx, tasks, products);
  for (const task of fresh) counts.created({ job_id: job.id, type: task.type }, task.state);
  for (const task of tasks)
    if (task.stored)
      counts.retyped(
        { job_id: job.id, type: task.stored.type },
        { job_id: job.id, type: task.type },
        { from: 'ready', to: task.state },
      );
  return summary(job, tasks, fresh);
}

function settleState(task: TaskDraft, unmet: number): void {
  if (task.state === 'waiting' || task.state === 'ready') task.state = unmet > 0 ? 'waiting' : 'ready';
}

function summary(job: CompiledJob, tasks: readonly TaskDraft[], fresh: readonly TaskDraft[]): Written {
  const rowOf = (task: TaskDraft) => ({
    ...{ id: task.id, job_id: job.id, parent_id: task.parent.id, kind: task.node.kind, type: task.type },
    ...{ rank: task.rank, worker_class: task.workerClass, attempts: 0, state: task.state },
  });
  return {
    pending: fresh.filter(
      (task) => task.workerClass === null && (task.state === 'waiting' || task.state === 'ready'),
    ).length,
    ready: tasks.filter(({ state }) => state === 'ready').map(rowOf),
    ended: tasks.filter(({ state }) => state === 'failed' || state === 'blocked').map(rowOf),
    empty: fresh.filter(({ state, openChildren }) => state === 'expanded' && openChildren === 0),
  };
}

function scopeRow(job: CompiledJob, { id, jobName, directory, metadata }: ScopeDraft) {
  return { id, job_id: job.id, job_name: jobName, working_directory: directory, metadata: toJson(metadata) };
}

function taskRow(job: CompiledJob, task: TaskDraft, unmet: number) {
  return {
    id: task.id,
    job_id: job.id,
    parent_id: task.parent.id,
    position: task.position,
    node: task.node.index,
    scope_id: task.scope.id,
    kind: task.node.kind,
    type: task.type,
    worker_class: task.workerClass,
    state: task.state,
    rank: task.rank,
    unmet,
    open_children: task.openChildren,
    created_children: task.createdChildren,
    cause_id: task.causeId,
    reason: shortened(task.reason),
  };
}

/** A row that was ready to be resolved: its type and files are known now. */
function resolvedTask(task: TaskDraft, unmet: number): ResolvedTask {
  const { id, type, workerClass, scope, state, causeId, reason } = task;
  return { id, type, workerClass, scopeId: scope.id, to: state, unmet, causeId, reason: shortened(reason) };
}

const shortened = (reason: string | null) => reason?.slice(0, 10_000) ?? null;

/** Dependencies that were there before (the metadata a task waited for) keep their ordinals below this. */
const LATE_ORDINALS = 100_000;

async function writeDependencies(
  trx: Transaction,
  { job, resolved }: Writing,
  products: readonly ProductRow[],
): Promise<void> {
  const productIds = new Map(products.map(({ address, id }) => [address, id]));
  const rows = [...resolved].flatMap(([task, dependencies]) =>
    dependencies.map((each, at) => ({
      consumer_id: task.id,
      ordinal: task.stored ? LATE_ORDINALS + at : at,
      kind: each.kind,
      name: each.name,
      address: each.address,
      producer_id: each.producer?.id ?? null,
      product_id:
        each.productId ?? (each.kind === 'input' ? (productIds.get(each.address ?? '') ?? null) : null),
      version_id: each.versionId,
    })),
  );
  await insertRows(trx, 'dependencies', rows);
  const wanted = [...resolved].flatMap(([task, dependencies]) =>
    dependencies.flatMap((each, at) =>
      each.wanted && task.state === 'waiting'
        ? [
            {
              job_id: job.id,
              address: each.address ?? '',
              consumer_id: task.id,
              ordinal: task.stored ? LATE_ORDINALS + at : at,
            },
          ]
        : [],
    ),
  );
  await insertRows(trx, 'wanted', wanted);
}

/** Consumers of an earlier batch that want what this batch will produce: from now on they wait for its producer. */
async function satisfyWanted(
  trx: Transaction,
  job: CompiledJob,
  products: readonly ProductRow[],
): Promise<void> {
  const { kysely } = trx;
  const any = await kysely
    .selectFrom('wanted')
    .select('address')
    .where('job_id', '=', job.id)
    .limit(1)
    .executeTakeFirst();
  if (any === undefined) return;
  const made = new Map(products.map((product) => [product.address, product]));
  for (const part of chunks([...made.keys()], 500)) {
    const rows = await kysely
      .selectFrom('wanted')
      .selectAll()
      .where('job_id', '=', job.id)
      .where('address', 'in', part)
      .execute();
    for (const { address, consumer_id, ordinal } of rows) {
      const product = made.get(address);
      await kysely
        .updateTable('dependencies')
        .set({ producer_id: product?.task_id ?? null, product_id: product?.id ?? null })
        .where('consumer_id', '=', consumer_id)
        .where('ordinal', '=', ordinal)
        .execute();
    }
    await kysely.deleteFrom('wanted').where('job_id', '=', job.id).where('address', 'in', part).execute();
  }
}

/** A task that is resolved anew (it had failed before) has new products: whoever waited for the old ones reads these. */
async function renewProducts(
  { kysely }: Transaction,
  tasks: readonly TaskDraft[],
  products: readonly ProductRow[],
): Promise<void> {
  const resolved = new Set(tasks.filter(({ stored }) => stored !== undefined).map(({ id }) => id));
  for (const { id, address, task_id } of products) {
    if (!resolved.has(task_id)) continue;
    await kysely
      .updateTable('dependencies')
      .set({ product_id: id })
      .where('producer_id', '=', task_id)
      .where('kind', '=', 'input')
      .where('address', '=', address)
      .execute();
  }
}
