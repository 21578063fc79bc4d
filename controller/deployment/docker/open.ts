/** Opens the orchestrators of a Docker engine, alone or in a swarm. */
import type { Orchestrator } from '../orchestrator.ts';
import { openEngine } from './api.ts';
import { DockerOrchestrator } from './docker-orchestrator.ts';
import type { OpenOrchestrator } from './options.ts';
import { SwarmOrchestrator } from './swarm-orchestrator.ts';

/** Nothing is asked of the engine yet. */
export async function openDockerOrchestrator(options: OpenOrchestrator): Promise<Orchestrator> {
  const place = { engine: await openEngine(options.environment), deployment: options.deployment };
  return options.kind === 'swarm'
    ? new SwarmOrchestrator(place, options)
    : new DockerOrchestrator(place, options);
}
