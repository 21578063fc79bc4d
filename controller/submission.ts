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

/** Throws JobFileError with all problems of the file. */
function checkJobFile(
  { registry, settings, areas }: Installation,
  { text, fileName, set = [] }: Submission,
  left: ReadonlySet<string> = new Set(),
): JobFile {
  return readJobFile(text, {
    fileName,
    registry,
    set,
    limits: settings.limits,
    inputFileExists: (address) => left.has(address) || inputFile(areas, address) !== undefined,
  });
}

export async function submit(installation: Installation, submission: Submission): Promise<Submitted> {
  const { database } = installation;
  const asked: string[] = [];
  const first = collectMissing(installation, submission, asked);
  const left =
    asked.length === 0 ? new Set<string>() : new Set((await newestVersions(reading(database), asked)).keys());
  const jobFile =
    asked.length === 0 && first !== undefined ? first : checkJobFile(installation, submission, left);
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

/** Addresses that the file expects from outside and the input area does not have: an earlier job may have left them. */
function collectMissing(
  installation: Installation,
  submission: Submission,
  asked: string[],
): JobFile | undefined {
  const { registry, settings, areas } = installation;
  const { text, fileName, set = [] } = submission;
  return readJobFile(text, {
    fileName,
    registry,
    set,
    limits: settings.limits,
    inputFileExists: (address) => {
      if (inputFile(areas, address) === undefined) asked.push(address);
      return true;
    },
  });
}
