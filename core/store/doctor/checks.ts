/** All that the doctor checks, in the order of repair: what a task needs comes before whether it may go on. */
import { ATTEMPTS, lockTurns } from './attempts.ts';
import { type Examinable, examinable } from './check.ts';
import { ENDS } from './ends.ts';
import { FILES } from './files.ts';
import { FLOWS } from './flows.ts';
import { JOBS } from './jobs.ts';
import { LEASES } from './leases.ts';
import { CANCELLATIONS, PUBLICATIONS, TIMERS, WANTED_INPUTS } from './leftovers.ts';
import { LINES, READY } from './lines.ts';
import { pagesOfTasks } from './pages.ts';
import { PRODUCTS } from './products.ts';
import { ENTRIES } from './queue.ts';
import { WAITS } from './waits.ts';
import { FORGOTTEN_INPUTS, lockConsumers } from './wanted.ts';

const INPUTS = examinable<number>({
  rows: 'inputs of tasks',
  pages: pagesOfTasks,
  lock: lockConsumers,
  checks: FORGOTTEN_INPUTS,
});

const TASKS = examinable<number>({
  rows: 'tasks',
  pages: pagesOfTasks,
  lock: lockTurns,
  checks: [...ENDS, ...WAITS, ...ATTEMPTS, ...FLOWS, ...READY, ...PRODUCTS, ...FILES],
});

export const ALL: readonly Examinable[] = [
  ...[LINES, ENTRIES, WANTED_INPUTS, TIMERS, CANCELLATIONS, LEASES, PUBLICATIONS],
  ...[INPUTS, TASKS, JOBS],
];
