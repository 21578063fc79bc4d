/** Colours and marks for words: verdicts have their own, always the same; other words get colours in the order in which they come. */
import { element, type Markup } from './svg.ts';
import { type Ink, inks } from './theme.ts';

export type Mark = 'tick' | 'cross' | 'question';

export interface Category {
  readonly name: string;
  readonly ink: Ink;
  /** So that nobody needs the colour. */
  readonly mark: Mark | undefined;
}

const VERDICTS: readonly Category[] = [
  { name: 'PASS', ink: 'data', mark: 'tick' },
  { name: 'true', ink: 'data', mark: 'tick' },
  { name: 'FAIL', ink: 'accent', mark: 'cross' },
  { name: 'false', ink: 'accent', mark: 'cross' },
  { name: 'UNDEFINED', ink: 'none', mark: 'question' },
];
const OTHERS: readonly Ink[] = ['second', 'third', 'fourth', 'data', 'accent', 'pale'];
const REST: Category = { name: 'other', ink: 'none', mark: undefined };

/** One for each word; beyond so many words, the same for all that are left. */
export function categoriesOf(words: Iterable<string>): Map<string, Category> {
  const found = [...new Set(words)];
  const verdicts = VERDICTS.filter(({ name }) => found.includes(name));
  const used = new Set(verdicts.map(({ ink }) => ink));
  const free = OTHERS.filter((ink) => !used.has(ink));
  const named = new Set(verdicts.map(({ name }) => name));
  const others = found.filter((word) => !named.has(word));
  return new Map([
    ...verdicts.map((each) => [each.name, each] as const),
    ...others.map((name, at) => [name, coloured(name, free[at])] as const),
  ]);
}

function coloured(name: string, ink: Ink | undefined): Category {
  return ink === undefined ? REST : { name, ink, mark: undefined };
}

const SHAPES: Record<Mark, string> = {
  tick: 'M-5 0l4 4l7 -8',
  cross: 'M-5 -5l10 10m0 -10l-10 10',
  question: 'M-3.5 -3a3.5 3.5 0 1 1 3.5 3.5v2M0 5.5v.5',
};

export function drawMark(mark: Mark, x: number, y: number): Markup {
  const place = { transform: `translate(${Math.round(x)},${Math.round(y)})`, d: SHAPES[mark] };
  const line = { 'stroke-width': 2.2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  return element('path', { ...place, ...line, ...inks({ stroke: 'paper' }) });
}
