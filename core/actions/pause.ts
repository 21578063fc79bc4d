/** Nothing new of a job, a task type or everything starts; what waits in the queue is taken back, what runs goes on to its end. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/open.ts';
import { reading, transact } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import { isFlowType } from '../model/task-type.ts';
import type { Registry } from '../runtime/registry.ts';
import { recordAction } from '../store/audit.ts';
import { findJob } from '../store/jobs.ts';
import { type Concerned, countConcerned, Pauses, type PauseTarget } from '../store/pauses.ts';
import { recallHeld, setPause } from '../store/pausing.ts';
import { plural } from '../words/format.ts';
import { type Line, line } from '../words/line.ts';
import { describeConcerned, nameTarget, resumeCommand } from '../words/pauses.ts';

export interface PauseParts {
  readonly database: Database;
  readonly registry: Registry;
}

export interface Paused {
  /** It was not paused before. */
  readonly changed: boolean;
  /** Tasks taken back from the queue. */
  readonly recalled: number;
  /** Tasks that ran when it was paused, and go on. */
  readonly running: number;
}

/** Longer than a transaction that may have dispatched before it saw the pause. */
const SECOND_LOOK_MS = 200;

/** Throws EaselError when there is no such job or task type, or nothing of it that a pause could hold. */
export async function planPause(parts: PauseParts, target: PauseTarget): Promise<Concerned> {
  await refuseUnknown(parts, target);
  return await countConcerned(reading(parts.database), target);
}

export async function pause(parts: PauseParts, target: PauseTarget, person: string): Promise<Paused> {
  const { database } = parts;
  const concerned = await planPause(parts, target);
  const detail = `${nameTarget(target)}: ${describeConcerned(concerned)}`;
  const changed = await transact(database, async (trx) => {
    const isNew = await setPause(trx, target, person);
    await recordAction(trx, { person, action: 'pause', detail });
    return isNew;
  });
  return { changed, recalled: await recallAll(database, target), running: concerned.running };
}

export function describePlannedPause(target: PauseTarget, concerned: Concerned): string {
  return `${nameTarget(target)} would be paused: ${describeConcerned(concerned)}`;
}

export function describePaused(target: PauseTarget, { changed, recalled }: Paused): Line {
  const now = changed ? 'is paused' : 'was paused already';
  const taken = plural(recalled, 'task');
  return line`${nameTarget(target)} ${now}: ${taken} taken back from the queue; what runs goes on; ${resumeCommand(target)} undoes it`;
}

/** Again, until nothing is found: somebody may have been dispatching at that moment. */
async function recallAll(database: Database, target: PauseTarget): Promise<number> {
  const pauses = new Pauses([{ ...target, since: 0, person: '' }]);
  let recalled = await recallHeld(database, pauses);
  for (let batch = -1; batch !== 0; recalled += batch) {
    await delay(SECOND_LOOK_MS);
    batch = await recallHeld(database, pauses);
  }
  return recalled;
}

async function refuseUnknown(
  { database, registry }: PauseParts,
  { scope, name }: PauseTarget,
): Promise<void> {
  if (scope === 'job') {
    const { state } = await findJob(reading(database), Number(name));
    if (state !== 'running')
      throw new EaselError('conflict', `job ${name} has ${state}: there is nothing left of it to pause`);
  }
  if (scope !== 'type' || registry.has(name)) return;
  if (isFlowType(name))
    throw new EaselError(
      'usage',
      `${name} is no type of tasks that run: pause the job instead, or the types below it`,
    );
  throw new EaselError(
    'not_found',
    `there is no task type "${name}"; the settings name the files that declare them`,
  );
}
