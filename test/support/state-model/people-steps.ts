/** The broker's faults, and the commands of people: empty-queue, cancel, reschedule-unfinished. */
import { endLocked, endTask, openAttempt, putInLine } from './moves.ts';
import type { Setting, Step } from './step.ts';
import { find, isOpen, type World } from './world.ts';

export function personSteps(world: World, setting: Setting): Step[] {
  return [...brokerSteps(world, setting), ...commandSteps(world, setting)];
}

function brokerSteps(world: World, { bounds }: Setting): Step[] {
  const inBroker = world.attempts.reduce((sum, { hints }) => sum + hints, 0);
  return world.attempts
    .filter(({ hints }) => hints > 0)
    .flatMap(({ id }) => {
      const change = (name: string, by: number): Step => ({
        name,
        fault: true,
        apply: (next) => {
          find(next, id).hints += by;
        },
      });
      return [
        change('the broker loses a hint', -1),
        ...(inBroker < bounds.hints ? [change('the broker doubles a hint', 1)] : []),
      ];
    });
}

function commandSteps(world: World, { rules, bounds }: Setting): Step[] {
  if (!bounds.people) return [];
  const steps: Step[] = [];
  const add = (name: string, apply: (next: World) => void) => steps.push({ name, fault: true, apply });
  const open = openAttempt(world);
  const isTaken = rules.claimLocksEntry && world.workers.some(({ taking }) => taking?.attempt === open?.id);
  const isPicked = rules.dispatchLocksLine && world.schedulers.some(({ picked }) => picked);
  const takeQueued = (next: World, id: number) => {
    const attempt = find(next, id);
    attempt.entry = false;
    const { state } = attempt;
    endLocked(next, id, { from: state, to: 'cancelled', checks: true });
    endTask(next, state === 'running' ? 'running' : 'queued', 'cancelled');
  };
  const takeInLine = (next: World) => {
    next.inLine = 0;
    if (next.task === 'ready') endTask(next, 'ready', 'cancelled');
  };
  const mayTake =
    open !== undefined &&
    (rules.emptyChecksQueued ? open.state === 'queued' && open.entry && !isTaken : isOpen(open));
  // cancelWaiting of core/store/emptying.ts: takeQueued passes over entries that a claim has locked ...
  if (mayTake) add('empty-queue takes the entry', (next) => takeQueued(next, open.id));
  // ... and takeInLine over rows of the line that a scheduler has locked.
  else if (world.inLine > 0 && !isPicked) add('empty-queue takes it from the line', takeInLine);

  // cancel: what does not run is cancelled at once (waiting for the locks of others), what runs is asked to stop.
  if (!world.cancelling) {
    const isEnded = ['done', 'failed', 'cancelled'].includes(world.task);
    if (open?.state === 'queued' && !isTaken)
      add('cancel, while it is queued', (next) => takeQueued(next, open.id));
    else if (world.task === 'ready' && !isPicked) add('cancel, while it is ready', takeInLine);
    else if (world.task === 'waiting') {
      add('cancel, while it waits', (next) => {
        next.timer = false;
        endTask(next, 'waiting', 'cancelled');
      });
    } else if (open?.state === 'running' && !isEnded) {
      add('cancel, while it runs', (next) => {
        if (rules.cancelWaitsForProcess) next.cancelling = true;
        else takeQueued(next, open.id);
      });
    }
  }
  // reopen of core/store/reopening.ts.
  if (['failed', 'cancelled'].includes(world.task) || !rules.reopenChecksEnded) {
    add('reschedule-unfinished', (next) => {
      next.task = 'ready';
      Object.assign(next, { losses: 0, retried: 0, successes: 0 });
      putInLine(next);
    });
  }
  return steps;
}
