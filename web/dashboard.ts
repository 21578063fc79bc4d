/** The dashboard of an installation, as `easel web` and `easel standalone` serve it. */
import type { OpenOptions } from '../core/db/open.ts';
import type { Installation } from '../core/installation.ts';
import type { Emit } from '../core/runtime/events.ts';
import { webParts } from './parts.ts';
import { type Listening, WebServer } from './server.ts';

/** Its own, so that pages never wait for the work of others, nor others for pages. A page that takes longer is given up. */
export const WEB_CONNECTIONS: OpenOptions = { connections: 8, statementTimeoutMs: 10_000 };

export async function serveDashboard(
  installation: Installation,
  emit: Emit,
  { host, port }: Partial<Listening>,
): Promise<WebServer> {
  const { web } = installation.settings;
  const listening = { host: host ?? web.host, port: port ?? web.port };
  const server = await WebServer.start(webParts(installation), emit, listening);
  emit('web_started', { url: server.url });
  return server;
}
