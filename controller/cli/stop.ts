/** `easel stop`: what runs in containers comes to its end. Data stays. */
import type { Command } from 'commander';
import { collect } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { RunningService } from '../deployment/orchestrator.ts';
import { SERVICE_ROLES } from '../deployment/service.ts';
import { usingDeployment } from './deployment-command.ts';

interface Options extends ConfirmationOptions {
  readonly worker: readonly string[];
  readonly all?: boolean;
  readonly json?: boolean;
}

export function registerStop(program: Command, context: CommandContext): void {
  program
    .command('stop')
    .description(
      'End what `easel deploy` started: workers, dashboard and scheduler, each letting its tasks finish for `drain_seconds`; with --all the database and the broker too. Volumes, files and what was not deployed from here are not touched.',
    )
    .option('--worker <class>', 'only workers of this class (repeatable)', collect, [])
    .option('--all', 'database and broker too; their volumes stay')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only tell what would end')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel stop --yes')
    .action(async (options: Options, command: Command) => {
      await usingDeployment(context, command, async ({ orchestrator }) => {
        const services = chosen(await orchestrator.list(), options);
        if (services.length === 0) return context.print('nothing runs that was deployed from here');
        const names = services.map(({ name, instances }) => `${name} (${instances.length})`).join(', ');
        if (!(await confirm(context, `${names} would end; volumes and files stay`, options))) return;
        for (const { name } of services) {
          await orchestrator.remove(name);
          if (options.json !== true) context.print(`${name}: ended`);
        }
        if (options.json === true) context.printJson({ ended: services.map(({ name }) => name) });
      });
    });
}

/** Workers first: they store what they have while the database is there. */
function chosen(running: readonly RunningService[], { worker, all }: Options): RunningService[] {
  if (worker.length > 0) {
    const workers = running.filter(({ workerClass }) => worker.includes(workerClass ?? ''));
    const missing = worker.filter((name) => !workers.some(({ workerClass }) => workerClass === name));
    if (missing.length > 0)
      throw new EaselError('not_found', `no worker of class ${missing.join(', ')} is deployed`);
    return workers;
  }
  const roles = [...SERVICE_ROLES].reverse().filter((role) => all === true || !SERVERS.includes(role));
  return roles.flatMap((role) => running.filter((service) => service.role === role));
}

const SERVERS: readonly string[] = ['database', 'broker'];
