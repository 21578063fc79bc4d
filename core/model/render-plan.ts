/** A plan as lines of text: the tree with its counts, then the totals by task type. */
import { renderCount } from './count.ts';
import type { Instances, Plan, PlanNode } from './plan.ts';

/** Bodies of loops are shown as the loop, branches of conditionals as `then` and `else`. */
export function renderPlan({ nodes, types, work, flow }: Plan): string[] {
  const lines: string[] = [];
  for (const node of nodes) {
    const { depth, label } = placeOf(node);
    if (label !== undefined) lines.push(`${'  '.repeat(depth)}${label}: ${renderInstances(node.instances)}`);
  }
  const sorted = [...types].sort(([a], [b]) => (a < b ? -1 : 1));
  lines.push('', ...sorted.map(([type, count]) => `${type}: ${renderInstances(count)}`));
  lines.push('', `work tasks: ${renderInstances(work)}`, `flow tasks: ${renderInstances(flow)}`);
  return lines;
}

function renderInstances(instances: Instances): string {
  if (typeof instances === 'number') return renderCount({ min: instances, max: instances });
  return renderCount({ min: instances.min, max: instances.max ?? Number.POSITIVE_INFINITY });
}

/** The depth is the number of lists around the node; a path that ends with a list is a body or a branch. */
function placeOf({ path, label }: PlanNode): { depth: number; label: string | undefined } {
  const lists = path.match(/task_list/g)?.length ?? 0;
  if (path.endsWith('.else_task_list')) return { depth: lists, label: 'else' };
  if (path.endsWith('.task_list')) return { depth: lists, label: undefined };
  return { depth: lists, label };
}
