/**
 * Flow tasks and their children: the counters agree with the rows, a flow task without open children closes, and
 * nothing is left alive below one that has ended.
 */
import type { Reader } from '../../db/transaction.ts';
import { ENDED, TASK_STATES, UNUSABLE } from '../../model/states.ts';
import { closeFlows } from '../closing.ts';
import { placeReady } from '../dispatch.ts';
import { lockTasks } from '../locked-tasks.ts';
import { propagate } from '../propagation.ts';
import { FLOW_LINE, standInLine } from '../ready.ts';
import type { Breach, Check } from './check.ts';
import { cancelTasks } from './ending.ts';

const LIVE = TASK_STATES.filter((state) => !ENDED.includes(state));
const BAD = UNUSABLE.filter((state) => state !== 'not_taken');

/** Flow tasks as they stand, with what their children's rows say; `in_line`: it has iterations left to create. */
function countChildren({ kysely }: Reader, ids: readonly number[]) {
  const children = kysely
    .selectFrom('tasks')
    .select((child) => [
      'parent_id',
      child.fn.countAll<number>().as('made'),
      child.fn.sum<number>(child.case().when('state', 'in', LIVE).then(1).else(0).end()).as('live'),
      child.fn.sum<number>(child.case().when('state', 'in', BAD).then(1).else(0).end()).as('bad'),
    ])
    .where('parent_id', 'in', ids)
    .groupBy('parent_id');
  return kysely
    .selectFrom('tasks')
    .innerJoin('jobs', 'jobs.id', 'tasks.job_id') // of a job that is being pruned, children go before or after it
    .leftJoin(children.as('child'), 'child.parent_id', 'tasks.id')
    .leftJoin('ready_tasks as ready', (join) =>
      join
        .on('ready.line', '=', FLOW_LINE)
        .onRef('ready.job_id', '=', 'tasks.job_id')
        .onRef('ready.rank', '=', 'tasks.rank')
        .onRef('ready.task_id', '=', 'tasks.id'),
    )
    .leftJoin('paused_tasks as paused', (join) =>
      join
        .onRef('paused.type', '=', 'tasks.type')
        .on('paused.line', '=', FLOW_LINE)
        .onRef('paused.job_id', '=', 'tasks.job_id')
        .onRef('paused.rank', '=', 'tasks.rank')
        .onRef('paused.task_id', '=', 'tasks.id'),
    )
    .select(['tasks.id', 'tasks.job_id', 'tasks.state', 'tasks.kind', 'tasks.rank', 'tasks.cause_id'])
    .select([
      'tasks.open_children',
      'tasks.bad_children',
      'tasks.created_children',
      'tasks.uncreated_children',
    ])
    .select((row) => [
      row.fn.coalesce('child.made', row.lit(0)).as('made'),
      row.fn.coalesce('child.live', row.lit(0)).as('live'),
      row.fn.coalesce('child.bad', row.lit(0)).as('bad'),
      row.fn.coalesce('ready.task_id', 'paused.task_id').as('in_line'),
    ])
    .where('tasks.id', 'in', ids)
    .where('tasks.kind', '!=', 'work');
}

type Counted = Awaited<ReturnType<ReturnType<typeof countChildren>['execute']>>[number];

const miscounted: Check<number> = {
  name: 'children',
  rule: 'a flow task counts its children as they are',
  leadsTo: 'it closes before its children have ended, or never',
  async find(reader, ids) {
    const rows = await reader.kysely
      .selectFrom(countChildren(reader, ids).as('counted'))
      .selectAll()
      .where((on) =>
        on.or([
          on('made', '!=', on.ref('created_children')),
          on('bad', '!=', on.ref('bad_children')),
          on('live', '>', on.ref('open_children')),
          // of a loop in line, those to come count as open
          on.and([on('live', '<', on.ref('open_children')), on('in_line', 'is', null)]),
        ]),
      )
      .execute();
    return rows.map((task) => ({ key: task.id, what: describeCounts(task) }));
  },
  async repair({ trx, parts }, breaches) {
    const ids = breaches.map(({ key }) => key);
    for (const task of await countChildren(trx, ids).execute()) {
      const made = Number(task.made);
      const creates = task.kind === 'for_loop' && task.state === 'expanded' && task.uncreated_children === 0;
      const left = creates ? Math.max(0, (await parts.iterationsOf(trx, task.id)) - made) : 0;
      await trx.kysely
        .updateTable('tasks')
        .set({
          open_children: Number(task.live) + left,
          bad_children: Number(task.bad),
          created_children: made,
        })
        .where('id', '=', task.id)
        .execute();
      if (left > 0 && task.in_line === null)
        await standInLine(trx, [{ ...task, type: '', worker_class: null, attempts: 0 }]);
    }
  },
};

function describeCounts(task: Counted): string {
  const { id, job_id, state, open_children, bad_children, created_children } = task;
  const counted = `${created_children} created, ${open_children} open, ${bad_children} ended badly`;
  const loop = task.in_line === null && task.kind === 'for_loop' && Number(task.live) < open_children;
  return (
    `flow task ${id} (job ${job_id}, ${state}) counts its children as ${counted}; ` +
    `there are ${task.made}, ${task.live} and ${task.bad}` +
    (loop ? '; it may have iterations left to create, and stands in no line' : '')
  );
}

const unclosed: Check<number> = {
  name: 'forgotten_close',
  rule: 'a flow task whose children have all ended is closed',
  leadsTo: 'it stays open for ever, and so does its job',
  async find(reader, ids) {
    const rows = await reader.kysely
      .selectFrom(countChildren(reader, ids).as('counted'))
      .select(['id', 'job_id'])
      .where('state', '=', 'expanded')
      .where('open_children', '=', 0)
      .where('live', '=', 0)
      .execute();
    return rows.map(({ id, job_id }) => ({
      key: id,
      what: `flow task ${id} (job ${job_id}) is open, and all its children have ended`,
    }));
  },
  async repair({ trx, parts, counts }, breaches) {
    const tasks = await lockTasks(
      trx,
      breaches.map(({ key }) => key),
    );
    const counted = await countChildren(
      trx,
      tasks.map(({ id }) => id),
    ).execute();
    const stopped = new Set(counted.filter((each) => each.uncreated_children > 0).map(({ id }) => id));
    const closing = tasks.map((task) => ({
      ...{ task, bad: task.bad_children, cause: task.cause_id },
      isStopped: stopped.has(task.id),
    }));
    const settled = await closeFlows(trx, closing, counts);
    const ready = await propagate(trx, settled.ended, counts);
    await placeReady(trx, [...settled.ready, ...ready], { direct: 0, ids: parts.ids, counts });
  },
};

const orphaned: Check<number> = {
  name: 'live_below_ended',
  rule: 'a flow task ends after its children',
  leadsTo: 'work goes on, or waits, in what looks finished',
  advice: 'What runs there ends by itself: look again when it has.',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('tasks')
      .innerJoin('tasks as parent', 'parent.id', 'tasks.parent_id')
      .select(['tasks.id', 'tasks.job_id', 'tasks.state', 'tasks.parent_id', 'parent.state as parent_state'])
      .where('tasks.id', 'in', ids)
      .where('tasks.state', 'in', LIVE)
      .where('parent.state', 'in', ENDED)
      .execute();
    return rows.map(
      ({ id, job_id, state, parent_id, parent_state }): Breach<number> => ({
        key: id,
        what: `task ${id} (job ${job_id}) is ${state}, below task ${parent_id}, which is ${parent_state}`,
      }),
    );
  },
  async repair({ trx, parts, counts }, breaches) {
    const tasks = await lockTasks(
      trx,
      breaches.map(({ key }) => key),
    );
    const reason = 'the task above it had ended before it (`easel doctor --repair`)';
    const ended = await cancelTasks(trx, tasks, { reason, counts });
    const ready = await propagate(trx, ended, counts);
    await placeReady(trx, ready, { direct: 0, ids: parts.ids, counts });
  },
};

export const FLOWS: readonly Check<number>[] = [miscounted, unclosed, orphaned];
