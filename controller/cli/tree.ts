/** `easel tree`: the tasks of a job level by level, a page of each level at a time, whatever the size of the job. */
import type { Command } from 'commander';
import { readCount, readId, readInteger } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { paint, stateColour } from '../../core/cli/style.ts';
import { cutTo } from '../../core/cli/table.ts';
import { terminalWidth } from '../../core/cli/terminal.ts';
import { reading } from '../../core/db/transaction.ts';
import { EaselError } from '../../core/model/errors.ts';
import { pausesOnJob } from '../../core/store/pauses.ts';
import { readTree, type TreeNode } from '../../core/store/task-tree.ts';
import { findRoot, findTask } from '../../core/store/task-views.ts';
import { formatCount } from '../../core/words/format.ts';
import { describePause } from '../../core/words/pauses.ts';
import { stateMark, stateWord } from '../../core/words/states.ts';
import { firstLine, printable } from '../../core/words/text.ts';

interface Options {
  readonly depth: number;
  readonly limit: number;
  readonly after?: number;
  readonly json?: boolean;
}

export function registerTree(program: Command, context: CommandContext): void {
  program
    .command('tree')
    .description('Show the tasks of a job as a tree, with their states and ids.')
    .argument('<job>', 'id of the job', readId)
    .argument('[task]', 'id of the task to start from', readId)
    .option('--depth <n>', 'levels below the first task', readCount, 6)
    .option('--limit <n>', 'children of each task', readCount, 10)
    .option('--after <position>', 'of the first task, only children after this position', readInteger)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel tree 42\n  easel tree 42 1234 --after 99 --limit 100')
    .action(
      async (
        job: number,
        task: number | undefined,
        { depth, limit, after, json }: Options,
        command: Command,
      ) => {
        await context.using(command, async ({ database }) => {
          const reader = reading(database);
          const root = task === undefined ? await findRoot(reader, job) : await findTask(reader, task);
          if (root.job_id !== job)
            throw new EaselError(
              'not_found',
              `task ${root.id} is not of job ${job}: it is of job ${root.job_id}`,
            );
          const tree = await readTree(database, root, { depth, limit: Math.min(limit, 1_000), after });
          if (json === true) return context.printJson(toJson(tree));
          for (const line of render(tree, '')) context.print(line);
          for (const pause of await pausesOnJob(reader, job)) context.print(renderLine(describePause(pause)));
        });
      },
    );
}

function toJson({ task, children, more, ...rest }: TreeNode): object {
  return { ...task, ...rest, more: more?.count ?? 0, children: children.map(toJson) };
}

function* render(node: TreeNode, indent: string): Generator<string> {
  yield `${indent}${describe(node, indent.length)}`;
  const below = `${indent}  `;
  for (const child of node.children) yield* render(child, below);
  const { more, task } = node;
  if (more === null) return;
  const goOn = `easel tree ${task.job_id} ${task.id}${more.after < 0 ? '' : ` --after ${more.after}`}`;
  const what = node.children.length === 0 ? children(more.count) : `and ${formatCount(more.count)} more`;
  yield `${below}... ${what} (${goOn})`;
}

function describe({ task, bad_children, attempts, reason }: TreeNode, indent: number): string {
  const { id, label, state } = task;
  const facts = [stateWord(state)];
  if (bad_children > 0) facts.push(`${children(bad_children)} bad`);
  if (attempts > 1) facts.push(`${attempts} attempts`);
  if (reason !== null && state !== 'done') facts.push(firstLine(reason));
  const plain = `${printable(label)}  #${id}  ${facts.join(', ')}`;
  const width = terminalWidth();
  const text = width === undefined ? plain : cutTo(plain, Math.max(20, width - indent - 2));
  return `${paint(stateColour(state), stateMark(state))} ${state === 'not_taken' ? paint('dim', text) : text}`;
}

const children = (count: number) => (count === 1 ? '1 child' : `${formatCount(count)} children`);
