/**
 * Submission: a job file is read and checked whole, then stored in one transaction with the row that says who did it. A bad
 * file stores nothing.
 */
import type { Database } from '../db/open.ts';
import { reading, transact } from '../db/transaction.ts';
import { type JobFile, JobFileError, type Problem, readJobFile } from '../job-file/job-file.ts';
import type { Definition } from '../model/definition.ts';
import { plan } from '../model/plan.ts';
import { type PlanView, viewPlan } from '../model/plan-view.ts';
import { renderPlan } from '../model/render-plan.ts';
import { type Areas, inputFile } from '../runtime/areas.ts';
import type { Registry } from '../runtime/registry.ts';
import type { Settings } from '../runtime/settings.ts';
import { recordAction } from '../store/audit.ts';
import { Ids } from '../store/ids.ts';
import { insertJob } from '../store/jobs.ts';
import { type Pause, readPauses } from '../store/pauses.ts';
import { newestVersions } from '../store/products.ts';

export interface SubmissionParts {
  readonly database: Database;
  readonly registry: Registry;
  readonly areas: Areas;
  readonly settings: Pick<Settings, 'limits'>;
}

export interface Submission {
  readonly text: string;
  /** For messages; `.yaml` or `.yml` at its end has the text read as YAML. */
  readonly fileName: string;
  /** `name=value` overrides of parameters. */
  readonly set?: readonly string[];
  /** Instead of the `priority` that the job file gives. */
  readonly priority?: number | undefined;
}

export interface Submitted {
  readonly jobId: number;
  readonly jobFile: JobFile;
  /** What keeps tasks of the job from starting for now. */
  readonly pauses: readonly Pause[];
}

export interface PlannedSubmission {
  readonly name: string | null;
  readonly priority: number;
  readonly warnings: readonly Problem[];
  readonly plan: PlanView;
  /** The same for people to read: the tree with its counts, then the totals. */
  readonly plan_lines: readonly string[];
  readonly pauses: readonly Pause[];
}

/** For whoever writes a job file: what is wrong with it, or what it would become. */
export type Review =
  | { readonly ok: true; readonly problems: readonly []; readonly planned: PlannedSubmission }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly planned: null };

export async function submit(
  parts: SubmissionParts,
  submission: Submission,
  person: string,
): Promise<Submitted> {
  const { database } = parts;
  const jobFile = await checkSubmission(parts, submission);
  const { name, text, definition } = jobFile;
  const ids = new Ids(database, 3);
  const job = {
    name: name?.slice(0, 255) ?? null,
    definition: text,
    parameters: definition.parameters,
    priority: priorityOf(jobFile, submission),
    submittedBy: person,
  };
  const from = submission.fileName.slice(-MOST_OF_A_NAME);
  const pauses = await pausesOnFile(database, definition);
  const jobId = await transact(database, async (trx) => {
    const id = await insertJob(trx, ids, job);
    const detail = `job ${id}${job.name === null ? '' : ` "${job.name}"`} from ${from}`;
    await recordAction(trx, { person, action: 'submit', detail });
    return id;
  });
  return { jobId, jobFile, pauses };
}

/** Throws JobFileError when `submit` would. Stores nothing. */
export async function planSubmission(
  parts: SubmissionParts,
  submission: Submission,
): Promise<PlannedSubmission> {
  const jobFile = await checkSubmission(parts, submission);
  const { name, definition, warnings } = jobFile;
  const maxLoopCount = parts.settings.limits.max_loop_count;
  const planned = plan(definition, maxLoopCount === undefined ? {} : { maxLoopCount });
  return {
    ...{ name: name ?? null, priority: priorityOf(jobFile, submission), warnings },
    ...{ plan: viewPlan(planned), plan_lines: renderPlan(planned) },
    pauses: await pausesOnFile(parts.database, definition),
  };
}

/** As `planSubmission`, with the problems of a wrong file as data. */
export async function reviewSubmission(parts: SubmissionParts, submission: Submission): Promise<Review> {
  try {
    return { ok: true, problems: [], planned: await planSubmission(parts, submission) };
  } catch (error) {
    if (!(error instanceof JobFileError)) throw error;
    return { ok: false, problems: error.problems, planned: null };
  }
}

/**
 * Throws JobFileError with all problems of the file. What it expects from outside may lie in the input area, or an
 * earlier job may have left it; the database is asked, and the file read again, only for what the area does not have.
 */
export async function checkSubmission(parts: SubmissionParts, submission: Submission): Promise<JobFile> {
  const { areas, database } = parts;
  const asked: string[] = [];
  const isInArea = (address: string) => inputFile(areas, address) !== undefined;
  const jobFile = read(parts, submission, (address) => {
    if (!isInArea(address)) asked.push(address);
    return true;
  });
  if (asked.length === 0) return jobFile;
  const left = await newestVersions(reading(database), asked);
  return read(parts, submission, (address) => left.has(address) || isInArea(address));
}

const MOST_OF_A_NAME = 255;

function read(
  { registry, settings }: SubmissionParts,
  { text, fileName, set = [] }: Submission,
  inputFileExists: (address: string) => boolean,
): JobFile {
  return readJobFile(text, { fileName, registry, set, limits: settings.limits, inputFileExists });
}

function priorityOf({ definition }: JobFile, { priority }: Submission): number {
  const declared = definition.nodes[0]?.object.priority;
  return priority ?? (typeof declared === 'bigint' ? Number(declared) : 0);
}

/** Of the job itself there is none yet. */
async function pausesOnFile(database: Database, { nodes }: Definition): Promise<Pause[]> {
  const { rows } = await readPauses(reading(database));
  const types = new Set(nodes.map(({ object }) => object.task));
  return rows.filter(({ scope, name }) => scope === 'all' || (scope === 'type' && types.has(name)));
}
