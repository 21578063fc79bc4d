/**
 * What anyone can do next. Each step is one transaction of the real code, named in its comment; where a transaction reads
 * under a lock and then writes, these are two steps, so that others come between. Faults may happen or not; everything
 * else happens at some time, unless something else makes it impossible.
 */
import { personSteps } from './people-steps.ts';
import { schedulerSteps } from './scheduler-steps.ts';
import type { Setting, Step } from './step.ts';
import { workerSteps } from './worker-steps.ts';
import type { World } from './world.ts';

export function stepsOf(world: World, setting: Setting): Step[] {
  return [...schedulerSteps(world, setting), ...workerSteps(world, setting), ...personSteps(world, setting)];
}
