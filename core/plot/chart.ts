/**
 * The frame that all charts share: title, axes with grid, ticks and labels, legend, and words for screen readers.
 * What is drawn inside is the caller's, in pixels of the whole picture, and cut off at the edges of the frame.
 */
import type { Axis, AxisMaker } from './axis.ts';
import { type LegendEntry, legendMarks } from './legend.ts';
import { element, type Markup } from './svg.ts';
import { FONT, fitText, inks, styleFor, type Theme, widthOf } from './theme.ts';
import { raised, tickMarkup } from './ticks.ts';

export interface PictureOptions {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

export const DEFAULT_PICTURE: PictureOptions = { width: 960, height: 480, theme: 'auto' };

/** Where the data are drawn, in pixels. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Axis;
  readonly y: Axis;
}

export interface ChartSpec {
  readonly title: string;
  /** One line of facts below the title. */
  readonly facts: string;
  /** What the chart shows, in words, for those who do not see it. */
  readonly description: string;
  readonly x: AxisMaker;
  readonly y: AxisMaker;
  readonly legend: readonly LegendEntry[];
  readonly draw: (area: Area) => readonly Markup[];
  /** Pixels on the right that are the caller's, for `drawBeside`. */
  readonly beside?: number;
  readonly drawBeside?: (area: Area) => readonly Markup[];
}

const TICK_SIZE = 12;
const LABEL_SIZE = 13;
const TITLE_SIZE = 15;
const EDGE = 18;

export function renderChart(spec: ChartSpec, { width, height, theme }: PictureOptions): string {
  const area = layOut(spec, width, height);
  const frame = { x: area.left, y: area.top, width: area.right - area.left, height: area.bottom - area.top };
  const clipped = element(
    'svg',
    {
      ...frame,
      viewBox: [frame.x, frame.y, frame.width, frame.height].join(' '),
      overflow: 'hidden',
      'aria-hidden': 'true',
    },
    ...spec.draw(area),
  );
  const picture = element(
    'svg',
    {
      ...{ xmlns: 'http://www.w3.org/2000/svg', class: 'easel-plot', role: 'img', 'aria-label': spec.title },
      ...{ width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': FONT, 'font-size': TICK_SIZE },
    },
    element('title', {}, spec.title),
    element('desc', {}, spec.description),
    ...styleFor(theme),
    element('rect', { width, height, ...inks({ fill: 'paper' }) }),
    ...headline(spec, area, width),
    ...horizontal(area),
    ...vertical(area),
    clipped,
    element('rect', { ...frame, ...inks({ stroke: 'axis' }) }),
    ...(spec.drawBeside?.(area) ?? []),
  );
  return `${picture.markup}\n`;
}

/** The labels of the vertical axis decide how far to the right the frame begins. */
function layOut({ x, y, beside = 0, legend }: ChartSpec, width: number, height: number): Area {
  const top = legend.length > 0 ? 82 : 62;
  const bottom = Math.max(top + 20, height - 50);
  const yAxis = y(bottom, top);
  const widest = Math.max(0, ...yAxis.ticks.map(({ label }) => widthOf(label, TICK_SIZE)));
  const left = Math.min(width * 0.4, Math.ceil(EDGE + LABEL_SIZE + 20 + widest));
  const right = Math.max(left + 20, width - EDGE - 6 - beside);
  return { left, right, top, bottom, x: x(left, right), y: yAxis };
}

function headline({ title, facts, legend }: ChartSpec, { left }: Area, width: number): Markup[] {
  const place = { x: left, ...inks({ fill: 'ink' }) };
  const room = width - left - EDGE;
  return [
    element(
      'text',
      { ...place, y: 28, 'font-size': TITLE_SIZE, 'font-weight': 600 },
      fitText(title, TITLE_SIZE, room),
    ),
    element('text', { ...place, y: 48, ...inks({ fill: 'quiet' }) }, fitText(facts, TICK_SIZE, room)),
    ...legendMarks(legend, left, 68),
  ];
}

function horizontal({ left, right, top, bottom, x }: Area): Markup[] {
  const marks = x.ticks.flatMap((tick) => {
    const at = x.place(tick.value);
    return [
      ...(x.grid ? [line([at, top, at, bottom], 'grid')] : []),
      line([at, bottom, at, bottom + 5], 'axis'),
      element(
        'text',
        { x: at, y: bottom + 19, 'text-anchor': 'middle', ...inks({ fill: 'ink' }) },
        ...tickMarkup(tick),
      ),
    ];
  });
  const minor = x.minor.map((value) => line([x.place(value), bottom, x.place(value), bottom + 3], 'axis'));
  const label = { x: (left + right) / 2, y: bottom + 41, 'text-anchor': 'middle', 'font-size': LABEL_SIZE };
  return [...marks, ...minor, element('text', { ...label, ...inks({ fill: 'ink' }) }, ...axisLabel(x))];
}

function vertical({ left, right, top, bottom, y }: Area): Markup[] {
  const marks = y.ticks.flatMap((tick) => {
    const at = y.place(tick.value);
    return [
      ...(y.grid ? [line([left, at, right, at], 'grid')] : []),
      line([left - 5, at, left, at], 'axis'),
      element(
        'text',
        { x: left - 9, y: at + 4, 'text-anchor': 'end', ...inks({ fill: 'ink' }) },
        ...tickMarkup(tick),
      ),
    ];
  });
  const minor = y.minor.map((value) => line([left - 3, y.place(value), left, y.place(value)], 'axis'));
  const turned = `translate(${EDGE + LABEL_SIZE - 5},${Math.round((top + bottom) / 2)}) rotate(-90)`;
  const label = { transform: turned, 'text-anchor': 'middle', 'font-size': LABEL_SIZE };
  return [...marks, ...minor, element('text', { ...label, ...inks({ fill: 'ink' }) }, ...axisLabel(y))];
}

/** The common power of ten of the ticks stands with the unit: `Power (10^-5)`, `Flux (10^6 e-/s)`. */
function axisLabel({ label, exponent }: Axis): readonly (Markup | string)[] {
  if (exponent === 0) return [label];
  const [, name = label, unit] = /^(.*) \(([^()]*)\)$/s.exec(label) ?? [];
  const after = unit === undefined ? '' : ` ${unit}`;
  return [`${name} (10`, raised(exponent), element('tspan', { dy: '0.28em' }, `${after})`)];
}

type Ends = readonly [x1: number, y1: number, x2: number, y2: number];

function line([x1, y1, x2, y2]: Ends, stroke: 'grid' | 'axis'): Markup {
  return element('line', { x1, y1, x2, y2, ...inks({ stroke }) });
}
