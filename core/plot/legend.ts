/** The line that tells marks apart: a sample of each, and what it stands for. */
import { element, type Markup } from './svg.ts';
import { type Ink, inks, widthOf } from './theme.ts';

export type Sign = 'points' | 'bars' | 'line' | 'dashes' | 'dots' | 'cross' | 'ticks' | 'square' | 'ring';

export interface LegendEntry {
  readonly label: string;
  readonly ink: Ink;
  readonly sign: Sign;
}

const SIZE = 12;

export function legendMarks(entries: readonly LegendEntry[], left: number, y: number): Markup[] {
  const marks: Markup[] = [];
  let x = left;
  for (const { label, ink, sign } of entries) {
    marks.push(sample(sign, x + 9, y, ink));
    marks.push(element('text', { x: x + 24, y: y + 4, ...inks({ fill: 'ink' }) }, label));
    x += 24 + widthOf(label, SIZE) + 18;
  }
  return marks;
}

function sample(sign: Sign, x: number, y: number, ink: Ink): Markup {
  const stroke = inks({ stroke: ink });
  const across = { x1: x - 9, y1: y, x2: x + 9, y2: y };
  switch (sign) {
    case 'points':
      return element('circle', { cx: x, cy: y, r: 3, ...inks({ fill: ink }) });
    case 'ring':
      return element('circle', { cx: x, cy: y, r: 4, 'stroke-width': 1.5, ...stroke });
    case 'square':
      return element('rect', { x: x - 6, y: y - 6, width: 12, height: 12, ...inks({ fill: ink }) });
    case 'bars':
      return element('path', { d: `M${x - 4} ${y - 5}v8m4 -6v9m4 -11v8`, 'stroke-width': 2, ...stroke });
    case 'ticks':
      return element('path', { d: `M${x - 4} ${y - 3}v6m4 -6v6m4 -6v6`, 'stroke-width': 1.5, ...stroke });
    case 'cross':
      return element('path', { d: `M${x - 3} ${y - 3}l6 6m0 -6l-6 6`, 'stroke-width': 1.5, ...stroke });
    case 'line':
      return element('line', { ...across, 'stroke-width': 2, ...stroke });
    case 'dashes':
      return element('line', { ...across, 'stroke-width': 2, 'stroke-dasharray': '6 3', ...stroke });
    case 'dots':
      return element('line', { ...across, 'stroke-width': 2, 'stroke-dasharray': '2 3', ...stroke });
  }
}
