/** Whether a container that was started comes up: it is well when its health check says so, or without one, when it stays. */
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { EaselError } from '../../../core/model/errors.ts';
import type { Engine } from './api.ts';
import { inspect, type OwnContainer } from './containers.ts';
import { logLines } from './log-lines.ts';

const LOOK_MS = 200;
const LOG_LINES = 20;
/** What has no health check and ends later than this has come up. */
const STAY_MS = 2_000;

export interface Started extends Pick<OwnContainer, 'id' | 'name'> {
  /** How often the engine had started it again when it was looked at. */
  readonly restarts: number;
}

/** Throws EaselError, with the last lines of its log, when it does not. A health check ends in a verdict of the engine's, sooner or later. */
export async function awaitWell(engine: Engine, started: Started): Promise<void> {
  const since = performance.now();
  for (;;) {
    const info = await inspect(engine, started.id);
    if (info === null) throw new EaselError('unavailable', `${started.name} was removed while it started`);
    const problem = hasEnded(info, started) ? await howItEnded(engine, info) : illness(info);
    if (problem !== null) throw await failure(engine, started, problem);
    const { Health: health } = info.State;
    if (health === undefined ? performance.now() - since > STAY_MS : health.Status === 'healthy') return;
    await delay(LOOK_MS);
  }
}

/** Without waiting: of one that nothing was done to. */
export function isWell({ State: state }: OwnContainer['info']): boolean {
  return (
    state.Running && !state.Restarting && (state.Health === undefined || state.Health.Status === 'healthy')
  );
}

function hasEnded(
  { State: state, RestartCount: count }: OwnContainer['info'],
  { restarts }: Started,
): boolean {
  return !state.Running || state.Restarting || count > restarts;
}

/** It may run again by now, and then its state does not tell any more; the engine's events do. */
async function howItEnded(
  engine: Engine,
  { Id, Created, State: state }: OwnContainer['info'],
): Promise<string> {
  const { SystemTime: now } = await engine.info();
  const events = await engine.getEvents({
    since: Math.floor(Date.parse(Created) / 1_000),
    until: Math.ceil(Date.parse(now) / 1_000),
    filters: { type: ['container'], container: [Id], event: ['die', 'oom'] },
  });
  const told = (await text(events))
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Event]));
  const code = told.findLast(({ Action }) => Action === 'die')?.Actor.Attributes.exitCode ?? state.ExitCode;
  const why = told.some(({ Action }) => Action === 'oom') ? 'it had no memory left, and ' : '';
  return `${why}it ended with exit code ${code}${state.Error === '' ? '' : `: ${state.Error}`}`;
}

interface Event {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

function illness({ State: { Health: health } }: OwnContainer['info']): string | null {
  return health?.Status === 'unhealthy'
    ? `its health check fails: ${health.Log?.at(-1)?.Output.trim() ?? ''}`
    : null;
}

async function failure(engine: Engine, { id, name }: Started, problem: string): Promise<EaselError> {
  const lines = await lastLines(engine, id);
  const told = lines.length === 0 ? 'it wrote nothing' : ['its last lines:', ...lines].join('\n  ');
  return new EaselError('unavailable', `${name} does not come up: ${problem}; ${told}`);
}

async function lastLines(engine: Engine, id: string): Promise<string[]> {
  const log = await engine.getContainer(id).logs({ stdout: true, stderr: true, tail: LOG_LINES });
  return logLines(log).slice(-LOG_LINES);
}
