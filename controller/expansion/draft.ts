/**
 * Drafts: the tasks that a flow task is about to create, before they have ids and before their inputs are looked up.
 * Pure: from a node of the definition and the scope it stands in to drafts; nothing here knows a database.
 *
 * A task whose description cannot be evaluated is drafted as failed, with the place and the reason, so that one bad
 * task never keeps its siblings from running.
 */
import type { DefinitionNode } from '../../core/model/definition.ts';
import { type Dict, dict } from '../../core/model/values.ts';
import {
  type DraftingContext,
  type FlowTask,
  fail,
  failWith,
  namesIn,
  nodeAt,
  type ScopeDraft,
  type TaskDraft,
} from './draft-model.ts';
import type { FlowRow } from './flow-rows.ts';
import { needsMetadataForNames, resolveNames } from './names.ts';
import { addScope, childScope, evaluationScope } from './scopes.ts';

/** The children of a chain, all at once: they refer to one another by name. */
export function draftChain(context: DraftingContext, chain: FlowTask, requested: Dict): TaskDraft[] {
  const scope = childScope(context, chain, requested);
  const named = new Map<string, TaskDraft>();
  return chain.node.children.map((index) => {
    const node = nodeAt(context, index);
    const draft = draftTask(context, { node, parent: chain, scope, named });
    const { name } = node.object;
    if (typeof name === 'string') named.set(name, draft);
    return draft;
  });
}

/** The body of an iteration, or a branch: a chain of its own, expanded at once. */
export function draftBody(
  context: DraftingContext,
  parent: FlowTask,
  body: { node: DefinitionNode; position: number; metadata: Dict; scope: ScopeDraft },
): TaskDraft {
  const scope =
    Object.keys(body.metadata).length === 0
      ? body.scope
      : addScope(context, { ...body.scope, metadata: body.metadata });
  const draft = newDraft(context, { node: body.node, parent, scope, position: body.position });
  expandInline(context, draft);
  return draft;
}

/** A body or branch that is not expanded. */
export function draftNotTaken(
  context: DraftingContext,
  parent: FlowTask,
  node: DefinitionNode,
  position: number,
): TaskDraft {
  const draft = newDraft(context, { node, parent, scope: parent.scope, position });
  draft.state = 'not_taken';
  return draft;
}

interface Place {
  readonly node: DefinitionNode;
  readonly parent: FlowTask | TaskDraft;
  readonly scope: ScopeDraft;
  readonly named: ReadonlyMap<string, TaskDraft>;
}

function draftTask(context: DraftingContext, { node, parent, scope, named }: Place): TaskDraft {
  const draft = newDraft(context, { node, parent, scope, position: node.position });
  for (const name of namesIn(node.object.requires_metadata_from)) {
    const task = named.get(name);
    if (task === undefined)
      return fail(draft, `requires_metadata_from: no earlier sibling is named "${name}"`);
    draft.metadataFrom.push({ name, task });
  }
  if (draft.metadataFrom.length > 0) draft.state = 'waiting';
  if (node.kind === 'chain' && draft.metadataFrom.length === 0) expandInline(context, draft);
  try {
    if (node.kind === 'work' && !needsMetadataForNames(node.object)) {
      resolveNames(context, draft, evaluationScope(context, scope, dict()));
    }
  } catch (error) {
    failWith(draft, error);
  }
  return draft;
}

function expandInline(context: DraftingContext, draft: TaskDraft): void {
  try {
    draft.state = 'expanded';
    const children = draftChain(context, draft, dict());
    draft.openChildren = children.length;
    draft.createdChildren = children.length;
  } catch (error) {
    failWith(draft, error);
  }
}

/** A work task that was created before its type and files could be known. */
export function draftOfRow(row: FlowRow, node: DefinitionNode): TaskDraft {
  const { id, type, position, scope, rank } = row;
  const parent = { id: row.parent_id ?? 0 };
  return { id, stored: { type }, parent, position, node, scope, type, rank, ...blank() };
}

/** What a new draft does not have yet. */
function blank() {
  return {
    workerClass: null,
    state: 'ready' as const,
    openChildren: 0,
    createdChildren: 0,
    reason: null,
    causeId: null,
    inputs: [],
    outputs: [],
    metadataFrom: [],
  };
}

function newDraft(
  context: DraftingContext,
  place: { node: DefinitionNode; parent: { id: number; rank: number }; scope: ScopeDraft; position: number },
): TaskDraft {
  const { node, parent, scope, position } = place;
  const { task, priority } = node.object;
  const draft: TaskDraft = {
    id: 0,
    parent,
    position,
    node,
    scope,
    type: typeof task === 'string' ? task.slice(0, 100) : 'execution_chain',
    rank: typeof priority === 'bigint' ? -Number(priority) : parent.rank,
    ...blank(),
  };
  context.tasks.push(draft);
  return draft;
}
