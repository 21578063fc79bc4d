/**
 * Random jobs, and a pure model of how they end: which tasks are done, failed, blocked, not taken, or never created. The
 * model knows nothing of queues, databases or time; every task depends on tasks before it only, so there are no circles.
 */
import { nothing } from './engine.ts';

export interface Spec {
  readonly id: number;
  readonly kind: 'work' | 'chain' | 'loop' | 'conditional';
  /** Work: how it ends if it runs; `second`: it fails in the second iteration of its innermost loop. */
  readonly fails: 'never' | 'always' | 'second';
  readonly children: readonly Spec[];
  readonly others: readonly Spec[];
  readonly takesFirst: boolean;
  readonly iterations: number;
  /** Earlier siblings whose metadata it asks for. */
  readonly asks: readonly number[];
  /** Work tasks before it whose products it reads. */
  readonly reads: readonly Spec[];
  /** The loops around it, outermost first. */
  readonly loops: readonly number[];
}

export type Ending = 'done' | 'failed' | 'blocked' | 'failed or blocked';

const DEEPEST = 3;
const MOST_TASKS = 14;

/** Builds a job from a list of decisions, as a test generator gives them. */
export function buildSpecs(decisions: readonly number[]): Spec[] {
  let at = 0;
  let lastId = 0;
  const decide = (choices: number): number => (decisions[at++ % decisions.length] ?? 0) % choices;
  const made: Spec[] = [];

  function build(depth: number, loops: readonly number[]): Spec[] {
    const siblings: Spec[] = [];
    const wanted = 1 + decide(4);
    for (let count = 0; count < wanted && lastId < MOST_TASKS; count++)
      siblings.push(one(depth, loops, siblings));
    return siblings;
  }

  function one(depth: number, loops: readonly number[], siblings: readonly Spec[]): Spec {
    const id = ++lastId;
    const kind =
      depth === DEEPEST
        ? 'work'
        : ((['work', 'work', 'work', 'chain', 'loop', 'conditional'] as const)[decide(6)] ?? 'work');
    const asks = siblings.filter(() => decide(4) === 0).map((sibling) => sibling.id);
    const visible = made.filter((other) => other.loops.every((loop, level) => loops[level] === loop));
    const reads = kind === 'work' ? visible.filter(() => decide(5) === 0) : [];
    const fails =
      (['never', 'never', 'never', 'always', loops.length > 0 ? 'second' : 'never'] as const)[decide(5)] ??
      'never';
    const inner = kind === 'loop' ? [...loops, id] : loops;
    const [takesFirst, iterations] = [decide(2) === 0, decide(4)];
    const children = kind === 'work' ? [] : build(depth + 1, inner);
    const others = kind === 'conditional' ? build(depth + 1, inner) : [];
    const spec: Spec = { id, kind, fails, asks, reads, loops, takesFirst, iterations, children, others };
    if (kind === 'work') made.push(spec);
    return spec;
  }

  return build(0, []);
}

export const nameOf = ({ id }: { readonly id: number }): string => `t${id}`;

/** The job file; `tag` keeps the products of one job apart from those of others. */
export function writeJob(specs: readonly Spec[], tag: string): object {
  return { task_list: specs.map((spec) => writeTask(spec, tag)) };
}

function writeTask(spec: Spec, tag: string): object {
  const { kind, children, others, asks, reads, fails, loops } = spec;
  const common = {
    name: nameOf(spec),
    ...(asks.length > 0 ? { requires_metadata_from: asks.map((id) => nameOf({ id })) } : {}),
  };
  const list = (tasks: readonly Spec[]) => tasks.map((each) => writeTask(each, tag));
  if (kind === 'chain') return { task: 'execution_chain', ...common, task_list: list(children) };
  if (kind === 'loop') {
    const values = Array.from({ length: spec.iterations }, (_, index) => index * 10);
    return {
      task: 'execution_for_loop',
      ...common,
      parameter: `v${spec.id}`,
      values,
      task_list: list(children),
    };
  }
  if (kind === 'conditional') {
    const criterion = spec.takesFirst ? '(1 < 2)' : '(2 < 1)';
    return {
      task: 'execution_conditional',
      ...common,
      criterion,
      task_list: list(children),
      else_task_list: list(others),
    };
  }
  const files = {
    outputs: { o: fileOf(spec, tag) },
    ...(reads.length > 0
      ? { inputs: Object.fromEntries(reads.map((each) => [nameOf(each), fileOf(each, tag)])) }
      : {}),
  };
  if (fails === 'always') return { task: 'error', message: 'as decided', ...common, ...files };
  const metadata =
    fails === 'second' ? { metadata: { q: `(1 / (metadata['v${loops.at(-1)}_index'] - 1))` } } : {};
  return nothing({ ...common, ...files, ...metadata });
}

function fileOf({ id, loops }: Spec, tag: string): string {
  const indices = loops.map((loop) => `_{v${loop}_index}`).join('');
  return loops.length === 0 ? `${tag}/t${id}` : `('${tag}/t${id}${indices}'.format(**metadata))`;
}

/** Name -> endings of all tasks of that name, sorted; tasks that are never created have none. */
export function predict(specs: readonly Spec[]): Record<string, Ending[]> {
  const endings = new Map<string, Ending>();
  runList(specs, [], endings);
  const byName: Record<string, Ending[]> = {};
  for (const [key, ending] of endings) {
    const name = nameOf({ id: Number.parseInt(key, 10) });
    byName[name] = [...(byName[name] ?? []), ending].sort();
  }
  return byName;
}

const keyOf = (id: number, place: readonly number[]): string => `${id} ${place.join(' ')}`;

function runList(specs: readonly Spec[], place: readonly number[], endings: Map<string, Ending>): boolean {
  for (const spec of specs) endings.set(keyOf(spec.id, place), run(spec, place, endings));
  return specs.every(({ id }) => endings.get(keyOf(id, place)) === 'done');
}

function run(spec: Spec, place: readonly number[], endings: Map<string, Ending>): Ending {
  const needed = [
    ...spec.asks.map((id) => endings.get(keyOf(id, place))),
    ...spec.reads.map(({ id, loops }) => endings.get(keyOf(id, place.slice(0, loops.length)))),
  ];
  const isMissing = needed.includes(undefined);
  const isBlocked = needed.some((ending) => ending !== undefined && ending !== 'done');
  if (isMissing) return isBlocked ? 'failed or blocked' : 'failed';
  if (isBlocked) return 'blocked';
  return runBody(spec, place, endings) ? 'done' : 'failed';
}

function runBody(spec: Spec, place: readonly number[], endings: Map<string, Ending>): boolean {
  const { kind, children, others, fails, iterations, takesFirst } = spec;
  if (kind === 'chain') return runList(children, place, endings);
  if (kind === 'conditional') return runList(takesFirst ? children : others, place, endings);
  if (kind === 'work') return fails === 'never' || (fails === 'second' && place.at(-1) !== 1);
  const all = Array.from({ length: iterations }, (_, index) => runList(children, [...place, index], endings));
  return all.every(Boolean);
}
