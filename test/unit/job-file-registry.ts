/** A small registry of task types, and a reader with it, for the tests of job files. */
import { type JobFile, JobFileError, type ReadOptions, readJobFile } from '../../core/job-file/job-file.ts';
import { type TaskType, taskTypeSchema } from '../../core/model/task-type.ts';

const required = { required: true };
const entries: Record<string, object> = {
  null: { any_inputs: true, any_outputs: true, settings: { duration: {}, metadata: {} } },
  error: { settings: { message: {} } },
  command: { any_inputs: true, any_outputs: true, any_settings: true },
  verify: { inputs: { lightcurve: required } },
  multiply: { inputs: { lightcurve_1: required, lightcurve_2: required }, outputs: { lightcurve: required } },
  ingest_external_lcs: {
    settings: { lc_type: {}, input_path: {} },
    outputs_per_file: { setting: 'input_path', suffix: '.lc.gz' },
  },
  synthesis_psls: {
    outputs: { lightcurve: required },
    settings: { specs: { type: 'object', keys: { duration: 730, planet_radius: 1, enable_transits: true } } },
  },
  transit_search_tls: search(),
  transit_search_bls_reference: search(),
  transit_search_qats: search(),
};

function search(): object {
  return {
    inputs: { lightcurve: required },
    outputs: { debugging: {} },
    settings: { lc_duration: {}, search_settings: {} },
  };
}

export const registry: ReadonlyMap<string, TaskType> = new Map(
  Object.entries(entries).map(([name, entry]) => [
    name,
    { ...taskTypeSchema.parse({ description: name, ...entry }), name },
  ]),
);

export function read(text: string, options: Partial<ReadOptions> = {}): JobFile {
  return readJobFile(text, { fileName: 'job.json', registry, ...options });
}

/** `line:column path: message (did you mean "x"?)`, one for each problem. */
export function problemsOf(text: string, options: Partial<ReadOptions> = {}): string[] {
  try {
    read(text, options);
    return [];
  } catch (error) {
    if (!(error instanceof JobFileError)) throw error;
    return error.problems.map(render);
  }
}

export function warningsOf(text: string, options: Partial<ReadOptions> = {}): string[] {
  return read(text, options).warnings.map(render);
}

function render({ line, column, path, message, suggestion }: JobFileError['problems'][number]): string {
  return `${line}:${column} ${path}: ${message}${suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`}`;
}
