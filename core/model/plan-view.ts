/** A plan as data for programs and pages: of each node, of each task type and in all, bounds of how many tasks there will be. */
import type { Instances, Plan, PlanNode } from './plan.ts';

/** Without an upper bound `max` is null. */
export interface Bounds {
  readonly min: number;
  readonly max: number | null;
}

export interface PlanView {
  readonly nodes: readonly (Pick<PlanNode, 'path' | 'kind' | 'label'> & Bounds)[];
  /** By name. */
  readonly types: readonly ({ readonly type: string } & Bounds)[];
  readonly work_tasks: Bounds;
  readonly flow_tasks: Bounds;
}

export function viewPlan({ nodes, types, work, flow }: Plan): PlanView {
  return {
    nodes: nodes.map(({ path, kind, label, instances }) => ({ path, kind, label, ...bounds(instances) })),
    types: [...types]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, instances]) => ({ type, ...bounds(instances) })),
    work_tasks: bounds(work),
    flow_tasks: bounds(flow),
  };
}

function bounds(instances: Instances): Bounds {
  if (typeof instances === 'number') return { min: instances, max: instances };
  return { min: instances.min, max: instances.max ?? null };
}
