/**
 * What daemons tell their operator: events by name, worded here and nowhere else. A line on a terminal, a JSON object
 * per line where one is asked for (`EASEL_LOG=json`) or stderr is not a terminal.
 */
import { styleText } from 'node:util';

const WORDING = {
  scheduler_started: (e) => `scheduler ${e.id} started (${e.database}, queue ${e.queue})`,
  scheduler_stopped: (e) => `scheduler ${e.id} stopped`,
  worker_started: (e) => `worker ${e.id} started: class ${e.workerClass}, ${e.slots} slots`,
  worker_draining: (e) => `worker ${e.id} stops: ${e.running} tasks have ${e.seconds} s to finish`,
  worker_stopped: (e) => `worker ${e.id} stopped: ${e.done} attempts done, ${e.returned} given back`,
  web_started: (e) => `the dashboard is at ${e.url}`,
  misfit: (e) => `${e.reason}`,
  autoscale_started: (e) => `autoscale started: ${e.classes}; from ${e.min} to ${e.max} workers each`,
  autoscale_stopped: () => 'autoscale stopped',
  autoscale_failed: (e) => `the number of workers could not be changed, trying on: ${e.reason}`,
  scaled: (e) => `${e.class}: ${e.to} workers instead of ${e.from}; ${e.waiting} tasks wait`,
  out_of_memory: (e) =>
    `the container ${e.host} had no memory left: ${e.attempts} attempts have failed for that`,
  deployment: (e) => `${e.line}`,
  attempts_lost: (e) => `${e.count} attempts lost their lease (${e.retried} to be tried again)`,
  lease_lost: (e) => `attempt ${e.attempt} is not ours any more: nothing of it was stored`,
  queue_changed: (e) => `the queue is ${e.queue} from now on`,
  schema_changed: (e) => `the schema of the database was changed: ${e.reason}`,
  outage: (e) => `${e.what} is not available, waiting: ${e.reason}`,
  outage_over: (e) => `${e.what} is available again`,
  area_unusable: (e) =>
    `the output area ${e.area} ${e.wrong}: ${e.advice}; nothing is lost, waiting (${e.reason})`,
  area_usable: (e) => `the output area ${e.area} can be written again`,
  unpublishable: (e) => `the product ${e.address} cannot get its public name: ${e.reason}`,
  defect: (e) => `unexpected error in ${e.where}: ${e.reason}`,
} satisfies Record<string, (e: Record<string, string | number>) => string>;

export type EventName = keyof typeof WORDING;
export type EventDetails = Record<string, string | number>;
export type Emit = (name: EventName, details: EventDetails) => void;

const WARNINGS = new Set<EventName>([
  ...(['unpublishable', 'attempts_lost', 'lease_lost', 'schema_changed', 'outage'] as const),
  ...(['area_unusable', 'autoscale_failed', 'out_of_memory', 'misfit', 'defect'] as const),
]);

export const silent: Emit = () => undefined;

export function stderrEvents(format: 'json' | 'text'): Emit {
  return (name, details) => {
    const at = new Date().toISOString();
    const level = WARNINGS.has(name) ? 'warning' : 'info';
    if (format === 'json')
      process.stderr.write(`${JSON.stringify({ at, level, event: name, ...details })}\n`);
    else
      process.stderr.write(
        `${styleText('dim', at)} ${level === 'info' ? '' : styleText('yellow', '! ')}${WORDING[name](details)}\n`,
      );
  };
}
