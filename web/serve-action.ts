/**
 * One action for people and programs. A browser first gets a page that says what would be touched and asks; nothing is ever
 * done by GET. A program posts JSON; with `"dry_run": true` it is only told.
 */
import type { Router } from 'express';
import type { Action, Order } from './action.ts';
import { parameterNames } from './page.ts';
import type { WebParts } from './parts.ts';
import { requireRole, viewerOf } from './security/roles.ts';
import { type Exchange, frameOf, sayNext, sendPage } from './send-page.ts';

/** The page that asks, and the POST of its form. */
export function serveForm(router: Router, parts: WebParts, action: Action): void {
  const allowed = requireRole(action.role);
  router.get(action.path, allowed, async (request, response) => {
    const order = action.order(parts, { ...request.query, ...request.params });
    await ask(action, order, { request, response });
  });
  router.post(action.path, allowed, async (request, response) => {
    const { _csrf, ...fields } = bodyOf(request.body);
    const order = action.order(parts, { ...fields, ...request.params });
    const { gist, location } = await order.perform(viewerOf(response).name);
    sayNext(response, gist);
    response.redirect(303, location);
  });
}

/** The API's call. */
export function serveOrder(router: Router, parts: WebParts, action: Action): void {
  router.post(action.path, requireRole(action.role), async (request, response) => {
    const { dry_run = false, ...fields } = bodyOf(request.body);
    const order = action.order(parts, { ...fields, ...request.params });
    if (dry_run === true) {
      const { gist, details = [], data = {} } = await order.plan();
      response.json({ dry_run: true, gist, details, data });
      return;
    }
    const { gist, data } = await order.perform(viewerOf(response).name);
    response.json({ dry_run: false, gist, details: [], data });
  });
}

function bodyOf(body: unknown): Record<string, unknown> {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {};
}

async function ask(action: Action, order: Order, exchange: Exchange): Promise<void> {
  const { title, input } = order;
  const inPath = new Set(parameterNames(action.path));
  const fields = action.fields.map(({ name }) => name);
  const kept = Object.entries(input).filter(([name]) => !inPath.has(name) && !fields.includes(name));
  const plan = await order.plan();
  sendPage(exchange, 'action', {
    ...frameOf(exchange),
    ...{ title, action, input, kept, plan, back: backFrom(exchange) },
  });
}

/** The page that one came from, if it was one of ours, else what the action is about. */
function backFrom({ request }: Exchange): string {
  const above = request.path.slice(0, request.path.lastIndexOf('/')) || '/';
  try {
    const { host, pathname, search } = new URL(request.get('referer') ?? '');
    return host === request.get('host') && pathname !== request.path
      ? pathname.replace(/^\/+/, '/') + search
      : above;
  } catch {
    return above;
  }
}
