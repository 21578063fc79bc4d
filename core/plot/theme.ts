/**
 * Colours and letters of all charts. Every colour has a light and a dark form, both told apart by people who see few colours (data
 * colours are those of Okabe and Ito). Elements carry the light form as attributes, which every program reads, and a class;
 * for dark surroundings a style sheet overrules them.
 */
import { type Attributes, element, type Markup } from './svg.ts';

export type Theme = 'light' | 'dark' | 'auto';

export const THEMES = ['auto', 'light', 'dark'] as const satisfies readonly Theme[];

const INKS = {
  paper: ['#ffffff', '#16191d'],
  ink: ['#1f2328', '#e6e8eb'],
  quiet: ['#59636e', '#a2abb5'],
  axis: ['#8c959f', '#6b7580'],
  grid: ['#e9ecef', '#272c33'],
  data: ['#0072b2', '#56b4e9'],
  pale: ['#8fc1de', '#2f6486'],
  accent: ['#d55e00', '#f0894a'],
  second: ['#007a5a', '#2fc79a'],
  third: ['#a8538a', '#e39cc6'],
  fourth: ['#8a6d00', '#e6b422'],
  none: ['#b6bec7', '#59636e'],
} as const;

export type Ink = keyof typeof INKS;

export const FONT = "'Open Sans', 'Noto Sans', 'Helvetica Neue', Arial, sans-serif";

/** Attributes that give an element its colours. */
export function inks({ fill, stroke }: { readonly fill?: Ink; readonly stroke?: Ink }): Attributes {
  const classes = [
    fill === undefined ? [] : [`fill-${fill}`],
    stroke === undefined ? [] : [`stroke-${stroke}`],
  ];
  return {
    class: classes.flat().join(' '),
    fill: fill === undefined ? 'none' : INKS[fill][0],
    stroke: stroke === undefined ? undefined : INKS[stroke][0],
  };
}

/** The style sheet of a picture, when it needs one. */
export function styleFor(theme: Theme): readonly Markup[] {
  if (theme === 'light') return [];
  return [element('style', {}, { markup: theme === 'dark' ? darkRules() : darkSheet() })];
}

/** For a page that holds pictures of the light theme within itself. */
export const darkSheet = (): string => `@media (prefers-color-scheme:dark){${darkRules()}}`;

function darkRules(): string {
  return Object.entries(INKS)
    .map(
      ([ink, [, dark]]) => `.easel-plot .fill-${ink}{fill:${dark}}.easel-plot .stroke-${ink}{stroke:${dark}}`,
    )
    .join('');
}

/** How wide a text will be, about: Open Sans' digits are 0.57 of the size, its average letter a little less. */
export function widthOf(text: string, size: number): number {
  const narrow = text.match(/[ .,:;|!'()[\]ijlftr-]/g)?.length ?? 0;
  return ([...text].length * 0.57 - narrow * 0.26) * size;
}

/** Cut with an ellipsis to about so many pixels. */
export function fitText(text: string, size: number, width: number): string {
  const room = Math.max(4, Math.floor(width / (size * 0.55)));
  const characters = [...text];
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join('')}…`;
}
