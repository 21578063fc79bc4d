/** `/live?page=/jobs/12?state=failed`: the news of that page, as server-sent events. */
import express, { type Router } from 'express';
import { mayActAs } from '../core/model/roles.ts';
import type { Live } from './live.ts';
import { HttpRefusal } from './problems.ts';
import type { Resource } from './resource.ts';
import { viewerOf } from './security/roles.ts';
import { frameOf } from './send-page.ts';

export function liveRoute(live: Live, resources: readonly Resource[]): Router {
  const router = express.Router();
  router.get('/', (request, response) => {
    const { pathname, searchParams } = new URL(String(request.query.page ?? '/'), 'http://page');
    const found = findResource(resources, pathname);
    if (found === undefined || found.resource.regions.length === 0)
      throw new HttpRefusal(404, 'There is no such page', `Nothing at ${pathname} changes by itself.`);
    const { resource, parameters } = found;
    if (!mayActAs(viewerOf(response).role, resource.role))
      throw new HttpRefusal(403, 'Not allowed', `This is for the role ${resource.role}.`);
    const { format: _format, ...query } = Object.fromEntries(searchParams);
    const frame = { ...frameOf({ request, response }), path: pathname };
    live.subscribe(request, response, { resource, frame, given: { ...query, ...parameters } });
  });
  return router;
}

interface Found {
  readonly resource: Resource;
  readonly parameters: Readonly<Record<string, string>>;
}

function findResource(resources: readonly Resource[], path: string): Found | undefined {
  const given = path.split('/');
  for (const resource of resources) {
    const wanted = resource.path.split('/');
    if (wanted.length !== given.length) continue;
    const pairs = wanted.map((segment, index) => [segment, given[index] ?? ''] as const);
    if (!pairs.every(([segment, text]) => segment.startsWith(':') || segment === text)) continue;
    const named = pairs.filter(([segment]) => segment.startsWith(':'));
    return {
      resource,
      parameters: Object.fromEntries(
        named.map(([segment, text]) => [segment.slice(1), decodeURIComponent(text)]),
      ),
    };
  }
  return undefined;
}
