/**
 * How one child fared with one attempt, and the words for it: outcomes and failures that only the slot can know,
 * because the child died, was stopped, or never started.
 */
import type { AttemptOutcome, AttemptRequest, Usage } from '../attempt.ts';
import { filledItsHeap, peakOfContainer, wasKilledForMemory } from './oom.ts';
import { refuseOutputs, STOPPED } from './outputs.ts';
import type { Failure } from './protocol.ts';
import type { StopReason } from './stop-request.ts';
import type { ChildEnd } from './warm-child.ts';

/** How one child fared with one attempt; `outcome` is undefined when the task's end left its outputs unjudged. */
export interface TrialEnd {
  readonly outcome: AttemptOutcome | undefined;
  readonly failure: Failure | undefined;
  readonly usage: Usage;
}

export const UNKNOWN_USAGE: Usage = { wallMs: 0, cpuMs: undefined, peakMemoryBytes: undefined };

export function lost(failure: Failure, usage: Usage = UNKNOWN_USAGE): TrialEnd {
  return { outcome: undefined, failure, usage };
}

export function failed(request: AttemptRequest, failure: Failure | undefined): AttemptOutcome {
  return {
    succeeded: false,
    exitClass: failure?.exitClass ?? 'error',
    error: failure?.error,
    exitCode: failure?.exitCode,
    signal: failure?.signal,
    metadata: '{}',
    products: refuseOutputs(request, STOPPED),
    usage: UNKNOWN_USAGE,
  };
}

/** JSON leaves out what is undefined; outcomes have all their keys. */
export function restore(outcome: AttemptOutcome): AttemptOutcome {
  const { exitClass, error, exitCode, signal } = outcome;
  const products = outcome.products.map((product) => ({
    ...product,
    path: product.path,
    reason: product.reason,
  }));
  return { ...outcome, exitClass, error, exitCode, signal, products };
}

export function describeStop(reason: StopReason, timeoutMs = 0, left: readonly number[] = []): Failure {
  const why =
    reason === 'cancelled'
      ? 'the task was cancelled'
      : `the task ran longer than its timeout of ${timeoutMs / 1_000} s`;
  const stuck = left.length === 0 ? '' : `; the kernel could not end its processes ${left.join(', ')}`;
  return { exitClass: reason, error: `${why}${stuck}` };
}

/** A process that died has told nothing of what it used. */
export function died(
  end: Extract<ChildEnd, { kind: 'died' }>,
  oomKills: number | undefined,
  usage?: Usage,
): TrialEnd {
  const { code, signal, stderr } = end;
  const how = signal === undefined ? `ended with exit status ${code}` : `was ended by ${signal}`;
  const error = `the process of the task ${how}${stderr === '' ? '' : `; its last messages:\n${stderr}`}`;
  const failure: Failure = {
    exitClass: signal === undefined ? 'exit' : 'signal',
    error,
    exitCode: code,
    signal,
  };
  if (filledItsHeap(failure, stderr)) return lost({ ...failure, exitClass: 'oom' }, usage);
  if (!wasKilledForMemory(failure, oomKills)) return lost(failure, usage);
  const peak = { ...UNKNOWN_USAGE, peakMemoryBytes: peakOfContainer() };
  return lost({ ...failure, exitClass: 'oom', error: `it ran out of memory: ${error}` }, usage ?? peak);
}
