/** What a waiting task waits for: tasks that are to make a file or metadata, and files that nobody is known to make yet. */

import { producersOf } from '../model/producers.ts';
import { matchesShape } from '../model/shape.ts';
import type { Context } from './asking.ts';
import type { Need } from './explanation.ts';
import { FLOW_LINE } from './ready.ts';
import { findRoot, findTasks, listChildren, refer, type TaskRef, type TaskView } from './task-views.ts';

/** Of the things that a task waits for, so many are named. */
const SHOWN = 20;
const SOURCES_SHOWN = 5;

export async function readNeeds(context: Context, task: TaskView): Promise<Need[]> {
  const made = await needsOfTasks(context, task);
  return [...made, ...(await wantedNeeds(context, task))].slice(0, SHOWN);
}

async function needsOfTasks({ reader, definition }: Context, task: TaskView): Promise<Need[]> {
  const rows = await reader.kysely
    .selectFrom('dependencies')
    .innerJoin('tasks', 'tasks.id', 'dependencies.producer_id')
    .select(['dependencies.kind', 'name', 'address', 'producer_id'])
    .where('consumer_id', '=', task.id)
    .where('tasks.state', '!=', 'done')
    .orderBy('ordinal')
    .limit(SHOWN)
    .execute();
  const producers = await findTasks(
    reader,
    rows.map(({ producer_id }) => producer_id ?? 0),
  );
  return rows.flatMap(({ kind, name, address, producer_id }): Need[] => {
    const producer = producers.get(producer_id ?? 0);
    if (producer === undefined) return [];
    const what = kind === 'metadata' || kind === 'order' ? kind : 'product';
    return [{ kind: what, name, address, task: refer(producer, definition) }];
  });
}

async function wantedNeeds(context: Context, task: TaskView): Promise<Need[]> {
  const rows = await context.reader.kysely
    .selectFrom('wanted')
    .innerJoin('dependencies', (join) =>
      join
        .onRef('dependencies.consumer_id', '=', 'wanted.consumer_id')
        .onRef('dependencies.ordinal', '=', 'wanted.ordinal'),
    )
    .select(['wanted.address', 'dependencies.name'])
    .where('wanted.consumer_id', '=', task.id)
    .limit(SHOWN)
    .execute();
  const needs: Need[] = [];
  for (const { address, name } of rows) {
    needs.push({ kind: 'wanted', name, address, sources: await sourcesOf(context, task, address) });
  }
  return needs;
}

/** Flow tasks that have not created all their children, and below which the job file names a maker of the address. */
async function sourcesOf(context: Context, task: TaskView, address: string): Promise<TaskRef[]> {
  const { definition, registry } = context;
  const makers = producersOf(definition, registry).filter(({ shape }) => matchesShape(address, shape));
  const found = new Map<number, TaskRef>();
  for (const { node } of makers) {
    for (const flow of await unexpanded(context, task.job_id, node.index))
      found.set(flow.id, refer(flow, definition));
    if (found.size >= SOURCES_SHOWN) break;
  }
  found.delete(task.id);
  return [...found.values()].slice(0, SOURCES_SHOWN);
}

/** Down from the root towards a node of the definition: in a chain there is one way, in a loop the first open iteration. */
async function unexpanded(context: Context, jobId: number, target: number): Promise<TaskView[]> {
  const { reader, definition } = context;
  const leadsTo = ({ node }: { node: number }) =>
    node <= target && target < (definition.nodes[node]?.end ?? 0);
  const found: TaskView[] = [];
  let task: TaskView | undefined = await findRoot(reader, jobId);
  while (task !== undefined) {
    if (task.state === 'waiting' || task.state === 'ready') return [...found, task];
    if (task.state !== 'expanded') return found;
    if (task.kind === 'do_while' || (await standsInLine(context, task))) found.push(task);
    task = await nextBelow(context, task, leadsTo);
  }
  return found;
}

async function nextBelow(
  { reader, definition }: Context,
  task: TaskView,
  leadsTo: (task: TaskView) => boolean,
) {
  const open = ['waiting', 'ready', 'expanded'] as const;
  if (task.kind === 'for_loop' || task.kind === 'do_while') {
    return (await listChildren(reader, task.id, { limit: 1, states: open }))[0];
  }
  const positions = (definition.nodes[task.node]?.children ?? []).flatMap((node) => {
    const child = definition.nodes[node];
    return child !== undefined && leadsTo({ ...task, node }) ? [child.position] : [];
  });
  const [position = 0] = positions;
  return (await listChildren(reader, task.id, { after: position - 1, limit: 1, states: open })).find(leadsTo);
}

/** A loop stays in line until all its iterations are created. */
async function standsInLine({ reader }: Context, { id, job_id, rank }: TaskView): Promise<boolean> {
  const row = await reader.kysely
    .selectFrom('ready_tasks')
    .select('task_id')
    .where('line', '=', FLOW_LINE)
    .where('job_id', '=', job_id)
    .where('rank', '=', rank)
    .where('task_id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}
