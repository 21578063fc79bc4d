/** `easel plan`: what a job would consist of, worked out without a database and without making anything. */
import type { Command } from 'commander';
import { collect } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { plan } from '../../core/model/plan.ts';
import { viewPlan } from '../../core/model/plan-view.ts';
import { renderPlan } from '../../core/model/render-plan.ts';
import { loadRegistry } from '../../core/runtime/registry.ts';
import { printable } from '../../core/words/text.ts';
import { checkFile } from './validate.ts';

interface Options {
  readonly set: string[];
  readonly json?: boolean;
}

export function registerPlan(program: Command, context: CommandContext): void {
  program
    .command('plan')
    .description(
      'Show the tree of tasks that a job file gives, and how many of each type. Stores and runs nothing.',
    )
    .argument('<file>', 'job file, JSON or YAML')
    .option('--set <name=value>', 'override a parameter of the job file (repeatable)', collect, [])
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel plan demo_jobs/parallel.json --set count=100')
    .action((file: string, { set, json }: Options, command: Command) => {
      const settings = context.settings(command);
      const { definition, warnings } = checkFile(file, {
        settings,
        registry: loadRegistry(settings.task_types),
        set,
      });
      for (const { path, message } of warnings) context.remark(`warning: ${file}: ${path}: ${message}`);
      const maxLoopCount = settings.limits.max_loop_count;
      const planned = plan(definition, maxLoopCount === undefined ? {} : { maxLoopCount });
      if (json === true) context.printJson(viewPlan(planned));
      else for (const line of renderPlan(planned)) context.print(printable(line));
    });
}
