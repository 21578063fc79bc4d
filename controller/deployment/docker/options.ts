/** What both orchestrators of a Docker engine are opened with. */
import type { ContainerSettings } from '../../../core/runtime/settings.ts';

export interface OpenOrchestrator {
  readonly kind: 'docker' | 'swarm';
  /** Which deployment: what carries its label, and nothing else, is ours. */
  readonly deployment: string;
  readonly settings: ContainerSettings;
  readonly environment: NodeJS.ProcessEnv;
  /** One line for the person who waits. */
  readonly say: (line: string) => void;
}
