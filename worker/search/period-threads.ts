/**
 * Work that is done for each period of a grid on its own, spread over threads. What comes out does not depend on how many
 * there are: each period has its place in memory that all threads share, and is taken by one of them.
 * No thread outlives the call, however it ends. The other side is period-thread.ts.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface PeriodWork<Input> {
  /** Absolute path of the file that the threads run, which calls `servePeriods`. */
  readonly entry: string;
  /** What the threads need to know; typed arrays made by `shareNumbers` are not copied. */
  readonly input: Input;
  readonly periods: Float64Array;
  /** How many numbers come out for each period. */
  readonly columns: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Share done, 0 to 1. */
  progress(fraction: number): void;
}

/** What a thread is started with. */
export interface PeriodAssignment {
  readonly input: unknown;
  readonly periods: Float64Array;
  /** One row per period. */
  readonly rows: Float64Array;
  readonly columns: number;
  /** How many periods were taken, and how many are done. */
  readonly counts: Int32Array;
  /** How many a thread takes at a time. */
  readonly portion: number;
}

export const TAKEN = 0;
export const DONE = 1;

const MAX_PORTION = 64;
/** Portions for each thread: enough that none waits long for the last. */
const PORTIONS_PER_THREAD = 100;

/** The columns, each as long as `periods`. Rejects with the signal's reason when it is aborted. */
export async function computePeriods<Input>(work: PeriodWork<Input>): Promise<Float64Array[]> {
  const { entry, input, columns, signal, progress } = work;
  signal.throwIfAborted();
  const count = work.periods.length;
  const threads = Math.max(1, Math.min(Math.floor(work.threads), count));
  const assignment: PeriodAssignment = {
    input,
    periods: shareNumbers(work.periods),
    rows: new Float64Array(new SharedArrayBuffer(8 * columns * count)),
    columns,
    counts: new Int32Array(new SharedArrayBuffer(8)),
    portion: Math.min(MAX_PORTION, Math.ceil(count / (threads * PORTIONS_PER_THREAD))),
  };
  const workers = Array.from({ length: threads }, () => new Worker(entry, { workerData: assignment }));
  const report = (): void => progress(Atomics.load(assignment.counts, DONE) / count);
  for (const worker of workers) worker.on('message', report);
  try {
    // Whichever fails first ends the wait; the others are then ended, and what they still say is of no use.
    await Promise.all(workers.map((worker) => once(worker, 'exit', { signal })));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  const done = Atomics.load(assignment.counts, DONE);
  if (done !== count) throw new Error(`the threads of the search ended after ${done} of ${count} periods`);
  return Array.from({ length: columns }, (_, column) =>
    work.periods.map((_period, index) => assignment.rows[index * columns + column] ?? 0),
  );
}

/** A copy that threads can share. */
export function shareNumbers(values: Float64Array): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}
