/**
 * Where a version came from and what was made of it: level by level, through the task that made it and what that task read, or through the
 * tasks that read it and what they made. Bounded in depth and in all; the answer tells when it was cut.
 */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { type Graph, GraphBuilder } from '../graph/graph.ts';
import type { Definitions } from './definitions.ts';
import { findTasks, refer } from './task-views.ts';

const MOST_PER_LEVEL = 200;

export interface LineageQuery {
  readonly versionId: number;
  /** `up`: what it was made of; `down`: what was made of it. */
  readonly direction: 'up' | 'down';
  /** Tasks one after the other, at most. */
  readonly depth: number;
}

export interface Lineage {
  readonly graph: Graph;
  /** There is more beyond what is shown. */
  readonly cut: boolean;
}

interface VersionRow {
  readonly version_id: number;
  readonly product_id: number;
  readonly task_id: number;
  readonly address: string;
  /** The one that later tasks of its job read. */
  readonly current_id: number | null;
}

export async function readLineage(
  reader: Reader,
  definitions: Definitions,
  { versionId, direction, depth }: LineageQuery,
): Promise<Lineage> {
  const walk = new Walk(reader, definitions);
  let versions = await walk.addVersions([versionId]);
  for (let level = 0; level < depth && versions.length > 0; level++)
    versions = direction === 'up' ? await walk.up(versions) : await walk.down(versions);
  // one step further, to tell whether there is anything
  if (versions.length > 0) walk.cut = true;
  return { graph: walk.builder.build(), cut: walk.cut };
}

class Walk {
  readonly builder = new GraphBuilder();
  cut = false;
  readonly #reader: Reader;
  readonly #definitions: Definitions;

  constructor(reader: Reader, definitions: Definitions) {
    this.#reader = reader;
    this.#definitions = definitions;
  }

  /** Returns those that were not there before. */
  async addVersions(ids: readonly number[]): Promise<VersionRow[]> {
    const unknown = ids.filter((id) => !this.builder.has(`v${id}`));
    const rows = await forIds(unknown, (part) =>
      this.#reader.kysely
        .selectFrom('versions')
        .innerJoin('products', 'products.id', 'versions.product_id')
        .select(['versions.id as version_id', 'product_id', 'task_id', 'address'])
        .select('products.version_id as current_id')
        .where('versions.id', 'in', part)
        .execute(),
    );
    for (const { version_id, task_id, address } of rows) {
      const label = address.slice(address.lastIndexOf('/') + 1);
      const facts = { label, detail: `version ${version_id}`, states: {}, count: 1 };
      this.builder.add({ id: `v${version_id}`, kind: 'product', ...facts, task_id, version_id, address });
    }
    return rows;
  }

  async up(versions: readonly VersionRow[]): Promise<VersionRow[]> {
    for (const { task_id, version_id } of versions)
      this.builder.link(`t${task_id}`, `v${version_id}`, 'data');
    const makers = await this.#addTasks(versions.map(({ task_id }) => task_id));
    const needs = await this.#needsOf(makers);
    const next = await this.addVersions(needs.flatMap(({ version_id }) => version_id ?? []));
    for (const { consumer_id, version_id, address } of needs) {
      if (version_id !== null) this.builder.link(`v${version_id}`, `t${consumer_id}`, 'data');
      else if (address !== null) this.#addFile(address, consumer_id);
    }
    return next;
  }

  async down(versions: readonly VersionRow[]): Promise<VersionRow[]> {
    const reads = this.#bound(await this.#readsOf(versions));
    const readers = await this.#addTasks(reads.map(({ consumer_id }) => consumer_id));
    for (const { consumer_id, version_id } of reads)
      this.builder.link(`v${version_id}`, `t${consumer_id}`, 'data');
    const made = await forIds(readers, (part) =>
      this.#reader.kysely
        .selectFrom('products')
        .select(['task_id', 'version_id'])
        .where('task_id', 'in', part)
        .where('version_id', 'is not', null)
        .limit(MOST_PER_LEVEL + 1)
        .execute(),
    );
    const next = await this.addVersions(this.#bound(made).flatMap(({ version_id }) => version_id ?? []));
    for (const { task_id, version_id } of made) this.builder.link(`t${task_id}`, `v${version_id}`, 'data');
    return next;
  }

  #bound<T>(rows: readonly T[]): readonly T[] {
    if (rows.length > MOST_PER_LEVEL) this.cut = true;
    return rows.slice(0, MOST_PER_LEVEL);
  }

  #addFile(address: string, consumerId: number): void {
    const id = `f${address}`;
    const facts = { label: address, detail: 'input area', states: {}, count: 1 };
    const nothing = { task_id: null, version_id: null, address };
    if (!this.builder.has(id)) this.builder.add({ id, kind: 'file', ...facts, ...nothing });
    this.builder.link(id, `t${consumerId}`, 'data');
  }

  /** Returns those that were not there before. */
  async #addTasks(ids: readonly number[]): Promise<number[]> {
    const unknown = [...new Set(ids)].filter((id) => !this.builder.has(`t${id}`));
    for (const [id, task] of await findTasks(this.#reader, unknown)) {
      const { label } = refer(task, await this.#definitions.get(task.job_id));
      const facts = {
        label,
        detail: `job ${task.job_id}, ${task.state}`,
        states: { [task.state]: 1 },
        count: 1,
      };
      this.builder.add({
        id: `t${id}`,
        kind: 'task',
        ...facts,
        task_id: id,
        version_id: null,
        address: null,
      });
    }
    return unknown;
  }

  async #needsOf(taskIds: readonly number[]) {
    const rows = await forIds(taskIds, (part) =>
      this.#reader.kysely
        .selectFrom('dependencies')
        .leftJoin('products', 'products.id', 'dependencies.product_id')
        .select(['consumer_id', 'dependencies.address'])
        .select((row) => row.fn.coalesce('dependencies.version_id', 'products.version_id').as('version_id'))
        .where('consumer_id', 'in', part)
        .where('kind', 'in', ['input', 'file'])
        .orderBy('consumer_id')
        .orderBy('ordinal')
        .limit(MOST_PER_LEVEL + 1)
        .execute(),
    );
    return this.#bound(rows);
  }

  /** Tasks of later jobs name the version; those of the same job read the product's current one. */
  async #readsOf(versions: readonly VersionRow[]) {
    const { kysely } = this.#reader;
    const ids = versions.map(({ version_id }) => version_id);
    const later = await forIds(ids, (part) =>
      kysely
        .selectFrom('dependencies')
        .select(['consumer_id', 'version_id'])
        .where('version_id', 'in', part)
        .limit(MOST_PER_LEVEL + 1)
        .execute(),
    );
    const current = versions.filter(({ version_id, current_id }) => version_id === current_id);
    const byProduct = new Map(current.map(({ product_id, version_id }) => [product_id, version_id]));
    const own = await forIds(
      current.map(({ task_id }) => task_id),
      (part) =>
        kysely
          .selectFrom('dependencies')
          .select(['consumer_id', 'product_id'])
          .where('producer_id', 'in', part)
          .where('product_id', 'in', [...byProduct.keys()])
          .where('version_id', 'is', null)
          .limit(MOST_PER_LEVEL + 1)
          .execute(),
    );
    return [
      ...later.map(({ consumer_id, version_id }) => ({ consumer_id, version_id: version_id ?? 0 })),
      ...own.map(({ consumer_id, product_id }) => ({
        ...{ consumer_id, version_id: byProduct.get(product_id ?? 0) ?? 0 },
      })),
    ];
  }
}
