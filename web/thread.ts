/** What a dashboard thread runs: see beside.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { openInstallation } from '../core/installation.ts';
import { EaselError } from '../core/model/errors.ts';
import type { Emit } from '../core/runtime/events.ts';
import type { DashboardMessage, DashboardWork } from './beside.ts';
import { serveDashboard, WEB_CONNECTIONS } from './dashboard.ts';

const { settings, listening } = workerData as DashboardWork;
const tell = (message: DashboardMessage): void => parentPort?.postMessage(message);
const emit: Emit = (name, details) => tell({ kind: 'event', name, details });

try {
  const installation = await openInstallation(
    { ...settings, reread: () => ({ ...settings, reread }) },
    WEB_CONNECTIONS,
  );
  const server = await serveDashboard(installation, emit, listening);
  parentPort?.once('message', () => {
    void server
      .stop()
      .then(() => installation.database.close())
      .finally(() => parentPort?.close());
  });
  tell({ kind: 'serving', url: server.url });
} catch (error) {
  const code = error instanceof EaselError ? error.code : undefined;
  tell({ kind: 'refused', code, reason: error instanceof Error ? error.message : String(error) });
  parentPort?.close();
}

function reread(): never {
  throw new Error('the dashboard uses the settings that it was started with');
}
