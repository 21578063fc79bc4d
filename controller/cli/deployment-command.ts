/** What the commands about containers have in common: they open the orchestrator of the settings, and close it. */
import type { Command } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';
import { EaselError } from '../../core/model/errors.ts';
import { loadRegistry } from '../../core/runtime/registry.ts';
import type { DeployParts } from '../deployment/deploy.ts';
import { openOrchestrator, requireIdentity } from '../deployment/open.ts';
import type { Orchestrator, RunningService } from '../deployment/orchestrator.ts';
import type { ServiceRole } from '../deployment/service.ts';

export interface DeploymentParts extends DeployParts {
  readonly orchestrator: Orchestrator;
}

/** Of what was deployed from this home. */
export async function usingDeployment<T>(
  context: CommandContext,
  command: Command,
  work: (parts: DeploymentParts) => Promise<T>,
): Promise<T> {
  const settings = context.settings(command);
  const identity = requireIdentity(settings);
  return await withOrchestrator(
    context,
    { settings, identity, registry: loadRegistry(settings.task_types) },
    work,
  );
}

export async function withOrchestrator<T>(
  context: CommandContext,
  parts: DeployParts,
  work: (parts: DeploymentParts) => Promise<T>,
): Promise<T> {
  const { environment } = context;
  const say = (line: string) => context.remark(line);
  const orchestrator = await openOrchestrator({ ...parts, environment, say });
  try {
    await orchestrator.check();
    return await work({ ...parts, orchestrator });
  } finally {
    await orchestrator.close();
  }
}

/** Throws EaselError when there is none: what runs is named. */
export function ofRole(running: readonly RunningService[], role: ServiceRole): RunningService[] {
  const found = running.filter((service) => service.role === role);
  if (found.length > 0) return found;
  const others = running.map(({ name }) => name).join(', ');
  throw new EaselError(
    'not_found',
    `no ${role} is deployed${others === '' ? '' : `; there is: ${others}`}: \`easel deploy\` brings it`,
  );
}
