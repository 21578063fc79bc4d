/** `easel scale`: another number of workers of a class. */
import { type Command, InvalidArgumentError } from 'commander';
import { readCount } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { changeWorkers } from '../deployment/change-workers.ts';
import { usingDeployment } from './deployment-command.ts';

interface Options {
  readonly slots?: number;
  readonly json?: boolean;
}

export function registerScale(program: Command, context: CommandContext): void {
  program
    .command('scale')
    .description(
      'Run another number of workers of a class in containers. Those that are too many finish their tasks for `drain_seconds`, and give back what has not ended.',
    )
    .argument('<class>', 'worker class')
    .argument('<n>', 'workers, 0 for none', readNumber)
    .option('--slots <n>', 'tasks at once in one worker, where the class has none yet', readCount)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel scale python 4')
    .action(async (workerClass: string, replicas: number, { slots, json }: Options, command: Command) => {
      await usingDeployment(context, command, async (parts) => {
        const before = await changeWorkers(parts, { workerClass, replicas, slots });
        if (json === true) context.printJson({ worker_class: workerClass, before, now: replicas });
        else context.print(`${workerClass}: ${replicas} worker(s), before ${before}`);
      });
    });
}

export function readNumber(value: string): number {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('expected a whole number from 0');
  return number;
}
