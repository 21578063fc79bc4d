/**
 * Resolution: what each new task waits for. An input is, in this order: the product of a task of this batch, of a task
 * of the job created earlier, one that some task of the job may still come to make (then it is *wanted*), the newest
 * version that an earlier job left, a file of the input area. An input that is none of these fails the task at once.
 *
 * The job's row is locked, so nobody else creates tasks of the job meanwhile; producers' rows are locked before their
 * state is read, so a producer that ends at the same time is either seen as ended, or finds its consumer.
 */

import type { DependencyKind } from '../../core/db/tables.ts';
import type { Transaction } from '../../core/db/transaction.ts';
import { globShape, globToRegExp } from '../../core/model/glob.ts';
import type { Producer } from '../../core/model/producers.ts';
import { matchesShape, shapesMayMatch } from '../../core/model/shape.ts';
import { UNUSABLE } from '../../core/model/states.ts';
import { lockTasks } from '../../core/store/locked-tasks.ts';
import { findProducts, type KnownProduct, newestVersions } from '../../core/store/products.ts';
import type { InputDraft, TaskDraft } from './draft-model.ts';

export interface DependencyDraft {
  readonly kind: DependencyKind;
  readonly name: string;
  readonly address: string | null;
  /** A draft, or the id of a task created earlier. */
  readonly producer: { readonly id: number } | null;
  /** A draft's product has no id yet: it is looked up by address when rows are written. */
  readonly productId: number | null;
  readonly versionId: number | null;
  /** Waits for a producer; `wanted`: for one that is not there yet. */
  readonly open: boolean;
  readonly wanted: boolean;
}

export interface ResolutionContext {
  readonly jobId: number;
  readonly producers: readonly Producer[];
  inputFileExists(address: string): boolean;
  listInputFiles(glob: string): readonly string[];
  /** Tasks of the job that could make a product which matches a glob, seen from a consumer: they must end first. */
  producersFor(consumer: TaskDraft, candidates: readonly Producer[]): Promise<readonly { id: number }[]>;
}

export async function resolve(
  trx: Transaction,
  context: ResolutionContext,
  tasks: readonly TaskDraft[],
): Promise<Map<TaskDraft, DependencyDraft[]>> {
  const made = new Map<string, TaskDraft>();
  const asked = tasks.flatMap((task) => [...task.outputs, ...task.inputs].map(({ address }) => address));
  const known = await findProducts(trx, context.jobId, [...new Set(asked)]);
  for (const task of tasks) refuseDuplicates(task, made, known);
  const resolved = new Map(tasks.map((task) => [task, metadataOf(task)]));
  const foreign = new Foreign(trx, context);
  for (const task of tasks) {
    if (task.state === 'failed') continue;
    const inputs: DependencyDraft[] = [];
    for (const input of task.inputs)
      inputs.push(...(await resolveInput(input, { task, made, known, foreign, context })));
    resolved.get(task)?.push(...inputs);
  }
  await foreign.settle(resolved);
  await settleStates(trx, resolved);
  return resolved;
}

function refuseDuplicates(
  task: TaskDraft,
  made: Map<string, TaskDraft>,
  known: ReadonlyMap<string, KnownProduct>,
): void {
  const own = new Map<string, string>();
  for (const { output, address } of task.outputs) {
    const other =
      own.get(address) ??
      made.get(address)?.node.path ??
      (known.has(address) ? `task ${known.get(address)?.task_id}` : undefined);
    own.set(address, `its own outputs.${output}`);
    if (other === undefined || task.state === 'failed') continue;
    task.state = 'failed';
    task.reason = `${task.node.path}.outputs.${output}: "${address}" is already made by ${other}; in one job, a file is made by one task, once`;
  }
  if (task.state === 'failed') task.outputs = [];
  for (const { address } of task.outputs) made.set(address, task);
}

function metadataOf(task: TaskDraft): DependencyDraft[] {
  return task.metadataFrom.map(({ name, task: producer }) => ({
    ...BLANK,
    kind: 'metadata',
    name,
    producer,
    open: true,
  }));
}

const BLANK = {
  address: null,
  producer: null,
  productId: null,
  versionId: null,
  open: false,
  wanted: false,
} as const;

interface Looking {
  readonly task: TaskDraft;
  readonly made: ReadonlyMap<string, TaskDraft>;
  readonly known: ReadonlyMap<string, KnownProduct>;
  readonly foreign: Foreign;
  readonly context: ResolutionContext;
}

async function resolveInput(
  { name, address, glob }: InputDraft,
  looking: Looking,
): Promise<DependencyDraft[]> {
  const { made, known, foreign, context, task } = looking;
  if (glob) return await resolveGlob({ name, address, glob }, looking);
  const producer = made.get(address);
  if (producer !== undefined) return [{ ...BLANK, kind: 'input', name, address, producer, open: true }];
  const product = known.get(address);
  if (product !== undefined) {
    return [
      {
        ...BLANK,
        kind: 'input',
        name,
        address,
        producer: { id: product.task_id },
        productId: product.id,
        open: true,
      },
    ];
  }
  if (context.producers.some(({ shape }) => matchesShape(address, shape))) {
    return [{ ...BLANK, kind: 'input', name, address, open: true, wanted: true }];
  }
  foreign.ask(task, { name, address });
  return [];
}

/** A glob waits for everything in the job that may make a match; which files it names is known when the task starts. */
async function resolveGlob(
  { name, address }: InputDraft,
  { task, context }: Looking,
): Promise<DependencyDraft[]> {
  const shape = globShape(address);
  const candidates = context.producers.filter((producer) => shapesMayMatch(producer.shape, shape));
  const tasks = await context.producersFor(task, candidates);
  const own: DependencyDraft = { ...BLANK, kind: 'glob', name, address };
  if (tasks.length === 0) {
    const pattern = globToRegExp(address);
    const files = context.listInputFiles(address).filter((file) => pattern.test(file));
    if (files.length > 0) return files.map((file) => ({ ...BLANK, kind: 'file', name, address: file }));
  }
  return [
    own,
    ...tasks.map((producer): DependencyDraft => ({ ...BLANK, kind: 'order', name, producer, open: true })),
  ];
}

/** Inputs that come from outside the job: looked up together, since many tasks often read the same file. */
class Foreign {
  readonly #trx: Transaction;
  readonly #context: ResolutionContext;
  readonly #asked: { task: TaskDraft; name: string; address: string }[] = [];

  constructor(trx: Transaction, context: ResolutionContext) {
    this.#trx = trx;
    this.#context = context;
  }

  ask(task: TaskDraft, input: { name: string; address: string }): void {
    this.#asked.push({ task, ...input });
  }

  async settle(resolved: ReadonlyMap<TaskDraft, DependencyDraft[]>): Promise<void> {
    const addresses = [...new Set(this.#asked.map(({ address }) => address))];
    const found = await findOutside(this.#trx, addresses, this.#context);
    for (const { task, name, address } of this.#asked) {
      const origin = found.get(address);
      if (origin !== undefined) resolved.get(task)?.push({ ...BLANK, ...origin, name, address });
      else if (task.state !== 'failed') {
        task.state = 'failed';
        task.reason = missingInput(task.node.path, name, address);
      }
    }
  }
}

export function missingInput(path: string, name: string, address: string): string {
  return `${path}.inputs.${name}: no task of this job makes "${address}", no earlier job left it, and the input area has no such file`;
}

export type Origin = { kind: 'input'; productId: number; versionId: number } | { kind: 'file' };

/** Where addresses that the job itself does not produce are to be had. */
export async function findOutside(
  trx: Transaction,
  addresses: readonly string[],
  { inputFileExists }: Pick<ResolutionContext, 'inputFileExists'>,
): Promise<Map<string, Origin>> {
  const versions = await newestVersions(trx, addresses);
  const found = new Map<string, Origin>();
  for (const address of addresses) {
    const version = versions.get(address);
    if (version !== undefined) {
      found.set(address, { kind: 'input', productId: version.product_id, versionId: version.version_id });
    } else if (inputFileExists(address)) found.set(address, { kind: 'file' });
  }
  return found;
}

/** Producers created earlier may have ended: what is done is met, what can never be blocks the consumer. */
async function settleStates(trx: Transaction, resolved: Map<TaskDraft, DependencyDraft[]>): Promise<void> {
  const drafts = new Set<{ id: number }>(resolved.keys());
  const earlier = [...resolved.values()]
    .flat()
    .flatMap(({ producer }) => (producer === null || drafts.has(producer) ? [] : [producer.id]));
  const states = new Map((await lockTasks(trx, earlier)).map(({ id, state }) => [id, state]));
  for (const [task, dependencies] of resolved) {
    for (const [at, dependency] of dependencies.entries()) {
      const state = states.get(dependency.producer?.id ?? 0);
      if (state === 'done') dependencies[at] = { ...dependency, open: false };
      if (state === undefined || task.state === 'failed' || !UNUSABLE.includes(state)) continue;
      task.state = 'blocked';
      task.causeId = dependency.producer?.id ?? null;
    }
  }
}
