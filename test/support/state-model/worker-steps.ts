/** A worker: claims, runs, commits, renews, gives back, reads who is to be cancelled; freezes, wakes, dies, is replaced. */
import { endHeld, endTask, isLocked, moveTask, tryAgain } from './moves.ts';
import type { Setting, Step } from './step.ts';
import { find, type Held, hasProcess, type Phase, type Worker, type World } from './world.ts';

type Add = (
  name: string,
  act: (next: World, self: Worker) => void,
  fault?: boolean,
  attempt?: number,
) => void;

export function workerSteps(world: World, setting: Setting): Step[] {
  return world.workers.flatMap((self, at) => {
    const steps: Step[] = [];
    const add: Add = (name, act, fault = false, attempt = 0) =>
      steps.push({
        ...{ name: `worker ${at} ${name}`, fault, actor: at, attempt },
        apply: (next) => act(next, next.workers[at] ?? self),
      });
    lifeSteps(world, at, add);
    if (!self.frozen) {
      claimSteps(world, { at, setting, add });
      for (const held of self.held) {
        const ofIt: Add = (name, act, fault = false) => add(name, act, fault, held.attempt);
        heldSteps(world, held, { at, setting, add: ofIt });
      }
      renewal(world, { at, setting, add });
    }
    return steps;
  });
}

interface Acting {
  readonly at: number;
  readonly setting: Setting;
  readonly add: Add;
}

const workerAt = (world: World, at: number): Worker =>
  world.workers[at] ?? { frozen: false, taking: undefined, held: [] };

function lifeSteps(world: World, at: number, add: Add): void {
  const { frozen, held, taking } = workerAt(world, at);
  if (held.length === 0 && taking === undefined) return;
  // What it had not committed is undone; what it had not acknowledged is delivered again; its processes die with it.
  const die = (next: World, self: Worker) => {
    for (const each of next.attempts) if (each.worker === at) each.worker = 'gone';
    if (self.taking?.hinted === true) find(next, self.taking.attempt).hints++;
    Object.assign(self, { frozen: false, taking: undefined, held: [] });
  };
  add('is killed, and another is started', die, true);
  // Fair is only that somebody works: a frozen worker need not wake while another lives.
  const mustWake = world.workers.every((each) => each.frozen);
  const set = (to: boolean) => (_: World, self: Worker) => {
    self.frozen = to;
  };
  if (frozen) add('wakes', set(false), !mustWake);
  // Of an attempt that is not its own any more, a frozen worker keeps nobody waiting.
  else if (held.some(({ attempt }) => find(world, attempt).state === 'running'))
    add('freezes', set(true), true);
}

/** `claim` of core/store/claims.ts: takeEntries, then the guarded moves. */
function claimSteps(world: World, { at, setting: { rules, bounds }, add }: Acting): void {
  const { taking, held } = workerAt(world, at);
  if (taking !== undefined) {
    const take = (next: World, self: Worker) => {
      self.taking = undefined;
      const attempt = find(next, taking.attempt);
      if (rules.claimIsOne) attempt.entry = false;
      if (attempt.state !== 'queued' && rules.claimChecksQueued) return false;
      Object.assign(attempt, { state: 'running', worker: at, expired: false });
      moveTask(next, 'queued', 'running');
      return true;
    };
    add('claims', (next, self) => {
      if (take(next, self)) self.held.push({ attempt: taking.attempt, phase: 'claimed' });
    });
    add('claims, and the answer is lost', (next, self) => void take(next, self), true);
    return;
  }
  if (held.length >= bounds.held) return;
  const isTaken = (id: number) =>
    rules.claimLocksEntry && world.workers.some((each) => each.taking?.attempt === id);
  for (const { id, entry, hints } of world.attempts) {
    const lock = (next: World, self: Worker, hinted: boolean) => {
      self.taking = { attempt: id, hinted };
      if (!rules.claimIsOne) find(next, id).entry = false;
    };
    if (entry && !isTaken(id) && rules.workersLookAtTable)
      add('finds the entry', (next, self) => lock(next, self, false));
    // A hint whose entry is gone, or taken by another, is acknowledged and forgotten.
    if (hints > 0) {
      add(
        'gets a hint',
        (next, self) => {
          find(next, id).hints--;
          if (entry && !isTaken(id)) lock(next, self, true);
        },
        false,
        id,
      );
    }
  }
}

function heldSteps(world: World, { attempt, phase }: Held, { at, setting, add }: Acting): void {
  const { rules } = setting;
  const become = (name: string, to: Phase, fault = false) =>
    add(name, (_, self) => heldBy(self, attempt, (held) => Object.assign(held, { phase: to })), fault);
  const drop = (self: Worker) => {
    self.held = self.held.filter((each) => each.attempt !== attempt);
  };
  const isFree = !isLocked(world, attempt, rules);
  const giveBackNow = (next: World, self: Worker) => {
    const held = self.held.find((each) => each.attempt === attempt);
    if (held !== undefined && endHeld(next, held, { worker: at, to: 'cancelled', rules })) tryAgain(next);
  };
  if (phase === 'claimed') become('starts', 'executing');
  if (phase === 'executing') {
    become('ends well', 'good');
    become('ends badly', 'bad', true);
  }
  if (phase === 'dropping') add('has stopped it', (_, self) => drop(self));
  if (phase === 'cancelling') become('has stopped it to cancel it', 'stopped');
  // Worker.#giveBack: disowned first, and told to the database when the process is gone (a fault: people stop workers).
  const isAsked = setting.bounds.people && isFree;
  if (phase === 'claimed' && isAsked) {
    add(
      'gives back what it has not begun',
      (next, self) => {
        giveBackNow(next, self);
        drop(self);
      },
      true,
    );
  }
  if (phase === 'executing' && isAsked) {
    if (rules.returnWaitsForProcess) become('stops it to give it back', 'returning', true);
    else
      add(
        'gives back what runs',
        (next, self) => {
          giveBackNow(next, self);
          heldBy(self, attempt, (held) => Object.assign(held, { phase: 'dropping' }));
        },
        true,
      );
  }
  if (phase === 'returning' && isFree) {
    add('gives back what it has stopped', (next, self) => {
      giveBackNow(next, self);
      drop(self);
    });
  }
  cancelStep(world, { attempt, phase }, { at, setting, add });
  commitSteps({ attempt, phase }, { at, setting, add: isFree ? add : () => undefined });
}

/** The worker reads `cancellations` for what it holds. */
function cancelStep(world: World, { attempt, phase }: Held, { at, add }: Acting): void {
  const { state, worker } = find(world, attempt);
  if (!world.cancelling || state !== 'running' || worker !== at) return;
  const to = phase === 'claimed' ? 'stopped' : phase === 'executing' ? 'cancelling' : undefined;
  if (to === undefined) return;
  add('reads that it is to be cancelled', (_, self) =>
    heldBy(self, attempt, (held) => Object.assign(held, { phase: to })),
  );
}

const ENDS = {
  good: 'succeeded',
  bad: 'failed',
  stopped: 'cancelled',
  'half good': 'succeeded',
  'half bad': 'failed',
} as const;

/** `commitAttempts` of core/store/completions.ts. A commit whose answer is lost is tried again, and finds nothing to do. */
function commitSteps({ attempt, phase }: Held, { at, setting, add }: Acting): void {
  if (!(phase === 'good' || phase === 'bad' || phase === 'stopped' || phase.startsWith('half'))) return;
  const { rules } = setting;
  const commit = (next: World, self: Worker): void => {
    const held = self.held.find((each) => each.attempt === attempt);
    if (held === undefined) return;
    if (phase === 'half good' || phase === 'half bad')
      settle(next, phase === 'half good' ? 'good' : 'bad', setting);
    else if (endHeld(next, held, { worker: at, to: ENDS[phase as keyof typeof ENDS], rules })) {
      if (rules.commitIsOne || phase === 'stopped') settle(next, phase, setting);
      else {
        held.phase = phase === 'good' ? 'half good' : 'half bad';
        return;
      }
    }
    self.held = self.held.filter((each) => each !== held);
  };
  add('commits', commit);
  if (rules.commitIsOne) {
    const deaf = (next: World, self: Worker) => {
      const { held } = self;
      commit(next, self);
      self.held = held;
    };
    add('commits, and the answer is lost', deaf, true);
  }
}

function settle(world: World, phase: Phase, { rules, bounds }: Setting): void {
  if (phase === 'good') endTask(world, 'running', 'done');
  else if (phase === 'stopped' || world.cancelling) endTask(world, 'running', 'cancelled');
  else if (world.retried >= bounds.retries) endTask(world, 'running', 'failed');
  else {
    moveTask(world, 'running', 'waiting');
    world.retried++;
    world.timer = rules.retryHasTimer;
  }
}

/** `renewLeases` of core/store/claims.ts and `Leases`: what is not the worker's any more is dropped. */
function renewal(world: World, { at, setting: { rules }, add }: Acting): void {
  const { held } = workerAt(world, at);
  if (held.length === 0 || held.some(({ attempt }) => isLocked(world, attempt, rules))) return;
  const isOurs = (next: World, { attempt }: Held) => {
    const { state, worker } = find(next, attempt);
    return state === 'running' && worker === at;
  };
  add('renews its leases', (next, self) => {
    for (const each of self.held) {
      if (isOurs(next, each)) find(next, each.attempt).expired = false;
      else if (hasProcess(each)) each.phase = 'dropping';
    }
    self.held = self.held.filter((each) => each.phase !== 'claimed' || isOurs(next, each));
  });
}

function heldBy(self: Worker, attempt: number, act: (held: Held) => void): void {
  for (const each of self.held) if (each.attempt === attempt) act(each);
}
