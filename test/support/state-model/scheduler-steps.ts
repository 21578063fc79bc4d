/** Dispatch, hints, and the sweeps: the reaper, retries that are due, entries that were left behind. */
import { endLocked, endTask, makeAttempt, moveTask, openAttempt, putInLine, tryAgain } from './moves.ts';
import type { Setting, Step } from './step.ts';
import { find, type World } from './world.ts';

export function schedulerSteps(world: World, setting: Setting): Step[] {
  return [
    ...world.schedulers.flatMap((_, at) => ofScheduler(world, at, setting)),
    ...reaperSteps(world, setting),
    ...sweepSteps(world, setting),
  ];
}

function ofScheduler(world: World, at: number, { rules, bounds }: Setting): Step[] {
  const self = world.schedulers[at];
  if (self === undefined) return [];
  const steps: Step[] = [];
  const add = (name: string, act: (next: World) => void, fault = false) =>
    steps.push({ name: `scheduler ${at} ${name}`, fault, actor: at, apply: act });
  const mine = (next: World) => next.schedulers[at] ?? self;
  const isFree = !rules.dispatchLocksLine || world.schedulers.every(({ picked }) => !picked);
  // Dispatcher.#dispatch: firstInLine, which locks the row of the line and passes over locked ones ...
  if (!self.picked && self.hint === undefined && world.inLine > 0 && isFree) {
    add('looks in the line', (next) => {
      mine(next).picked = true;
      if (!rules.dispatchIsOne) next.inLine--;
    });
  }
  // ... then leaveLine, lockTasks (only those that are ready), dispatch.
  if (self.picked) {
    add('dispatches', (next) => {
      mine(next).picked = false;
      if (rules.dispatchIsOne) next.inLine = Math.max(0, next.inLine - 1);
      if (next.task === 'ready' || !rules.dispatchChecksReady) mine(next).hint = makeAttempt(next, rules);
    });
  }
  const { hint } = self;
  if (hint !== undefined) {
    const inBroker = world.attempts.reduce((sum, { hints }) => sum + hints, 0);
    // Queue.publish: after the commit, outside of any transaction.
    if (inBroker < bounds.hints) {
      add('hints', (next) => {
        find(next, hint).hints++;
        mine(next).hint = undefined;
      });
    }
  }
  // What was not committed is undone; a hint that was not sent is never sent.
  if (self.picked || hint !== undefined) {
    add(
      'dies',
      (next) => {
        mine(next).picked = false;
        mine(next).hint = undefined;
      },
      true,
    );
  }
  return steps;
}

/** `reapLost` of core/store/returns.ts. */
function reaperSteps(world: World, { rules, bounds }: Setting): Step[] {
  const { reaping } = world;
  if (reaping === undefined) {
    const expired = world.attempts.filter((each) => each.state === 'running' && each.expired);
    return expired.map(({ id }) => ({
      name: 'reaper finds an expired lease',
      fault: false,
      apply: (next) => {
        next.reaping = id;
      },
    }));
  }
  const reap = (next: World) => {
    next.reaping = undefined;
    endLocked(next, reaping, { from: 'running', to: 'lost', checks: rules.reapChecksRunning });
    if (!rules.reapChecksRunning && next.task !== 'running') {
      next.task = 'ready';
      putInLine(next);
    } else if (next.losses >= bounds.maxLost && rules.reapParks)
      endTask(next, 'running', next.cancelling ? 'cancelled' : 'failed');
    else {
      if (!next.cancelling) next.losses++;
      tryAgain(next, rules.reapPutsInLine);
    }
  };
  const die = (next: World) => {
    next.reaping = undefined;
  };
  return [
    { name: 'reaper reaps', fault: false, apply: reap },
    { name: 'reaper dies', fault: true, apply: die },
  ];
}

function sweepSteps(world: World, { rules }: Setting): Step[] {
  const steps: Step[] = [];
  // The sweep of due timers: the row goes, the task is released.
  if (world.timer) {
    steps.push({
      name: 'a retry is due',
      fault: false,
      apply: (next) => {
        if (rules.retryChecksWaiting) {
          next.timer = false;
          moveTask(next, 'waiting', 'ready');
        } else next.task = 'ready';
        putInLine(next);
      },
    });
  }
  // sweepQueue of core/store/returns.ts.
  if (world.attempts.some(({ entry, state }) => entry && state !== 'queued')) {
    steps.push({
      name: 'a left entry is swept',
      fault: false,
      apply: (next) => {
        for (const each of next.attempts) if (each.state !== 'queued') each.entry = false;
      },
    });
  }
  // Time passes. Whose worker lives and holds it, that lease is renewed; that it was not is a fault.
  const open = openAttempt(world);
  if (open?.state === 'running' && !open.expired) {
    const holder = typeof open.worker === 'number' ? world.workers[open.worker] : undefined;
    const isRenewed =
      holder?.frozen === false &&
      holder.held.some(({ attempt, phase }) => attempt === open.id && phase !== 'dropping');
    steps.push({
      name: 'the lease runs out',
      fault: isRenewed,
      apply: (next) => {
        find(next, open.id).expired = true;
      },
    });
  }
  return steps;
}
