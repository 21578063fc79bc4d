/**
 * The plan of a job: how many tasks of each kind it will have, worked out without making any of them.
 *
 * A loop whose body does not depend on the loop's variable is counted once and multiplied, so a grid of any size
 * costs what its file costs. Where loop sizes, criteria or task types do depend on outer variables, the values are
 * gone through, equal cases once; past a bound on that work, and for what only a run can tell, counts are ranges.
 */
import { ANY, type Count, exactly } from './count.ts';
import type { Definition, DefinitionNode } from './definition.ts';
import { shapeOf } from './expression/expression.ts';
import { type LoopValues, loopCount, loopKey, loopValues } from './loop.ts';
import { dependencies, labelOf, loopNames } from './plan-facts.ts';
import { attempt, PlanScope, type Variables } from './plan-scope.ts';
import { addEither, addTimes, type Summary, sizeOf, summariseNode } from './plan-summary.ts';
import { isTrue } from './truth.ts';
import type { Dict } from './values.ts';

/** Exact, or bounds; without `max` there is no upper one. */
export type Instances = number | { readonly min: number; readonly max: number | undefined };

export interface PlanNode {
  readonly index: number;
  readonly path: string;
  readonly kind: DefinitionNode['kind'];
  readonly label: string;
  /** How many tasks the node will have in all. */
  readonly instances: Instances;
}

export interface Plan {
  readonly nodes: readonly PlanNode[];
  /** By task type, flow tasks too, those that do not occur left out. What an expression leaves open is shown as `*`: `transit_search_*`. */
  readonly types: ReadonlyMap<string, Instances>;
  readonly work: Instances;
  readonly flow: Instances;
}

export interface PlanOptions {
  /** Loops longer than this count as unknown: the job file is refused anyway. */
  readonly maxLoopCount?: number;
  /** Bound on the work of going through loop values, in nodes visited. */
  readonly maxSteps?: number;
}

const MAX_STEPS = 2_000_000;
const MAX_MEMO = 100_000;
const MAX_ITERATIONS = 10_000;

/** Parameters have the defaults of the definition, which are the overridden ones once a file has been submitted. */
export function plan(definition: Definition, options: PlanOptions = {}): Plan {
  const { min, max, totals } = new Planner(definition, options).summarise(0);
  return {
    nodes: definition.nodes.map(({ index, path, kind, object }) => ({
      index,
      path,
      kind,
      label: labelOf(object, kind),
      instances: toInstances({ min: min[index] ?? 0, max: max[index] ?? 0 }),
    })),
    types: new Map(
      [...totals.types]
        .filter(([, count]) => count.max > 0)
        .map(([type, count]) => [type, toInstances(count)]),
    ),
    work: toInstances(totals.work),
    flow: toInstances(totals.flow),
  };
}

class Planner {
  readonly #nodes: readonly DefinitionNode[];
  /** Per node, the variables that the counts at and below it depend on. */
  readonly #variables: readonly Variables[];
  readonly #scope: PlanScope;
  readonly #memo = new Map<string | number, Summary>();
  readonly #maxLoopCount: number | undefined;
  #steps: number;

  constructor({ nodes, parameters }: Definition, { maxLoopCount, maxSteps = MAX_STEPS }: PlanOptions) {
    this.#nodes = nodes;
    this.#scope = new PlanScope(parameters);
    this.#maxLoopCount = maxLoopCount;
    this.#steps = maxSteps;
    this.#variables = dependencies(nodes);
  }

  /** One instance of a node, in the scope as it is. */
  summarise(index: number): Summary {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`the definition has no node ${index}`);
    const key = this.#memoKey(node);
    if (key === undefined) return this.#compute(node);
    const known = this.#memo.get(key);
    if (known !== undefined) return known;
    const summary = this.#compute(node);
    if (this.#memo.size < MAX_MEMO) this.#memo.set(key, summary);
    return summary;
  }

  /** Only what is worth it: loops, and nodes that come out the same everywhere. */
  #memoKey({ index, kind }: DefinitionNode): string | number | undefined {
    const variables = this.#variables[index] ?? 'all';
    if (variables === 'all') return undefined;
    if (variables.size === 0) return index;
    return kind === 'for_loop' || kind === 'do_while'
      ? `${index}\n${this.#scope.keyOf(variables)}`
      : undefined;
  }

  #compute(node: DefinitionNode): Summary {
    const summary = summariseNode(node, this.#typeOf(node));
    this.#steps -= sizeOf(summary);
    if (node.kind === 'chain')
      for (const child of node.children) addTimes(summary, this.summarise(child), exactly(1));
    if (node.kind === 'for_loop') this.#addLoop(summary, node);
    if (node.kind === 'conditional') this.#addBranches(summary, node);
    if (node.kind === 'do_while') this.#addDoWhile(summary, node);
    return summary;
  }

  #typeOf({ object, kind }: DefinitionNode): string {
    if (kind !== 'work') return kind === 'chain' ? 'execution_chain' : String(object.task);
    const type = this.#scope.evaluate(object.task ?? null);
    if (typeof type === 'string') return type;
    return typeof object.task === 'string'
      ? shapeOf(object.task)
          .map((part) => part ?? '*')
          .join('')
      : '*';
  }

  #addLoop(summary: Summary, { object, children }: DefinitionNode): void {
    const [body] = children;
    if (body === undefined) return;
    const count = this.#countOf(object);
    const names = loopNames(object);
    if (!this.#dependsOn(body, names)) addTimes(summary, this.summarise(body), count ?? ANY);
    else if (count === undefined || count.max * this.#sizeOf(body) > this.#steps) {
      const unknown = names.map((name) => [name, undefined] as const);
      this.#scope.within(unknown, () => addTimes(summary, this.summarise(body), count ?? ANY));
    } else this.#addEach(summary, { body, object, names, count: count.max });
  }

  #addEach(
    summary: Summary,
    loop: { body: number; object: Dict; names: readonly string[]; count: number },
  ): void {
    const { body, object, names, count } = loop;
    const [parameter = '', index = ''] = names;
    const values = this.#valuesOf(object);
    for (let at = 0; at < count; at += 1) {
      const value = values && attempt(() => values.at(at));
      const variables = [[parameter, value] as const, [index, BigInt(at)] as const];
      this.#scope.within(variables, () => addTimes(summary, this.summarise(body), exactly(1)));
      this.#steps -= this.#sizeOf(body);
    }
  }

  #addBranches(summary: Summary, { object, children }: DefinitionNode): void {
    const criterion = this.#scope.evaluate(object.criterion ?? null);
    const [taken, otherwise] = children;
    if (criterion === undefined) {
      addEither(
        summary,
        [taken, otherwise].map((branch) => (branch === undefined ? undefined : this.summarise(branch))),
      );
      return;
    }
    const branch = isTrue(criterion) ? taken : otherwise;
    if (branch !== undefined) addTimes(summary, this.summarise(branch), exactly(1));
  }

  #addDoWhile(summary: Summary, { object, children }: DefinitionNode): void {
    const [body] = children;
    if (body === undefined) return;
    const name = `${String(object.iteration_name)}_index`;
    const once = (index: bigint | undefined, count: Count) =>
      this.#scope.within([[name, index]], () => addTimes(summary, this.summarise(body), count));
    for (let iteration = 1; ; iteration += 1) {
      once(BigInt(iteration), exactly(1));
      const repeat = this.#scope.within([[name, BigInt(iteration)]], () =>
        this.#scope.evaluate(object.repeat_criterion ?? null),
      );
      this.#steps -= this.#sizeOf(body);
      if (repeat !== undefined && !isTrue(repeat)) return;
      if (repeat === undefined || iteration === MAX_ITERATIONS || this.#steps < 0) break;
    }
    once(undefined, ANY); // after the iterations that are certain, any number may follow
  }

  #countOf(object: Dict): Count | undefined {
    const key = attempt(() => loopKey(object));
    if (key === undefined) return undefined;
    const given = object[key] ?? null;
    if (key === 'values' && Array.isArray(given)) return exactly(given.length);
    const counted = Array.isArray(given) ? (given[2] ?? null) : given;
    if (this.#scope.evaluate(counted) === undefined) return undefined;
    const count = attempt(() => loopCount(object, this.#scope, this.#maxLoopCount));
    return count === undefined ? undefined : exactly(count);
  }

  /** Undefined when the values will be known only as the job runs. */
  #valuesOf(object: Dict): LoopValues | undefined {
    const key = loopKey(object);
    if (this.#scope.evaluate(object[key] ?? null) === undefined) return undefined;
    return attempt(() => loopValues(object, this.#scope, this.#maxLoopCount));
  }

  #dependsOn(body: number, names: readonly string[]): boolean {
    const variables = this.#variables[body] ?? 'all';
    return variables === 'all' || names.some((name) => variables.has(name));
  }

  #sizeOf(index: number): number {
    const node = this.#nodes[index];
    return node === undefined ? 0 : node.end - node.index;
  }
}

function toInstances({ min, max }: Count): Instances {
  if (min === max) return min;
  return { min, max: max === Number.POSITIVE_INFINITY ? undefined : max };
}
