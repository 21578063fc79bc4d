/** `easel status`: what runs in containers, and how it is. */
import type { Command } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import { formatDuration, formatInstant } from '../../core/words/format.ts';
import type { Instance, RunningService } from '../deployment/orchestrator.ts';
import { usingDeployment } from './deployment-command.ts';

const COLUMNS = [
  { title: 'service' },
  { title: 'container' },
  { title: 'state' },
  { title: 'since' },
  { title: 'restarts', right: true },
  { title: 'machine' },
  { title: 'image' },
  { title: '' },
];

export function registerStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description(
      'Show what was deployed: services, their containers, how they are, and what the engine says of those that are not well. Ends with 1 when something is missing or not well.',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel status')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      await usingDeployment(context, command, async ({ orchestrator }) => {
        const services = await orchestrator.list();
        if (services.some((service) => !isWell(service))) context.fail();
        if (json === true) return context.printJson(services.map(toJson));
        if (services.length === 0) return context.print('nothing runs that was deployed from here');
        for (const line of renderTable(COLUMNS, services.flatMap(rowsOf))) context.print(line);
      });
    });
}

function isWell({ replicas, instances }: RunningService): boolean {
  const well = instances.filter(({ state, healthy }) => state === 'running' && healthy !== false);
  return well.length >= replicas;
}

function rowsOf({ name, image, replicas, instances }: RunningService): Cell[][] {
  if (instances.length === 0)
    return [[name, '', replicas === 0 ? 'scaled to none' : 'missing', '', '', '', image, '']];
  return instances.map((instance) => [
    ...[name, instance.id.slice(0, 12), stateOf(instance)],
    instance.startedAt === null ? '' : sinceOf(instance.startedAt),
    ...[instance.restarts, instance.node ?? '', image],
    [instance.outOfMemory ? 'out of memory' : '', instance.message ?? '']
      .filter((each) => each !== '')
      .join('; '),
  ]);
}

function stateOf({ state, healthy, exitCode }: Instance): Cell {
  if (state === 'ended') return { text: `ended (${exitCode ?? '?'})`, colour: 'red' };
  if (healthy === false) return { text: `${state}, not well`, colour: 'red' };
  return state;
}

const sinceOf = (at: number): string => `${formatDuration(Date.now() - at)} (${formatInstant(at)})`;

function toJson({ workerClass, instances, ...service }: RunningService) {
  return {
    ...service,
    worker_class: workerClass,
    instances: instances.map(({ imageDigest, startedAt, exitCode, outOfMemory, ...instance }) => ({
      ...instance,
      ...{
        image_digest: imageDigest,
        started_at: startedAt,
        exit_code: exitCode,
        out_of_memory: outOfMemory,
      },
    })),
  };
}
