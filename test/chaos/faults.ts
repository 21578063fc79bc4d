/**
 * What goes wrong in a run. Each kind draws all its choices from the dice before it begins, so that the sequence of faults is
 * the seed's whatever the time does to it; a choice among processes is a number, taken modulo those that are there.
 * A fault resolves when it is over, with a word on what it met.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.ts';
import type { Dice } from './dice.ts';
import type { Fleet, Member, Role } from './fleet.ts';
import { type Ground, type Reached, wipeQueues } from './ground.ts';
import type { Load } from './load.ts';
import { runningPrograms, signal } from './processes.ts';
import { holdsWriteLock } from './sqlite-lock.ts';

export interface Stage {
  readonly ground: Ground;
  readonly fleet: Fleet;
  readonly load: Load;
}

export interface FaultKind {
  readonly name: string;
  readonly weight: number;
  /** Whether it exists here: SQLite has no server to restart. */
  fits(ground: Ground): boolean;
  /** Draws the choices, and answers the fault itself. */
  draw(dice: Dice): (stage: Stage) => Promise<string>;
}

/** A fault that met nobody does not count. */
export const NOBODY = 'nobody';
const LEASE_MS = 3_000;
const FREEZE_TRIES = 20;
const PROGRAM_WITHIN_MS = 2_000;
const lockHolder = fileURLToPath(new URL('hold-lock.ts', import.meta.url));
const everywhere = () => true;

interface Choice {
  readonly number: number;
  /** Also among those that are starting, stopping, dead or frozen. */
  readonly amongAll: boolean;
}

const AMONG_ALL = 0.2;

const drawChoice = (dice: Dice): Choice => ({ number: dice.below(100), amongAll: dice.chance(AMONG_ALL) });

function choose({ fleet }: Stage, role: Role, { number, amongAll }: Choice): Member | undefined {
  const from = fleet.members.filter((member) => member.role === role && (amongAll || member.isWell));
  return from[number % Math.max(1, from.length)];
}

function onMember(
  name: string,
  weight: number,
  role: Role,
  act: (member: Member, dice: { pauseMs: number }) => void,
): FaultKind {
  return {
    ...{ name, weight, fits: everywhere },
    draw(dice) {
      const [choice, pauseMs] = [drawChoice(dice), dice.below(3_000)];
      return async (stage) => {
        const member = choose(stage, role, choice);
        if (member === undefined) return NOBODY;
        act(member, { pauseMs });
        return `${member.name}, back after ${pauseMs} ms`;
      };
    },
  };
}

function freeze(weight: number, role: Role): FaultKind {
  return {
    ...{ name: `freeze ${role}`, weight, fits: everywhere },
    draw(dice) {
      const [choice, forMs] = [drawChoice(dice), LEASE_MS + dice.between(500, 5_000)];
      return async (stage) => {
        const member = choose(stage, role, choice);
        const { url } = sqliteOf(stage.ground);
        // Whoever is frozen with SQLite's write lock in hand stops everybody: nothing is tested by that but patience.
        const mayStay = (pid: number) => url === undefined || !holdsWriteLock(pid, url);
        for (let tries = 0; tries < FREEZE_TRIES; tries++) {
          if (await member?.freeze(forMs, mayStay)) return `${member?.name} for ${forMs} ms`;
        }
        return NOBODY;
      };
    },
  };
}

function onServer(side: 'database' | 'broker', name: string, weight: number, act: ServerFault): FaultKind {
  return {
    ...{ name: `${name} ${side}`, weight, fits: (ground) => ground[side] !== undefined },
    draw(dice) {
      const [forMs, byMs] = [dice.between(100, 5_000), dice.between(20, 200)];
      return async ({ ground }) => {
        const server = ground[side];
        return server === undefined ? NOBODY : await act(server, { forMs, byMs });
      };
    },
  };
}

type ServerFault = (server: Reached, drawn: { forMs: number; byMs: number }) => Promise<string>;

function onBothServers(name: string, weights: readonly [number, number], act: ServerFault): FaultKind[] {
  return [onServer('database', name, weights[0], act), onServer('broker', name, weights[1], act)];
}

const killAll: FaultKind = {
  ...{ name: 'kill everything', weight: 2, fits: everywhere },
  draw(dice) {
    const pauseMs = dice.below(3_000);
    return async ({ fleet, load }) => {
      for (const member of fleet.members) member.kill(pauseMs);
      load.killSubmission();
      return `${fleet.members.length} daemons, back after ${pauseMs} ms`;
    };
  },
};

const killSubmission: FaultKind = {
  ...{ name: 'kill submission', weight: 2, fits: everywhere },
  draw: () => async (stage) => (stage.load.killSubmission() ? 'one' : NOBODY),
};

/** The program of a task, or the child process of the worker that waits for it. */
const killTask: FaultKind = {
  ...{ name: 'kill task process', weight: 6, fits: everywhere },
  draw(dice) {
    const [choice, isParent] = [dice.below(100), dice.chance(0.5)];
    return async ({ ground }) => {
      const find = () => runningPrograms(ground.home);
      const found = await until(() => find().length > 0 && find(), { timeoutMs: PROGRAM_WITHIN_MS }).catch(
        () => [],
      );
      const program = found[choice % Math.max(1, found.length)];
      const pid = isParent ? program?.child : program?.pid;
      const isKilled = pid !== undefined && signal(pid, 'SIGKILL');
      return isKilled ? `${isParent ? 'the child' : 'the program'} ${pid}` : NOBODY;
    };
  },
};

const holdLock: FaultKind = {
  ...{ name: 'hold write lock', weight: 6, fits: (ground) => sqliteOf(ground).url !== undefined },
  draw(dice) {
    const forMs = dice.between(100, 5_000);
    return async ({ ground }) => {
      const holder = spawn(process.execPath, [lockHolder, sqliteOf(ground).url ?? '', String(forMs)], {
        env: ground.environment,
        stdio: 'ignore',
      });
      await once(holder, 'exit');
      return `for ${forMs} ms`;
    };
  },
};

const wipe: FaultKind = {
  ...{ name: 'wipe queues', weight: 5, fits: ({ broker }) => broker !== undefined },
  draw: () => async (stage) => {
    try {
      return `${await wipeQueues(stage.ground)} messages`;
    } catch (error) {
      return `nothing: ${error instanceof Error ? error.message : String(error)}`; // the broker is away itself
    }
  },
};

const restart: ServerFault = async (server, { forMs }) => {
  await server.kill();
  await new Promise((resolve) => setTimeout(resolve, forMs / 2));
  await server.start();
  return `after ${forMs / 2} ms`;
};

export const FAULTS: readonly FaultKind[] = [
  onMember('kill worker', 10, 'worker', (member, { pauseMs }) => member.kill(pauseMs)),
  onMember('kill scheduler', 6, 'scheduler', (member, { pauseMs }) => member.kill(pauseMs)),
  onMember('stop worker', 5, 'worker', (member, { pauseMs }) => member.stop(pauseMs)),
  onMember('stop scheduler', 3, 'scheduler', (member, { pauseMs }) => member.stop(pauseMs)),
  ...[freeze(8, 'worker'), freeze(4, 'scheduler')],
  ...[killAll, killSubmission, killTask, holdLock, wipe],
  ...onBothServers('restart', [3, 2], restart),
  ...onBothServers('cut', [5, 3], async ({ proxy }) => `${proxy.cut()} connections`),
  ...onBothServers('hang', [1, 1], async ({ proxy }) => `${proxy.hang()} connections`),
  ...onBothServers('refuse', [3, 2], async ({ proxy }, { forMs }) => {
    await proxy.refuse(forMs);
    return `for ${forMs} ms`;
  }),
  ...onBothServers('slow', [3, 2], async ({ proxy }, { forMs, byMs }) => {
    await proxy.slow(forMs, byMs);
    return `by ${byMs} ms for ${forMs} ms`;
  }),
  ...onBothServers('hold', [3, 2], async ({ proxy }, { forMs }) => {
    await proxy.hold(forMs);
    return `for ${forMs} ms`;
  }),
  ...onBothServers('lose answers of', [6, 2], async ({ proxy }, { forMs }) => {
    await proxy.loseAnswers(forMs / 10);
    return `for ${forMs / 10} ms`;
  }),
];

function sqliteOf({ combination, home }: Ground): { url: string | undefined } {
  return { url: combination.database === 'sqlite' ? `${home}/easel.db` : undefined };
}
