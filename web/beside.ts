/**
 * The dashboard beside a scheduler and workers of the same process: in a thread with database connections of its own, so that a
 * page that takes long (the embedded database blocks whoever asks it) keeps no task waiting.
 */
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EaselError, type ErrorCode } from '../core/model/errors.ts';
import type { Emit, EventDetails, EventName } from '../core/runtime/events.ts';
import type { Settings } from '../core/runtime/settings.ts';
import type { Listening } from './server.ts';

export interface DashboardWork {
  readonly settings: Omit<Settings, 'reread'>;
  readonly listening: Partial<Listening>;
}

export type DashboardMessage =
  | { readonly kind: 'event'; readonly name: EventName; readonly details: EventDetails }
  | { readonly kind: 'serving'; readonly url: string }
  | { readonly kind: 'refused'; readonly code: ErrorCode | undefined; readonly reason: string };

export interface DashboardThread {
  readonly url: string;
  stop(): Promise<void>;
}

/** Resolves when it listens; refused as `easel web` would be. */
export async function startDashboardThread(
  { settings, listening }: { settings: Settings; listening: Partial<Listening> },
  emit: Emit,
): Promise<DashboardThread> {
  const { reread: _reread, ...cloneable } = settings;
  const entry = join(import.meta.dirname, `thread${extname(import.meta.filename)}`);
  const workerData: DashboardWork = { settings: cloneable, listening };
  const thread = new Worker(entry, { workerData });
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    thread.once('error', reject);
    thread.on('message', (message: DashboardMessage) => {
      if (message.kind === 'serving') resolve(message.url);
      else if (message.kind === 'event') emit(message.name, message.details);
      else reject(new EaselError(message.code ?? 'unavailable', message.reason));
    });
  });
  thread.on('error', (error) => {
    emit('defect', { where: 'the dashboard', reason: error.stack ?? error.message });
  });
  return {
    url,
    async stop() {
      thread.postMessage('stop');
      await ended;
    },
  };
}
