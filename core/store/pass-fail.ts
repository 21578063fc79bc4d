/**
 * Which products passed quality control, which did not, and why. Passed: the tasks of a type that are done, each with one version of every
 * output, from the counts. Refused: versions of attempts that failed, newest failures first and up to a bound, with their reasons.
 */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { errorPattern } from '../model/error-pattern.ts';
import { isFlowType } from '../model/task-type.ts';
import { isDict } from '../model/values.ts';
import { readCounts, type TaskCount } from './counts.ts';
import type { Definitions } from './definitions.ts';
import { readFailureRows } from './failure-list.ts';

/** Failures whose versions are looked at. */
const LOOKED_AT = 5_000;
const REASONS_SHOWN = 5;
const SAMPLES_SHOWN = 5;

export interface RefusedSample {
  readonly version_id: number;
  readonly task_id: number;
  readonly address: string;
  readonly created_at: number;
  readonly reason: string;
}

export interface PassFailRow {
  readonly job_id: number;
  readonly type: string;
  readonly output: string;
  /** Tasks that are done: each has a version of the output that passed. */
  readonly passed: number;
  /** Tasks that failed for good, for whatever reason. */
  readonly failed: number;
  /** Versions that were refused, retries included, of those looked at. */
  readonly refused: number;
  /** Most frequent first; numbers and names taken out. */
  readonly reasons: readonly { readonly reason: string; readonly versions: number }[];
  /** Newest first. */
  readonly samples: readonly RefusedSample[];
}

export interface PassFail {
  readonly rows: readonly PassFailRow[];
  /** Failures looked at. */
  readonly looked: number;
  /** These are all: no older failure was left out. */
  readonly complete: boolean;
}

/** Of a job every output of its types; of all jobs those outputs that were refused. */
export async function readPassFail(
  reader: Reader,
  definitions: Definitions,
  { jobId }: { readonly jobId?: number | undefined } = {},
): Promise<PassFail> {
  const failures = await readFailureRows(reader, { jobId, limit: LOOKED_AT });
  const refused = await readRefused(
    reader,
    failures.map(({ attempt_id }) => attempt_id),
  );
  const groups = Map.groupBy(refused, ({ job_id, type, output }) => JSON.stringify([job_id, type, output]));
  const jobIds = jobId === undefined ? refused.map(({ job_id }) => job_id) : [jobId];
  const counts = await readCounts(reader, [...new Set(jobIds)]);
  if (jobId !== undefined) {
    for (const [type, output] of await declaredOutputs(definitions, jobId, counts)) {
      const key = JSON.stringify([jobId, type, output]);
      if (!groups.has(key)) groups.set(key, []);
    }
  }
  const rows = [...groups].map(([key, versions]) => {
    const [job_id, type, output] = JSON.parse(key) as [number, string, string];
    const tasks = (state: TaskCount['state']) =>
      counts
        .filter((count) => count.job_id === job_id && count.type === type && count.state === state)
        .reduce((sum, count) => sum + Number(count.tasks), 0);
    return { job_id, type, output, passed: tasks('done'), failed: tasks('failed'), ...summarise(versions) };
  });
  rows.sort((a, b) => b.job_id - a.job_id || compare(a.type, b.type) || compare(a.output, b.output));
  return { rows, looked: failures.length, complete: failures.length < LOOKED_AT };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

interface Refused extends RefusedSample {
  readonly job_id: number;
  readonly type: string;
  readonly output: string;
}

async function readRefused({ kysely }: Reader, attemptIds: readonly number[]): Promise<Refused[]> {
  const rows = await forIds(attemptIds, (part) =>
    kysely
      .selectFrom('versions')
      .innerJoin('products', 'products.id', 'versions.product_id')
      .innerJoin('tasks', 'tasks.id', 'products.task_id')
      .select(['versions.id as version_id', 'versions.created_at', 'versions.reason', 'products.address'])
      .select(['products.task_id', 'products.job_id', 'products.output', 'tasks.type'])
      .where('versions.attempt_id', 'in', part)
      .where('versions.passed', '=', 0)
      .execute(),
  );
  return rows
    .map((row) => ({ ...row, reason: row.reason ?? '' }))
    .sort((a, b) => b.created_at - a.created_at || b.version_id - a.version_id);
}

/** Those that the job file names, of types whose tasks exist. */
async function declaredOutputs(
  definitions: Definitions,
  jobId: number,
  counts: readonly TaskCount[],
): Promise<[string, string][]> {
  const types = new Set(counts.map(({ type }) => type).filter((type) => !isFlowType(type)));
  const { nodes } = await definitions.get(jobId);
  return nodes.flatMap(({ object: { task, outputs } }): [string, string][] =>
    typeof task === 'string' && types.has(task) && isDict(outputs)
      ? Object.keys(outputs).map((output) => [task, output])
      : [],
  );
}

function summarise(versions: readonly Refused[]): Pick<PassFailRow, 'refused' | 'reasons' | 'samples'> {
  const reasons = [...Map.groupBy(versions, ({ reason }) => errorPattern(reason))]
    .map(([reason, of]) => ({ reason, versions: of.length }))
    .sort((a, b) => b.versions - a.versions || compare(a.reason, b.reason));
  const samples = versions
    .slice(0, SAMPLES_SHOWN)
    .map(({ version_id, task_id, address, created_at, reason }) => ({
      ...{ version_id, task_id, address, created_at, reason },
    }));
  return { refused: versions.length, reasons: reasons.slice(0, REASONS_SHOWN), samples };
}
