/** `easel autoscale`: a daemon that keeps as many workers in containers as the queue needs. */
import type { Command } from 'commander';
import { collect, readCount } from '../../core/cli/arguments.ts';
import { type CommandContext, type DaemonParts, untilStopped } from '../../core/cli/context.ts';
import { EaselError } from '../../core/model/errors.ts';
import { workerClasses } from '../../core/model/fit.ts';
import { Autoscaler } from '../deployment/autoscaler.ts';
import type { Bounds } from '../deployment/need-for-workers.ts';
import { openOrchestrator, requireIdentity } from '../deployment/open.ts';
import { readNumber } from './scale.ts';

interface Options {
  readonly class: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly slots: number;
  readonly patience: number;
  readonly coolDown: number;
}

const CONNECTIONS = 2;

export function registerAutoscale(program: Command, context: CommandContext): void {
  program
    .command('autoscale')
    .description(
      'Keep as many workers in containers as the queue needs, between two bounds, until stopped. More come when work has waited for a while; fewer when fewer have been enough for a while, and what goes finishes its tasks first.',
    )
    .option('--class <class>', 'worker class (repeatable; default: all of the registry)', collect, [])
    .option('--min <n>', 'workers of each class at least', readNumber, 0)
    .requiredOption('--max <n>', 'workers of each class at most', readCount)
    .option('--slots <n>', 'tasks at once in one worker, where the class has none yet', readCount, 1)
    .option('--patience <seconds>', 'how long work waits before more workers come', readNumber, 5)
    .option('--cool-down <seconds>', 'how long fewer must have been enough', readNumber, 120)
    .addHelpText('after', '\nExample:\n  easel autoscale --class python --max 8')
    .action(async (options: Options, command: Command) => {
      await context.runDaemon(command, { connections: CONNECTIONS, mustExist: true }, (parts) =>
        autoscale(context, parts, options),
      );
    });
}

async function autoscale(
  context: CommandContext,
  { installation, emit, stop }: DaemonParts,
  { min, max, slots, patience, coolDown, class: named }: Options,
): Promise<void> {
  if (min > max) throw new EaselError('usage', `--min ${min} is more than --max ${max}`);
  const { settings, registry } = installation;
  const known = workerClasses(registry.values()).sort();
  const unknown = named.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new EaselError(
      'not_found',
      `no task type has the worker class ${unknown.join(', ')}; there are: ${known.join(', ')}`,
    );
  const identity = requireIdentity(settings);
  const say = (line: string) => emit('deployment', { line });
  const orchestrator = await openOrchestrator({ settings, identity, environment: context.environment, say });
  try {
    await orchestrator.check();
    const bounds: Bounds = { min, max, patienceMs: patience * 1_000, coolDownMs: coolDown * 1_000 };
    const classes = named.length > 0 ? named : known;
    const parts = { ...installation, identity, orchestrator, emit };
    const autoscaler = new Autoscaler(parts, { classes, bounds, slots });
    autoscaler.start();
    await untilStopped(stop);
    await autoscaler.stop();
  } finally {
    await orchestrator.close();
  }
}
