/** `easel why`: why a task stands where it stands, down to the one thing that it comes down to. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { plural } from '../../core/cli/format.ts';
import { paint, stateColour, stateWord } from '../../core/cli/style.ts';
import { printable } from '../../core/cli/terminal.ts';
import type { TaskState } from '../../core/model/states.ts';
import type { Explanation, Step } from '../../core/store/explanation.ts';
import { explain } from '../../core/store/why.ts';
import { describeReason, nameTask } from './why-words.ts';

export function registerWhy(program: Command, context: CommandContext): void {
  program
    .command('why')
    .description('Explain why a task is in its state: what it waits for, what it failed of, and what to do.')
    .argument('<task>', 'id of the task', readId)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel why 1234')
    .action(async (task: number, { json }: { json?: boolean }, command: Command) => {
      await context.using(command, async ({ database, registry, settings }) => {
        const explanation = await explain(database, task, {
          registry,
          defaults: settings,
          aliveWithinMs: settings.lease_seconds * 1_000,
        });
        if (json === true) context.printJson(explanation);
        else for (const line of render(explanation)) context.print(line);
      });
    });
}

/** The state and what it comes down to, what to do, and then the way there. */
function render({ task, job_state, steps, end, advice }: Explanation): string[] {
  const [own, ...others] = steps;
  if (own === undefined) return [];
  const last = others.at(-1);
  const root = last === undefined ? '' : `; it comes down to this: ${sentence(last)}`;
  return [
    `${sentence(own)}${end === 'found' ? root : ''}`,
    paint('bold', advice),
    `${printable(task.path)} of job ${task.job_id} (${job_state})`,
    ...describeReason(own.reason).details.map((line) => `  ${line}`),
    ...others.flatMap((step, at) => stepLines(step, '  '.repeat(Math.min(at + 1, 10)))),
  ];
}

const VERBS: Partial<Record<TaskState, string>> = { failed: '', not_taken: 'was ', cancelled: 'was ' };

function sentence({ task, reason }: Step): string {
  const state = paint(stateColour(task.state), stateWord(task.state));
  return `${nameTask(task)} ${VERBS[task.state] ?? 'is '}${state}${describeReason(reason).gist}`;
}

function stepLines(step: Step, indent: string): string[] {
  const { details } = describeReason(step.reason);
  const skipped = step.skipped === 0 ? [] : [`${indent}... ${plural(step.skipped, 'task')} between ...`];
  return [...skipped, `${indent}${sentence(step)}`, ...details.map((line) => `${indent}  ${line}`)];
}
