/** The side of period-threads.ts that runs in each thread: takes periods while there are any. */
import { parentPort, workerData } from 'node:worker_threads';
import { DONE, type PeriodAssignment, TAKEN } from './period-threads.ts';

/** Writes what comes out for one period into `row`. */
export type PeriodFunction = (period: number, row: Float64Array) => void;

/** `prepare` is called once, with what `computePeriods` was given as input; it must have the same type there. */
export function servePeriods<Input>(prepare: (input: Input) => PeriodFunction): void {
  const { input, periods, rows, columns, counts, portion }: PeriodAssignment = workerData;
  const compute = prepare(input as Input);
  for (;;) {
    const start = Atomics.add(counts, TAKEN, portion);
    const end = Math.min(start + portion, periods.length);
    if (start >= end) return;
    for (let index = start; index < end; index++) {
      compute(periods[index] ?? 0, rows.subarray(index * columns, (index + 1) * columns));
    }
    Atomics.add(counts, DONE, end - start);
    parentPort?.postMessage(DONE);
  }
}
