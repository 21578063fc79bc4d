/** Scopes: what expressions may read, and what a subtree inherits or overrides for itself. */
import { normaliseDirectory } from '../../core/model/address.ts';
import { EaselError } from '../../core/model/errors.ts';
import { evaluateDeep, type Scope } from '../../core/model/expression/expression.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { Dict, Value } from '../../core/model/values.ts';
import { type DraftingContext, type FlowTask, type ScopeDraft, show } from './draft-model.ts';

/** What the children of a flow task inherit: its own directory and label, evaluated when it expands. */
export function childScope(context: DraftingContext, { node, scope }: FlowTask, requested: Dict): ScopeDraft {
  return overrideScope(context, scope, node.object, evaluationScope(context, scope, requested));
}

export function evaluationScope(context: DraftingContext, scope: ScopeDraft, requestedMetadata: Dict): Scope {
  const random = seededRandom(context.seed * 1_000_003 + context.tasks.length);
  return { metadata: scope.metadata, requestedMetadata, random };
}

export function overrideScope(
  context: DraftingContext,
  scope: ScopeDraft,
  object: Dict,
  evaluation: Scope,
): ScopeDraft {
  const { working_directory: directory, job_name: name } = object;
  if (directory === undefined && name === undefined) return scope;
  const given = evaluateDeep(directory ?? null, evaluation, 'working_directory');
  const label = evaluateDeep(name ?? null, evaluation, 'job_name');
  return addScope(context, {
    ...scope,
    directory: given === null ? scope.directory : directoryOf(given),
    jobName: label === null ? scope.jobName : textOf(label, 'job_name').slice(0, 255),
  });
}

const LONGEST_DIRECTORY = 700;

function directoryOf(given: Value): string {
  const directory = normaliseDirectory(textOf(given, 'working_directory'));
  if (directory.length <= LONGEST_DIRECTORY) return directory;
  throw new EaselError(
    'task',
    `working_directory: ${show(directory)} is longer than ${LONGEST_DIRECTORY} characters`,
  );
}

export function addScope(context: DraftingContext, scope: Omit<ScopeDraft, 'id' | 'stored'>): ScopeDraft {
  const added = { ...scope, id: 0, stored: false };
  context.scopes.push(added);
  return added;
}

function textOf(value: Value, key: string): string {
  if (typeof value !== 'string') throw new EaselError('task', `${key}: expected text, not ${show(value)}`);
  return value;
}
