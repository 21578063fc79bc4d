/** What the attempts of a work task have left: their rows, usages, failures, logs, files and the queue. */
import type { SeedFiles } from './files.ts';
import { logRows } from './log-rows.ts';
import type { JobHead, SeedAttempt, SeedTask } from './model.ts';
import type { Sink } from './sink.ts';
import type { Tally } from './tally.ts';
import { factsOf } from './types.ts';

export interface AttemptContext {
  readonly job: JobHead;
  readonly random: () => number;
  readonly nextId: () => number;
  readonly now: number;
  /** From the clock of the job to that of the database. */
  readonly offsetMs: number;
  /** How long from now those that run are held by their workers. */
  readonly holdMs: number;
  readonly workerClass: string;
  readonly files: SeedFiles;
  /** Of the attempts, those that have written to their log. */
  readonly logShare: number;
  readonly tally: Tally;
  /** Of the attempt that is asked for: whether it has written a great many lines. */
  readonly isTalkative: (task: SeedTask) => boolean;
}

type Context = AttemptContext & { readonly rank: number };

export function attemptRows(sink: Sink, task: SeedTask, context: Context): void {
  for (const [at, attempt] of task.attempts.entries())
    attemptRow(sink, { task, attempt, number: at + 1 }, context);
  const success = task.attempts.findLast(({ state }) => state === 'succeeded');
  const current = task.state === 'done' ? success : undefined;
  for (const { id, output, address } of task.products) {
    const versions = task.attempts.flatMap((attempt) =>
      versionRow(sink, { task, attempt, address, productId: id }, context),
    );
    const version_id = current === undefined ? null : (versions.at(-1) ?? null);
    sink.add('products', { id, job_id: context.job.id, task_id: task.id, output, address, version_id });
  }
  if (task.published !== null) sink.add('output_metadata', { task_id: task.id, metadata: task.published });
}

interface Numbered {
  readonly task: SeedTask;
  readonly attempt: SeedAttempt;
  readonly number: number;
}

function attemptRow(sink: Sink, { task, attempt, number }: Numbered, context: Context): void {
  const { job, offsetMs, random } = context;
  const { id, state, startedAt, endedAt, exitClass } = attempt;
  const isOpen = state === 'queued' || state === 'running';
  sink.add('attempts', {
    id,
    task_id: task.id,
    job_id: job.id,
    number,
    state,
    open_task_id: isOpen ? task.id : null,
    worker_id: attempt.workerId,
    lease_until: state === 'running' ? context.now + context.holdMs : null,
    seed: Math.floor(random() * 2 ** 32),
    queued_at: attempt.queuedAt + offsetMs,
    started_at: startedAt === null ? null : startedAt + offsetMs,
    begun_at: exitClass === 'lost' && startedAt !== null ? startedAt + offsetMs : null,
    ended_at: endedAt === null ? null : endedAt + offsetMs,
    exit_class: exitClass,
    exit_code: exitClass === 'exit' ? 3 : null,
    exit_signal: exitClass === 'signal' ? 'SIGSEGV' : null,
    error: attempt.error,
  });
  if (state === 'queued') queueRow(sink, { task, attempt, number }, context);
  if (startedAt !== null && endedAt !== null) endRows(sink, { task, attempt, number }, context);
  const isTold = state !== 'succeeded' || random() < context.logShare;
  if (startedAt !== null && (isTold || context.isTalkative(task))) {
    const isLong = context.isTalkative(task);
    logRows(sink, attempt, { from: startedAt + offsetMs, isLong, random });
  }
}

function queueRow(sink: Sink, { task, attempt }: Numbered, { rank, workerClass, offsetMs }: Context): void {
  sink.add('queue_entries', {
    ...{ worker_class: workerClass, rank, attempt_id: attempt.id, task_id: task.id },
    published_at: attempt.queuedAt + offsetMs,
  });
}

function endRows(
  sink: Sink,
  { task, attempt, number }: Numbered,
  { job, offsetMs, random, tally }: Context,
): void {
  const { id, state, startedAt, endedAt } = attempt;
  const at = (endedAt ?? 0) + offsetMs;
  const { memoryMb } = factsOf(task.type);
  if (state !== 'lost') {
    const wall_ms = Math.max(0.1, (endedAt ?? 0) - (startedAt ?? 0) - random());
    const isMeasured = memoryMb !== 60; // those that run in the worker itself are not
    const usage = {
      attempt_id: id,
      job_id: job.id,
      type: task.type,
      wall_ms,
      cpu_ms: isMeasured ? wall_ms * (0.6 + 0.8 * random()) : null,
      peak_memory_bytes: isMeasured ? Math.floor(memoryMb * 2 ** 20 * (0.8 + 0.5 * random() ** 3)) : null,
    };
    sink.add('usages', usage);
    tally.usage(usage);
  }
  if (task.state === 'failed' && number === task.attempts.length)
    sink.add('failures', { attempt_id: id, job_id: job.id, task_id: task.id, at });
  if (number === task.attempts.length) tally.ended(task.type, task.state, at);
}

interface Made {
  readonly task: SeedTask;
  readonly attempt: SeedAttempt;
  readonly address: string;
  readonly productId: number;
}

/** Of an attempt that did not pass quality control the file is kept as evidence. */
function versionRow(sink: Sink, { task, attempt, address, productId }: Made, context: Context): number[] {
  const { id, state, exitClass, endedAt } = attempt;
  const isRefused = exitClass === 'qc';
  if (state !== 'succeeded' && !isRefused) return [];
  const versionId = context.nextId();
  const isNewest = state === 'succeeded' && attempt === task.attempts.at(-1);
  const { file, size, sha256 } = context.files.put(id, address, isNewest);
  sink.add('versions', {
    id: versionId,
    product_id: productId,
    attempt_id: id,
    passed: isRefused ? 0 : 1,
    reason: isRefused ? attempt.error : null,
    size,
    sha256,
    file,
    metadata: task.published ?? '{}',
    created_at: (endedAt ?? 0) + context.offsetMs,
  });
  return [versionId];
}
