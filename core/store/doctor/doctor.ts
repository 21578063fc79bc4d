/**
 * What a person asks the doctor for: what is wrong, or that it be mended. What one repair sets right may show another
 * breach, so whoever mends goes through everything until a whole examination has found nothing more to mend.
 */
import type { DoctorParts } from './check.ts';
import { ALL } from './checks.ts';
import { examine, type Finding } from './examination.ts';

export interface Diagnosis {
  readonly check: string;
  readonly rule: string;
  readonly leads_to: string;
  readonly advice: string | null;
  readonly mendable: boolean;
  readonly mended: number;
  readonly left: number;
  /** Why a repair could not be made: what the system said. */
  readonly failure: string | null;
  /** The first few, in words. */
  readonly examples: readonly string[];
}

export interface Visit {
  /** Only this job. */
  readonly jobId?: number | undefined;
  readonly mend: boolean;
  readonly onPage?: (rows: string, examined: number) => void;
}

const EXAMINATIONS_AT_MOST = 6;

export async function visit(parts: DoctorParts, options: Visit): Promise<Diagnosis[]> {
  const diagnoses = new Map<string, Diagnosis>();
  for (let examination = 1; examination <= EXAMINATIONS_AT_MOST; examination++) {
    const mend = options.mend && examination < EXAMINATIONS_AT_MOST;
    const findings = await examine(parts, ALL, { ...options, mend });
    for (const [name, diagnosis] of diagnoses) diagnoses.set(name, { ...diagnosis, left: 0 });
    for (const finding of findings) diagnoses.set(finding.check, add(diagnoses.get(finding.check), finding));
    if (findings.every(({ mended }) => mended === 0)) break;
  }
  return [...diagnoses.values()];
}

function add(before: Diagnosis | undefined, { found, mended, ...finding }: Finding): Diagnosis {
  return {
    ...finding,
    examples: before?.examples ?? finding.examples,
    mended: (before?.mended ?? 0) + mended,
    left: found - mended,
  };
}

export const CHECKS = ALL.flatMap(({ checks }) => checks);
