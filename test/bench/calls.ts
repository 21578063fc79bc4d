/** All that can be asked of a dashboard, by its own list: each call of the API, and the page that shows the same. */
import type { Landmarks } from '../support/seed/landmarks.ts';
import { fetchPage } from './browsers.ts';

export interface Call {
  /** `/jobs/{job}` as a page, `api /jobs/{job}`. */
  readonly name: string;
  readonly url: string;
  readonly accept: string;
}

interface OpenApi {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly example?: unknown }[];
}

export async function listCalls(url: string, landmarks: Landmarks): Promise<Call[]> {
  const { text, status } = await fetchPage(`${url}/api/v1/openapi.json`, 'application/json');
  if (status !== 200) throw new Error(`/api/v1/openapi.json answers ${status}`);
  const { servers, paths } = JSON.parse(text) as OpenApi;
  const base = servers[0]?.url ?? '';
  return Object.entries(paths).flatMap(([path, { get }]) => {
    if (get === undefined) return [];
    const filled = fill(path, get, landmarks);
    const page = path === '/overview' ? filled.replace('/overview', '/') : filled;
    return [
      { name: `api ${path}`, url: `${url}${base}${filled}`, accept: 'application/json' },
      { name: path, url: `${url}${page}`, accept: 'text/html' },
    ];
  });
}

/** What stands for a parameter is something large of the seed; else the example that the list gives. */
function fill(path: string, { parameters = [] }: Operation, landmarks: Landmarks): string {
  const known = idsOf(landmarks, path);
  const pick = (name: string) => {
    const example = parameters.find((each) => each.name === name)?.example;
    return encodeURIComponent(String(known[name] ?? example ?? ''));
  };
  const query = parameters
    .filter(({ in: place, name, example }) => place === 'query' && example !== undefined && name !== 'format')
    .map(({ name }) => `${name}=${pick(name)}`);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => pick(name));
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

/** Children are listed of the task with the most, a log is shown of the one with the longest. */
function idsOf(
  { jobs, work, widest, product, staff, talkative }: Landmarks,
  path: string,
): Readonly<Record<string, string | number | undefined>> {
  const task = path.endsWith('/children') ? widest : path.endsWith('/log') ? talkative : work.running;
  return {
    ...{ job: jobs.survey, task, worker: staff.alive[0] },
    ...{ product: product.id, address: product.address, version: product.versionId },
  };
}
