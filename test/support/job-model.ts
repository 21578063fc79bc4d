/**
 * Random jobs, and a pure model of how they end: which tasks are done, failed, blocked, not taken, or never created. The
 * model knows nothing of queues, databases or time; every task depends on tasks before it only, so there are no circles.
 */
import { nothing } from './engine.ts';
import { indicesOf, runsWell, type Spec } from './job-trees.ts';

export type Ending = 'done' | 'failed' | 'blocked' | 'failed or blocked';

export const nameOf = ({ id }: { readonly id: number }): string => `t${id}`;

/** The job file; `tag` keeps the products of one job apart from those of others. */
export function writeJob(specs: readonly Spec[], tag: string): object {
  return { task_list: specs.map((spec) => writeTask(spec, tag)) };
}

function writeTask(spec: Spec, tag: string): object {
  const { kind, children, others, asks, reads, fails, loops } = spec;
  const common = {
    name: nameOf(spec),
    ...(spec.priority === undefined ? {} : { priority: spec.priority }),
    ...(asks.length > 0 ? { requires_metadata_from: asks.map((id) => nameOf({ id })) } : {}),
  };
  const list = (tasks: readonly Spec[]) => tasks.map((each) => writeTask(each, tag));
  if (kind === 'chain') return { task: 'execution_chain', ...common, task_list: list(children) };
  if (kind === 'loop') {
    const values = Array.from({ length: spec.iterations }, (_, index) =>
      index === spec.badValue ? '(1 / 0)' : index * 10,
    );
    return {
      task: 'execution_for_loop',
      ...common,
      parameter: `v${spec.id}`,
      values,
      task_list: list(children),
    };
  }
  if (kind === 'repeat') {
    return {
      task: 'execution_do_while_loop',
      ...common,
      iteration_name: `v${spec.id}`,
      repeat_criterion: `(metadata['v${spec.id}_index'] < ${spec.iterations})`,
      task_list: list(children),
    };
  }
  if (kind === 'conditional') {
    const criterion = { first: '(1 < 2)', second: '(2 < 1)', broken: '(1 / 0)' }[spec.takes];
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
    ...(reads.length > 0 || spec.needsFile ? { inputs: inputsOf(spec, tag) } : {}),
  };
  if (fails === 'always') return { task: 'error', message: 'as decided', ...common, ...files };
  const metadata =
    fails === 'second' ? { metadata: { q: `(1 / (metadata['v${loops.at(-1)}_index'] - 1))` } } : {};
  return nothing({ ...common, ...files, ...metadata });
}

function inputsOf(spec: Spec, tag: string): object {
  const { reads, readsList, needsFile } = spec;
  const files = reads.map((each) => fileOf(each, tag));
  const named = Object.fromEntries(reads.map((each, index) => [nameOf(each), files[index]]));
  const listed = files.length > 0 ? { all: files } : {};
  return { ...(readsList ? listed : named), ...(needsFile ? { brought: broughtFile(spec, tag) } : {}) };
}

export const broughtFile = ({ id }: Spec, tag: string): string => `${tag}/in${id}`;

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

export const keyOf = (id: number, place: readonly number[]): string => `${id} ${place.join(' ')}`;

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
  const { kind, children, others, takes } = spec;
  if (kind === 'work') return runsWell(spec, place);
  if (kind === 'chain') return runList(children, place, endings);
  if (kind === 'conditional')
    return takes !== 'broken' && runList(takes === 'first' ? children : others, place, endings);
  const indices = indicesOf(spec);
  if (kind === 'repeat') return indices.every((index) => runList(children, [...place, index], endings));
  const all = indices.map((index) => runList(children, [...place, index], endings));
  return indices.length === spec.iterations && all.every(Boolean);
}

/**
 * The work tasks whose needs are met, given those that have run well: the ones above it are under way, what it asks for
 * and what it reads is done. Keys as of `keyOf`. Knows nothing of states: what was ended, cancelled and reopened in
 * between makes no difference.
 */
export function readyTasks(
  specs: readonly Spec[],
  ranWell: ReadonlySet<string>,
  areFilesThere: boolean,
): Set<string> {
  const ready = new Set<string>();
  const done = new Set<string>();

  function goThrough(list: readonly Spec[], place: readonly number[]): boolean {
    for (const spec of list) if (isDone(spec, place)) done.add(keyOf(spec.id, place));
    return list.every(({ id }) => done.has(keyOf(id, place)));
  }

  function isDone(spec: Spec, place: readonly number[]): boolean {
    const { id, kind, asks, reads, needsFile, children, others, takes, iterations } = spec;
    const isMet =
      (areFilesThere || kind !== 'work' || !needsFile) &&
      asks.every((each) => done.has(keyOf(each, place))) &&
      reads.every((each) => done.has(keyOf(each.id, place.slice(0, each.loops.length))));
    if (!isMet) return false;
    if (kind === 'chain') return goThrough(children, place);
    if (kind === 'conditional')
      return takes !== 'broken' && goThrough(takes === 'first' ? children : others, place);
    if (kind === 'work') {
      const key = keyOf(id, place);
      if (!ranWell.has(key)) ready.add(key);
      return ranWell.has(key);
    }
    const indices = indicesOf(spec);
    if (kind === 'repeat') return indices.every((index) => goThrough(children, [...place, index]));
    const all = indices.map((index) => goThrough(children, [...place, index]));
    return indices.length === iterations && all.every(Boolean);
  }

  goThrough(specs, []);
  return ready;
}
