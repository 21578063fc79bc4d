/**
 * The layers of a directed graph: every node one layer after the last of those that lead to it (longest path), edges that would close a
 * circle turned round first. Nodes are numbers from 0; the order in which they and the edges come decides all ties.
 */

export interface Layering {
  /** Of each node. */
  readonly layers: readonly number[];
  /** Edges, all from a lower to a higher layer; those of `turned` were turned round. */
  readonly edges: readonly (readonly [number, number])[];
  readonly turned: ReadonlySet<number>;
}

export function layOutLayers(count: number, edges: readonly (readonly [number, number])[]): Layering {
  const turned = findCircles(count, edges);
  const straight = edges.map(([from, to], at): readonly [number, number] =>
    turned.has(at) ? [to, from] : [from, to],
  );
  const layers = new Array<number>(count).fill(0);
  const out = neighbours(count, straight);
  const missing = new Array<number>(count).fill(0);
  for (const [, to] of straight) missing[to] = (missing[to] ?? 0) + 1;
  const ready = layers.map((_, node) => node).filter((node) => missing[node] === 0);
  for (let at = 0; at < ready.length; at++) {
    const node = ready[at] ?? 0;
    for (const { to } of out[node] ?? []) {
      layers[to] = Math.max(layers[to] ?? 0, (layers[node] ?? 0) + 1);
      missing[to] = (missing[to] ?? 0) - 1;
      if (missing[to] === 0) ready.push(to);
    }
  }
  return { layers: pullUp(layers, straight), edges: straight, turned };
}

/** What nothing leads to stands right before the first that it leads to: its edges are short. */
function pullUp(layers: readonly number[], edges: readonly (readonly [number, number])[]): number[] {
  const hasSource = new Set(edges.map(([, to]) => to));
  const nearest = new Map<number, number>();
  for (const [from, to] of edges) {
    if (hasSource.has(from)) continue;
    nearest.set(from, Math.min(nearest.get(from) ?? Number.POSITIVE_INFINITY, (layers[to] ?? 1) - 1));
  }
  return layers.map((layer, node) => nearest.get(node) ?? layer);
}

interface Out {
  readonly to: number;
  readonly edge: number;
}

function neighbours(count: number, edges: readonly (readonly [number, number])[]): Out[][] {
  const out = Array.from({ length: count }, (): Out[] => []);
  for (const [edge, [from, to]] of edges.entries()) out[from]?.push({ to, edge });
  return out;
}

/** Edges that lead back to a node on the way that a depth-first search is on. */
function findCircles(count: number, edges: readonly (readonly [number, number])[]): Set<number> {
  const out = neighbours(count, edges);
  const state = new Uint8Array(count); // 1: on the way, 2: done
  const back = new Set<number>();
  for (let root = 0; root < count; root++) {
    if (state[root] !== 0) continue;
    state[root] = 1;
    const way = [{ node: root, next: 0 }];
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const step = out[top.node]?.[top.next++];
      if (step === undefined) {
        state[top.node] = 2;
        way.pop();
      } else if (state[step.to] === 1) back.add(step.edge);
      else if (state[step.to] === 0) {
        state[step.to] = 1;
        way.push({ node: step.to, next: 0 });
      }
    }
  }
  return back;
}
