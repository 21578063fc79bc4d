/** `easel errors`: what went wrong, newest first. */
import type { Command } from 'commander';
import { readCount, readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import type { Database } from '../../core/db/open.ts';
import { reading } from '../../core/db/transaction.ts';
import { Definitions } from '../../core/store/definitions.ts';
import { type FailureView, listFailures } from '../../core/store/failure-views.ts';
import { viewJob } from '../../core/store/job-views.ts';
import { findTask, refer } from '../../core/store/task-views.ts';
import { formatInstant } from '../../core/words/format.ts';
import { firstLine } from '../../core/words/text.ts';

interface Options {
  readonly limit: number;
  readonly before?: number;
  readonly json?: boolean;
}

export function registerErrors(program: Command, context: CommandContext): void {
  program
    .command('errors')
    .description('List tasks that failed, newest first: of a job, or of all jobs.')
    .argument('[job]', 'id of the job; without it, attempts that failed in any job', readId)
    .option('--limit <n>', 'at most so many', readCount, 20)
    .option('--before <task>', 'go on after this task of the list before', readId)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel errors 42 --limit 50')
    .action(async (job: number | undefined, { limit, before, json }: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const reader = reading(database);
        if (job !== undefined) await viewJob(reader, job); // says so when there is none
        const last = before === undefined ? undefined : await findTask(reader, before);
        const found = await listFailures(reader, { jobId: job, limit: Math.min(limit, 1_000), before: last });
        const failures = await place(database, found);
        if (json === true) return context.printJson(failures);
        if (failures.length === 0)
          return context.print(
            job === undefined ? 'no attempt has failed' : `nothing has failed in job ${job}`,
          );
        for (const line of renderTable(COLUMNS, failures.map(toRow))) context.print(line);
        const end = failures.at(-1);
        if (end !== undefined && failures.length === limit) {
          context.print(
            `older ones: easel errors ${job ?? ''}${job === undefined ? '' : ' '}--before ${end.task_id}`,
          );
        }
      });
    });
}

/** Adds what stands in the job file: the name and the place of each task. */
async function place(database: Database, failures: readonly FailureView[]) {
  const definitions = new Definitions(database);
  const placed = [];
  for (const { task, exit_class, attempt, ended_at, error, state } of failures) {
    const { label, path } = refer(task, await definitions.get(task.job_id));
    const { id: task_id, job_id, type } = task;
    placed.push({ job_id, task_id, type, label, path, state, exit_class, attempt, ended_at, error });
  }
  return placed;
}

type Placed = Awaited<ReturnType<typeof place>>[number];

const COLUMNS = [
  { title: 'JOB', right: true },
  { title: 'TASK', right: true },
  { title: 'TYPE' },
  { title: 'WHERE' },
  { title: 'EXIT' },
  { title: 'TRY', right: true },
  { title: 'WHEN' },
  { title: 'ERROR' },
];

function toRow({
  job_id,
  task_id,
  label,
  path,
  exit_class,
  attempt,
  ended_at,
  error,
  state,
}: Placed): Cell[] {
  const since = state === 'failed' ? '' : `[${state} now] `;
  return [
    job_id,
    task_id,
    label,
    path,
    exit_class === null ? '-' : { text: exit_class, colour: 'red' },
    attempt ?? '-',
    ended_at === null ? '-' : formatInstant(ended_at),
    `${since}${firstLine(error)}`,
  ];
}
