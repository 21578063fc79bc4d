/** Numbers, times and states as pages show them. What returns markup has escaped what it was given. */
import ejs from 'ejs';
import { drawGraph } from '../core/graph/draw-graph.ts';
import type { Graph, GraphNode } from '../core/graph/graph.ts';
import { TASK_STATES, type TaskState } from '../core/model/states.ts';
import type { Row } from '../core/plot/datum.ts';
import { drawHeatMap } from '../core/plot/heat-map.ts';
import { formatBytes, formatCount, formatDuration, formatImage, plural } from '../core/words/format.ts';
import { markLine, markState } from './lines.ts';

const escapeText = (text: string): string => ejs.escapeXML(text);

/** `2026-11-22 06:14:03`, in UTC; the page's script adds the local time. */
function instant(at: number | null): string {
  if (at === null) return '';
  const text = new Date(at).toISOString();
  return `<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 19)}</time>`;
}

/** `3 min 05 s ago`; the page's script counts on. */
function ago(at: number | null, now: number): string {
  return at === null ? '' : counting('ago', at, `${formatDuration(now - at)} ago`);
}

/** `3 min 05 s`, of what goes on; the page's script counts on. */
function since(at: number | null, now: number): string {
  return at === null ? '' : counting('since', at, formatDuration(now - at));
}

function counting(kind: string, at: number, words: string): string {
  const text = new Date(at).toISOString();
  const title = `${text.slice(0, 19).replace('T', ' ')} UTC`;
  return `<time class="${kind}" datetime="${text}" title="${title}">${words}</time>`;
}

const BAR_ORDER: readonly TaskState[] = [
  ...(['done', 'failed', 'blocked', 'cancelled', 'not_taken'] as const),
  ...(['running', 'queued', 'ready', 'expanded', 'waiting'] as const),
];

/** How a number of tasks is shared among the states. Says the same to those who do not see it. */
function bar(states: Readonly<Partial<Record<string, number>>>): string {
  const counted = BAR_ORDER.map((name) => [name, states[name] ?? 0] as const).filter(
    ([, count]) => count > 0,
  );
  const total = counted.reduce((sum, [, count]) => sum + count, 0);
  const label = counted.map(([name, count]) => `${formatCount(count)} ${name.replace('_', ' ')}`).join(', ');
  let x = 0;
  const rects = counted.map(([name, count]) => {
    const width = (count / total) * 100;
    const rect = `<rect class="fill-${name}" x="${x.toFixed(3)}" y="0" width="${width.toFixed(3)}" height="8"/>`;
    x += width;
    return rect;
  });
  return `<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${label || 'none yet'}"><title>${label}</title>${rects.join('')}</svg>`;
}

function percent(part: number, whole: number): string {
  if (whole === 0) return '';
  const share = (part / whole) * 100;
  return `${share === 100 || share === 0 ? share : Math.min(99.9, Math.max(0.1, share)).toFixed(1)} %`;
}

/** A number of things in a second. */
function rate(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond < 10 ? perSecond.toPrecision(2) : formatCount(Math.round(perSecond));
}

function graph(title: string, drawn: Graph): string {
  return drawGraph({ title, graph: drawn, linkOf });
}

function linkOf({ kind, task_id, version_id, address }: GraphNode): string | undefined {
  if (version_id !== null) return `/versions/${version_id}`;
  if (kind === 'product' && address !== null) return `/product?address=${encodeURIComponent(address)}`;
  return task_id === null ? undefined : `/tasks/${task_id}`;
}

interface ResultMap {
  readonly x: string;
  readonly y: string;
  readonly value: string;
  readonly cells: readonly Row[];
}

/** Within the page, whose style sheet darkens it. */
function heatMap(title: string, { x, y, value, cells }: ResultMap): string {
  const picture = { title, xLabel: x, yLabel: y, valueLabel: value, rows: cells };
  return drawHeatMap(picture, { width: 960, height: 460, theme: 'light' });
}

/** What ran there; the whole digest to those who ask for it. */
function image(name: string | null): string {
  if (name === null) return '';
  return ` <span class="soft" title="${escapeText(name)}">in ${escapeText(formatImage(name))}</span>`;
}

export const words = {
  ...{
    instant,
    ago,
    since,
    state: markState,
    bar,
    percent,
    rate,
    graph,
    heatMap,
    image,
    plural,
    escape: escapeText,
  },
  bytes: formatBytes,
  line: markLine,
  count: formatCount,
  duration: formatDuration,
  states: TASK_STATES,
};
