/** What `pause` and `resume` are told to touch: exactly one of a job, a task type, or everything. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import type { ConfirmationOptions } from '../../core/cli/confirmation.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { PauseTarget } from '../../core/store/pauses.ts';

export interface TargetOptions extends ConfirmationOptions {
  readonly job?: number;
  readonly type?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function addTargetOptions(command: Command): Command {
  return command
    .option('--job <id>', 'this job', readId)
    .option('--type <name>', 'the tasks of this type, in all jobs')
    .option('--all', 'everything')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say what would be touched')
    .option('--json', 'print JSON');
}

export function readTarget({ job, type, all }: TargetOptions): PauseTarget {
  const chosen: PauseTarget[] = [];
  if (job !== undefined) chosen.push({ scope: 'job', name: String(job) });
  if (type !== undefined) chosen.push({ scope: 'type', name: type });
  if (all === true) chosen.push({ scope: 'all', name: '' });
  const [target] = chosen;
  if (target === undefined || chosen.length > 1)
    throw new EaselError('usage', 'say what: one of --job ID, --type NAME and --all');
  return target;
}
