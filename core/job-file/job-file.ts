/**
 * Reads a job file: text in, a job or all its problems out. No file is opened here and nothing is evaluated that
 * needs a run. A file that passes is stored as canonical JSON, so that no later reader has to know YAML,
 * overrides or byte order marks.
 */
import { buildDefinition, type Definition } from '../model/definition.ts';
import type { TaskType } from '../model/task-type.ts';
import { type Dict, dict, isDict, toJson } from '../model/values.ts';
import { describeValue } from './accepts.ts';
import { Budget, type Check } from './check.ts';
import { checkCycles } from './check-cycles.ts';
import { checkExpressions } from './check-expressions.ts';
import { checkFiles, type FileExists } from './check-files.ts';
import { checkRootKeys, checkTaskKeys } from './check-keys.ts';
import { checkLoop } from './check-loop.ts';
import { checkNames } from './check-names.ts';
import { checkValues } from './check-values.ts';
import { ExpressionFacts } from './expression-facts.ts';
import { collectFiles } from './files.ts';
import { Findings } from './findings.ts';
import { readJson } from './json-source.ts';
import { type Limits, withDefaults } from './limits.ts';
import { readParameters } from './parameters.ts';
import { JobFileError, type Problem } from './problem.ts';
import type { Source } from './source.ts';
import { buildTaskTree } from './task-tree.ts';
import { readYaml } from './yaml-source.ts';

export { JobFileError, type Problem, renderProblem } from './problem.ts';

const CHECK_STEPS = 5_000_000;

export interface JobFile {
  readonly name: string | undefined;
  /** Canonical JSON, parameters as overridden: what the database stores. */
  readonly text: string;
  readonly definition: Definition;
  readonly warnings: readonly Problem[];
}

export interface ReadOptions {
  /** For messages; `.yaml` or `.yml` at its end has the text read as YAML. */
  readonly fileName: string;
  readonly registry: ReadonlyMap<string, TaskType>;
  readonly limits?: Partial<Limits>;
  /** `name=value`, one for each parameter that is not to have its default. */
  readonly set?: readonly string[];
  /** Whether the input area has a file. Without it, inputs that nothing makes are not reported. */
  readonly inputFileExists?: FileExists;
}

/** Throws JobFileError with every problem of the file. */
export function readJobFile(text: string, options: ReadOptions): JobFile {
  const { fileName, registry, set = [], inputFileExists } = options;
  const limits = withDefaults(options.limits);
  const source = readSource(text, fileName, limits);
  const findings = new Findings();
  const budget = new Budget(CHECK_STEPS);
  const check: Check = { registry, limits, findings, expressions: new ExpressionFacts(), budget };
  checkValues(source.value, findings, limits);
  if (!isDict(source.value)) {
    findings.error({ path: [], message: `a job file is an object, not ${describeValue(source.value)}` });
    throw new JobFileError(fileName, findings.errors(source));
  }
  const root = checkRoot(source.value, { set, inputFileExists, check });
  if (findings.failed) throw new JobFileError(fileName, findings.errors(source));
  return {
    name: typeof root.job_name === 'string' ? root.job_name : undefined,
    text: toJson(root),
    definition: buildDefinition(root),
    warnings: findings.warnings(source),
  };
}

interface RootOptions {
  readonly set: readonly string[];
  readonly inputFileExists: FileExists | undefined;
  readonly check: Check;
}

/** Runs every check and gives the root as it is to be stored. */
function checkRoot(root: Dict, { set, inputFileExists, check }: RootOptions): Dict {
  checkRootKeys(root, check);
  const parameters = readParameters(root, set, check);
  const tree = buildTaskTree(root, check);
  checkExpressions(root, tree, check);
  for (const node of tree.tasks) {
    checkTaskKeys(node, check);
    if (node.kind === 'for_loop') checkLoop(node, check);
  }
  const required = checkNames(tree, check);
  const files = collectFiles(tree, check);
  checkFiles(files, check, inputFileExists);
  checkCycles(files, required, check);
  return parameters === undefined ? root : dict([...Object.entries(root), ['parameters', parameters]]);
}

function readSource(text: string, fileName: string, limits: Limits): Source {
  const isYaml = /\.ya?ml$/i.test(fileName);
  const limit = isYaml && limits.max_yaml_bytes < limits.max_file_bytes ? 'max_yaml_bytes' : 'max_file_bytes';
  if (byteLength(text, limits[limit]) > limits[limit]) {
    const advice = limit === 'max_yaml_bytes' ? ': a large job is better written as JSON' : '';
    const message = `the file is larger than ${limit} (${limits[limit]}) allows${advice}`;
    throw new JobFileError(fileName, [{ line: 1, column: 1, path: '$', message }]);
  }
  return isYaml ? readYaml(text, fileName, limits) : readJson(text, fileName, limits);
}

/** Exact where it could matter: UTF-8 takes up to three bytes for each UTF-16 unit. */
function byteLength(text: string, limit: number): number {
  return text.length > limit || text.length * 3 <= limit
    ? text.length
    : new TextEncoder().encode(text).length;
}
