/**
 * Which tasks a glob has to wait for. Seen from the consumer, a node that may produce a match lies below the nearest
 * ancestor that both share; there, either it is a sibling or a sibling flow task contains it. That sibling's end means
 * that everything below it has ended, so nothing that has not been created yet can be missed.
 */
import type { Transaction } from '../../core/db/transaction.ts';
import type { DefinitionNode } from '../../core/model/definition.ts';
import type { Producer } from '../../core/model/producers.ts';
import type { CompiledJob } from '../compiled-jobs.ts';
import { nodeAt, type TaskDraft } from './draft-model.ts';

interface Ancestor {
  readonly task: { readonly id: number };
  readonly node: DefinitionNode;
}

interface Seen {
  readonly job: CompiledJob;
  readonly tasks: readonly TaskDraft[];
}

export async function producersFor(
  trx: Transaction,
  seen: Seen,
  consumer: TaskDraft,
  candidates: readonly Producer[],
): Promise<{ readonly id: number }[]> {
  if (candidates.length === 0) return [];
  const ancestors = await ancestorsOf(trx, seen, consumer);
  const siblings = new Map<DefinitionNode, Ancestor>();
  for (const { node } of candidates) {
    const shared = ancestors.find((ancestor) => contains(ancestor.node, node));
    const child = shared?.node.children
      .map((index) => nodeAt(seen.job, index))
      .find((each) => contains(each, node));
    if (shared === undefined || child === undefined || child === consumer.node) continue;
    if (shared.node.kind === 'chain') siblings.set(child, shared);
  }
  const found = [...siblings].map(([node, parent]) => findChild(trx, seen, parent, node));
  return (await Promise.all(found)).filter((task) => task !== undefined);
}

function contains(outer: DefinitionNode, inner: DefinitionNode): boolean {
  return outer.index <= inner.index && inner.index < outer.end;
}

/** Nearest first. */
async function ancestorsOf(trx: Transaction, { job, tasks }: Seen, consumer: TaskDraft): Promise<Ancestor[]> {
  const ancestors: Ancestor[] = [];
  let parent: { readonly id: number } = consumer.parent;
  for (
    let draft = tasks.find((each) => each === parent);
    draft !== undefined;
    draft = tasks.find((each) => each === parent)
  ) {
    ancestors.push({ task: draft, node: draft.node });
    parent = draft.parent;
  }
  for (let id: number | null = parent.id; id !== null; ) {
    const row: { id: number; node: number; parent_id: number | null } | undefined = await trx.kysely
      .selectFrom('tasks')
      .select(['id', 'node', 'parent_id'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (row !== undefined) ancestors.push({ task: row, node: nodeAt(job, row.node) });
    id = row?.parent_id ?? null;
  }
  return ancestors;
}

/** Chains create all their children at once, so the sibling is a draft of this batch or a row. */
async function findChild(
  trx: Transaction,
  { tasks }: Seen,
  parent: Ancestor,
  node: DefinitionNode,
): Promise<{ readonly id: number } | undefined> {
  const draft = tasks.find(
    (each) =>
      each.node === node &&
      (each.parent === parent.task || (each.parent.id !== 0 && each.parent.id === parent.task.id)),
  );
  if (draft !== undefined) return draft;
  return await trx.kysely
    .selectFrom('tasks')
    .select('id')
    .where('parent_id', '=', parent.task.id)
    .where('position', '=', node.position)
    .executeTakeFirst();
}
