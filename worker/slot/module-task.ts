/**
 * A task type written in TypeScript, run in this process. Modules are imported once and stay loaded.
 * Its random numbers, paths and signal are the attempt's own; its metadata is checked before anybody sees it.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EaselError } from '../../core/model/errors.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { AttemptRequest } from '../attempt.ts';
import type { TaskContext, TaskModule } from '../task-module.ts';
import type { Execution, Result } from './execution.ts';
import { checkModuleMetadata } from './metadata.ts';
import { outputPath } from './outputs.ts';
import { readCpuMs, readPeakBytes } from './process-table.ts';
import { ALL_PASS, failAll, type Judgement, readVerdicts } from './quality-control.ts';
import { placesOf, type Services, toFailure } from './services.ts';

export function moduleExecution(request: AttemptRequest, services: Services): Execution {
  const cpuBefore = readOwnCpuMs();
  resetPeak();
  const context = buildContext(request, services);
  return {
    run: () => runModule(request, context),
    judge: (result) => judgeModule(request, context, { result, services }),
    readUsage: () => ({ cpuMs: readOwnCpuMs() - cpuBefore, peakMemoryBytes: readPeakBytes('self') }),
  };
}

async function runModule(request: AttemptRequest, context: TaskContext): Promise<Result> {
  try {
    const module = await loadModule(request);
    const metadata = checkModuleMetadata(await module.run(context), request.type.metadata);
    return { failure: undefined, metadata };
  } catch (error) {
    return { failure: toFailure(error), metadata: '{}' };
  }
}

async function judgeModule(
  request: AttemptRequest,
  context: TaskContext,
  { result, services }: { result: Result; services: Services },
): Promise<Judgement> {
  try {
    const module = await loadModule(request);
    if (module.qualityControl === undefined) return ALL_PASS;
    const verdicts = await module.qualityControl(context, JSON.parse(result.metadata));
    return readVerdicts(request, verdicts ?? {}, services);
  } catch (error) {
    // A module that could not be loaded has said so as the task's own error.
    return failAll(request, `quality control itself failed: ${toFailure(error).error}`);
  }
}

async function loadModule({ type, typeDirectory }: AttemptRequest): Promise<TaskModule> {
  const path = resolve(typeDirectory, type.module ?? '');
  const loaded: { default?: unknown; run?: unknown } = await import(pathToFileURL(path).href);
  const module = loaded.run === undefined ? loaded.default : loaded;
  if (isTaskModule(module)) return module;
  throw new EaselError('task', `the module of task type '${type.name}' (${path}) exports no function 'run'`);
}

function isTaskModule(module: unknown): module is TaskModule {
  return typeof module === 'object' && module !== null && 'run' in module && typeof module.run === 'function';
}

function buildContext(request: AttemptRequest, services: Services): TaskContext {
  const { scratch, type } = request;
  const outputs = Object.entries(request.outputs).map(([name, file]) => [name, outputPath(scratch, file)]);
  return {
    taskType: type.name,
    settings: JSON.parse(request.settings),
    metadata: JSON.parse(request.metadata),
    requestedMetadata: JSON.parse(request.requestedMetadata),
    inputs: request.inputs,
    outputs: Object.fromEntries(outputs),
    scratch: placesOf(scratch).work,
    inputArea: request.inputArea,
    random: seededRandom(request.seed),
    seed: request.seed,
    cpus: type.resources.cpu,
    signal: services.stop,
    log: (level, message) => services.log({ at: Date.now(), level, message: String(message) }),
    progress: (fraction) => services.progress(fraction),
  };
}

/** This process with its threads (microseconds), and the programs that the module ran and waited for. */
function readOwnCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + (readCpuMs('self')?.children ?? 0);
}

/** Linux forgets the process's peak size when asked to; elsewhere the peak is not told. */
function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // The peak is then that of the process since it started.
  }
}
