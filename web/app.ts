/** The express application: what stands before every page, the pages, the API, and what becomes of errors. */
import compression from 'compression';
import express, { type ErrorRequestHandler, type Express, type Router } from 'express';
import type { Emit } from '../core/runtime/events.ts';
import { actions } from './actions/index.ts';
import { submitJob } from './actions/submit.ts';
import { apiPage } from './api-page.ts';
import { ASSETS, assets } from './assets.ts';
import { charts } from './charts.ts';
import { files } from './files.ts';
import { health } from './health.ts';
import { Live } from './live.ts';
import { liveRoute } from './live-route.ts';
import { metrics } from './metrics.ts';
import type { WebParts } from './parts.ts';
import { HttpRefusal, toProblem } from './problems.ts';
import { resources } from './resources/index.ts';
import { securityHeaders } from './security/headers.ts';
import { checkHost } from './security/host.ts';
import { security } from './security/security.ts';
import type { Identity } from './security/session.ts';
import { frameOf, sendPage } from './send-page.ts';
import { serveForm, serveOrder } from './serve-action.ts';
import { serveCall, servePage } from './serve-resource.ts';
import { submitPage } from './submit-page.ts';

export interface Served {
  readonly app: Express;
  readonly live: Live;
}

const API = '/api/v1';

export interface Door {
  /** The address that is listened on. */
  readonly host: string;
  readonly identity: Identity;
}

export function makeApp(parts: WebParts, emit: Emit, { host, identity }: Door): Served {
  const app = express();
  const live = new Live(parts);
  const { allowed_hosts, trusted_proxies } = parts.installation.settings.web;
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', trusted_proxies);
  app.use(securityHeaders(), checkHost({ host, allowed: allowed_hosts }));
  app.use(
    compression({
      filter: (request, response) => !isStream(request.path) && compression.filter(request, response),
    }),
  );
  app.use(ASSETS, assets());
  app.use(health(parts));
  app.use(security(parts, identity));
  app.use(apiPage({ resources, actions }), metrics(parts, live));
  app.use('/live', liveRoute(live, resources));
  app.use(API, api(parts));
  app.use(pages(parts));
  app.use((request) => {
    throw new HttpRefusal(404, 'There is no such page', `Nothing is at ${request.path}.`);
  });
  app.use(problems(parts, emit));
  return { app, live };
}

const isStream = (path: string) => path === '/live';

function pages(parts: WebParts): Router {
  const router = express.Router();
  router.use(submitPage(parts, submitJob), charts(parts), files(parts));
  // before what can be looked at: `/jobs/reschedule-unfinished` is no id of a job
  for (const action of actions) if (action !== submitJob) serveForm(router, parts, action);
  for (const resource of resources) servePage(router, parts, resource);
  return router;
}

function api(parts: WebParts): Router {
  const router = express.Router();
  for (const resource of resources) serveCall(router, parts, resource);
  for (const action of actions) serveOrder(router, parts, action);
  return router;
}

/** Programs get a problem document, people a page. */
function problems({ database }: WebParts, emit: Emit): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const problem = toProblem(error, { database, emit });
    if (response.headersSent) return void response.destroy();
    response.status(problem.status);
    if (problem.status === 503) response.set('Retry-After', '5');
    if (request.originalUrl.startsWith(`${API}/`) || request.query.format === 'json')
      return void response.type('application/problem+json').send(JSON.stringify(problem));
    const exchange = { request, response };
    sendPage(exchange, 'problem', { ...frameOf(exchange), title: problem.title, problem });
  };
}
