/** One resource for people and programs: as a page, as JSON, as CSV. */
import type { Response, Router } from 'express';
import { EaselError } from '../core/model/errors.ts';
import { toCsv } from './csv.ts';
import { makePage } from './page.ts';
import type { WebParts } from './parts.ts';
import type { Answered, Resource } from './resource.ts';
import { requireRole } from './security/roles.ts';
import { type Exchange, frameOf, sendPage } from './send-page.ts';
import { render } from './views.ts';

const FORMATS = ['html', 'json', 'csv'] as const;
type Format = (typeof FORMATS)[number];

/** The page, with `?format=`. */
export function servePage(router: Router, parts: WebParts, resource: Resource): void {
  router.get(resource.path, requireRole(resource.role), async (request, response) => {
    await answer(parts, resource, { request, response, usual: 'html' });
  });
}

/** The API's call. */
export function serveCall(router: Router, parts: WebParts, resource: Resource): void {
  router.get(apiPath(resource.path), requireRole(resource.role), async (request, response) => {
    await answer(parts, resource, { request, response, usual: 'json' });
  });
}

/** The overview is the root among pages. */
export const apiPath = (path: string): string => (path === '/' ? '/overview' : path);

async function answer(
  parts: WebParts,
  resource: Resource,
  { usual, ...exchange }: Exchange & { usual: Format },
): Promise<void> {
  const { request, response } = exchange;
  const { format: wanted = usual, fragment, ...given } = { ...request.query, ...request.params };
  const format = readFormat(wanted, resource);
  const part = resource.fragments.find((name) => name === fragment);
  if (fragment !== undefined && part === undefined)
    throw new EaselError('usage', 'fragment: this page has no such part');
  const answered = await resource.ask(parts, given);
  if (format === 'json') response.json(answered.data);
  else if (format === 'csv') sendCsv(response, answered, resource);
  else if (part !== undefined)
    response.type('html').send(render(`fragments/${part}`, makePage(frameOf(exchange), resource, answered)));
  else sendPage(exchange, resource.view, makePage(frameOf(exchange), resource, answered));
}

function readFormat(wanted: unknown, { isTable }: Resource): Format {
  const format = FORMATS.find((each) => each === wanted);
  if (format === undefined) throw new EaselError('usage', `format: expected one of ${FORMATS.join(', ')}`);
  if (format === 'csv' && !isTable)
    throw new EaselError('usage', 'format: this is no table, so there is no CSV of it');
  return format;
}

function sendCsv(response: Response, { rows = [] }: Answered, { path }: Resource): void {
  const name = path.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '') || 'overview';
  response.attachment(`easel-${name}.csv`).type('text/csv; charset=utf-8').send(toCsv(rows));
}
