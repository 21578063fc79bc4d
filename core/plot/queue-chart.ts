/** The chart of how much waits for each worker class, over time: lines that step where a sample was taken. */
import { numberAxis } from './axis.ts';
import { type Area, DEFAULT_PICTURE, type PictureOptions, renderChart } from './chart.ts';
import { element, type Markup, pixel } from './svg.ts';
import { type Ink, inks } from './theme.ts';
import { minuteOf, timeAxis } from './time-axis.ts';
import { count } from './words.ts';

export interface QueueSample {
  readonly worker_class: string;
  /** Epoch ms; it holds until the next of its class. */
  readonly at: number;
  readonly depth: number;
}

export interface QueuePicture {
  readonly title: string;
  readonly from: number;
  readonly until: number;
  /** Ascending in time within a class. */
  readonly samples: readonly QueueSample[];
}

const INKS: readonly Ink[] = ['data', 'accent', 'second', 'third', 'fourth'];
const DASHES: readonly (string | undefined)[] = [undefined, '7 3', '2 3', '9 3 2 3', '4 2'];
const SIGNS = ['line', 'dashes', 'dots', 'dashes', 'dashes'] as const;

interface ClassLine {
  readonly name: string;
  readonly samples: readonly QueueSample[];
  readonly ink: Ink;
  readonly dashes: string | undefined;
}

export function drawQueue(picture: QueuePicture, options: PictureOptions = DEFAULT_PICTURE): string {
  const { title, from, until, samples } = picture;
  const classes = Map.groupBy(samples, ({ worker_class }) => worker_class);
  const lines = [...classes].map(
    ([name, own], at): ClassLine => ({
      ...{ name, samples: own, ink: INKS[at % INKS.length] ?? 'none', dashes: DASHES[at % DASHES.length] },
    }),
  );
  const most = Math.max(0, ...samples.map(({ depth }) => depth));
  const now = lines.map(
    ({ name, samples: own }) => `${name} ${(own.at(-1)?.depth ?? 0).toLocaleString('en-US')}`,
  );
  const facts = now.length === 0 ? 'nothing was queued' : `now: ${now.join(', ')}`;
  return renderChart(
    {
      ...{ title, facts },
      description: `Attempts that wait for a worker, from ${minuteOf(from)} to ${minuteOf(until)} UTC; ${facts}. At most ${count(most, 'attempt')}.`,
      x: timeAxis('Time (UTC)', { low: from, high: until }),
      y: numberAxis({ label: 'Queued', range: { low: 0, high: most * 1.06 || 1 }, direction: 'upwards' }),
      legend: lines.map(({ name, ink }, at) => ({
        label: name,
        ink,
        sign: SIGNS[at % SIGNS.length] ?? 'line',
      })),
      draw: (area) => lines.map((line) => drawSteps(line, area, until)),
    },
    options,
  );
}

/** A step at each sample; however many share a pixel, upright lines there join the lowest and the highest. */
function drawSteps({ name, samples, ink, dashes }: ClassLine, { x, y }: Area, until: number): Markup {
  const steps = samples.map(({ at, depth }, index) => {
    const [left, up] = [pixel(x.place(at)), pixel(y.place(depth))];
    return index === 0 ? `M${left} ${up}` : `H${left}V${up}`;
  });
  const line = { 'stroke-width': 1.75, 'stroke-linejoin': 'round', 'stroke-dasharray': dashes };
  const d = `${steps.join('')}H${pixel(x.place(until))}`;
  return element('path', { d, ...line, ...inks({ stroke: ink }) }, element('title', {}, name));
}
