/**
 * One attempt from its assignment to an outcome that can be committed: its request is built, a slot (or, for the
 * built-in types, this process) runs it, and the files that it made are moved among the versions. Whatever goes wrong
 * with the task is an outcome; the scratch directory is gone when this resolves.
 */
import type { Definition } from '../core/model/definition.ts';
import { EaselError } from '../core/model/errors.ts';
import { dict, isDict, merge, parseJson, toJson } from '../core/model/values.ts';
import type { Areas } from '../core/runtime/areas.ts';
import type { Registry } from '../core/runtime/registry.ts';
import type { Assignment } from '../core/store/assignments.ts';
import type { ClaimedTask } from '../core/store/claims.ts';
import type { Completion, NewVersion } from '../core/store/outcomes.ts';
import type { AttemptOutcome, AttemptRequest, LogLine } from './attempt.ts';
import { buildRequest } from './request.ts';
import { isBuiltIn, runBuiltIn } from './slot/in-process.ts';
import { Slot, type SlotHooks } from './slot/slot.ts';
import type { Storage } from './storage.ts';

export interface RunnerOptions {
  readonly registry: Registry;
  readonly areas: Areas;
  readonly storage: Storage;
  readonly slots: number;
  readonly killGraceMs: number;
  readonly logLines: number;
  readonly onLog: (attemptId: number, lines: readonly LogLine[]) => void;
  /** A fault of Easel rather than of the task. */
  readonly onDefect: (error: unknown) => void;
}

export interface Assigned {
  readonly task: ClaimedTask;
  readonly definition: Definition;
  readonly assignment: Assignment;
  readonly signal: AbortSignal;
}

const LOG_BYTES = 16 * 1024 ** 2;

export class AttemptRunner {
  readonly #options: RunnerOptions;
  readonly #idle: Slot[];

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { slots, killGraceMs, logLines } = options;
    const logLimit = { lines: logLines, bytes: LOG_BYTES };
    this.#idle = Array.from({ length: slots }, () => new Slot({ killGraceMs, logLimit }));
  }

  async run({ task, definition, assignment, signal }: Assigned): Promise<Completion> {
    const { storage, registry, areas, onDefect } = this.#options;
    const scratch = storage.scratchOf(task.attempt_id);
    let request: AttemptRequest | undefined;
    try {
      request = buildRequest(task, { definition, assignment, registry, areas, scratch });
      if (!isBuiltIn(request.type)) await storage.makeScratch(task.attempt_id);
      const outcome = await this.#perform(request, task.attempt_id, signal);
      return completionOf(task, outcome, await this.#keepProducts(task.attempt_id, outcome, assignment));
    } catch (error) {
      if (!(error instanceof EaselError)) onDefect(error);
      return completionOf(task, refused(error), []);
    } finally {
      if (request !== undefined && !isBuiltIn(request.type))
        await storage.removeScratch(task.attempt_id).catch(onDefect);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.map((slot) => slot.close()));
  }

  async #perform(request: AttemptRequest, attemptId: number, signal: AbortSignal): Promise<AttemptOutcome> {
    const hooks: SlotHooks = {
      onLog: (lines) => this.#options.onLog(attemptId, lines),
      onProgress: () => undefined,
      signal,
    };
    if (isBuiltIn(request.type)) return await runBuiltIn(request, hooks);
    const slot = this.#idle.pop();
    if (slot === undefined) throw new Error('no slot is idle');
    try {
      return await slot.run(request, hooks);
    } finally {
      this.#idle.push(slot);
    }
  }

  async #keepProducts(
    attemptId: number,
    outcome: AttemptOutcome,
    assignment: Assignment,
  ): Promise<NewVersion[]> {
    const { storage } = this.#options;
    if (outcome.products.length === 0) return [];
    const byOutput = new Map(assignment.products.map((product) => [product.output, product]));
    const metadata = productMetadata(assignment, outcome);
    const versions: NewVersion[] = [];
    for (const [
      ordinal,
      { output, fileName, path, passed, reason, size, sha256 },
    ] of outcome.products.entries()) {
      const product = byOutput.get(output);
      if (product === undefined || path === undefined) continue;
      const file = await storage.keep(path, { attemptId, ordinal, fileName });
      versions.push({
        product_id: product.id,
        address: product.address,
        passed,
        reason,
        size,
        sha256,
        file,
        metadata,
      });
    }
    return versions;
  }
}

/** The attempt failed before it could start. */
function refused(error: unknown): AttemptOutcome {
  return {
    succeeded: false,
    exitClass: 'error',
    error: error instanceof Error ? error.message : String(error),
    exitCode: undefined,
    signal: undefined,
    metadata: '{}',
    products: [],
    usage: { wallMs: 0, cpuMs: undefined, peakMemoryBytes: undefined },
  };
}

function completionOf(
  task: ClaimedTask,
  outcome: AttemptOutcome,
  versions: readonly NewVersion[],
): Completion {
  const { succeeded, exitClass, exitCode, signal, error, metadata, usage } = outcome;
  return { task, succeeded, exitClass, exitCode, exitSignal: signal, error, metadata, versions, ...usage };
}

/**
 * A product carries the metadata of what it was made of, under that of the task that made it. Inputs that are lists
 * or globs pass nothing on: of many files, none speaks for the result.
 */
function productMetadata({ inputs }: Assignment, outcome: AttemptOutcome): string {
  const single = [...Map.groupBy(inputs, ({ name }) => name).values()]
    .filter((files) => files.length === 1)
    .flat();
  const layers = [...single.map(({ metadata }) => metadata), outcome.metadata].map((text) => parseJson(text));
  return toJson(merge(...layers.map((layer) => (isDict(layer) ? layer : dict()))));
}
