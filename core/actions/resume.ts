/** Lifts a pause. Other pauses that hold back the same tasks stay. */
import type { Database } from '../db/open.ts';
import { reading, transact } from '../db/transaction.ts';
import { recordAction } from '../store/audit.ts';
import { type Concerned, countConcerned, type Pause, type PauseTarget, readPauses } from '../store/pauses.ts';
import { bringBack, liftPause } from '../store/pausing.ts';
import { plural } from '../words/format.ts';
import type { Line } from '../words/line.ts';
import { nameTarget } from '../words/pauses.ts';

export interface ResumeParts {
  readonly database: Database;
}

export interface Resumed {
  /** It was paused. */
  readonly changed: boolean;
  /** Tasks that may start, unless another pause holds them back. */
  readonly ready: number;
  readonly still_paused: readonly Pause[];
}

/** What is not paused is no error: nothing would be touched. */
export async function planResume(
  { database }: ResumeParts,
  target: PauseTarget,
): Promise<Pick<Concerned, 'ready'>> {
  const { ready } = await countConcerned(reading(database), target);
  return { ready };
}

export async function resume(parts: ResumeParts, target: PauseTarget, person: string): Promise<Resumed> {
  const { database } = parts;
  const { ready } = await planResume(parts, target);
  const changed = await transact(database, async (trx) => {
    const wasPaused = await liftPause(trx, target);
    const detail = `${nameTarget(target)}: ${ready} ready tasks`;
    if (wasPaused) await recordAction(trx, { person, action: 'resume', detail });
    return wasPaused;
  });
  if (target.scope === 'type') {
    for (let batch = -1; batch !== 0; )
      batch = await transact(database, (trx) => bringBack(trx, target.name));
  }
  return { changed, ready, still_paused: (await readPauses(reading(database))).rows };
}

export function describePlannedResume(target: PauseTarget, { ready }: Pick<Concerned, 'ready'>): string {
  return `${nameTarget(target)} would be resumed: ${plural(ready, 'ready task')} may start`;
}

/** What is still paused is to be told besides. */
export function describeResumed(target: PauseTarget, { changed, ready }: Resumed): Line {
  const name = nameTarget(target);
  return [
    changed ? `${name} is resumed: ${plural(ready, 'ready task')} may start` : `${name} was not paused`,
  ];
}
