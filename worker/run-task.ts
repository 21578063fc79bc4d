/**
 * `easel run-task`: one task alone, from a small configuration, without database or queue: to try a task type, and to
 * test a container image. The configuration is a task object as in a job file, its inputs being paths of files:
 * `{task, inputs, outputs, metadata, requested_metadata, seed, ...settings}`. Products are left in `--output`.
 */

import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import type { CommandContext } from '../core/cli/context.ts';
import { readText } from '../core/cli/files.ts';
import { settingsOf } from '../core/model/definition.ts';
import { EaselError } from '../core/model/errors.ts';
import { evaluateDeep } from '../core/model/expression/expression.ts';
import type { LogLine } from '../core/model/log-lines.ts';
import { seededRandom } from '../core/model/random.ts';
import { withDefaults } from '../core/model/task-type.ts';
import { type Dict, dict, isDict, parseJson, toJson, toPlain, type Value } from '../core/model/values.ts';
import { loadRegistry } from '../core/runtime/registry.ts';
import type { AttemptOutcome, AttemptRequest } from './attempt.ts';
import { runOnce } from './slot/run-once.ts';

interface Options {
  readonly output: string;
  readonly json?: boolean;
}

const OWN_KEYS = new Set(['metadata', 'requested_metadata', 'seed']);

export function registerRunTask(program: Command, context: CommandContext): void {
  program
    .command('run-task')
    .description(
      'Run one task alone from a small configuration file, without database or queue, and show what came of it.',
    )
    .argument(
      '<config>',
      'JSON or YAML: {task, inputs: {name: path}, outputs: {name: file name}, metadata, ...settings}',
    )
    .option('--output <directory>', 'where the products go', '.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel run-task my-task.json --output products')
    .action(async (config: string, { output, json }: Options, command: Command) => {
      const settings = context.settings(command);
      const scratch = mkdtempSync(join(tmpdir(), 'easel-task-'));
      try {
        const request = buildRequest(readConfig(config), {
          registry: loadRegistry(settings.task_types),
          scratch,
          config,
          inputArea: settings.input_area,
        });
        const stop = context.stopSignal();
        const onLog = (lines: readonly LogLine[]) => {
          for (const { level, message } of lines) context.remark(`${level}: ${message}`);
        };
        const outcome = await runOnce(request, { onLog, onProgress: () => undefined, signal: stop });
        const products = keepProducts(outcome, resolve(output));
        if (json === true)
          context.printJson({ ...outcome, metadata: toPlain(parseJson(outcome.metadata)), products });
        else print(context, outcome, products);
        if (!outcome.succeeded) context.fail();
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    });
}

function readConfig(file: string): Dict {
  const text = readText(file);
  try {
    const value = /\.ya?ml$/.test(file) ? parseJson(JSON.stringify(parse(text))) : parseJson(text);
    if (isDict(value)) return value;
  } catch (error) {
    throw new EaselError('usage', `${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new EaselError('usage', `${file}: expected an object with "task"`);
}

interface Place {
  readonly registry: ReturnType<typeof loadRegistry>;
  readonly scratch: string;
  readonly config: string;
  readonly inputArea: string;
}

function buildRequest(config: Dict, { registry, scratch, config: file, inputArea }: Place): AttemptRequest {
  const seed = Number(config.seed ?? 1);
  const metadata = dictAt(config, 'metadata');
  const requestedMetadata = dictAt(config, 'requested_metadata') as { [task: string]: Dict };
  const scope = { metadata, requestedMetadata, random: seededRandom(seed) };
  const object = dict(Object.entries(config).filter(([key]) => !OWN_KEYS.has(key)));
  const evaluated = evaluateDeep(object, scope, '$');
  const task = isDict(evaluated) ? evaluated : dict();
  const type = typeof task.task === 'string' ? registry.get(task.task) : undefined;
  if (type === undefined)
    throw new EaselError('usage', `${file}: there is no task type ${String(task.task)}`);
  const path = (name: Value) => resolve(dirname(file), String(name));
  const inputs = Object.entries(dictAt(task, 'inputs')).map(([name, given]) => {
    const files = (Array.isArray(given) ? given : [given]).map((each) => ({
      path: path(each),
      name: basename(path(each)),
      metadata: {},
    }));
    return [name, files] as const;
  });
  const outputs = Object.entries(dictAt(task, 'outputs')).map(
    ([name, each]) => [name, basename(String(each))] as const,
  );
  return {
    ...{ attemptId: 1, taskId: 1, jobId: 1, type, typeDirectory: type.directory, scratch, inputArea, seed },
    settings: toJson(withDefaults(type, settingsOf(task))),
    metadata: toJson(metadata),
    requestedMetadata: toJson(requestedMetadata),
    inputs: Object.fromEntries(inputs),
    lists: Object.entries(dictAt(task, 'inputs')).flatMap(([name, given]) =>
      Array.isArray(given) ? [name] : [],
    ),
    outputs: Object.fromEntries(outputs),
  };
}

function dictAt(object: Dict, key: string): Dict {
  const value = object[key];
  return isDict(value) ? value : dict();
}

interface Kept {
  readonly output: string;
  readonly file: string | undefined;
  readonly passed: boolean;
  readonly reason: string | undefined;
}

function keepProducts(outcome: AttemptOutcome, directory: string): Kept[] {
  mkdirSync(directory, { recursive: true });
  return outcome.products.map(({ output, fileName, path, passed, reason }) => {
    const file = path === undefined ? undefined : join(directory, fileName);
    if (path !== undefined && file !== undefined) copyFileSync(path, file);
    return { output, file, passed, reason };
  });
}

function print(context: CommandContext, outcome: AttemptOutcome, products: readonly Kept[]): void {
  const { usage } = outcome;
  context.print(outcome.succeeded ? 'succeeded' : `failed (${outcome.exitClass}): ${outcome.error}`);
  for (const { output, file, passed, reason } of products) {
    context.print(
      `  ${output}: ${passed ? 'passed' : `not passed: ${reason}`}${file === undefined ? '' : `, ${file}`}`,
    );
  }
  context.print(`  metadata: ${outcome.metadata}`);
  context.print(
    `  ${usage.wallMs.toFixed(0)} ms wall, ${usage.cpuMs?.toFixed(0) ?? '?'} ms CPU, ${((usage.peakMemoryBytes ?? 0) / 2 ** 20).toFixed(0)} MiB at most`,
  );
}
