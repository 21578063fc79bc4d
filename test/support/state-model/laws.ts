/** What must hold in every world, and of every step from one to the next. */
import { TASK_MOVES } from '../../../core/model/states.ts';
import type { Bounds } from './rules.ts';
import { hasProcess, isOpen, type World } from './world.ts';

/** The first law that does not hold. */
export function lawBroken(world: World, { maxLost, retries }: Bounds): string | undefined {
  const { task, attempts, workers, successes, inLine, timer, losses, retried, cancelling } = world;
  const open = attempts.filter(isOpen);
  const [attempt] = open;
  if (open.length > 1) return 'a task has two open attempts';
  if (successes > 1) return 'a task succeeded twice';
  if ((successes === 1) !== (task === 'done') && !isHalfway(world))
    return 'a task is done exactly when one attempt succeeded';
  if (task === 'queued' && attempt?.state !== 'queued') return 'a queued task has no queued attempt';
  if (task === 'queued' && attempt?.entry === false) return 'a queued task has no entry in the queue';
  if (task === 'running' && attempt?.state !== 'running' && !isHalfway(world))
    return 'a running task has no running attempt';
  if (task !== 'queued' && task !== 'running' && attempt !== undefined)
    return `a task that is ${task} has an open attempt`;
  if (inLine !== (task === 'ready' ? 1 : 0)) return `a task that is ${task} stands in line ${inLine} times`;
  if (timer !== (task === 'waiting'))
    return `a task that is ${task} has ${timer ? 'a' : 'no'} timer of a retry`;
  if (cancelling && task !== 'running') return `a task that is ${task} is still to be cancelled`;
  if (losses > maxLost) return 'a task was lost too often and is tried again';
  if (retried > retries) return 'a task is retried too often';
  return attempts.map((each) => attemptBroken(world, each.id, workers)).find((each) => each !== undefined);
}

function attemptBroken(world: World, id: number, workers: World['workers']): string | undefined {
  const holders = workers.filter(({ held }) => held.some(({ attempt }) => attempt === id));
  if (holders.length > 1) return 'two workers hold one attempt';
  const state = world.attempts.find((each) => each.id === id)?.state;
  const runs = holders.some(({ held }) => held.some((each) => each.attempt === id && hasProcess(each)));
  if (state === 'cancelled' && runs) return 'an attempt is cancelled or given back while its process runs';
  return undefined;
}

/** Only where the commit is taken apart: that this can last is what breaks then. */
const isHalfway = ({ workers }: World): boolean =>
  workers.some(({ held }) => held.some(({ phase }) => phase.startsWith('half')));

export function lawBrokenBy(before: World, after: World, step: string): string | undefined {
  for (const { id, state } of before.attempts) {
    const now = after.attempts.find((each) => each.id === id)?.state;
    if (state !== 'queued' && state !== 'running' && now !== state)
      return `an attempt that was ${state} is ${now}`;
  }
  if (before.task === after.task) return undefined;
  if (!TASK_MOVES[before.task].includes(after.task))
    return `a task moves from ${before.task} to ${after.task}`;
  const isReopened = step === 'reschedule-unfinished' && before.task !== 'done';
  if (!isReopened && ['done', 'failed', 'cancelled'].includes(before.task))
    return `a task that was ${before.task} is ${after.task}`;
  return undefined;
}
