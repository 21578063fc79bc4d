/**
 * When a running job may end: the work that is left, in task time, at the pace at which the job got through task time so far.
 * Types weigh as their tasks take, so that a thousand quick tasks done say little about ten slow ones to come. A guess, and
 * none at all where there is nothing to guess from.
 */
import { ENDED, type TaskState } from './states.ts';

export interface TypeProgress {
  readonly type: string;
  readonly states: Readonly<Partial<Record<TaskState, number>>>;
  /** Of its attempts that ended; null when none has. */
  readonly mean_ms: number | null;
}

export interface JobPace {
  readonly submitted_at: number;
  readonly now: number;
  readonly paused: boolean;
  /** Flow tasks that may still create tasks. */
  readonly pending_flows: number;
  /** Work tasks only. */
  readonly types: readonly TypeProgress[];
}

export interface Estimate {
  readonly ends_at: number;
  /** Of the task time, from 0 to 1. */
  readonly fraction: number;
  /** Tasks are still being created, or have no time yet: it can only become later. */
  readonly at_least: boolean;
}

export function estimateEnd({ submitted_at, now, paused, pending_flows, types }: JobPace): Estimate | null {
  const elapsed = now - submitted_at;
  const known = types.filter(({ mean_ms }) => mean_ms !== null);
  if (paused || elapsed <= 0 || known.length === 0) return null;
  const typical = known.reduce((sum, { mean_ms }) => sum + (mean_ms ?? 0), 0) / known.length;
  let [done, left] = [0, 0];
  for (const { states, mean_ms } of types) {
    const weight = mean_ms ?? typical;
    done += weight * ((states.done ?? 0) + (states.failed ?? 0));
    // what runs is half done, on the average
    left += weight * (countOpen(states) - (states.running ?? 0) / 2);
    done += (weight * (states.running ?? 0)) / 2;
  }
  if (done <= 0 || left <= 0) return null;
  const at_least = pending_flows > 0 || known.length < types.length;
  return { ends_at: Math.round(now + (elapsed * left) / done), fraction: done / (done + left), at_least };
}

function countOpen(states: TypeProgress['states']): number {
  return Object.entries(states)
    .filter(([state]) => !ENDED.some((ended) => ended === state))
    .reduce((sum, [, tasks]) => sum + tasks, 0);
}
