/** How tasks stand by what they need, and flow tasks by their children: as propagation and closing leave them. */
import { ENDED, UNUSABLE } from '../../../core/model/states.ts';
import type { Course } from './course.ts';
import type { Need, SeedTask } from './model.ts';

const isBad = ({ state }: SeedTask) => UNUSABLE.includes(state) && state !== 'not_taken';
const isMet = ({ producer }: Need) => producer?.state === 'done';

/** Whether the task has all that it needs; else it waits, or will never run. */
export function settleByNeeds(task: SeedTask, course: Course): boolean {
  const open = task.needs.filter((need) => !isMet(need));
  task.at = Math.max(task.at, ...task.needs.map(({ producer }) => producer?.at ?? 0));
  if (open.length === 0) return true;
  task.unmet = open.length;
  const bad = open.flatMap(({ producer }) => (producer !== undefined && isBad(producer) ? [producer] : []));
  const cause = bad.find(({ state }) => state !== 'cancelled') ?? bad[0];
  if (cause !== undefined) {
    task.state = cause.state === 'cancelled' ? 'cancelled' : 'blocked';
    task.cause = cause.id;
  } else if (course.isCancelled) {
    task.state = 'cancelled';
    task.reason = course.cancelReason;
  } else task.state = 'waiting';
  return false;
}

/** @param missing iterations that have not been created */
export function closeFlow(
  flow: SeedTask,
  children: readonly SeedTask[],
  missing: number,
  course?: Course,
): void {
  const isStopped = course?.isCancelled === true;
  const bad = children.filter(isBad);
  flow.created = children.length;
  flow.bad = bad.length;
  flow.uncreated = isStopped ? missing : 0;
  flow.inLine = missing > 0 && !isStopped;
  flow.open = children.filter(({ state }) => !ENDED.includes(state)).length + (isStopped ? 0 : missing);
  for (const { at } of children) flow.at = Math.max(flow.at, at);
  if (flow.open > 0) flow.state = 'expanded';
  else if (bad.length === 0 && flow.uncreated === 0) flow.state = 'done';
  else endBadly(flow, bad, course);
}

function endBadly(flow: SeedTask, bad: readonly SeedTask[], course: Course | undefined): void {
  flow.state = bad.some(({ state }) => state !== 'cancelled') ? 'failed' : 'cancelled';
  flow.cause = bad[0]?.id ?? null;
  if (bad.length === 0) flow.reason = course?.cancelReason ?? null;
}
