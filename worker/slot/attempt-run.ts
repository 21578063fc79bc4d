/**
 * The steps of one attempt inside the child process: the task, quality control, the sealing of outputs.
 * Quality control also runs when the task failed; its verdicts are then recorded, and the failure stays the task's.
 * After a stop request nothing more is started: the slot decides what the attempt was.
 */
import type { AttemptOutcome, AttemptRequest, ProductOutcome, Usage } from '../attempt.ts';
import { commandExecution } from './command-task.ts';
import type { Execution, Result } from './execution.ts';
import { toLogLine } from './log-lines.ts';
import { moduleExecution } from './module-task.ts';
import { checkOutputs, listStrayFiles, refuseOutputs, STOPPED, sealOutputs } from './outputs.ts';
import type { Failure, RunMessage } from './protocol.ts';
import { explainRefusal, failAll } from './quality-control.ts';
import { makePlaces, type Services, toFailure } from './services.ts';

/** `crashed` resolves when code of the task threw where nobody could catch it. */
export async function runAttempt(
  { request, failure }: RunMessage,
  services: Services,
  crashed: Promise<Failure>,
): Promise<AttemptOutcome> {
  const startedMs = performance.now();
  let execution: Execution | undefined;
  const usage = (): Usage => ({
    wallMs: performance.now() - startedMs,
    cpuMs: undefined,
    peakMemoryBytes: undefined,
    ...execution?.readUsage(),
  });
  try {
    const places = makePlaces(request.scratch);
    if (request.type.module !== undefined) process.chdir(places.work);
    execution =
      request.type.module === undefined
        ? commandExecution(request, services)
        : moduleExecution(request, services);
    const fallen = crashed.then((found): Result => ({ failure: found, metadata: '{}' }));
    const result = await (failure === undefined
      ? Promise.race([execution.run(), fallen])
      : { failure, metadata: '{}' });
    if (services.stop.aborted) return compose(result, refuseOutputs(request, STOPPED), usage());
    const { products, problem } = await judge(request, { execution, result, services, crashed });
    const refusal = explainRefusal(products, problem);
    return compose({ ...result, failure: result.failure ?? toQcFailure(refusal) }, products, usage());
  } catch (error) {
    const result = { failure: toFailure(error), metadata: '{}' };
    return compose(result, refuseOutputs(request, 'it was not judged: the attempt broke off'), usage());
  }
}

interface Trial {
  readonly execution: Execution;
  readonly result: Result;
  readonly services: Services;
  readonly crashed: Promise<Failure>;
}

async function judge(
  request: AttemptRequest,
  { execution, result, services, crashed }: Trial,
): Promise<{ products: ProductOutcome[]; problem: string | undefined }> {
  const checked = await checkOutputs(request);
  const fallen = crashed.then(({ error }) => failAll(request, `quality control itself failed: ${error}`));
  const judgement = await Promise.race([
    execution.judge(result),
    ...(result.failure === undefined ? [fallen] : []),
  ]);
  if (services.stop.aborted) return { products: refuseOutputs(request, STOPPED), problem: undefined };
  for (const name of await listStrayFiles(request)) {
    services.log(
      toLogLine(`outputs/${name} is no declared output of this task, so it is not kept`, 'warning'),
    );
  }
  return { products: await sealOutputs(checked, judgement.verdicts), problem: judgement.problem };
}

function toQcFailure(refusal: string | undefined): Failure | undefined {
  return refusal === undefined ? undefined : { exitClass: 'qc', error: refusal };
}

function compose({ failure, metadata }: Result, products: ProductOutcome[], usage: Usage): AttemptOutcome {
  return {
    succeeded: failure === undefined,
    exitClass: failure?.exitClass,
    error: failure?.error,
    exitCode: failure?.exitCode,
    signal: failure?.signal,
    metadata,
    products,
    usage,
  };
}
