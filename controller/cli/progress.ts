/** `easel progress`: how far a job has come, by task type and state. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { progressLine, watchJob } from '../../core/cli/progress.ts';
import { paint, stateColour } from '../../core/cli/style.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import { reading } from '../../core/db/transaction.ts';
import { TASK_STATES, type TaskState } from '../../core/model/states.ts';
import { readCounts, type TaskCount } from '../../core/store/counts.ts';
import { currentJob, viewJob } from '../../core/store/job-views.ts';
import { pausesOnJob } from '../../core/store/pauses.ts';
import { formatCount } from '../../core/words/format.ts';
import { describePause } from '../../core/words/pauses.ts';
import { stateWord } from '../../core/words/states.ts';

interface Options {
  readonly follow?: boolean;
  readonly json?: boolean;
}

export function registerProgress(program: Command, context: CommandContext): void {
  program
    .command('progress')
    .description('Show how far a job has come, by task type and state.')
    .argument('[job]', 'id of the job; without it, the newest that runs, or else the newest', readId)
    .option('--follow', 'go on until the job has ended; exit 1 when it has not succeeded')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel progress 42 --follow')
    .action(async (job: number | undefined, { follow, json }: Options, command: Command) => {
      await context.using(command, async (installation) => {
        const reader = reading(installation.database);
        const id = job ?? (await currentJob(reader));
        if (follow === true) return await followJob(context, installation, id);
        const view = await viewJob(reader, id);
        const counts = await readCounts(reader, [id]);
        if (json === true) return context.printJson(counts.map(toJson));
        context.print(`${progressLine(view, { bar: true })} (${paint(stateColour(view.state), view.state)})`);
        for (const line of renderCounts(counts)) context.print(line);
        if (view.state === 'running')
          for (const pause of await pausesOnJob(reader, id)) context.print(renderLine(describePause(pause)));
      });
    });
}

async function followJob(
  context: CommandContext,
  installation: Parameters<typeof watchJob>[1],
  id: number,
): Promise<void> {
  const state = await watchJob(context, installation, id, context.stopSignal());
  if (state !== 'succeeded' && state !== 'running') context.fail();
}

function toJson({ job_id, type, state, tasks }: TaskCount) {
  return { job_id, type, state, tasks: Number(tasks) };
}

/** A row per type, a column per state that occurs. */
function renderCounts(counts: readonly TaskCount[]): string[] {
  const states = TASK_STATES.filter((state) => counts.some((each) => each.state === state));
  const columns = [
    { title: 'TYPE' },
    ...states.map((state) => ({ title: stateWord(state).toUpperCase(), right: true })),
  ];
  const byType = [...Map.groupBy(counts, ({ type }) => type)].sort(([a], [b]) => (a < b ? -1 : 1));
  return renderTable(
    columns,
    byType.map(([type, own]) => [type, ...states.map((state) => countCell(own, state))]),
  );
}

function countCell(counts: readonly TaskCount[], state: TaskState): Cell {
  const tasks = counts.find((each) => each.state === state)?.tasks;
  return tasks === undefined ? '' : { text: formatCount(Number(tasks)), colour: stateColour(state) };
}
