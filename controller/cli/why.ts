/** `easel why`: why a task stands where it stands, down to the one thing that it comes down to. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { paint } from '../../core/cli/style.ts';
import type { Explanation } from '../../core/store/explanation.ts';
import { explain } from '../../core/store/why.ts';
import { advise } from '../../core/words/advice.ts';
import { plural } from '../../core/words/format.ts';
import { textOf } from '../../core/words/line.ts';
import { printable } from '../../core/words/text.ts';
import { describeWhy, type StepWords } from '../../core/words/why.ts';

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
        if (json === true) context.printJson({ ...explanation, advice: textOf(advise(explanation)) });
        else for (const line of render(explanation)) context.print(line);
      });
    });
}

/** The state and what it comes down to, what to do, and then the way there. */
function render(explanation: Explanation): string[] {
  const { task, job_state } = explanation;
  const { answer, advice, details, steps } = describeWhy(explanation);
  return [
    renderLine(answer),
    paint('bold', renderLine(advice)),
    `${printable(task.path)} of job ${task.job_id} (${job_state})`,
    ...details.map((line) => `  ${renderLine(line)}`),
    ...steps.flatMap((step, at) => stepLines(step, '  '.repeat(Math.min(at + 1, 10)))),
  ];
}

function stepLines({ skipped, sentence, details }: StepWords, indent: string): string[] {
  const between = skipped === 0 ? [] : [`${indent}... ${plural(skipped, 'task')} between ...`];
  const lines = details.map((line) => `${indent}  ${renderLine(line)}`);
  return [...between, `${indent}${renderLine(sentence)}`, ...lines];
}
