/** Submission: a job file is read and checked whole, then stored in one transaction. A bad file stores nothing. */
import { reading, transact } from '../core/db/transaction.ts';
import type { Installation } from '../core/installation.ts';
import { type JobFile, readJobFile } from '../core/job-file/job-file.ts';
import { inputFile } from '../core/runtime/areas.ts';
import { Ids } from '../core/store/ids.ts';
import { insertJob } from '../core/store/jobs.ts';
import { newestVersions } from '../core/store/products.ts';

export interface Submission {
  readonly text: string;
  readonly fileName: string;
  /** `name=value` overrides of parameters. */
  readonly set?: readonly string[];
  /** Instead of the `priority` that the job file gives. */
  readonly priority?: number | undefined;
}

export interface Submitted {
  readonly jobId: number;
  readonly jobFile: JobFile;
}

export async function submit(installation: Installation, submission: Submission): Promise<Submitted> {
  const { database } = installation;
  const jobFile = await check(installation, submission);
  const { name, text, definition } = jobFile;
  const ids = new Ids(database, 3);
  const declared = definition.nodes[0]?.object.priority;
  const priority = submission.priority ?? (typeof declared === 'bigint' ? Number(declared) : 0);
  const job = {
    name: name?.slice(0, 255) ?? null,
    definition: text,
    parameters: definition.parameters,
    priority,
  };
  const jobId = await transact(database, (trx) => insertJob(trx, ids, job));
  return { jobId, jobFile };
}

/**
 * Throws JobFileError with all problems of the file. What it expects from outside may lie in the input area, or an
 * earlier job may have left it; the database is asked, and the file read again, only for what the area does not have.
 */
async function check(installation: Installation, submission: Submission): Promise<JobFile> {
  const { areas, database } = installation;
  const asked: string[] = [];
  const isInArea = (address: string) => inputFile(areas, address) !== undefined;
  const jobFile = read(installation, submission, (address) => {
    if (!isInArea(address)) asked.push(address);
    return true;
  });
  if (asked.length === 0) return jobFile;
  const left = await newestVersions(reading(database), asked);
  return read(installation, submission, (address) => left.has(address) || isInArea(address));
}

function read(
  { registry, settings }: Installation,
  { text, fileName, set = [] }: Submission,
  inputFileExists: (address: string) => boolean,
): JobFile {
  return readJobFile(text, { fileName, registry, set, limits: settings.limits, inputFileExists });
}
