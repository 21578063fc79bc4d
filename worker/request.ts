/** From a claimed attempt to what a slot is to run, and how long: expressions evaluated, files given as paths. */
import { basename, join } from 'node:path';
import { type Definition, settingsOf } from '../core/model/definition.ts';
import { EaselError } from '../core/model/errors.ts';
import { evaluateDeep } from '../core/model/expression/expression.ts';
import { isGlob } from '../core/model/glob.ts';
import { type Policy, policyOf } from '../core/model/policy.ts';
import type { InstallationPolicy } from '../core/model/policy-keys.ts';
import { seededRandom } from '../core/model/random.ts';
import { withDefaults } from '../core/model/task-type.ts';
import { dict, isDict, parseJson, toJson, toPlain, type Value } from '../core/model/values.ts';
import type { Areas } from '../core/runtime/areas.ts';
import { inputFile, versionsDirectory } from '../core/runtime/areas.ts';
import type { Registry } from '../core/runtime/registry.ts';
import type { Assignment } from '../core/store/assignments.ts';
import type { ClaimedTask } from '../core/store/claims.ts';
import type { AttemptRequest } from './attempt.ts';
import type { InputFile, Metadata } from './task-module.ts';

export interface Surroundings {
  readonly definition: Definition;
  readonly assignment: Assignment;
  readonly registry: Registry;
  readonly areas: Areas;
  readonly scratch: string;
  /** What holds where neither the job file nor the type says how often and how long. */
  readonly defaults: InstallationPolicy;
}

export interface Prepared {
  readonly request: AttemptRequest;
  readonly policy: Policy;
}

/** Throws EaselError when the task cannot start: its attempt has failed then, with that reason. */
export function prepare(task: ClaimedTask, surroundings: Surroundings): Prepared {
  const { definition, assignment, registry, areas, scratch, defaults } = surroundings;
  const node = definition.nodes[task.node];
  const type = registry.get(task.type);
  if (node === undefined) throw new EaselError('task', `the job's definition has no node ${task.node}`);
  if (type === undefined) {
    throw new EaselError(
      'task',
      `${node.path}: this worker knows no task type "${task.type}"; does its registry differ from the scheduler's?`,
    );
  }
  const { inputs, requested, products } = assignment;
  const metadata = parseJson(task.metadata);
  const requestedMetadata = dict([...requested].map(([name, text]) => [name, parseJson(text)]));
  const scope = {
    metadata: isDict(metadata) ? metadata : dict(),
    requestedMetadata,
    random: seededRandom(task.seed),
  };
  const settings = evaluateDeep(withDefaults(type, settingsOf(node.object)), scope, node.path);
  const sources = { definition, node: node.index, type, installation: defaults };
  const policy = policyOf(sources, (value, path) => evaluateDeep(value, scope, path));
  const request = {
    attemptId: task.attempt_id,
    taskId: task.id,
    jobId: task.job_id,
    type,
    typeDirectory: type.directory,
    settings: toJson(settings),
    metadata: task.metadata,
    requestedMetadata: toJson(requestedMetadata),
    inputs: groupInputs(inputs, node.path, areas),
    lists: listsIn(node.object.inputs, inputs),
    outputs: nameOutputs(products),
    scratch,
    inputArea: areas.input,
    seed: task.seed,
  };
  return { request, policy };
}

function groupInputs(inputs: Assignment['inputs'], path: string, areas: Areas): Record<string, InputFile[]> {
  const groups: Record<string, InputFile[]> = Object.create(null);
  for (const { name, address, area, file, metadata } of inputs) {
    if (area === 'versions' && file === null)
      throw new EaselError(
        'task',
        `${path}.inputs.${name}: the version of "${address}" is gone, pruned as superseded: submit the job anew`,
      );
    const place = file === null ? inputFile(areas, address) : join(versionsDirectory(areas), file);
    if (place === undefined)
      throw new EaselError('task', `${path}.inputs.${name}: "${address}" is no longer in the input area`);
    const given = toPlain(parseJson(metadata));
    groups[name] = [
      ...(groups[name] ?? []),
      { path: place, name: basename(address), metadata: given as Metadata },
    ];
  }
  return groups;
}

/** A glob is known by its dependency; where one was replaced by the files it matches, by what the job file says. */
function listsIn(declared: Value | undefined, inputs: Assignment['inputs']): string[] {
  const globs = inputs.filter(({ many }) => many).map(({ name }) => name);
  const written = isDict(declared) ? Object.entries(declared) : [];
  const lists = written.filter(
    ([, given]) => Array.isArray(given) || (typeof given === 'string' && isGlob(given)),
  );
  return [...new Set([...globs, ...lists.map(([name]) => name)])];
}

/** Semantic name -> name of the file in the scratch directory: its own, unless two outputs share one. */
function nameOutputs(products: Assignment['products']): Record<string, string> {
  const names: Record<string, string> = Object.create(null);
  const taken = new Set<string>();
  for (const { output, address } of products) {
    const own = basename(address);
    const name = taken.has(own) ? `${taken.size}-${own}` : own;
    taken.add(name);
    names[output] = name;
  }
  return names;
}
