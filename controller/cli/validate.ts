/** `easel validate`: is a job file right? Needs no database; files are looked for in the input area when it exists. */
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { collect } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { paint } from '../../core/cli/style.ts';
import {
  type JobFile,
  JobFileError,
  type Problem,
  readJobFile,
  renderProblem,
} from '../../core/job-file/job-file.ts';
import { EaselError } from '../../core/model/errors.ts';
import { inputFile } from '../../core/runtime/areas.ts';
import { loadRegistry, type Registry } from '../../core/runtime/registry.ts';
import type { Settings } from '../../core/runtime/settings.ts';
import { plural } from '../../core/words/format.ts';

interface Options {
  readonly set: string[];
  readonly json?: boolean;
}

export function registerValidate(program: Command, context: CommandContext): void {
  program
    .command('validate')
    .description('Check job files without storing or running anything. Needs no database.')
    .argument('<file...>', 'job files, JSON or YAML')
    .option('--set <name=value>', 'override a parameter of the job files (repeatable)', collect, [])
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel validate demo_jobs/*.json')
    .action((files: string[], { set, json }: Options, command: Command) => {
      const settings = context.settings(command);
      const registry = loadRegistry(settings.task_types);
      const findings = files.map((file) => check(file, { settings, registry, set }));
      if (json === true) context.printJson(findings);
      else for (const finding of findings) for (const line of render(finding)) context.print(line);
      if (findings.some(({ ok }) => !ok)) context.fail();
    });
}

export interface Checking {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly set: readonly string[];
}

/** Throws JobFileError, or EaselError when the file cannot be read. */
export function checkFile(file: string, { settings, registry, set }: Checking): JobFile {
  const { input_area: input, output_area: output, limits } = settings;
  const options = { fileName: file, registry, set, limits };
  const inputFileExists = (address: string) => inputFile({ input, output }, address) !== undefined;
  return readJobFile(readText(file), existsSync(input) ? { ...options, inputFileExists } : options);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EaselError(
      'not_found',
      `${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

interface Finding {
  readonly file: string;
  readonly ok: boolean;
  readonly tasks: number | null;
  readonly errors: readonly (Problem | { readonly message: string })[];
  readonly warnings: readonly Problem[];
}

/** Everything that is wrong with one file: what is wrong with one keeps none of the others from being checked. */
function check(file: string, checking: Checking): Finding {
  try {
    const { definition, warnings } = checkFile(file, checking);
    const tasks = definition.nodes.filter(({ object }) => object.task !== undefined).length;
    return { file, ok: true, tasks, errors: [], warnings };
  } catch (error) {
    if (error instanceof JobFileError)
      return { file, ok: false, tasks: null, errors: error.problems, warnings: [] };
    if (error instanceof EaselError)
      return { file, ok: false, tasks: null, errors: [{ message: error.message }], warnings: [] };
    throw error;
  }
}

function render({ file, ok, tasks, errors, warnings }: Finding): string[] {
  const found = errors.map((each) => ('line' in each ? renderProblem(file, each) : each.message));
  const noted = warnings.map((each) => `${paint('yellow', 'warning')} ${renderProblem(file, each)}`);
  const end = ok
    ? `${file}: ${paint('green', 'ok')} (${plural(tasks ?? 0, 'task')} in the definition)`
    : `${file}: ${paint('red', plural(errors.length, 'error'))}`;
  return [...found, ...noted, end];
}
