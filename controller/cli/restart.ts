/** `easel restart-workers` and `easel restart-web`: new containers in the place of those that run, one after another. */
import type { Command } from 'commander';
import { collect } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { EaselError } from '../../core/model/errors.ts';
import { plural } from '../../core/words/format.ts';
import type { Orchestrator, RunningService } from '../deployment/orchestrator.ts';
import { ofRole, usingDeployment } from './deployment-command.ts';

type Options = ConfirmationOptions & { readonly json?: boolean };

export function registerRestart(program: Command, context: CommandContext): void {
  program
    .command('restart-workers')
    .description(
      'Replace workers in containers one after another, by what the name of their image means now. Each finishes its tasks for `drain_seconds` first, and gives back what has not ended.',
    )
    .option('--worker <class>', 'only workers of this class (repeatable)', collect, [])
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only tell what would be replaced')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel restart-workers --worker python --yes')
    .action(async ({ worker, ...options }: Options & { worker: readonly string[] }, command: Command) => {
      await usingDeployment(context, command, async ({ orchestrator }) => {
        const workers = ofRole(await orchestrator.list(), 'worker');
        await restart(context, orchestrator, { services: chosen(workers, worker), options });
      });
    });
  program
    .command('restart-web')
    .description('Replace the dashboard’s container. Its pages come back by themselves.')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only tell what would be replaced')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel restart-web --yes')
    .action(async (options: Options, command: Command) => {
      await usingDeployment(context, command, async ({ orchestrator }) => {
        await restart(context, orchestrator, { services: ofRole(await orchestrator.list(), 'web'), options });
      });
    });
}

function chosen(workers: readonly RunningService[], classes: readonly string[]): readonly RunningService[] {
  const has = (name: string) => workers.some(({ workerClass }) => workerClass === name);
  const missing = classes.filter((name) => !has(name));
  if (missing.length > 0)
    throw new EaselError(
      'not_found',
      `no worker of class ${missing.join(', ')} is deployed; there are: ${workers.map(({ workerClass }) => workerClass).join(', ')}`,
    );
  return classes.length === 0
    ? workers
    : workers.filter(({ workerClass }) => classes.includes(workerClass ?? ''));
}

interface Restart {
  readonly services: readonly RunningService[];
  readonly options: Options;
}

async function restart(
  context: CommandContext,
  orchestrator: Orchestrator,
  { services, options }: Restart,
): Promise<void> {
  const what = services
    .map(({ name, instances }) => `${plural(instances.length, 'container')} of ${name}`)
    .join(', ');
  if (!(await confirm(context, `${what} would be replaced, one after another`, options))) return;
  const replaced: Record<string, number> = {};
  for (const { name } of services) {
    replaced[name] = await orchestrator.restart(name);
    if (options.json !== true) context.print(`${name}: replaced ${replaced[name]}`);
  }
  if (options.json === true) context.printJson({ replaced });
}
