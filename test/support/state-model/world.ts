/**
 * One task and whoever acts on it, as the state model sees them: two schedulers, two workers, one reaper, a broker that
 * loses and doubles hints, and people. A world holds what the tables hold of the task and what each process has in hand
 * between two of its transactions. Locks that a transaction holds while another may run are part of what it has in hand.
 */
import type { AttemptState, TaskState } from '../../../core/model/states.ts';

export interface Attempt {
  readonly id: number;
  state: AttemptState;
  /** `gone`: of a process that has died. Whoever is started in its place has another id. */
  worker: number | 'gone' | undefined;
  /** The lease lies in the past. */
  expired: boolean;
  /** Its row in `queue_entries`. */
  entry: boolean;
  /** Messages of the broker that name it. */
  hints: number;
}

export type Phase =
  | 'claimed'
  | 'executing'
  | 'good' // its process has ended, its outcome is to be committed
  | 'bad'
  | 'half good' // only where the commit is taken apart
  | 'half bad'
  | 'stopped'
  | 'dropping' // its process is asked to stop: the attempt is not the worker's any more
  | 'returning' // the same, to be given back
  | 'cancelling'; // the same, since somebody wants it cancelled

export interface Held {
  readonly attempt: number;
  phase: Phase;
}

export interface Worker {
  frozen: boolean;
  /** An entry that its claim has locked and not yet deleted; `hinted`: by a message that is not acknowledged yet. */
  taking: { readonly attempt: number; readonly hinted: boolean } | undefined;
  held: Held[];
}

export interface Scheduler {
  /** Holds the lock of the task's row in the line. */
  picked: boolean;
  /** Dispatched, and not yet hinted. */
  hint: number | undefined;
}

export interface World {
  task: TaskState;
  /** Attempts ever made; not part of what tells two worlds apart. */
  number: number;
  losses: number;
  retried: number;
  /** Rows in `ready_tasks`. */
  inLine: number;
  /** Its `retry` row in `timers`. */
  timer: boolean;
  /** Its row in `cancellations`. */
  cancelling: boolean;
  /** Outcomes committed as successes since the task was last opened. */
  successes: number;
  attempts: Attempt[];
  schedulers: Scheduler[];
  workers: Worker[];
  /** The attempt that the reaper has found expired (and locked). */
  reaping: number | undefined;
}

export function newWorld(): World {
  const scheduler = (): Scheduler => ({ picked: false, hint: undefined });
  const worker = (): Worker => ({ frozen: false, taking: undefined, held: [] });
  return {
    ...{ task: 'ready', number: 0, losses: 0, retried: 0, inLine: 1, timer: false, cancelling: false },
    ...{ successes: 0, attempts: [], reaping: undefined },
    schedulers: [scheduler(), scheduler()],
    workers: [worker(), worker()],
  };
}

export function copy(world: World): World {
  return {
    ...world,
    attempts: world.attempts.map((each) => ({ ...each })),
    schedulers: world.schedulers.map((each) => ({ ...each })),
    workers: world.workers.map((each) => ({ ...each, held: each.held.map((held) => ({ ...held })) })),
  };
}

export const isOpen = ({ state }: Attempt): boolean => state === 'queued' || state === 'running';
export const hasProcess = ({ phase }: Held): boolean =>
  phase === 'executing' || phase === 'dropping' || phase === 'returning' || phase === 'cancelling';

export function find(world: World, id: number): Attempt {
  const attempt = world.attempts.find((each) => each.id === id);
  if (attempt === undefined) throw new Error(`no attempt ${id}`);
  return attempt;
}

/**
 * Forgets attempts that have ended and that nobody and nothing refers to. A hint of an attempt that has ended is all the
 * same whether it is sent yet or not; of such, one is as good as several.
 */
export function forget(world: World): void {
  const { workers, schedulers, reaping } = world;
  let stale = 0;
  for (const each of world.attempts) {
    if (isOpen(each)) continue;
    for (const scheduler of schedulers) {
      if (scheduler.hint !== each.id) continue;
      scheduler.hint = undefined;
      each.hints++;
    }
    each.hints = Math.min(each.hints, 1 - stale);
    stale += each.hints;
  }
  world.attempts = world.attempts.filter(
    (each) =>
      isOpen(each) ||
      each.entry ||
      each.hints > 0 ||
      reaping === each.id ||
      workers.some(
        ({ taking, held }) => taking?.attempt === each.id || held.some(({ attempt }) => attempt === each.id),
      ),
  );
}

/** The same text for worlds that differ only in numbers of attempts, or in which of two alike processes is which. */
export function keyOf(world: World): string {
  const [first, second] = [textOf(world, [0, 1]), textOf(world, [1, 0])];
  return first < second ? first : second;
}

function textOf(world: World, order: readonly number[]): string {
  const { task, losses, retried, inLine, timer, cancelling, successes, schedulers, workers, reaping } = world;
  const attempts = world.attempts.map((each) => {
    const { id, state, worker, expired, entry, hints } = each;
    let text = isOpen(each) ? `${state}${typeof worker === 'number' ? order[worker] : worker}${expired}` : '';
    text += `${entry}${hints}`;
    for (const { hint } of schedulers) if (hint === id) text += 's';
    if (reaping === id) text += 'r';
    for (const at of order) {
      const { taking, held } = workers[at] ?? IDLE;
      text += '/';
      if (taking?.attempt === id) text += taking.hinted ? 'H' : 'T';
      // Of an attempt that has ended, its worker need only know that it was not given back or cancelled.
      for (const { attempt, phase } of held) if (attempt === id) text += phase + (state === 'cancelled');
    }
    return text;
  });
  let actors = '';
  for (const { picked } of schedulers) if (picked) actors += 'p';
  for (const at of order) actors += workers[at]?.frozen === true ? 'f' : 'u';
  return `${task}${losses}${retried}${inLine}${timer}${cancelling}${successes}${actors} ${attempts.sort().join(';')}`;
}

const IDLE: Worker = { frozen: false, taking: undefined, held: [] };
