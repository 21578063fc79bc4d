/** The layout of graphs: nothing overlaps, every edge is drawn, and the same graph always looks the same. */
import { describe, expect, test } from 'vitest';
import { drawGraph } from '../../core/graph/draw-graph.ts';
import { type Graph, GraphBuilder, type GraphNode } from '../../core/graph/graph.ts';
import { type Layout, layOutGraph, NODE_HEIGHT, NODE_WIDTH } from '../../core/graph/layout.ts';

const node = (id: string, more: Partial<GraphNode> = {}): GraphNode => ({
  ...{ id, kind: 'task', label: id, detail: '', states: { done: 1 }, count: 1 },
  ...{ task_id: null, version_id: null, address: null },
  ...more,
});

function graphOf(pairs: readonly string[], alone: readonly string[] = []): Graph {
  const builder = new GraphBuilder();
  for (const pair of pairs) {
    const [from = '', to = ''] = pair.split('>');
    for (const id of [from, to]) if (!builder.has(id)) builder.add(node(id));
    builder.link(from, to, 'data');
  }
  for (const id of alone) builder.add(node(id));
  return builder.build();
}

/** Numbers that look random and are always the same. */
function* dice(): Generator<number, never> {
  for (let seed = 42; ; ) {
    seed = (seed * 48_271) % 2_147_483_647;
    yield seed / 2_147_483_647;
  }
}

function randomGraph(nodes: number, edges: number): Graph {
  const random = dice();
  const builder = new GraphBuilder();
  for (let at = 0; at < nodes; at++) builder.add(node(`n${at}`));
  for (let at = 0; at < edges; at++) {
    const from = Math.floor(random.next().value * nodes);
    const reach = 1 + Math.floor(random.next().value * 40);
    builder.link(`n${from}`, `n${Math.min(nodes - 1, from + reach)}`, 'data');
  }
  return builder.build();
}

/** Ten steps, of which each task reads from one to three of the steps before. */
function pipeline(nodes: number): Graph {
  const random = dice();
  const builder = new GraphBuilder();
  const perStep = nodes / 10;
  for (let at = 0; at < nodes; at++) {
    builder.add(node(`n${at}`));
    const step = Math.floor(at / perStep);
    for (let read = 0; read < 2 && step > 0; read++) {
      const back = Math.min(step, 1 + Math.floor(random.next().value * 3));
      const from = (step - back) * perStep + Math.floor(random.next().value * perStep);
      builder.link(`n${from}`, `n${at}`, 'data');
    }
  }
  return builder.build();
}

function overlaps({ nodes }: Layout): string[] {
  const found: string[] = [];
  for (const [at, a] of nodes.entries())
    for (const b of nodes.slice(at + 1))
      if (Math.abs(a.x - b.x) < NODE_WIDTH && Math.abs(a.y - b.y) < NODE_HEIGHT)
        found.push(`${a.id} ${b.id}`);
  return found;
}

function xOf(layout: Layout, id: string): number {
  return layout.nodes.find((each) => each.id === id)?.x ?? Number.NaN;
}

describe('layout', () => {
  test('every node stands right of those that lead to it, by the longest way', () => {
    const layout = layOutGraph(graphOf(['a>b', 'b>c', 'a>c', 'x>c']));
    expect(xOf(layout, 'a')).toBeLessThan(xOf(layout, 'b'));
    expect(xOf(layout, 'b')).toBeLessThan(xOf(layout, 'c'));
    expect(xOf(layout, 'x')).toBe(xOf(layout, 'b')); // close to what it leads to
  });

  test.each([10, 200, 1_000])(
    'of %i nodes none overlap, and every edge goes from its node to the other',
    (count) => {
      const graph = randomGraph(count, 2 * count);
      const layout = layOutGraph(graph);
      expect(layout.nodes).toHaveLength(count);
      expect(overlaps(layout)).toEqual([]);
      const places = new Map(layout.nodes.map((each) => [each.id, each]));
      expect(layout.edges.map(({ edge }) => edge)).toEqual(graph.edges.map((_, at) => at));
      for (const { edge, points } of layout.edges) {
        const { from, to } = graph.edges[edge] ?? { from: '', to: '' };
        const [start, end] = [places.get(from), places.get(to)];
        expect(points[0]).toEqual([(start?.x ?? 0) + NODE_WIDTH, (start?.y ?? 0) + NODE_HEIGHT / 2]);
        expect(points.at(-1)).toEqual([end?.x, (end?.y ?? 0) + NODE_HEIGHT / 2]);
      }
      for (const { x, y } of layout.nodes) {
        expect(x + NODE_WIDTH).toBeLessThanOrEqual(layout.width);
        expect(y + NODE_HEIGHT).toBeLessThanOrEqual(layout.height);
        expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      }
    },
  );

  test('is the same every time', () => {
    expect(layOutGraph(randomGraph(300, 700))).toEqual(layOutGraph(randomGraph(300, 700)));
  });

  test('a circle is drawn, its closing edge from node to node as the others', () => {
    const graph = graphOf(['a>b', 'b>c', 'c>a']);
    const layout = layOutGraph(graph);
    expect(layout.edges).toHaveLength(3);
    expect(overlaps(layout)).toEqual([]);
    expect(layout.edges[2]?.points[0]?.[0]).toBe(xOf(layout, 'c')); // turned round: it leaves where it would arrive
  });

  test('edges do not cross where they need not', () => {
    const layout = layOutGraph(graphOf(['a>x', 'b>y', 'c>z', 'a>p', 'c>r', 'b>q'].reverse()));
    const order = (ids: string[]) =>
      ids
        .sort((a, b) => yOf(layout, a) - yOf(layout, b))
        .map((id) => ({ x: 'a', p: 'a', y: 'b', q: 'b', z: 'c', r: 'c' })[id] ?? id);
    const targets = order(['x', 'y', 'z', 'p', 'q', 'r']).filter((each, at, all) => each !== all[at - 1]);
    expect(targets).toEqual(order(['a', 'b', 'c']));
  });

  test('what nothing is linked to stands in rows below; no graph at all is no error', () => {
    const layout = layOutGraph(graphOf(['a>b'], ['u', 'v', 'w', 'x', 'y']));
    expect(overlaps(layout)).toEqual([]);
    expect(yOf(layout, 'u')).toBeGreaterThan(yOf(layout, 'a'));
    expect(layOutGraph({ nodes: [], edges: [] }).nodes).toEqual([]);
  });

  test('a thousand nodes take few milliseconds', () => {
    const graph = pipeline(1_000);
    for (let warm = 0; warm < 5; warm++) layOutGraph(graph);
    const times = Array.from({ length: 9 }, () => {
      const begin = performance.now();
      layOutGraph(graph);
      return performance.now() - begin;
    });
    const best = Math.min(...times);
    expect(best).toBeLessThan(100); // 15 on a machine that has other things to do
  });
});

function yOf(layout: Layout, id: string): number {
  return layout.nodes.find((each) => each.id === id)?.y ?? Number.NaN;
}

describe('drawing', () => {
  test('nodes are links with words; text is escaped; no style attribute', () => {
    const builder = new GraphBuilder();
    builder.add(node('t', { label: '<script>alert(1)</script>', states: { done: 3, failed: 1 }, count: 4 }));
    builder.add(node('p', { kind: 'product', label: 'a.gz', states: {} }));
    builder.link('t', 'p', 'data');
    const linkOf = ({ id }: GraphNode) => (id === 't' ? '/tasks/1?a="b"' : undefined);
    const svg = drawGraph({ title: 'Job 1', graph: builder.build(), linkOf });
    expect(svg).toContain('<a href="/tasks/1?a=&quot;b&quot;"');
    expect(svg).toContain('4 tasks; 3 done, 1 failed</title>');
    expect(svg).not.toContain('<script');
    expect(svg).not.toMatch(/style=|<style|NaN|undefined/);
    expect(svg.match(/<path class="edge data"/g)).toHaveLength(1);
  });
});
