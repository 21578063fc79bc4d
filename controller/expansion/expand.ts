/**
 * How far a flow task gets in one batch: which children it drafts, and whether it has created all it ever will.
 * Pure like draft.ts. A loop is expanded from where it stopped, a do-while one iteration at a time.
 */
import type { DefinitionNode } from '../../core/model/definition.ts';
import { EaselError } from '../../core/model/errors.ts';
import { evaluateDeep } from '../../core/model/expression/expression.ts';
import { type LoopValues, loopValues } from '../../core/model/loop.ts';
import { isTrue } from '../../core/model/truth.ts';
import { type Dict, dict, merge, type Value } from '../../core/model/values.ts';
import { draftBody, draftChain, draftNotTaken } from './draft.ts';
import { type DraftingContext, type FlowTask, failWith, nodeAt, type ScopeDraft } from './draft-model.ts';
import { childScope, evaluationScope } from './scopes.ts';

export interface Expansion {
  /** Children created in this batch, and children that are open from now on (those still to come count). */
  readonly created: number;
  readonly opened: number;
  /** False for a loop that has iterations left, and for a do-while loop that may go on. */
  readonly finished: boolean;
}

export interface Expandable extends FlowTask {
  /** Children created in earlier batches. */
  readonly created: number;
  /** Output metadata of the tasks that the task asks for (a do-while loop: also of those inside it). */
  readonly requested: Dict;
}

/** Throws EaselError when the task's own expressions cannot be evaluated. */
export function expand(context: DraftingContext, task: Expandable, budget: number): Expansion {
  switch (task.node.kind) {
    case 'chain': {
      const children = draftChain(context, task, task.requested);
      return { created: children.length, opened: children.length, finished: true };
    }
    case 'for_loop':
      return expandLoop(context, task, budget);
    case 'conditional':
      return expandConditional(context, task);
    case 'do_while':
      return expandDoWhile(context, task);
    case 'work':
      throw new Error('a work task is resolved, not expanded');
  }
}

function expandLoop(context: DraftingContext, task: Expandable, budget: number): Expansion {
  const { node, created } = task;
  const { scope, values } = readLoop(context, task);
  const parameter = textAt(node, 'parameter');
  const limit = context.tasks.length + budget;
  let index = created;
  while (index < values.count && context.tasks.length < limit) {
    draftIteration(context, task, { values, parameter, index, scope });
    index++;
  }
  const opened = created === 0 ? values.count : 0;
  return { created: index - created, opened, finished: index === values.count };
}

/** The values of a loop are the same whenever they are asked for: what is random in them is drawn by the task's id. */
export function readLoop(
  context: DraftingContext,
  task: Expandable,
): { scope: ScopeDraft; values: LoopValues } {
  const { node, requested, id } = task;
  const scope = childScope(context, task, requested);
  const evaluation = evaluationScope({ ...context, seed: id, tasks: [] }, scope, requested);
  return { scope, values: loopValues(node.object, evaluation) };
}

interface Iteration {
  readonly values: LoopValues;
  readonly parameter: string;
  readonly index: number;
  readonly scope: ScopeDraft;
}

/** A value that cannot be evaluated fails its own iteration only. */
function draftIteration(
  context: DraftingContext,
  task: FlowTask,
  { values, parameter, index, scope }: Iteration,
): void {
  const node = bodyOf(context, task.node);
  let value: Value;
  try {
    value = values.at(index);
  } catch (error) {
    failWith(draftNotTaken(context, task, node, index), placed(error, `${task.node.path}.values[${index}]`));
    return;
  }
  const own = dict([
    [parameter, value],
    [`${parameter}_index`, BigInt(index)],
  ]);
  draftBody(context, task, { node, position: index, metadata: merge(scope.metadata, own), scope });
}

function placed(error: unknown, path: string): unknown {
  if (!(error instanceof EaselError) || error.message.includes(path)) return error;
  return new EaselError(error.code, `${path}: ${error.message}`);
}

function expandConditional(context: DraftingContext, task: Expandable): Expansion {
  const { node, requested } = task;
  const scope = childScope(context, task, requested);
  const criterion = evaluateDeep(
    node.object.criterion ?? null,
    evaluationScope(context, scope, requested),
    `${node.path}.criterion`,
  );
  const chosen = isTrue(criterion) ? 0 : 1;
  let opened = 0;
  for (const index of node.children) {
    const branch = nodeAt(context, index);
    if (branch.position === chosen) {
      draftBody(context, task, { node: branch, position: branch.position, metadata: dict(), scope });
      opened++;
    } else draftNotTaken(context, task, branch, branch.position);
  }
  return { created: node.children.length, opened, finished: true };
}

function expandDoWhile(context: DraftingContext, task: Expandable): Expansion {
  const { node, created, requested } = task;
  const scope = childScope(context, task, requested);
  const index = `${textAt(node, 'iteration_name')}_index`;
  if (created > 0) {
    const metadata = merge(scope.metadata, dict([[index, BigInt(created)]]));
    const evaluation = evaluationScope(context, { ...scope, metadata }, requested);
    const again = evaluateDeep(
      node.object.repeat_criterion ?? null,
      evaluation,
      `${node.path}.repeat_criterion`,
    );
    if (!isTrue(again)) return { created: 0, opened: 0, finished: true };
  }
  const metadata = merge(scope.metadata, dict([[index, BigInt(created + 1)]]));
  draftBody(context, task, { node: bodyOf(context, node), position: created, metadata, scope });
  return { created: 1, opened: 1, finished: false };
}

function bodyOf(context: DraftingContext, node: DefinitionNode): DefinitionNode {
  const [body] = node.children;
  if (body === undefined) throw new EaselError('task', `${node.path}: task_list is missing`);
  return nodeAt(context, body);
}

function textAt(node: DefinitionNode, key: string): string {
  const value = node.object[key];
  if (typeof value !== 'string') throw new EaselError('task', `${node.path}.${key}: expected a name`);
  return value;
}
