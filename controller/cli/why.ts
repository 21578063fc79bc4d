/** `easel why`: why a task stands where it stands, down to the one thing that it comes down to. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
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
          aliveWithinMs: settings.lease_seconds * 1_000,
        });
        if (json === true) context.printJson(explanation);
        else for (const line of render(explanation)) context.print(line);
      });
    });
}

function render({ task, job_state, steps, advice }: Explanation): string[] {
  const [own, ...others] = steps;
  const head = `${nameTask(task)} (${printable(task.path)}) of job ${task.job_id} (${job_state})`;
  return [
    head,
    ...(own === undefined ? [] : stepLines(own, '')),
    ...others.flatMap((step, at) => stepLines(step, '  '.repeat(Math.min(at + 1, 10)))),
    paint('bold', advice),
  ];
}

const VERBS: Partial<Record<TaskState, string>> = { failed: '', not_taken: 'was ', cancelled: 'was ' };

function stepLines({ task, reason }: Step, indent: string): string[] {
  const [first = '', ...rest] = describeReason(reason);
  const state = paint(stateColour(task.state), stateWord(task.state));
  const who = indent === '' ? 'It' : nameTask(task);
  const verb = VERBS[task.state] ?? 'is ';
  return [`${indent}${who} ${verb}${state}${first}`, ...rest.map((line) => `${indent}  ${line}`)];
}
