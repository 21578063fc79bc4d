/**
 * Where the nodes of a graph stand and which way its edges go: layers from left to right, in each layer an order in which few edges cross
 * (barycentres, up and down), long edges led through the layers between by places of their own. Nodes without edges stand in rows below.
 * The same graph always has the same layout.
 */
import type { Graph } from './graph.ts';
import { layOutLayers } from './layers.ts';
import { type Cell, orderLayers, placeCells } from './order.ts';

export const NODE_WIDTH = 200;
export const NODE_HEIGHT = 44;
const COLUMN_GAP = 64;
const EDGE = 16;
const ROW = NODE_HEIGHT + 16;
/** Beyond this, long edges go straight from node to node, across whatever stands there. */
const MOST_BENDS = 3_000;

export interface PlacedNode {
  readonly id: string;
  /** Of its left upper corner. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  /** Index in the graph's edges. */
  readonly edge: number;
  readonly points: readonly (readonly [number, number])[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** In the order of the graph's nodes. */
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export function layOutGraph({ nodes, edges }: Graph): Layout {
  const places = new Map(nodes.map(({ id }, at) => [id, at]));
  const pairs = edges.map(({ from, to }): [number, number] => [places.get(from) ?? 0, places.get(to) ?? 0]);
  const layering = layOutLayers(nodes.length, pairs);
  const linked = new Set(pairs.flat());
  const net = buildNet(layering, linked);
  const layers = orderLayers(net.layers);
  const height = placeCells(layers, ROW);
  const spots = new Map<number, readonly [number, number]>();
  for (const cell of layers.flat())
    if (cell.node !== undefined) spots.set(cell.node, [columnAt(cell.layer), EDGE + cell.y]);
  const alone = nodes.map((_, at) => at).filter((at) => !linked.has(at));
  const columns = Math.max(4, layers.length);
  for (const [at, node] of alone.entries())
    spots.set(node, [columnAt(at % columns), EDGE + height + Math.floor(at / columns) * ROW]);
  const across = Math.max(layers.length, Math.min(alone.length, columns));
  return {
    width: 2 * EDGE + across * NODE_WIDTH + Math.max(0, across - 1) * COLUMN_GAP,
    height: 2 * EDGE + height + Math.ceil(alone.length / columns) * ROW,
    nodes: nodes.map(({ id }, at) => ({ id, x: spots.get(at)?.[0] ?? 0, y: spots.get(at)?.[1] ?? 0 })),
    edges: net.ways.map((way, edge) => {
      const points = route(way);
      return { edge, points: layering.turned.has(edge) ? points.reverse() : points };
    }),
  };
}

const columnAt = (layer: number) => EDGE + layer * (NODE_WIDTH + COLUMN_GAP);

interface Net {
  readonly layers: Cell[][];
  /** Of each edge, its cells from the one node to the other. */
  readonly ways: readonly (readonly Cell[])[];
}

/** The long edges of one node share their places on the way: a file that a hundred tasks read is one line until it parts. */
function buildNet(
  {
    layers,
    edges,
  }: { readonly layers: readonly number[]; readonly edges: readonly (readonly [number, number])[] },
  linked: ReadonlySet<number>,
): Net {
  const cells: Cell[][] = [];
  const add = (layer: number, node: number | undefined): Cell => {
    const cell: Cell = { layer, node, before: [], after: [], order: 0, y: 0 };
    while (cells.length <= layer) cells.push([]);
    cells[layer]?.push(cell);
    return cell;
  };
  const own = new Map([...linked].sort((a, b) => a - b).map((node) => [node, add(layers[node] ?? 0, node)]));
  const bends = new Map<string, Cell>();
  const isCrowded = countBends(layers, edges) > MOST_BENDS;
  const ways = edges.map(([from, to]) => {
    const [start, end] = [own.get(from), own.get(to)];
    if (start === undefined || end === undefined) return [];
    const way = [start];
    for (let layer = start.layer + 1; layer < end.layer && !isCrowded; layer++) {
      const key = `${from} ${layer}`;
      const bend = bends.get(key) ?? add(layer, undefined);
      bends.set(key, bend);
      way.push(bend);
    }
    way.push(end);
    for (let at = 1; at < way.length; at++) join(way[at - 1], way[at]);
    return way;
  });
  return { layers: cells, ways };
}

function countBends(layers: readonly number[], edges: readonly (readonly [number, number])[]): number {
  const longest = new Map<number, number>();
  for (const [from, to] of edges) {
    const between = (layers[to] ?? 0) - (layers[from] ?? 0) - 1;
    longest.set(from, Math.max(longest.get(from) ?? 0, between));
  }
  return [...longest.values()].reduce((sum, between) => sum + between, 0);
}

function join(before: Cell | undefined, after: Cell | undefined): void {
  if (before === undefined || after === undefined) return;
  if (after.node === undefined && after.before.includes(before)) return; // a shared place
  before.after.push(after);
  after.before.push(before);
}

function route(way: readonly Cell[]): [number, number][] {
  const middle = NODE_HEIGHT / 2;
  return way.flatMap(({ layer, node, y }, at): [number, number][] => {
    const [left, level] = [columnAt(layer), EDGE + y + middle];
    const right = left + NODE_WIDTH;
    if (node === undefined) {
      return [
        [left, level],
        [right, level],
      ];
    }
    return [[at === 0 ? right : left, level]];
  });
}
