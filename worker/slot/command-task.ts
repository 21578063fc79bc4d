/**
 * The command contract: a program of any language gets one JSON file (EASEL_TASK), writes its outputs to the paths
 * it finds there, may write its metadata (EASEL_METADATA), and says by its exit status whether it succeeded.
 * Quality control is a second program under the same contract.
 */
import { writeFileSync } from 'node:fs';
import { dict, fromPlain, isDict, parseJson, toJson, type Value } from '../../core/model/values.ts';
import type { AttemptRequest } from '../attempt.ts';
import { buildArguments, type Names } from './arguments.ts';
import { type CommandEnd, runCommand } from './command-process.ts';
import type { Execution, Result } from './execution.ts';
import { readMetadataFile } from './metadata.ts';
import {
  countOomKills,
  filledItsHeap,
  lostAPartForMemory,
  peakOfContainer,
  wasKilledForMemory,
} from './oom.ts';
import { outputPath } from './outputs.ts';
import { SCRATCH_VARIABLE } from './process-group.ts';
import { readCpuMs } from './process-table.ts';
import type { Failure } from './protocol.ts';
import { ALL_PASS, failAll, type Judgement, judgeByCommand } from './quality-control.ts';
import { placesOf, type Services, toFailure } from './services.ts';

export function commandExecution(request: AttemptRequest, services: Services): Execution {
  const cpuBefore = readCpuMs('self')?.children;
  const settings = parseJson(request.settings);
  const names = nameValues(request, settings);
  const { type } = request;
  let peak: number | undefined;
  const see = (bytes: number | undefined) => {
    if (bytes !== undefined) peak = Math.max(peak ?? 0, bytes);
  };
  const runArguments = async (command: unknown, extra: { [name: string]: string }): Promise<CommandEnd> => {
    const argv = buildArguments(command, names);
    const environment = buildEnvironment(request, services, extra);
    const end = await runCommand({ argv, directory: placesOf(request.scratch).work, environment }, services);
    see(end.peakMemoryBytes);
    return end;
  };
  const qualityControl = type.command === undefined ? names.settings.quality_control : type.quality_control;
  return {
    run: () =>
      runTask(request, {
        run: () => runArguments(type.command ?? names.settings.command, {}),
        onKilled: () => see(peakOfContainer()),
      }),
    judge: () =>
      judge(request, qualityControl, services, (command) => runArguments(command, { EASEL_QC: '1' })),
    readUsage: () => ({ cpuMs: since(cpuBefore, readCpuMs('self')?.children), peakMemoryBytes: peak }),
  };
}

function since(before: number | undefined, now: number | undefined): number | undefined {
  return before === undefined || now === undefined ? undefined : now - before;
}

interface TaskRun {
  run(): Promise<CommandEnd>;
  /** For memory: the sampler may have seen little of what it took. */
  onKilled(): void;
}

async function runTask(request: AttemptRequest, { run, onKilled }: TaskRun): Promise<Result> {
  const places = placesOf(request.scratch);
  const oomKills = countOomKills();
  try {
    writeFileSync(places.task, describeTask(request));
    const failure = findFailure(await run(), { oomKills, onKilled });
    if (failure !== undefined) return { failure, metadata: '{}' };
    return { failure: undefined, metadata: readMetadataFile(places.metadata, request.type.metadata) };
  } catch (error) {
    return { failure: toFailure(error), metadata: '{}' };
  }
}

function findFailure(
  end: CommandEnd,
  { oomKills, onKilled }: { oomKills: number | undefined } & Pick<TaskRun, 'onKilled'>,
): Failure | undefined {
  if (end.code === 0) return undefined;
  const stderr = end.stderr.join('\n');
  const how =
    end.signal === undefined
      ? `the command ended with exit status ${end.code}`
      : `the command was ended by ${end.signal}`;
  const failure: Failure = {
    exitClass: end.signal === undefined ? 'exit' : 'signal',
    error: stderr === '' ? how : `${how}; its last messages:\n${stderr}`,
    exitCode: end.code,
    signal: end.signal,
  };
  if (filledItsHeap(failure, stderr)) return { ...failure, exitClass: 'oom' };
  if (!wasKilledForMemory(failure, oomKills) && !lostAPartForMemory(oomKills)) return failure;
  onKilled();
  return { ...failure, exitClass: 'oom', error: `it ran out of memory: ${failure.error}` };
}

async function judge(
  request: AttemptRequest,
  command: Value | string[] | undefined,
  services: Services,
  run: (command: unknown) => Promise<CommandEnd>,
): Promise<Judgement> {
  if (command === undefined || command === null) return ALL_PASS;
  const places = placesOf(request.scratch);
  try {
    // After the death of the task's own process, what it was told is still to be written for its judge.
    writeFileSync(places.task, describeTask(request));
    return judgeByCommand(request, await run(command), services);
  } catch (error) {
    return failAll(request, `quality control itself failed: ${toFailure(error).error}`);
  }
}

function buildEnvironment(request: AttemptRequest, services: Services, extra: { [name: string]: string }) {
  const places = placesOf(request.scratch);
  return {
    ...services.environment,
    TMPDIR: places.temporary,
    EASEL_TASK: places.task,
    EASEL_METADATA: places.metadata,
    [SCRATCH_VARIABLE]: request.scratch,
    ...extra,
  };
}

function nameValues(request: AttemptRequest, settings: Value): Names {
  const inputs = Object.entries(request.inputs).map(([name, files]) => [
    name,
    files.map((file) => file.path),
  ]);
  return {
    inputs: Object.fromEntries(inputs),
    outputs: listOutputs(request),
    settings: isDict(settings) ? settings : dict(),
  };
}

function listOutputs({ outputs, scratch }: AttemptRequest): { [name: string]: string } {
  const paths = Object.entries(outputs).map(([name, file]) => [name, outputPath(scratch, file)]);
  return Object.fromEntries(paths);
}

/** The file behind EASEL_TASK. Settings and metadata go in as the texts they are, so that `1.0` stays `1.0`. */
function describeTask(request: AttemptRequest): string {
  const inputs = Object.entries(request.inputs);
  const given = <T>(name: string, values: T[]) =>
    request.lists.includes(name) ? values : (values[0] ?? values);
  const parts = {
    task: JSON.stringify(request.type.name),
    description: request.settings,
    metadata: request.metadata,
    requested_metadata: request.requestedMetadata,
    inputs: JSON.stringify(
      Object.fromEntries(
        inputs.map(([name, files]) => [
          name,
          given(
            name,
            files.map(({ path }) => path),
          ),
        ]),
      ),
    ),
    input_metadata: toJson(
      dict(
        inputs.map(([name, files]) => [
          name,
          fromPlain(
            given(
              name,
              files.map(({ metadata }) => metadata),
            ),
          ),
        ]),
      ),
    ),
    outputs: JSON.stringify(listOutputs(request)),
    seed: String(request.seed),
    attempt: String(request.attemptId),
    scratch: JSON.stringify(placesOf(request.scratch).work),
  };
  return `{${Object.entries(parts)
    .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
    .join(',\n')}}\n`;
}
