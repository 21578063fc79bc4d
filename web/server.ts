/** The dashboard as a server: it listens, and ends within a moment when it is told to. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EaselError } from '../core/model/errors.ts';
import type { Emit } from '../core/runtime/events.ts';
import { makeApp } from './app.ts';
import type { Live } from './live.ts';
import type { WebParts } from './parts.ts';
import { SERVER_LIMITS } from './security/limits.ts';
import { refuseOpenDoor } from './security/security.ts';
import { Identity } from './security/session.ts';

export interface Listening {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export class WebServer {
  readonly #server: Server;
  readonly #live: Live;

  private constructor(server: Server, live: Live) {
    this.#server = server;
    this.#live = live;
  }

  static async start(parts: WebParts, emit: Emit, { host, port }: Listening): Promise<WebServer> {
    await refuseOpenDoor(parts.database, host);
    const { app, live } = makeApp(parts, emit, { host, identity: await Identity.open(parts, host) });
    const server = createServer(SERVER_LIMITS, app);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(explain(error, { host, port })));
      server.listen(port, host, resolve);
    });
    return new WebServer(server, live);
  }

  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Streams end first: they would keep it from ending. */
  async stop(): Promise<void> {
    await this.#live.stop();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const patience = setTimeout(() => this.#server.closeAllConnections(), 2_000);
    await closed;
    clearTimeout(patience);
  }
}

function explain(error: Error, { host, port }: Listening): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new EaselError(
      'unavailable',
      `another program listens on port ${port} of ${host}: name another with --port, or \`web.port\` in the settings`,
    );
  if (code !== 'EACCES' && code !== 'EADDRNOTAVAIL' && code !== 'ENOTFOUND') return error;
  return new EaselError(
    'settings',
    `the dashboard cannot listen on port ${port} of ${host}: ${error.message}`,
  );
}
