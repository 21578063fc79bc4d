/** What the colours of a heat map mean: a bar of them with ticks, beside the chart. */
import type { Axis, Range } from './axis.ts';
import { element, type Markup } from './svg.ts';
import { inks, widthOf } from './theme.ts';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const STEPS = 64;

export function drawColourBar(
  { left, top, width, height }: Box,
  { ticks, place, exponent }: Axis,
  { range, colour }: { readonly range: Range; readonly colour: (value: number) => string },
): Markup[] {
  const { low, high } = range;
  const step = height / STEPS;
  const bands = Array.from({ length: STEPS }, (_, at) => {
    const value = high - ((at + 0.5) / STEPS) * (high - low);
    return element('rect', { x: left, y: top + at * step, width, height: step + 0.5, fill: colour(value) });
  });
  const labels = ticks.flatMap(({ value, label }) => {
    const y = place(value);
    const line = { x1: left + width, y1: y, x2: left + width + 4, y2: y };
    return [
      element('line', { ...line, ...inks({ stroke: 'axis' }) }),
      element('text', { x: left + width + 8, y: y + 4, ...inks({ fill: 'ink' }) }, label),
    ];
  });
  const factor = exponent === 0 ? [] : [`\u00d7 1e${exponent}`];
  return [
    ...bands,
    element('rect', { x: left, y: top, width, height, ...inks({ stroke: 'axis' }) }),
    ...labels,
    ...factor.map((text) =>
      element(
        'text',
        { x: left + width - widthOf(text, 12) / 2, y: top - 8, ...inks({ fill: 'ink' }) },
        text,
      ),
    ),
  ];
}
