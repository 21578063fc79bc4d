/** How many instances of each worker class there is room for. Pure. */
import { EaselError } from '../../core/model/errors.ts';
import type { Resources } from '../../core/model/task-type.ts';

export interface Claimant {
  readonly workerClass: string;
  /** Of one instance. */
  readonly needs: Resources;
}

/**
 * One instance each, then one more of each class in turn for as long as there is room, at most `most` of each. Throws EaselError when
 * there is no room for one of each.
 */
export function shareOut(
  claimants: readonly Claimant[],
  room: Resources,
  most = Number.POSITIVE_INFINITY,
): ReadonlyMap<string, number> {
  const counts = new Map(claimants.map(({ workerClass }) => [workerClass, 0]));
  let left = room;
  for (let round = 1; round <= most; round++) {
    let added = 0;
    for (const { workerClass, needs } of claimants) {
      if (!fits(needs, left)) {
        if (round === 1) throw noRoom(claimants, room);
        continue;
      }
      left = minus(left, needs);
      counts.set(workerClass, round);
      added++;
    }
    if (added === 0) break;
  }
  return counts;
}

const fits = (needs: Resources, room: Resources): boolean =>
  needs.cpu <= room.cpu && needs.gpu <= room.gpu && needs.memory_gb <= room.memory_gb;

const minus = (room: Resources, { cpu, gpu, memory_gb }: Resources): Resources => ({
  cpu: room.cpu - cpu,
  gpu: room.gpu - gpu,
  memory_gb: room.memory_gb - memory_gb,
});

function noRoom(claimants: readonly Claimant[], room: Resources): EaselError {
  const needs = claimants.map((each) => `${each.workerClass} ${nameResources(each.needs)}`).join('; ');
  return new EaselError(
    'conflict',
    `there is no room for one worker of each class: ${needs}; in all there may be used ${nameResources(room)}. ` +
      'Deploy fewer classes (--worker), raise --limit-to-system-fraction, or lower `resources` in the registry.',
  );
}

export function nameResources({ cpu, gpu, memory_gb }: Resources): string {
  const parts = [`${round(cpu)} CPU`, `${round(memory_gb)} GB`];
  if (gpu > 0 && gpu < Number.POSITIVE_INFINITY) parts.push(`${gpu} GPU`);
  return parts.join(', ');
}

const round = (value: number) => Math.round(value * 100) / 100;
