/**
 * A job as it runs, told to whoever waits for it: on a terminal one line that is drawn again and again, elsewhere a
 * line now and then when something has changed. Only reads: to stop watching stops nothing else.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { reading } from '../db/transaction.ts';
import type { Installation } from '../installation.ts';
import type { JobState } from '../model/states.ts';
import { type JobView, viewJob } from '../store/job-views.ts';
import { formatCount, formatDuration, plural } from '../words/format.ts';
import { formatBar } from './bar.ts';
import type { CommandContext } from './context.ts';
import { describeFailures } from './outcome.ts';
import { paint, stateColour } from './style.ts';
import { cutTo } from './table.ts';
import { outliveReader, redrawLine, terminalWidth } from './terminal.ts';

const LOOK_EVERY_MS = 200;
const LINE_EVERY_MS = 2_000;

/** Returns how the job ended, or `running` when `stop` was aborted first. */
export async function watchJob(
  context: CommandContext,
  installation: Installation,
  jobId: number,
  stop: AbortSignal,
): Promise<JobState> {
  outliveReader();
  const display = terminalWidth() === undefined ? new Lines(context) : new Redrawn();
  for (;;) {
    const job = await lookAt(context, installation, jobId);
    if (job !== undefined && job.state !== 'running') {
      display.end();
      await printOutcome(context, installation, job);
      return job.state;
    }
    if (job !== undefined) display.show(job);
    if (stop.aborted) {
      display.end();
      return 'running';
    }
    await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Undefined while the database is away: the job may well go on, and looking is tried again. */
async function lookAt(
  context: CommandContext,
  { database }: Installation,
  jobId: number,
): Promise<JobView | undefined> {
  try {
    return await viewJob(reading(database), jobId);
  } catch (error) {
    if (!database.dialect.isOutage(error) && !database.dialect.isContention(error)) throw error;
    context.emit('outage', {
      what: 'the database',
      reason: error instanceof Error ? error.message : String(error),
    });
    return undefined;
  }
}

interface Display {
  show(job: JobView): void;
  /** The place of the line is free for others. */
  end(): void;
}

class Redrawn implements Display {
  show(job: JobView): void {
    redrawLine(cutTo(progressLine(job, { bar: true }), (terminalWidth() ?? 80) - 1));
  }

  end(): void {
    redrawLine('');
  }
}

class Lines implements Display {
  readonly #context: CommandContext;
  #last = '';
  #printedAt = Number.NEGATIVE_INFINITY;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  show(job: JobView): void {
    const line = progressLine(job, { elapsed: false });
    if (line === this.#last || performance.now() - this.#printedAt < LINE_EVERY_MS) return;
    this.#last = line;
    this.#printedAt = performance.now();
    this.#context.print(progressLine(job, {}));
  }

  end(): void {}
}

const BAR_WIDTH = 24;

/** `job 7: [███░░] 120/400 tasks, 8 running, 2 failed, 12 s`; `400+` while more may be created. */
export function progressLine(
  job: JobView,
  { bar = false, elapsed = true }: { bar?: boolean; elapsed?: boolean },
): string {
  const { total, ended, states } = job.progress;
  const of = `${formatCount(total)}${job.pending_flows > 0 ? '+' : ''}`;
  const parts = [`${formatCount(ended)}/${of} tasks`];
  for (const state of ['running', 'failed', 'blocked', 'cancelled'] as const) {
    const count = states[state] ?? 0;
    if (count > 0) parts.push(`${formatCount(count)} ${state}`);
  }
  if (job.paused) parts.push('paused');
  if (elapsed) parts.push(formatDuration((job.ended_at ?? job.now) - job.submitted_at));
  const drawn = bar ? `[${formatBar(total === 0 ? 0 : ended / total, BAR_WIDTH)}] ` : '';
  return `job ${job.id}: ${drawn}${parts.join(', ')}`;
}

async function printOutcome(
  context: CommandContext,
  { database }: Installation,
  job: JobView,
): Promise<void> {
  const { states } = job.progress;
  const counts = (['done', 'failed', 'blocked', 'cancelled', 'not_taken'] as const)
    .filter((state) => (states[state] ?? 0) > 0)
    .map((state) => `${plural(states[state] ?? 0, 'task')} ${state.replace('_', ' ')}`);
  const took = formatDuration((job.ended_at ?? job.now) - job.submitted_at);
  context.print(`job ${job.id} ${paint(stateColour(job.state), job.state)}: ${[...counts, took].join(', ')}`);
  if (job.state === 'failed')
    for (const line of await describeFailures(database, job.id)) context.print(line);
}
