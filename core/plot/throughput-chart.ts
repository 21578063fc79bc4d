/** The chart of how many tasks came to which end, over time: stacked columns of one or more minutes each. */
import { numberAxis } from './axis.ts';
import { type Area, DEFAULT_PICTURE, type PictureOptions, renderChart } from './chart.ts';
import { element, type Markup } from './svg.ts';
import { type Ink, inks } from './theme.ts';
import { formatNumber } from './ticks.ts';
import { minuteOf, timeAxis } from './time-axis.ts';
import { count } from './words.ts';

export interface ThroughputRow {
  /** Its beginning, epoch ms. */
  readonly at: number;
  readonly state: string;
  readonly tasks: number;
}

export interface ThroughputPicture {
  readonly title: string;
  readonly from: number;
  readonly until: number;
  readonly rows: readonly ThroughputRow[];
}

const MINUTE = 60_000;
/** From below: what is usual first, so that the rest stands out above it. */
const STACK: readonly { readonly state: string; readonly ink: Ink }[] = [
  { state: 'done', ink: 'data' },
  { state: 'not_taken', ink: 'pale' },
  { state: 'cancelled', ink: 'none' },
  { state: 'blocked', ink: 'fourth' },
  { state: 'failed', ink: 'accent' },
];
/** Minutes of a column: so many that there are at most this many columns. */
const MOST_COLUMNS = 120;
const WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440];

export function drawThroughput(
  picture: ThroughputPicture,
  options: PictureOptions = DEFAULT_PICTURE,
): string {
  const { title, from, until, rows } = picture;
  const minutes = WIDTHS.find((each) => (until - from) / MINUTE / each <= MOST_COLUMNS) ?? 1440;
  const columns = gather(picture, minutes * MINUTE);
  const totals = totalsOf(rows);
  const most = Math.max(0, ...[...columns.values()].map((column) => sum(column.values()) / minutes));
  const facts = factsOf(totals);
  return renderChart(
    {
      ...{ title, facts },
      description: `Tasks that ended per minute, from ${minuteOf(from)} to ${minuteOf(until)} UTC: ${facts}. At most ${formatNumber(most, 3)} a minute.`,
      x: timeAxis('Time (UTC)', { low: from, high: until }),
      y: numberAxis({
        label: 'Tasks per minute',
        range: { low: 0, high: most * 1.06 || 1 },
        direction: 'upwards',
      }),
      legend: STACK.filter(({ state }) => totals.has(state)).map(({ state, ink }) => ({
        ...{ label: state.replace('_', ' '), ink, sign: 'square' as const },
      })),
      draw: (area) => [...columns].flatMap(([at, column]) => drawColumn(column, at, { area, minutes })),
    },
    options,
  );
}

type Column = Map<string, number>;

function gather({ from, until, rows }: ThroughputPicture, width: number): Map<number, Column> {
  const columns = new Map<number, Column>();
  for (const { at, state, tasks } of rows) {
    if (at < from - width || at >= until) continue;
    const start = Math.floor(at / width) * width;
    const column = columns.get(start) ?? new Map<string, number>();
    column.set(state, (column.get(state) ?? 0) + tasks);
    columns.set(start, column);
  }
  return columns;
}

function totalsOf(rows: readonly ThroughputRow[]): Column {
  const totals: Column = new Map();
  for (const { state, tasks } of rows) totals.set(state, (totals.get(state) ?? 0) + tasks);
  return totals;
}

function factsOf(totals: Column): string {
  const parts = STACK.flatMap(({ state }) => {
    const tasks = totals.get(state) ?? 0;
    return tasks === 0 ? [] : [`${tasks.toLocaleString('en-US')} ${state.replace('_', ' ')}`];
  });
  return parts.length === 0 ? 'no task ended' : `${count(sum(totals.values()), 'task')}: ${parts.join(', ')}`;
}

interface Place {
  readonly area: Area;
  readonly minutes: number;
}

function drawColumn(column: Column, at: number, { area: { x, y }, minutes }: Place): Markup[] {
  const left = x.place(at);
  const width = x.place(at + minutes * MINUTE) - left;
  const gap = width > 4 ? 1 : 0;
  let below = 0;
  const parts = STACK.flatMap(({ state, ink }) => {
    const tasks = (column.get(state) ?? 0) / minutes;
    if (tasks === 0) return [];
    const [top, bottom] = [y.place(below + tasks), y.place(below)];
    below += tasks;
    const box = { x: left + gap / 2, y: top, width: Math.max(0.5, width - gap), height: bottom - top };
    return [element('rect', { ...box, ...inks({ fill: ink }) })];
  });
  const words = [...column].map(([state, tasks]) => `${tasks} ${state.replace('_', ' ')}`).join(', ');
  return [element('g', {}, element('title', {}, `${minuteOf(at)}: ${words}`), ...parts)];
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, each) => total + each, 0);
}
