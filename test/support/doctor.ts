/** The doctor at an engine, as the command calls it. */
import { deepEqual } from 'node:assert/strict';
import { countIterations } from '../../controller/expansion/iterations.ts';
import type { Installation } from '../../core/installation.ts';
import { type Diagnosis, visit } from '../../core/store/doctor/doctor.ts';
import { Ids } from '../../core/store/ids.ts';

export interface Consultation {
  readonly mend?: boolean;
  readonly jobId?: number;
  readonly hash?: boolean;
  /** Checks whose breaches do not matter here. */
  readonly except?: readonly string[];
}

export async function consult(
  installation: Installation,
  { mend = false, jobId, hash = false }: Consultation = {},
): Promise<Diagnosis[]> {
  const { database, areas } = installation;
  const parts = {
    ...{ database, areas, hash, overdueMs: 60_000, ids: new Ids(database, 100), person: 'tester' },
    iterationsOf: (trx: Parameters<typeof countIterations>[0], taskId: number) =>
      countIterations(trx, installation, taskId),
  };
  return await visit(parts, { jobId, mend });
}

/** Throws an AssertionError that tells what the doctor found. */
export async function expectHealthy(
  installation: Installation,
  consultation: Consultation = {},
): Promise<void> {
  const { except = [] } = consultation;
  const found = await consult(installation, consultation);
  const left = found.filter((each) => each.left > 0 && !except.includes(each.check));
  deepEqual(
    left.map(({ check, examples }) => `${check}: ${examples.join('; ')}`),
    [],
    'the doctor finds breaches',
  );
}
