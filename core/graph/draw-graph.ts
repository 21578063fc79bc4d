/**
 * A graph as SVG text: nodes are links with words for those who hover or do not see, what stands for many has a bar of their states.
 * Colours are the page's, by classes (`state-failed`, `node product`); the attributes alone already give a readable picture.
 */
import type { Attributes, Markup } from '../plot/svg.ts';
import { element } from '../plot/svg.ts';
import { fitText } from '../plot/theme.ts';
import type { Graph, GraphEdge, GraphNode } from './graph.ts';
import { layOutGraph, NODE_HEIGHT, NODE_WIDTH, type PlacedEdge, type PlacedNode } from './layout.ts';

export interface GraphPicture {
  readonly title: string;
  readonly graph: Graph;
  /** Where a node leads to; a node without is no link. */
  readonly linkOf: (node: GraphNode) => string | undefined;
}

const LABEL = 13;
const DETAIL = 11;
const INSET = 10;
const ROOM = NODE_WIDTH - 2 * INSET;

export function drawGraph({ title, graph, linkOf }: GraphPicture): string {
  const { width, height, nodes, edges } = layOutGraph(graph);
  const facts = `${graph.nodes.length} nodes, ${graph.edges.length} edges`;
  const picture = element(
    'svg',
    {
      ...{ xmlns: 'http://www.w3.org/2000/svg', class: 'easel-graph', role: 'group' },
      ...{ 'aria-label': `${title}: ${facts}`, width, height, viewBox: `0 0 ${width} ${height}` },
    },
    element('defs', {}, arrow()),
    element(
      'g',
      { class: 'edges', fill: 'none', stroke: 'currentColor', 'aria-hidden': 'true' },
      ...edges.map((placed) => drawEdge(placed, graph.edges[placed.edge])),
    ),
    ...graph.nodes.map((node, at) => drawNode(node, nodes[at], linkOf(node))),
  );
  return `${picture.markup}\n`;
}

function arrow(): Markup {
  const place = { id: 'easel-graph-arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, orient: 'auto' };
  const size = { markerWidth: 7, markerHeight: 7 };
  return element(
    'marker',
    { ...place, ...size },
    element('path', { d: 'M0 0L8 4L0 8z', fill: 'currentColor' }),
  );
}

function drawEdge({ points }: PlacedEdge, edge: GraphEdge | undefined): Markup {
  const isDashed = edge?.kind !== 'data';
  return element('path', {
    ...{ class: `edge ${edge?.kind ?? 'data'}`, d: curve(points), 'marker-end': 'url(#easel-graph-arrow)' },
    'stroke-dasharray': isDashed ? '4 3' : undefined,
  });
}

/** Level at every point. */
function curve(points: PlacedEdge['points']): string {
  const [[x = 0, y = 0] = [], ...others] = points;
  let path = `M${x} ${y}`;
  let [lastX, lastY] = [x, y];
  for (const [nextX, nextY] of others) {
    const middle = (lastX + nextX) / 2;
    path +=
      lastY === nextY ? `L${nextX} ${nextY}` : `C${middle} ${lastY} ${middle} ${nextY} ${nextX} ${nextY}`;
    [lastX, lastY] = [nextX, nextY];
  }
  return path;
}

function drawNode(node: GraphNode, place: PlacedNode | undefined, link: string | undefined): Markup {
  const [x, y] = [place?.x ?? 0, place?.y ?? 0];
  const classes = ['node', node.kind, ...(node.count > 1 ? ['many'] : []), ...stateClasses(node)];
  const group: Attributes = { class: classes.join(' '), transform: `translate(${x} ${y})` };
  const isFile = node.kind === 'product' || node.kind === 'file';
  const box = { class: 'box', width: NODE_WIDTH, height: NODE_HEIGHT, rx: isFile ? NODE_HEIGHT / 2 : 6 };
  const parts = [
    element('title', {}, describe(node)),
    element('rect', { ...box, fill: 'none', stroke: 'currentColor' }),
    element(
      'text',
      { class: 'label', x: INSET, y: 18, 'font-size': LABEL },
      fitText(node.label, LABEL, ROOM),
    ),
    element(
      'text',
      { class: 'detail', x: INSET, y: 33, 'font-size': DETAIL },
      fitText(node.detail, DETAIL, ROOM),
    ),
    ...(node.count > 1 ? stateBar(node) : []),
  ];
  return link === undefined
    ? element('g', group, ...parts)
    : element('a', { href: link, ...group }, ...parts);
}

function stateClasses({ states }: GraphNode): string[] {
  const names = Object.keys(states);
  return names.length === 1 ? [`state-${names[0]}`] : [];
}

function describe({ kind, label, detail, count, states }: GraphNode): string {
  const counted = Object.entries(states).map(([state, tasks]) => `${tasks} ${state.replace('_', ' ')}`);
  const many = count > 1 ? [`${count} ${kind === 'product' || kind === 'file' ? 'files' : 'tasks'}`] : [];
  return [label, detail, ...many, counted.join(', ')].filter((words) => words !== '').join('; ');
}

function stateBar({ states }: GraphNode): Markup[] {
  const counts = Object.entries(states);
  const total = counts.reduce((sum, [, tasks]) => sum + tasks, 0);
  let x = INSET;
  return counts.map(([state, tasks]) => {
    const width = (ROOM * tasks) / total;
    const bar = element('rect', { class: `bar state-${state}`, x, y: NODE_HEIGHT - 6, width, height: 3 });
    x += width;
    return bar;
  });
}
