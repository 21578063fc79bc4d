/**
 * One attempt from its assignment to an outcome that can be committed: its request is built, a slot (or, for the
 * built-in types, this process) runs it, and the files that it made are moved among the versions. Whatever goes wrong
 * with the task is an outcome; what goes wrong with the output area is not: then products wait for it, and what has made
 * none is to be given back. The scratch directory is gone when this resolves, unless the area is.
 */

import type { Definition } from '../core/model/definition.ts';
import { EaselError } from '../core/model/errors.ts';
import type { LogLine } from '../core/model/log-lines.ts';
import type { Allowance, Policy } from '../core/model/policy.ts';
import type { InstallationPolicy } from '../core/model/policy-keys.ts';
import { dict, isDict, merge, parseJson, toJson } from '../core/model/values.ts';
import type { Areas } from '../core/runtime/areas.ts';
import type { OutputArea } from '../core/runtime/output-area.ts';
import type { Registry } from '../core/runtime/registry.ts';
import type { Assignment } from '../core/store/assignments.ts';
import type { ClaimedTask } from '../core/store/claims.ts';
import type { Completion, NewVersion } from '../core/store/outcomes.ts';
import type { AttemptOutcome } from './attempt.ts';
import { type Prepared, prepare } from './request.ts';
import { isBuiltIn, runBuiltIn } from './slot/in-process.ts';
import { heapOptions } from './slot/memory-share.ts';
import { Slot, type SlotHooks } from './slot/slot.ts';
import type { Storage } from './storage.ts';

export interface RunnerOptions {
  readonly registry: Registry;
  readonly areas: Areas;
  readonly storage: Storage;
  readonly area: OutputArea;
  readonly slots: number;
  readonly defaults: InstallationPolicy;
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
const SWEPT = 'its scratch directory was removed while it ran: by another worker if its lease was lost';

export class AttemptRunner {
  readonly #options: RunnerOptions;
  readonly #idle: Slot[];
  readonly #closing = new AbortController();

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { slots, killGraceMs, logLines } = options;
    const execArgv = heapOptions(slots);
    const logLimit = { lines: logLines, bytes: LOG_BYTES };
    this.#idle = Array.from({ length: slots }, () => new Slot({ killGraceMs, logLimit, execArgv }));
  }

  /** Undefined when the output area did not let the attempt have its chance: to be given back. */
  async run(assigned: Assigned): Promise<Completion | undefined> {
    const { storage, registry, areas, defaults, area, onDefect } = this.#options;
    const { task, definition, assignment } = assigned;
    const scratch = storage.scratchOf(task.attempt_id);
    let prepared: Prepared | undefined;
    try {
      prepared = prepare(task, { definition, assignment, registry, areas, scratch, defaults });
      return await this.#try(prepared, assigned);
    } catch (error) {
      if (await area.meet(error)) return undefined;
      const failure = (await storage.wasSwept(task.attempt_id, error))
        ? new EaselError('task', SWEPT)
        : error;
      if (!(failure instanceof EaselError)) onDefect(failure);
      return completionOf(task, { outcome: refused(failure), versions: [], policy: prepared?.policy });
    }
  }

  async #try(prepared: Prepared, assigned: Assigned): Promise<Completion | undefined> {
    const { storage } = this.#options;
    const { task, signal } = assigned;
    const { request, policy } = prepared;
    if (isBuiltIn(request.type)) {
      const outcome = await this.#perform(prepared, task.attempt_id, signal);
      return completionOf(task, { outcome, versions: await this.#keepProducts(outcome, assigned), policy });
    }
    await storage.makeScratch(task.attempt_id);
    try {
      const outcome = await this.#judge(await this.#perform(prepared, task.attempt_id, signal));
      if (outcome === undefined) return undefined;
      return completionOf(task, { outcome, versions: await this.#keepProducts(outcome, assigned), policy });
    } finally {
      await this.#clearAway(task.attempt_id);
    }
  }

  /**
   * A task that failed while the disk was full has failed, and is told so: it may have filled it itself, which is why
   * its files are not kept as evidence. One that failed while the area was read-only or away has not had its chance.
   */
  async #judge(outcome: AttemptOutcome): Promise<AttemptOutcome | undefined> {
    const { exitClass, error } = outcome;
    if (outcome.succeeded || exitClass === 'cancelled' || exitClass === 'timeout') return outcome;
    const fault = await this.#options.area.look();
    if (fault === undefined) return outcome;
    if (fault.kind !== 'full') return undefined;
    const said = `${error ?? 'the task failed'}\nthe disk of the output area ${fault.wrong}`;
    return { ...outcome, error: said, products: [] };
  }

  /** Where the area refuses even this, it is done when it is back. */
  async #clearAway(attemptId: number): Promise<void> {
    const { storage, area, onDefect } = this.#options;
    const remove = () => storage.removeScratch(attemptId);
    try {
      await remove();
    } catch (error) {
      if (!(await area.meet(error))) return onDefect(error);
      void area.outlast(remove, this.#closing.signal).catch(() => undefined); // then a worker does it when it starts
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#idle.map((slot) => slot.close()));
  }

  async #perform(
    { request, policy }: Prepared,
    attemptId: number,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    const { runSeconds } = policy;
    const hooks: SlotHooks = {
      ...(runSeconds === undefined ? {} : { timeoutMs: runSeconds * 1_000 }),
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
    outcome: AttemptOutcome,
    { task, assignment, signal }: Assigned,
  ): Promise<NewVersion[]> {
    const { storage, area } = this.#options;
    const attemptId = task.attempt_id;
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
      const file = await area.outlast(() => storage.keep(path, { attemptId, ordinal, fileName }), signal);
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

interface Performed {
  readonly outcome: AttemptOutcome;
  readonly versions: readonly NewVersion[];
  /** Undefined when the task could not even be read: then trying again is of no use. */
  readonly policy: Policy | undefined;
}

function completionOf(task: ClaimedTask, { outcome, versions, policy }: Performed): Completion {
  const { succeeded, exitClass = 'error', exitCode, signal, error, metadata, usage } = outcome;
  const ended = succeeded || exitClass === 'cancelled';
  const allowance = ended ? undefined : (policy?.allowance(exitClass) ?? NO_MORE);
  return {
    ...{ task, succeeded, exitClass: succeeded ? undefined : exitClass, exitCode, exitSignal: signal },
    ...{ error, allowance, metadata, versions, ...usage },
  };
}

const NO_MORE: Allowance = { retries: 0, classes: ['error'], delaySeconds: 0 };

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
