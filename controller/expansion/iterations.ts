/** How many iterations a loop has by its description, read in a transaction of somebody else's: for the doctor. */
import type { Transaction } from '../../core/db/transaction.ts';
import { buildDefinition } from '../../core/model/definition.ts';
import type { TaskType } from '../../core/model/task-type.ts';
import { dict, isDict, parseJson } from '../../core/model/values.ts';
import { type Areas, listInputFiles } from '../../core/runtime/areas.ts';
import { readDefinition } from '../../core/store/jobs.ts';
import { findTask } from '../../core/store/task-views.ts';
import { nodeAt } from './draft-model.ts';
import { readLoop } from './expand.ts';
import { loadFlowRows } from './flow-rows.ts';

export interface LoopParts {
  readonly registry: ReadonlyMap<string, TaskType>;
  readonly areas: Areas;
}

export async function countIterations(
  trx: Transaction,
  { registry, areas }: LoopParts,
  taskId: number,
): Promise<number> {
  const { job_id } = await findTask(trx, taskId);
  const root = parseJson(await readDefinition(trx, job_id));
  const definition = buildDefinition(isDict(root) ? root : dict());
  const job = { id: job_id, definition, producers: [] };
  const [row] = await loadFlowRows(trx, job, [taskId]);
  if (row?.kind !== 'for_loop') return 0;
  const context = {
    ...{ definition, registry, seed: row.id, tasks: [], scopes: [] },
    listInputFiles: (glob: string) => listInputFiles(areas, glob),
  };
  const loop = { ...row, node: nodeAt(job, row.node), created: row.created_children };
  return readLoop(context, loop).values.count;
}
