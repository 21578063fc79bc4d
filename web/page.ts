/** What the template of a resource gets: its answer, links to the same page with other parameters, and parts of pages. */
import type { Answered, Resource } from './resource.ts';
import type { Frame } from './send-page.ts';
import { render } from './views.ts';

export interface Page extends Frame {
  readonly title: string;
  readonly data: unknown;
  readonly query: Readonly<Record<string, unknown>>;
  readonly formats: readonly string[];
  /** The scripts of `public/` that the page asks for. */
  readonly isLive: boolean;
  /** The same page with other parameters; undefined takes one away. */
  link(changes: Readonly<Record<string, unknown>>): string;
  /** A part of the page that is kept up to date. */
  region(name: string): string;
  /** A part that several pages have, of `views/parts/`. */
  part(name: string, more?: object): string;
}

export function makePage(frame: Frame, resource: Resource, answered: Answered): Page {
  const { data, query, title } = answered;
  const shown = queryOf(resource, query);
  const page: Page = {
    ...frame,
    ...{ title, data, query },
    formats: resource.isTable ? ['csv', 'json'] : ['json'],
    isLive: resource.regions.length > 0,
    link: (changes) => withQuery(frame.path, { ...shown, ...changes }),
    region: (name) => `<div data-region="${name}">${render(`regions/${name}`, page)}</div>`,
    part: (name, more = {}) => render(`parts/${name}`, { ...page, ...more }),
  };
  return page;
}

/** Parameters of the query string that are not as they are without being said. */
function queryOf(resource: Resource, query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const inPath = new Set(parameterNames(resource.path));
  const entries = Object.entries(query).filter(([name, value]) => {
    const usual = resource.query.shape[name]?.safeParse(undefined);
    return !inPath.has(name) && !(usual?.success === true && usual.data === value);
  });
  return Object.fromEntries(entries);
}

export function parameterNames(path: string): string[] {
  return [...path.matchAll(/[:*](\w+)/g)].map(([, name = '']) => name);
}

function withQuery(path: string, query: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(
    Object.fromEntries(entries.map(([name, value]) => [name, String(value)])),
  ).toString();
  return text === '' ? path : `${path}?${text}`;
}
