/**
 * A small API server of Kubernetes for tests: HTTP, one namespace, the few kinds that Easel uses, and their controllers. It refuses
 * what a real one refuses. What it does not know (PUT, watches, strategic merge patches) it answers with an error.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controllers } from './controllers.ts';
import { RESOURCES, type Resource } from './resources.ts';
import type { Wire } from './schema.ts';
import { Refusal, Store } from './store.ts';

const TOKEN = 'token of the tests';
const PATH = /^\/(?:api|apis\/[^/]+)\/v1(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/;
/** Pages are never longer, whatever limit is asked for: a server may do so. */
const PAGE = 2;
const PATCHES = { apply: 'application/apply-patch+yaml', merge: 'application/merge-patch+json' };

interface Fault {
  readonly path: RegExp;
  readonly status: number | 'hang';
  times: number;
  readonly retryAfter?: number;
}

interface Call {
  readonly verb: string;
  readonly resource: Resource;
  readonly name: string | undefined;
  readonly url: URL;
  readonly body: Wire;
  readonly contentType: string;
}

export class FakeApiServer {
  readonly store = new Store();
  readonly controllers = new Controllers(this.store);
  /** `GET /api/v1/...`, as they came. */
  readonly requests: string[] = [];
  readonly faults: Fault[] = [];
  /** `patch secrets`: what the user may not do. */
  readonly forbidden = new Set<string>();
  readonly namespace = 'easel';
  readonly #server: Server;
  readonly #directory = mkdtempSync(join(tmpdir(), 'easel_kubernetes_'));

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#respond(request, response));
  }

  static async start(): Promise<FakeApiServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeApiServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where this server is, for a user with this token. */
  environment(token: string = TOKEN): NodeJS.ProcessEnv {
    const file = join(this.#directory, 'config');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'tests',
      clusters: [{ name: 'fake', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'tester', user: { token } }],
      contexts: [{ name: 'tests', context: { cluster: 'fake', user: 'tester' } }],
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return { KUBECONFIG: file };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    this.requests.push(`${request.method} ${url.pathname}`);
    const fault = this.faults.find(({ path, times }) => times > 0 && path.test(url.pathname));
    if (fault !== undefined) fault.times -= 1;
    if (fault?.status === 'hang') return;
    try {
      if (fault !== undefined)
        throw new Refusal(Number(fault.status), 'Fault', `the test wants ${fault.status}`);
      if (request.headers.authorization !== `Bearer ${TOKEN}`)
        throw new Refusal(401, 'Unauthorized', 'Unauthorized');
      send(response, 200, this.#answer(request, url, await textOf(request)));
    } catch (error) {
      const { status, reason, message } =
        error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error));
      if (fault?.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
      const body = { apiVersion: 'v1', kind: 'Status', status: 'Failure', reason, message, code: status };
      send(response, status, body);
    }
    this.controllers.step();
  }

  #answer(request: IncomingMessage, url: URL, text: string): Wire {
    const group = /^\/(?:api|apis\/([^/]+))\/v1$/.exec(url.pathname);
    if (group !== null) return discovery(group[1] ?? '');
    const [, namespace, plural, name] = PATH.exec(url.pathname) ?? [];
    const resource = RESOURCES.find(
      (one) => one.plural === plural && url.pathname.startsWith(`/${one.root}/`),
    );
    if (resource === undefined)
      throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
    if (resource.namespaced && namespace !== this.namespace)
      throw new Refusal(404, 'NotFound', `namespaces "${namespace}" not found`);
    const verb = verbOf(String(request.method), name);
    if (this.forbidden.has(`${verb} ${plural}`))
      throw new Refusal(
        403,
        'Forbidden',
        `${plural} is forbidden: User "tester" cannot ${verb} resource "${plural}" in the namespace "${namespace}"`,
      );
    const contentType = String(request.headers['content-type'] ?? '');
    return this.#act({ verb, resource, name, url, body: text === '' ? {} : JSON.parse(text), contentType });
  }

  #act(call: Call): Wire {
    const { resource, name, body, verb } = call;
    if (resource.kind === 'Namespace') {
      if (name !== this.namespace) throw new Refusal(404, 'NotFound', `namespaces "${name}" not found`);
      return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    }
    if (resource.kind === 'SelfSubjectAccessReview') {
      const { verb: asked, resource: of } = body.spec.resourceAttributes;
      return { ...body, status: { allowed: !this.forbidden.has(`${asked} ${of}`) } };
    }
    switch (verb) {
      case 'list':
        return this.#list(call);
      case 'create':
        return this.store.create(body);
      case 'patch':
        return this.#patch(call);
      case 'delete':
        return this.#delete(call);
      case 'get':
        return this.#existing(call);
      default:
        throw new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the resource');
    }
  }

  #existing({ resource, name }: Call): Wire {
    const found = this.store.get(resource.kind, String(name));
    if (found === undefined) throw new Refusal(404, 'NotFound', `${resource.plural} "${name}" not found`);
    return found;
  }

  #list({ resource, url }: Call): Wire {
    const wanted = (url.searchParams.get('labelSelector') ?? '').split(',').filter((part) => part !== '');
    const all = this.store
      .all(resource.kind)
      .filter(({ metadata }) =>
        wanted.every((part) => metadata.labels?.[part.split('=')[0] ?? ''] === part.split('=')[1]),
      );
    const from = Number(url.searchParams.get('continue') ?? 0);
    const items = all.slice(from, from + PAGE).map(({ kind: _k, apiVersion: _v, ...item }) => item);
    return {
      apiVersion: resource.root.replace(/^apis?\//, ''),
      kind: `${resource.kind}List`,
      metadata: from + PAGE < all.length ? { continue: String(from + PAGE) } : {},
      items,
    };
  }

  #patch({ resource, name, url, body, contentType }: Call): Wire {
    const { metadata } = body;
    if (body.kind !== resource.kind || metadata?.name !== name || metadata?.namespace !== this.namespace)
      throw new Refusal(400, 'BadRequest', 'the object in the body is not the one of the URL');
    if (contentType === PATCHES.merge) return this.store.merge(resource.kind, String(name), body);
    if (contentType !== PATCHES.apply)
      throw new Refusal(415, 'UnsupportedMediaType', `patches of type "${contentType}" are not supported`);
    if (!url.searchParams.get('fieldManager'))
      throw new Refusal(422, 'Invalid', 'fieldManager: Required value: is required for apply patch');
    return this.store.apply(body);
  }

  /** What owns pods goes after them. */
  #delete(call: Call): Wire {
    const found = structuredClone(this.#existing(call));
    const { kind } = call.resource;
    const waits = kind === 'Pod' || call.url.searchParams.get('propagationPolicy') === 'Foreground';
    if (waits && ['Pod', 'Deployment', 'StatefulSet'].includes(kind)) {
      found.metadata.deletionTimestamp ??= new Date().toISOString();
      return this.store.put(found);
    }
    this.store.delete(kind, String(call.name));
    return { apiVersion: 'v1', kind: 'Status', status: 'Success' };
  }
}

function verbOf(method: string, name: string | undefined): string {
  if (method === 'GET') return name === undefined ? 'list' : 'get';
  return { POST: 'create', PATCH: 'patch', DELETE: 'delete' }[method] ?? method;
}

function discovery(group: string): Wire {
  const root = group === '' ? 'api/v1' : `apis/${group}/v1`;
  const resources = RESOURCES.filter((one) => one.root === root);
  if (resources.length === 0)
    throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
  return {
    kind: 'APIResourceList',
    groupVersion: root.replace(/^apis?\//, ''),
    resources: resources.map(({ plural: name, kind, namespaced }) => ({
      name,
      kind,
      namespaced,
      singularName: '',
      verbs: ['create', 'delete', 'get', 'list', 'patch'],
    })),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function send(response: ServerResponse, status: number, body: Wire): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
