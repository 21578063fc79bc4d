/** Whether a container that was started comes up: it is well when its health check says so, or without one, when it stays. */
import { setTimeout as delay } from 'node:timers/promises';
import { EaselError } from '../../../core/model/errors.ts';
import type { Engine } from './api.ts';
import { inspect, type OwnContainer } from './containers.ts';
import { logLines } from './log-lines.ts';
import { HEALTH_RETRIES } from './spec.ts';

const LOOK_MS = 200;
const LOG_LINES = 20;
/** What has no health check and ends later than this has come up. */
const STAY_MS = 2_000;
/** Beyond what the engine itself needs for its verdict. */
const MARGIN_SECONDS = 30;

export type Started = Pick<OwnContainer, 'id' | 'name' | 'description'>;

/** Throws EaselError, with the last lines of its log, when it does not. */
export async function awaitWell(engine: Engine, started: Started): Promise<void> {
  const { health } = started.description;
  const since = performance.now();
  const seconds =
    health === null
      ? null
      : health.startSeconds + (health.everySeconds + 5) * HEALTH_RETRIES + MARGIN_SECONDS;
  let restarts: number | null = null;
  for (;;) {
    const info = await inspect(engine, started.id);
    if (info === null) throw new EaselError('unavailable', `${started.name} was removed while it started`);
    restarts ??= info.RestartCount;
    const problem = problemOf(info, restarts);
    if (problem !== null) throw await failure(engine, started, problem);
    const waitedMs = performance.now() - since;
    if (health === null ? waitedMs > STAY_MS : info.State.Health?.Status === 'healthy') return;
    if (seconds !== null && waitedMs > seconds * 1_000)
      throw await failure(engine, started, `it is not well after ${seconds} s`);
    await delay(LOOK_MS);
  }
}

/** Without waiting: of one that nothing was done to. */
export function isWell({ State: state }: OwnContainer['info']): boolean {
  return (
    state.Running && !state.Restarting && (state.Health === undefined || state.Health.Status === 'healthy')
  );
}

function problemOf(
  { State: state, RestartCount: count }: OwnContainer['info'],
  before: number,
): string | null {
  if (!state.Running || state.Restarting || count > before) {
    const why = state.OOMKilled ? ', out of memory' : state.Error === '' ? '' : `: ${state.Error}`;
    return `it ended${state.ExitCode === 0 && count > before ? '' : ` with exit code ${state.ExitCode}`}${why}`;
  }
  if (state.Health?.Status !== 'unhealthy') return null;
  return `its health check fails: ${state.Health.Log?.at(-1)?.Output.trim() ?? ''}`;
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
