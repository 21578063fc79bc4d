/**
 * What the planet search has found: one finding per star, read from the tree of the job and the metadata of its tasks,
 * and the verdict on all of them. Only strong signals must be found: a weak one drowns in the noise, or is met by luck.
 */
import type { Database } from '../../core/db/open.ts';
import { reading } from '../../core/db/transaction.ts';
import type { Dict, Value } from '../../core/model/values.ts';
import { readOutputMetadata } from '../../core/store/output-metadata.ts';
import { readTree, type TreeNode } from '../../core/store/task-tree.ts';
import { findRoot } from '../../core/store/task-views.ts';

/** Signal over noise, all transits together, from which a planet counts as detectable (Kepler: Jenkins et al. 2002). */
export const STRONG = 7.1;
/** Relative difference of periods up to which one was found. */
export const TOLERANCE = 0.03;

export interface Finding {
  /** Jupiter radii. */
  readonly radius: number;
  /** The `mes` of the synthesis. */
  readonly strength: number;
  /** Days, as put in. */
  readonly injected: number;
  /** Days; NaN when nothing was found. */
  readonly found: number;
  /** What the search said. */
  readonly outcome: string;
  /** Days, by the follow-up; undefined where none ran. */
  readonly confirmed: number | undefined;
}

export const isStrong = ({ strength }: Finding): boolean => strength >= STRONG;
export const differenceOf = ({ found, injected }: Finding): number => (found - injected) / injected;
export const isFound = (finding: Finding): boolean => Math.abs(differenceOf(finding)) <= TOLERANCE;

/** In the order of the loops. */
export async function readFindings(database: Database, jobId: number): Promise<Finding[]> {
  const reader = reading(database);
  const tree = await readTree(database, await findRoot(reader, jobId), { depth: 10, limit: 100 });
  const stars = [...walk(tree)].filter((node) => childOf(node, 'observe') !== undefined);
  const tasks = stars.map((star) => ({
    observe: childOf(star, 'observe'),
    search: childOf(star, 'search'),
    confirm: childOf(childOf(childOf(star, 'follow-up'), 'then'), 'confirm'),
  }));
  const ids = tasks.flatMap(({ observe, search, confirm }) =>
    [observe, search, confirm].flatMap((node) => node?.task.id ?? []),
  );
  const published = await readOutputMetadata(reader, ids);
  const metadataOf = (node: TreeNode | undefined) => published.get(node?.task.id ?? 0);
  return tasks.map(({ observe, search, confirm }) =>
    describe(metadataOf(observe), metadataOf(search), metadataOf(confirm)),
  );
}

function describe(
  observed: Dict | undefined,
  searched: Dict | undefined,
  confirmed: Dict | undefined,
): Finding {
  return {
    radius: asNumber(observed?.planet_radius),
    strength: asNumber(observed?.mes),
    injected: asNumber(observed?.orbital_period),
    found: asNumber(searched?.period),
    outcome: typeof searched?.outcome === 'string' ? searched.outcome : '',
    confirmed: confirmed === undefined ? undefined : asNumber(confirmed.period),
  };
}

function* walk(node: TreeNode): Generator<TreeNode> {
  yield node;
  for (const child of node.children) yield* walk(child);
}

/** By the name that the job file gives it; branches are called `then` and `else`. */
function childOf(node: TreeNode | undefined, name: string): TreeNode | undefined {
  return node?.children.find(({ task }) => task.label === name || task.label.startsWith(`${name} (`));
}

const asNumber = (value: Value | undefined): number =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN;
