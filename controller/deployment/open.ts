/** The orchestrator that the settings name. Its client library is loaded only now: the largest takes half a second. */
import { EaselError } from '../../core/model/errors.ts';
import type { Settings } from '../../core/runtime/settings.ts';
import { type Identity, readIdentity } from './identity.ts';
import type { Orchestrator } from './orchestrator.ts';

export interface OrchestratorWish {
  readonly settings: Settings;
  readonly identity: Identity;
  readonly environment: NodeJS.ProcessEnv;
  /** Told what goes on meanwhile. */
  readonly say: (line: string) => void;
}

export async function openOrchestrator({
  settings,
  identity,
  ...wish
}: OrchestratorWish): Promise<Orchestrator> {
  const { containers } = settings;
  const parts = { ...wish, deployment: identity.id, settings: containers };
  const kind = containers.orchestrator;
  if (kind === 'kubernetes') {
    const { openKubernetesOrchestrator } = await import('./kubernetes/open.ts');
    return await openKubernetesOrchestrator(parts);
  }
  const { openDockerOrchestrator } = await import('./docker/open.ts');
  return await openDockerOrchestrator({ ...parts, kind });
}

/** For commands that look at or change what was deployed before. */
export function requireIdentity(settings: Settings): Identity {
  const identity = readIdentity(settings.home);
  if (identity === undefined)
    throw new EaselError('not_found', `nothing was deployed from ${settings.home}: \`easel deploy\` does`);
  return identity;
}
