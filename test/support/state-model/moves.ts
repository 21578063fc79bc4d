/** The guarded moves of core/store/moves.ts, and what several steps have in common. */
import type { AttemptState, TaskState } from '../../../core/model/states.ts';
import { Breach, type Rules } from './rules.ts';
import { type Attempt, find, type Held, isOpen, type World } from './world.ts';

/** `expectAll`: a move that does not find its task in the state that it moves from throws. */
export function moveTask(world: World, from: TaskState, to: TaskState): void {
  if (world.task !== from) throw new Breach(`task ${from} -> ${to}: it is ${world.task}`);
  world.task = to;
}

/** `endHeldAttempts`: whether the attempt was still this worker's, and so has ended. */
export function endHeld(
  world: World,
  { attempt }: Held,
  { worker, to, rules }: { worker: number; to: AttemptState; rules: Rules },
): boolean {
  const isMeant = (each: Attempt) => each.id === attempt || (!rules.endChecksAttempt && isOpen(each));
  const found = world.attempts.find(
    (each) =>
      isMeant(each) &&
      (!rules.endChecksRunning || each.state === 'running') &&
      (!rules.endChecksWorker || each.worker === worker),
  );
  if (found === undefined) return false;
  found.state = to;
  if (to === 'succeeded') world.successes++;
  return true;
}

/** A waiting transaction of somebody else holds the row of the attempt. */
export const isLocked = (world: World, id: number, rules: Rules): boolean =>
  rules.reapLocks && world.reaping === id;

/** `standInLine`. */
export function putInLine(world: World): void {
  world.inLine++;
}

/** The task ends: whoever wanted it cancelled has nothing left to want. */
export function endTask(world: World, from: TaskState, to: 'done' | 'failed' | 'cancelled'): void {
  moveTask(world, from, to);
  world.cancelling = false;
}

/** `returnTasks`, `retryLostTasks`: the task is to be tried again, unless somebody wants it cancelled. */
export function tryAgain(world: World, putsInLine = true): void {
  if (world.cancelling) endTask(world, 'running', 'cancelled');
  else {
    moveTask(world, 'running', 'ready');
    if (putsInLine) putInLine(world);
  }
}

/** `dispatch` of core/store/dispatch.ts: an attempt and its queue entry. */
export function makeAttempt(world: World, rules: Rules): number {
  if (rules.dispatchChecksReady) moveTask(world, 'ready', 'queued');
  else world.task = 'queued';
  if (rules.oneOpenAttempt && world.attempts.some(isOpen)) throw new Breach('attempts_open: duplicate key');
  const id = ++world.number;
  world.attempts.push({ id, state: 'queued', worker: undefined, expired: false, entry: true, hints: 0 });
  return id;
}

export const openAttempt = (world: World): Attempt | undefined => world.attempts.find(isOpen);

/** `endAttempts`, for attempts that the transaction has locked. */
export function endLocked(
  world: World,
  id: number,
  { from, to, checks }: { from: AttemptState; to: AttemptState; checks: boolean },
): void {
  const attempt = find(world, id);
  if (checks && attempt.state !== from) throw new Breach(`attempt ${from} -> ${to}: it is ${attempt.state}`);
  attempt.state = to;
}
