/** The plan of a large grid whose innermost loop depends on the outer ones, so that it has to be gone through. No database. */
import { readJobFile } from '../../../core/job-file/job-file.ts';
import { plan } from '../../../core/model/plan.ts';
import { loadRegistry } from '../../../core/runtime/registry.ts';
import type { Figure } from '../scenario.ts';

const SIDE = 80;
const MEAN_DEPTH = 20;

export function measurePlan(): Figure[] {
  const { definition } = readJobFile(JSON.stringify(grid()), {
    fileName: 'grid.json',
    registry: loadRegistry([]),
  });
  const begun = performance.now();
  const { work } = plan(definition);
  const seconds = (performance.now() - begun) / 1_000;
  const expected = SIDE * SIDE * MEAN_DEPTH;
  if (work !== expected) throw new Error(`the plan has ${JSON.stringify(work)} work tasks, not ${expected}`);
  return [{ name: `grid of ${expected} tasks`, value: seconds, unit: 's', target: { atMost: 1 } }];
}

function grid(): object {
  const loop = (parameter: string, linear_range: unknown[], task_list: object[]) => ({
    ...{ task: 'execution_for_loop', parameter, linear_range, task_list },
  });
  const file = "'x{x_index:02d}_y{y_index:02d}_{z:.3f}.txt'.format(**metadata)";
  const depth = `(${MEAN_DEPTH - 1} + 2 * (metadata['y_index'] % 2))`;
  const task = { task: 'null', duration: 0, outputs: { file } };
  return {
    task_list: [loop('x', [1, SIDE, SIDE], [loop('y', [1, SIDE, SIDE], [loop('z', [0, 1, depth], [task])])])],
  };
}
