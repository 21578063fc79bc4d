/** `easel jobs`: the jobs of this installation, newest first. */
import { type Command, Option } from 'commander';
import { readCount, readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { stateColour } from '../../core/cli/style.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import { reading } from '../../core/db/transaction.ts';
import { JOB_STATES, type JobState } from '../../core/model/states.ts';
import { listJobPage } from '../../core/store/job-list.ts';
import type { JobView } from '../../core/store/job-views.ts';
import { formatCount, formatDuration, formatInstant } from '../../core/words/format.ts';

interface Options {
  readonly state?: JobState;
  readonly limit: number;
  readonly before?: number;
  readonly json?: boolean;
}

export function registerJobs(program: Command, context: CommandContext): void {
  program
    .command('jobs')
    .description('List jobs, newest first.')
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(JOB_STATES))
    .option('--limit <n>', 'at most so many', readCount, 20)
    .option('--before <id>', 'only jobs older than this one', readId)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel jobs --state failed --limit 5')
    .action(async ({ state, limit, before, json }: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const query = { state, limit: Math.min(limit, 1_000), before };
        const { jobs } = await listJobPage(reading(database), query);
        if (json === true) return context.printJson(jobs.map(toJson));
        if (jobs.length === 0) return context.print('no jobs');
        for (const line of renderTable(COLUMNS, jobs.map(toRow))) context.print(line);
      });
    });
}

const COLUMNS = [
  { title: 'JOB', right: true },
  { title: 'NAME' },
  { title: 'STATE' },
  { title: 'DONE', right: true },
  { title: 'FAILED', right: true },
  { title: 'SUBMITTED' },
  { title: 'DURATION', right: true },
];

function toRow({ id, name, state, paused, ...rest }: JobView): Cell[] {
  const { progress, pending_flows, submitted_at, ended_at, now } = rest;
  const { total, states } = progress;
  const of = `${formatCount(total)}${pending_flows > 0 && state === 'running' ? '+' : ''}`;
  const failed = states.failed ?? 0;
  return [
    id,
    name ?? '',
    { text: paused ? `${state}, paused` : state, colour: stateColour(state) },
    `${formatCount(states.done ?? 0)}/${of}`,
    failed === 0 ? '0' : { text: formatCount(failed), colour: 'red' },
    formatInstant(submitted_at),
    formatDuration((ended_at ?? now) - submitted_at),
  ];
}

function toJson({ id, name, state, paused, priority, progress, submitted_at, ended_at, now }: JobView) {
  const { total, states } = progress;
  return {
    ...{
      id,
      name,
      state,
      paused,
      priority,
      submitted_at,
      ended_at,
      duration_ms: (ended_at ?? now) - submitted_at,
    },
    ...{ tasks: total, done: states.done ?? 0, running: states.running ?? 0 },
    ...{ failed: states.failed ?? 0, blocked: states.blocked ?? 0, cancelled: states.cancelled ?? 0 },
  };
}
