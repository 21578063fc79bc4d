/** The columns of the tables in `schema/`, for the type checker. Instants are epoch milliseconds of the database's clock. */
import type { Generated } from 'kysely';
import type { NodeKind } from '../model/definition.ts';
import type { Role } from '../model/roles.ts';
import type { AttemptState, ExitClass, JobState, TaskState } from '../model/states.ts';

export interface Tables {
  installation: { name: string; value: string };
  ids: { name: string; next: number };
  jobs: {
    id: number;
    name: string | null;
    state: JobState;
    priority: number;
    root_id: number | null;
    pending_flows: number;
    definition: string;
    submitted_at: number;
    submitted_by: string | null;
    ended_at: number | null;
  };
  scopes: {
    id: number;
    job_id: number;
    job_name: string | null;
    working_directory: string;
    metadata: string;
  };
  tasks: {
    id: number;
    job_id: number;
    parent_id: number | null;
    position: number;
    node: number;
    scope_id: number;
    kind: NodeKind;
    type: string;
    worker_class: string | null;
    state: TaskState;
    rank: Generated<number>;
    unmet: Generated<number>;
    open_children: Generated<number>;
    bad_children: Generated<number>;
    created_children: Generated<number>;
    attempts: Generated<number>;
    losses: Generated<number>;
    tried_from: Generated<number>;
    uncreated_children: Generated<number>;
    cause_id: number | null;
    reason: string | null;
  };
  dependencies: {
    consumer_id: number;
    ordinal: number;
    kind: DependencyKind;
    name: string;
    address: string | null;
    producer_id: number | null;
    product_id: number | null;
    version_id: number | null;
  };
  wanted: { job_id: number; address: string; consumer_id: number; ordinal: number };
  ready_tasks: { line: string; job_id: number; rank: number; task_id: number };
  attempts: {
    id: number;
    task_id: number;
    job_id: number;
    number: number;
    state: AttemptState;
    open_task_id: number | null;
    worker_id: number | null;
    lease_until: number | null;
    seed: number;
    queued_at: number;
    started_at: number | null;
    begun_at: number | null;
    ended_at: number | null;
    exit_class: ExitClass | null;
    exit_code: number | null;
    exit_signal: string | null;
    error: string | null;
  };
  queue_entries: {
    worker_class: string;
    rank: number;
    attempt_id: number;
    task_id: number;
    published_at: number;
  };
  usages: {
    attempt_id: number;
    job_id: number;
    type: string;
    wall_ms: number;
    cpu_ms: number | null;
    peak_memory_bytes: number | null;
  };
  failures: { attempt_id: number; job_id: number; task_id: number; at: number };
  output_metadata: { task_id: number; metadata: string };
  products: {
    id: number;
    job_id: number;
    task_id: number;
    output: string;
    address: string;
    version_id: number | null;
  };
  versions: {
    id: number;
    product_id: number;
    attempt_id: number;
    passed: number;
    reason: string | null;
    size: number;
    sha256: string;
    file: string;
    metadata: string;
    created_at: number;
  };
  publications: { version_id: number; address: string; at: number };
  log_chunks: { attempt_id: number; number: number; at: number; content: string };
  task_counts: { job_id: number; type: string; state: TaskState; tasks: number };
  count_deltas: { id: Generated<number>; job_id: number; type: string; state: TaskState; delta: number };
  processes: {
    id: number;
    role: 'scheduler' | 'worker';
    host: string;
    pid: number;
    version: string;
    worker_class: string | null;
    slots: number;
    started_at: number;
    last_seen_at: number;
    ended_at: number | null;
    report: string | null;
    image: string | null;
  };
  timers: { task_id: number; due_at: number };
  cancellations: {
    task_id: number;
    job_id: number;
    worker_id: number | null;
    attempt_id: number | null;
    reason: string;
    requested_at: number;
  };
  pauses: { scope: 'all' | 'job' | 'type'; name: string; since: number; person: string };
  paused_tasks: { type: string; line: string; job_id: number; rank: number; task_id: number };
  pruned_jobs: { job_id: number; at: number };
  audit: { id: Generated<number>; at: number; person: string; action: string; detail: string };
  usage_counts: UsageCount;
  usage_deltas: UsageCount & { id: Generated<number> };
  throughput: { minute: number; type: string; state: TaskState; tasks: number };
  queue_samples: {
    worker_class: string;
    at: number;
    queued: number;
    in_line: number;
    set_aside: number;
    running: number;
    workers: number;
    slots: number;
  };
  outages: { process_id: number; began_at: number; ended_at: number; what: string; reason: string };
  users: { name: string; role: Role; password: string; created_at: number };
  sessions: { id: string; user: string; created_at: number; seen_at: number; expires_at: number };
  tokens: {
    id: number;
    user: string;
    name: string;
    role: Role;
    sha256: string;
    created_at: number;
    used_at: number | null;
    expires_at: number | null;
  };
}

/**
 * `input`: a product of this job or a version of an earlier one; `file`: a file of the input area;
 * `glob`: every product that matches when the task starts; `order`: what a glob waits for;
 * `metadata`: the output metadata of a task.
 */
export type DependencyKind = 'input' | 'file' | 'glob' | 'order' | 'metadata';

/** What is counted of ended attempts: wall-clock and CPU time in ms, peak memory in bytes. */
export const MEASURES = ['wall', 'cpu', 'memory'] as const;
export type Measure = (typeof MEASURES)[number];

/** Ended attempts of a job (0: of all) and type, in one bin of a measure; `total` is the sum of what was measured. */
interface UsageCount {
  job_id: number;
  type: string;
  measure: Measure;
  bin: number;
  attempts: number;
  total: number;
}
