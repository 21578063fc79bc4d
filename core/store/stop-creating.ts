/**
 * Flow tasks that are to create no more tasks: they leave the flow line, and what they have not created counts as open
 * no longer. One without open children closes at once; the others close when their children have ended. How many a loop
 * has not made is kept, for `reschedule-unfinished`.
 */
import type { Transaction } from '../db/transaction.ts';
import { ENDED } from '../model/states.ts';
import { closeFlows, giveUpExpanding } from './closing.ts';
import type { CountChanges } from './counts.ts';
import type { EndedTask, LockedTask } from './locked-tasks.ts';
import { FLOW_LINE, leaveAnyLine } from './ready.ts';

/** The tasks are `expanded`, of one job, and locked along with it. Returns those that have ended. */
export async function stopCreating(
  trx: Transaction,
  flows: readonly LockedTask[],
  counts: CountChanges,
): Promise<EndedTask[]> {
  const ended: EndedTask[] = [];
  const creating = await inFlowLine(trx, flows);
  await leaveAnyLine(trx, creating);
  await giveUpExpanding(trx, creating);
  for (const flow of creating) {
    const open = await countOpenChildren(trx, flow.id);
    await trx.kysely
      .updateTable('tasks')
      .set({ open_children: open, uncreated_children: flow.open_children - open })
      .where('id', '=', flow.id)
      .execute();
    if (open > 0) continue;
    const stopped = { task: flow, bad: flow.bad_children, cause: flow.cause_id, isStopped: true };
    ended.push(...(await closeFlows(trx, [stopped], counts)).ended);
  }
  return ended;
}

async function inFlowLine({ kysely }: Transaction, flows: readonly LockedTask[]): Promise<LockedTask[]> {
  const [first] = flows;
  if (first === undefined) return [];
  const found = new Set<number>();
  for (const [rank, group] of Map.groupBy(flows, (flow) => flow.rank)) {
    const rows = await kysely
      .selectFrom('ready_tasks')
      .select('task_id')
      .where('line', '=', FLOW_LINE)
      .where('job_id', '=', first.job_id)
      .where('rank', '=', rank)
      .where(
        'task_id',
        'in',
        group.map(({ id }) => id),
      )
      .execute();
    for (const { task_id } of rows) found.add(task_id);
  }
  return flows.filter(({ id }) => found.has(id));
}

async function countOpenChildren({ kysely }: Transaction, parentId: number): Promise<number> {
  const row = await kysely
    .selectFrom('tasks')
    .select((task) => task.fn.countAll<number>().as('open'))
    .where('parent_id', '=', parentId)
    .where('state', 'not in', ENDED)
    .executeTakeFirst();
  return Number(row?.open ?? 0);
}
