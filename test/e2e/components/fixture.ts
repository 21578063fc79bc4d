/**
 * A small web server for one component: a page around its HTML, the modules of web/public below /assets/, uplot where the dashboard
 * serves it, and whatever the test answers itself. With the dashboard's content security policy, so that nothing passes here that
 * would be refused there.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { TestBrowser, type Visit } from '../../support/browser/browser.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'";
const VIEWPORT = { width: 1200, height: 800 };

interface Server {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface FixtureOptions {
  /** What is there when the component has started. */
  readonly ready: string;
  /** Modules of web/public. */
  readonly scripts: readonly string[];
  readonly body: string | (() => string);
  readonly head?: string;
  /** Answers a request itself; undefined leaves it to the fixture. */
  readonly answer?: (
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ) => unknown | Promise<unknown>;
}

/** What `answer` gives when it has written the response itself. */
export const ANSWERED = Symbol('answered');

export interface Fixture {
  /** The page, when the component has started; it is left after the test. Where scripts do not run nothing is waited for. */
  readonly open: (options?: BrowserContextOptions, path?: string) => Promise<Visit>;
}

/** Server and browser for the tests of a file or of a `describe`: to be called there. */
export function useFixture(options: FixtureOptions): Fixture {
  let browser: TestBrowser;
  let server: Server;
  let visits: Visit[] = [];
  beforeAll(async () => {
    browser = await TestBrowser.launch();
    server = await serve(options);
  });
  afterEach(async () => {
    for (const visit of visits) await visit.leave();
    visits = [];
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  return {
    open: async (context = {}, path = '/') => {
      const visit = await browser.open('desk', { viewport: VIEWPORT, ...context });
      visits.push(visit);
      await visit.page.goto(server.url + path);
      if (context.javaScriptEnabled !== false) await visit.page.waitForSelector(options.ready);
      return visit;
    },
  };
}

async function serve(options: FixtureOptions): Promise<Server> {
  const server = createServer((request, response) => {
    answerRequest(options, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answerRequest(
  options: FixtureOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fixture');
  const own = await options.answer?.(url, request, response);
  if (own === ANSWERED) return;
  response.setHeader('content-security-policy', POLICY);
  if (typeof own === 'string') return void response.setHeader('content-type', 'text/html').end(own);
  if (own !== undefined)
    return void response.setHeader('content-type', 'application/json').end(JSON.stringify(own));
  if (url.pathname.startsWith('/assets/')) return await answerAsset(url.pathname, response);
  if (url.pathname === '/favicon.ico') return void response.writeHead(204).end();
  response.setHeader('content-type', 'text/html; charset=utf-8').end(pageOf(options));
}

async function answerAsset(path: string, response: ServerResponse): Promise<void> {
  const name = normalize(path.slice('/assets/'.length));
  const file = name.startsWith('uplot/')
    ? join(root, 'node_modules/uplot/dist', name.slice('uplot/'.length))
    : join(root, 'web/public', name);
  if (name.startsWith('fonts/')) return void response.writeHead(204).end();
  response.setHeader('content-type', TYPES[extname(name)] ?? 'text/plain').end(await readFile(file));
}

function pageOf({ scripts, body, head = '' }: FixtureOptions): string {
  const modules = scripts.map((name) => `<script type="module" src="/assets/${name}"></script>`);
  const sheets = ['style.css', 'uplot/uPlot.min.css', 'components.css'];
  const links = sheets.map((name) => `<link rel="stylesheet" href="/assets/${name}">`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Fixture</title>
<meta name="viewport" content="width=device-width">${head}${links.join('')}${modules.join('')}</head>
<body><nav></nav><main><h1>Fixture</h1>${typeof body === 'string' ? body : body()}</main></body></html>`;
}

/**
 * Processor time of the page's main thread for something, so that what else the machine has to do does not count. TaskDuration, since
 * ScriptDuration leaves out what is evaluated from here.
 */
export async function mainThreadMs(page: Page, expression: string): Promise<number> {
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async () => {
    const { metrics } = await client.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  const before = await spent();
  await page.evaluate(expression);
  const ms = ((await spent()) - before) * 1_000;
  await client.detach();
  return ms;
}

/** A picture for people to look at, where a directory for it is named. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const directory = process.env.EASEL_TEST_PICTURES;
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`) });
}
