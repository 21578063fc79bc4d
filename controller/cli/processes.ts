/** `easel workers` and `easel schedulers`: who is alive and who is not, and what each does. */
import type { Command } from 'commander';
import { readCount } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { type Cell, type Column, renderTable } from '../../core/cli/table.ts';
import type { Database } from '../../core/db/open.ts';
import { reading } from '../../core/db/transaction.ts';
import { Definitions } from '../../core/store/definitions.ts';
import { listDoings, listProcesses, type ProcessView } from '../../core/store/processes.ts';
import { findTasks, refer } from '../../core/store/task-views.ts';
import { formatCount, formatDuration, formatImage, formatInstant, plural } from '../../core/words/format.ts';

interface Options {
  readonly all?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

const ATTEMPTS_SHOWN = 5;

export function registerWorkers(program: Command, context: CommandContext): void {
  listing(
    program,
    'workers',
    'Show workers: who is alive, who has not been heard of, and what each runs.',
  ).action(async (options: Options, command: Command) => {
    await context.using(command, async ({ database, settings }) => {
      const workers = await readWorkers(database, options, settings.lease_seconds * 1_000);
      if (options.json === true) return context.printJson(workers.map(workerToJson));
      if (workers.length === 0) return context.print('no worker is there: start `easel work`');
      for (const line of tableOf(WORKER_COLUMNS, workers, workerToRow)) context.print(line);
      for (const worker of workers) for (const line of describeWork(worker)) context.print(line);
    });
  });
}

export function registerSchedulers(program: Command, context: CommandContext): void {
  listing(program, 'schedulers', 'Show schedulers: who is alive, and who has not been heard of.').action(
    async ({ all, limit, json }: Options, command: Command) => {
      await context.using(command, async ({ database, settings }) => {
        const wish = { stopped: all === true, limit, aliveWithinMs: settings.lease_seconds * 1_000 };
        const schedulers = await listProcesses(reading(database), { role: 'scheduler', ...wish });
        if (json === true) return context.printJson(schedulers.map(toJson));
        if (schedulers.length === 0)
          return context.print('no scheduler is there: start `easel schedule-waiting`');
        for (const line of tableOf(COLUMNS, schedulers, toRow)) context.print(line);
      });
    },
  );
}

const listing = (program: Command, name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .option('--all', 'those that have stopped, too')
    .option('--limit <n>', 'at most so many', readCount, 100)
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  easel ${name} --all`);

type Worker = Awaited<ReturnType<typeof readWorkers>>[number];

async function readWorkers(database: Database, { all, limit }: Options, aliveWithinMs: number) {
  const reader = reading(database);
  const wish = { role: 'worker' as const, stopped: all === true, limit, aliveWithinMs };
  const workers = await listProcesses(reader, wish);
  const held = await listDoings(
    reader,
    workers.filter(({ state }) => state !== 'stopped').map(({ id }) => id),
    ATTEMPTS_SHOWN,
  );
  const tasks = await findTasks(
    reader,
    [...held.values()].flatMap(({ first }) => first.map(({ task_id }) => task_id)),
  );
  const definitions = new Definitions(database);
  const named = new Map<number, string>();
  for (const task of tasks.values())
    named.set(task.id, refer(task, await definitions.get(task.job_id)).label);
  return workers.map((worker) => {
    const { count = 0, first = [] } = held.get(worker.id) ?? {};
    const attempts = first.map((each) => ({ ...each, label: named.get(each.task_id) ?? '' }));
    return { ...worker, running: count, attempts };
  });
}

const COLUMNS = [
  { title: 'ID', right: true },
  { title: 'STATE' },
  { title: 'HOST' },
  { title: 'PID', right: true },
  { title: 'VERSION' },
  { title: 'STARTED' },
  { title: 'LAST SEEN', right: true },
];

const WORKER_COLUMNS = [
  ...COLUMNS,
  { title: 'CLASS' },
  { title: 'SLOTS', right: true },
  { title: 'RUNNING', right: true },
];

/** Images have a column where there are any. */
function tableOf<Process extends ProcessView>(
  columns: readonly Column[],
  processes: readonly Process[],
  row: (process: Process) => Cell[],
): string[] {
  if (processes.every(({ image }) => image === null)) return renderTable(columns, processes.map(row));
  const imageOf = ({ image }: Process) => (image === null ? '-' : formatImage(image));
  return renderTable(
    [...columns, { title: 'IMAGE' }],
    processes.map((each) => [...row(each), imageOf(each)]),
  );
}

/** A scheduler is seen by a sweep of its own: what it was last seen at is its last sweep. */
function toRow({ id, state, host, pid, version, started_at, silent_ms }: ProcessView): Cell[] {
  const colour = state === 'alive' ? 'green' : state === 'silent' ? 'red' : 'dim';
  return [
    ...[id, { text: state, colour } as const, host, pid, version],
    ...[formatInstant(started_at), `${formatDuration(silent_ms)} ago`],
  ];
}

function workerToRow(worker: Worker): Cell[] {
  return [
    ...toRow(worker),
    worker.worker_class ?? '',
    formatCount(worker.slots),
    formatCount(worker.running),
  ];
}

function describeWork({ id, state, attempts, running }: Worker): string[] {
  const lines = attempts.map(
    ({ task_id, job_id, number, label, running_ms }) =>
      `  worker ${id}: task ${task_id} ${label} of job ${job_id}, attempt ${number}, for ${formatDuration(running_ms)}`,
  );
  const more = running - attempts.length;
  if (more > 0) lines.push(`  worker ${id}: and ${plural(more, 'other')}`);
  if (state === 'silent' && running > 0)
    lines.push(`  worker ${id} is silent: a scheduler takes back what it holds when the leases run out`);
  return lines;
}

function toJson({
  id,
  state,
  host,
  pid,
  version,
  image,
  started_at,
  last_seen_at,
  silent_ms,
  ended_at,
}: ProcessView) {
  return { id, state, host, pid, version, image, started_at, last_seen_at, silent_ms, ended_at };
}

function workerToJson(worker: Worker) {
  const { worker_class, slots, running, attempts } = worker;
  return { ...toJson(worker), worker_class, slots, running, attempts };
}
