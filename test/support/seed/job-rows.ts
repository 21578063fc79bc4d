/** The rows of a job and of its tasks; what attempts have left stands in attempt-rows.ts. */
import type { JobState } from '../../../core/model/states.ts';
import { toJson } from '../../../core/model/values.ts';
import { FLOW_LINE } from '../../../core/store/ready.ts';
import { type AttemptContext, attemptRows } from './attempt-rows.ts';
import type { JobHead, SeedTask } from './model.ts';
import type { Sink } from './sink.ts';
import type { Walk } from './walk.ts';

export interface RowContext extends AttemptContext {
  readonly job: JobHead;
  /** Types whose ready tasks are set aside. */
  readonly pausedTypes: ReadonlySet<string>;
}

const ENDS: Readonly<Record<string, Exclude<JobState, 'running'>>> = {
  ...{ done: 'succeeded', failed: 'failed', cancelled: 'cancelled' },
};

export function jobRows(sink: Sink, { root, tasks, scopes }: Walk, context: RowContext): void {
  const { job, offsetMs } = context;
  const end = ENDS[root.state];
  const name = job.name.slice(0, 255);
  sink.add('jobs', {
    ...{ id: job.id, name, state: end ?? 'running', priority: job.priority, definition: job.definition },
    ...{ root_id: root.id, pending_flows: tasks.filter(isPending).length },
    ...{
      submitted_at: job.submittedAt + offsetMs,
      ended_at: end === undefined ? null : root.at + offsetMs + 3,
    },
  });
  for (const { id, directory, metadata } of scopes)
    sink.add('scopes', {
      id,
      job_id: job.id,
      job_name: name,
      working_directory: directory,
      metadata: toJson(metadata),
    });
  for (const task of tasks) taskRows(sink, task, context);
}

const isReadyFlow = ({ state, node }: SeedTask) => node.kind !== 'work' && state === 'ready';

/** May still create tasks. */
const isPending = (task: SeedTask) =>
  task.inLine ||
  isReadyFlow(task) ||
  (task.node.kind !== 'work' && task.state === 'waiting') ||
  (task.node.kind === 'do_while' && task.state === 'expanded');

function taskRows(sink: Sink, task: SeedTask, context: RowContext): void {
  const { job, workerClass } = context;
  const { id, node } = task;
  const kind = node.kind;
  const rank = job.priority === 0 ? 0 : -job.priority;
  sink.add('tasks', {
    id,
    job_id: job.id,
    parent_id: task.parent?.id ?? null,
    position: task.position,
    node: node.index,
    scope_id: task.scope.id,
    kind,
    type: task.type,
    worker_class: kind === 'work' ? workerClass : null,
    state: task.state,
    rank,
    unmet: task.unmet,
    open_children: task.open,
    bad_children: task.bad,
    created_children: task.created,
    attempts: task.attempts.length,
    losses: task.attempts.reduce((sum, { state }) => (state === 'lost' ? sum + 1 : sum), 0),
    tried_from: task.triedFrom,
    uncreated_children: task.uncreated,
    cause_id: task.cause,
    reason: task.reason,
  });
  context.tally.task(job.id, task.type, task.state);
  needRows(sink, task, job.id);
  placeRows(sink, task, { ...context, rank });
  if (kind === 'work') attemptRows(sink, task, { ...context, rank });
}

function needRows(sink: Sink, { id, state, needs }: SeedTask, jobId: number): void {
  for (const [ordinal, { kind, name, address, producer, productId }] of needs.entries()) {
    sink.add('dependencies', {
      consumer_id: id,
      ordinal,
      kind,
      name,
      address,
      producer_id: producer?.id ?? null,
      product_id: productId,
      version_id: null,
    });
    if (producer === undefined && address !== null && state === 'waiting')
      sink.add('wanted', { job_id: jobId, address, consumer_id: id, ordinal });
  }
}

/** Where it stands: in a line, aside, or with a timer. */
function placeRows(sink: Sink, task: SeedTask, context: RowContext & { readonly rank: number }): void {
  const { job, rank, pausedTypes, workerClass, now } = context;
  const place = { job_id: job.id, rank, task_id: task.id };
  if (task.inLine || isReadyFlow(task)) sink.add('ready_tasks', { line: FLOW_LINE, ...place });
  else if (task.state === 'ready' && pausedTypes.has(task.type))
    sink.add('paused_tasks', { type: task.type, line: workerClass, ...place });
  else if (task.state === 'ready') sink.add('ready_tasks', { line: workerClass, ...place });
  if (task.dueInMs !== null) sink.add('timers', { task_id: task.id, due_at: now + task.dueInMs });
}
