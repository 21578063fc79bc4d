/**
 * Random jobs as trees. What refers to other tasks is generated as numbers that always mean something or nothing, so that
 * a tree shrinks well: when one fails, ever smaller ones are tried. Every task depends on tasks before it only.
 */
import fc from 'fast-check';

export interface Spec {
  readonly id: number;
  readonly kind: 'work' | 'chain' | 'loop' | 'repeat' | 'conditional';
  /** Work: how it ends if it runs; `second`: it fails where the index of its innermost loop is 1. */
  readonly fails: 'never' | 'always' | 'second';
  readonly children: readonly Spec[];
  readonly others: readonly Spec[];
  /** Of a conditional: which list; `broken`: its criterion cannot be evaluated. */
  readonly takes: 'first' | 'second' | 'broken';
  readonly iterations: number;
  /** The iteration of a loop whose value cannot be evaluated. */
  readonly badValue: number | undefined;
  /** Earlier siblings whose metadata it asks for. */
  readonly asks: readonly number[];
  /** Work tasks before it whose products it reads: by a name each, or all in one list. */
  readonly reads: readonly Spec[];
  readonly readsList: boolean;
  /** Work: it also reads a file that somebody has to bring. */
  readonly needsFile: boolean;
  readonly priority: number | undefined;
  /** The loops around it, outermost first. */
  readonly loops: readonly number[];
}

/** A tree as the generator makes it, and as it shrinks: what it refers to is told by numbers that always mean something. */
interface Seed {
  readonly kind: Spec['kind'];
  readonly fails: Spec['fails'];
  readonly takes: Spec['takes'];
  readonly iterations: number;
  readonly badValue: number | undefined;
  readonly asks: readonly number[];
  readonly reads: readonly number[];
  readonly readsList: boolean;
  readonly needsFile: boolean;
  readonly priority: number | undefined;
  readonly children: readonly Seed[];
  readonly others: readonly Seed[];
}

const MOST_TASKS = 14;

const leaf = {
  fails: fc.constantFrom(...(['never', 'never', 'never', 'always', 'second'] as const)),
  takes: fc.constantFrom(...(['first', 'first', 'second', 'second', 'broken'] as const)),
  iterations: fc.nat(3),
  badValue: fc.option(fc.nat(2), { freq: 6, nil: undefined }),
  asks: fc.array(fc.nat(4), { maxLength: 2 }),
  reads: fc.array(fc.nat(6), { maxLength: 3 }),
  readsList: fc.boolean(),
  needsFile: fc.constantFrom(false, false, false, false, true),
  priority: fc.option(fc.integer({ min: -5, max: 5 }), { freq: 3, nil: undefined }),
};

const { list } = fc.letrec<{ task: Seed; list: Seed[] }>((tie) => ({
  task: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('work' as const),
        ...leaf,
        children: fc.constant([]),
        others: fc.constant([]),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom(...(['chain', 'loop', 'repeat', 'conditional'] as const)),
        ...leaf,
        children: tie('list'),
        others: tie('list'),
      }),
    },
  ),
  list: fc.array(tie('task'), { minLength: 1, maxLength: 4 }),
}));

/** Jobs: when one fails, ever smaller ones are tried. */
export const specTrees: fc.Arbitrary<Spec[]> = list.map(plant);

function plant(seeds: readonly Seed[]): Spec[] {
  let lastId = 0;
  const made: Spec[] = [];

  function grow(all: readonly Seed[], loops: readonly number[]): Spec[] {
    const siblings: Spec[] = [];
    for (const seed of all) if (lastId < MOST_TASKS) siblings.push(one(seed, loops, siblings));
    return siblings;
  }

  function one(seed: Seed, loops: readonly number[], siblings: readonly Spec[]): Spec {
    const id = ++lastId;
    const { kind } = seed;
    const visible = made.filter((other) => other.loops.every((loop, level) => loops[level] === loop));
    const inner = kind === 'loop' || kind === 'repeat' ? [...loops, id] : loops;
    const spec: Spec = {
      ...seed,
      id,
      loops,
      fails: seed.fails === 'second' && loops.length === 0 ? 'never' : seed.fails,
      asks: choose(siblings, seed.asks).map((sibling) => sibling.id),
      reads: kind === 'work' ? choose(visible, seed.reads) : [],
      children: grow(seed.children, inner),
      others: kind === 'conditional' ? grow(seed.others, inner) : [],
    };
    if (kind === 'work') made.push(spec);
    return spec;
  }

  return grow(seeds, []);
}

/** Numbers beyond the end choose nothing. */
function choose<T>(among: readonly T[], numbers: readonly number[]): T[] {
  return [...new Set(numbers)].flatMap((number) => among[number] ?? []);
}

export function runsWell({ fails }: Spec, place: readonly number[]): boolean {
  return fails === 'never' || (fails === 'second' && place.at(-1) !== 1);
}

/** Of the iterations that can be made: a loop counts from 0, a repetition from 1. */
export function indicesOf({ kind, iterations, badValue }: Spec): number[] {
  if (kind === 'repeat') return Array.from({ length: Math.max(1, iterations) }, (_, index) => index + 1);
  return Array.from({ length: iterations }, (_, index) => index).filter((index) => index !== badValue);
}

export function allSpecs(specs: readonly Spec[]): Spec[] {
  return specs.flatMap((spec) => [spec, ...allSpecs(spec.children), ...allSpecs(spec.others)]);
}
