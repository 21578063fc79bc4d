/** Pictures as tests read them: their axes by the labels that people see, and the marks that stand in them. */
import { Resvg } from '@resvg/resvg-js';

export interface Mark {
  readonly x: number;
  readonly y: number;
}

/** Throws when the text is no well-formed SVG. */
export function parse(svg: string): { width: number; height: number } {
  const { width, height } = new Resvg(svg, { font: { loadSystemFonts: false } });
  return { width, height };
}

/** Positions and numbers of the tick labels along an axis. */
export function ticks(svg: string, axis: 'x' | 'y'): { at: number; value: number }[] {
  const anchor = axis === 'x' ? 'middle' : 'end';
  const texts = svg.matchAll(
    /<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)" class="fill-ink"[^>]*>([^<]*)<\/text>/g,
  );
  return [...texts]
    .filter(([, , , found, label = '']) => found === anchor && /^[−\d.,e]+$/.test(label))
    .map(([, x, y, , label = '']) => ({
      at: axis === 'x' ? Number(x) : Number(y) - 4,
      value: Number(label.replaceAll('−', '-').replaceAll(',', '')),
    }));
}

/** From pixels to what the axis says stands there, by its first and last label. */
export function reader(svg: string, axis: 'x' | 'y', log = false): (at: number) => number {
  const labels = ticks(svg, axis);
  const [first, last] = [labels[0], labels.at(-1)];
  if (first === undefined || last === undefined || first.at === last.at) throw new Error(`no ${axis} axis`);
  const [toScale, fromScale] = log ? [Math.log, Math.exp] : [Number, Number];
  const perPixel = (toScale(last.value) - toScale(first.value)) / (last.at - first.at);
  return (at) => fromScale(toScale(first.value) + (at - first.at) * perPixel);
}

/** The dots of a path that draws samples. */
export function dots(svg: string): Mark[] {
  return [...svg.matchAll(/M([\d.-]+) ([\d.-]+)h0/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
}

/** The upright lines of a path that draws pixel columns: from the lowest value to the highest. */
export function columns(svg: string): { x: number; low: number; high: number }[] {
  return [...svg.matchAll(/M([\d.-]+) ([\d.-]+)V([\d.-]+)/g)].map(([, x, low, high]) => ({
    ...{ x: Number(x), low: Number(low), high: Number(high) },
  }));
}

export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<(?:text|title|desc)[^>]*>([^<]*)/g)].map(([, text = '']) => text);
}
