/** Submitting a job file: its plan is shown first. */
import { z } from 'zod';
import { planSubmission, type Submission, submit } from '../../core/actions/submit.ts';
import { plural } from '../../core/words/format.ts';
import { defineAction } from '../action.ts';

export const submissionInput = z.strictObject({
  text: z.string().meta({ description: 'the job file, JSON or YAML' }),
  file_name: z
    .string()
    .max(255)
    .default('job.json')
    .meta({ description: 'for messages; read as YAML when it ends so' }),
  set: z
    .union([
      z.array(z.string()),
      z.string().transform((text) => text.split('\n').filter((line) => line.trim() !== '')),
    ])
    .default([])
    .meta({ description: 'overrides of parameters, NAME=VALUE; in a form one to a line' }),
  priority: z.coerce.number().int().min(-1_000_000).max(1_000_000).optional(),
});

export const submitJob = defineAction({
  path: '/submit',
  summary: 'Submit a job file; with dry_run its plan, or all of its problems',
  verb: 'Submit',
  input: submissionInput,
  example: {
    text: '{"job_name": "hello", "task_list": [{"task": "null", "outputs": {"greeting": "hello.txt"}}]}',
  },
  title: () => 'Submit a job',
  async plan({ installation }, given) {
    const { name, plan_lines, warnings, ...planned } = await planSubmission(
      installation,
      readSubmission(given),
    );
    return {
      gist: `${name ?? 'The job'} would be submitted`,
      details: [...warnings.map(({ message }) => message), ...plan_lines],
      data: { ...planned, name, plan_lines, warnings },
    };
  },
  async perform({ installation }, given, person) {
    const { jobId, jobFile, pauses } = await submit(installation, readSubmission(given), person);
    const held = pauses.length === 0 ? '' : `; ${plural(pauses.length, 'pause')} hold it back for now`;
    const { name = null } = jobFile;
    return {
      gist: `Job ${jobId} was submitted${held}`,
      location: `/jobs/${jobId}`,
      data: { job: jobId, name, warnings: jobFile.warnings },
    };
  },
});

export function readSubmission({
  text,
  file_name,
  set,
  priority,
}: z.output<typeof submissionInput>): Submission {
  return { text, fileName: file_name, set, priority };
}
