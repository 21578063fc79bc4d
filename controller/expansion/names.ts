/** Names: the type of a work task and the addresses of its files, evaluated when the task is created. */
import { productAddress } from '../../core/model/address.ts';
import { EaselError } from '../../core/model/errors.ts';
import { evaluateDeep, namesUsed, type Scope } from '../../core/model/expression/expression.ts';
import { isGlob } from '../../core/model/glob.ts';
import { ingestedName } from '../../core/model/ingested-name.ts';
import type { TaskType } from '../../core/model/task-type.ts';
import { type Dict, dict, isDict, type Value } from '../../core/model/values.ts';
import { type DraftingContext, failWith, type InputDraft, show, type TaskDraft } from './draft-model.ts';
import { overrideScope } from './scopes.ts';

const LONGEST_NAME = 255;

/** Evaluates the type of a work task and the names of its files; marks the draft as failed when that fails. */
export function resolveNames(context: DraftingContext, draft: TaskDraft, evaluation: Scope): void {
  const { object } = draft.node;
  try {
    draft.scope = overrideScope(context, draft.scope, object, evaluation);
    const type = evaluateDeep(object.task ?? null, evaluation, `${draft.node.path}.task`);
    draft.type = typeof type === 'string' ? type.slice(0, 100) : 'unknown';
    const known = typeof type === 'string' ? context.registry.get(type) : undefined;
    if (known === undefined)
      throw new EaselError('task', `${draft.node.path}.task: there is no task type ${show(type)}`);
    draft.workerClass = known.worker_class;
    draft.inputs = inputsOf(
      draft,
      evaluateDeep(object.inputs ?? dict(), evaluation, `${draft.node.path}.inputs`),
    );
    draft.outputs = outputsOf(context, draft, known, evaluation);
  } catch (error) {
    failWith(draft, error);
  }
}

function outputsOf(
  context: DraftingContext,
  draft: TaskDraft,
  type: TaskType,
  evaluation: Scope,
): TaskDraft['outputs'] {
  const { object, path } = draft.node;
  const declared = evaluateDeep(object.outputs ?? dict(), evaluation, `${path}.outputs`);
  const names = isDict(declared) ? Object.entries(declared) : [];
  const outputs = names.map(([output, name]) => ({
    output,
    address: addressOf(draft, `outputs.${output}`, name),
  }));
  if (type.outputs_per_file === undefined) return outputs;
  const { setting, suffix } = type.outputs_per_file;
  const glob = evaluateDeep(object[setting] ?? null, evaluation, `${path}.${setting}`);
  if (typeof glob !== 'string')
    throw new EaselError('task', `${path}.${setting}: expected a path or a glob, not ${show(glob)}`);
  const files = context.listInputFiles(glob);
  if (files.length === 0)
    throw new EaselError('task', `${path}.${setting}: no file in the input area matches "${glob}"`);
  const made = files.map((file) => ingestedName(file, suffix));
  return [...outputs, ...made.map((name) => ({ output: name, address: addressOf(draft, setting, name) }))];
}

function inputsOf(draft: TaskDraft, inputs: Value): InputDraft[] {
  if (!isDict(inputs))
    throw new EaselError('task', `${draft.node.path}.inputs: expected an object, not ${show(inputs)}`);
  return Object.entries(inputs).flatMap(([name, given]) => {
    const files = Array.isArray(given) ? given : [given];
    return files.map((file) => {
      const glob = typeof file === 'string' && isGlob(file);
      return { name, address: addressOf(draft, `inputs.${name}`, file), glob };
    });
  });
}

function addressOf({ node, scope }: TaskDraft, key: string, name: Value): string {
  if (key.length > LONGEST_NAME)
    throw new EaselError('task', `${node.path}: the name in ${show(key)} is too long`);
  if (typeof name !== 'string')
    throw new EaselError('task', `${node.path}.${key}: expected a file name, not ${show(name)}`);
  try {
    return productAddress(scope.directory, name);
  } catch (error) {
    throw new EaselError(
      'task',
      `${node.path}.${key}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const NAMING_KEYS = ['task', 'inputs', 'outputs', 'working_directory', 'job_name'];

/** Whether the names are known only when other tasks have published their metadata. */
export function needsMetadataForNames(object: Dict): boolean {
  return NAMING_KEYS.some((key) => namesUsed(object[key] ?? null).has('requested_metadata'));
}
